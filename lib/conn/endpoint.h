/* An end of a connection, as an address and a port. */
#ifndef CONN_ENDPOINT_H
#define CONN_ENDPOINT_H

#include "wire/addr.h"

struct endpoint {
	struct addr addr;
	uint16_t port;
};

#endif
