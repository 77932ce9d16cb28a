/* This host's own addresses. */
#ifndef SYS_OWNADDRS_H
#define SYS_OWNADDRS_H

#include <stddef.h>

#include "wire/addr.h"

/*
 * Read all addresses of this host's interfaces, as prefixes of full length,
 * into *out, which the caller frees, and their number into *n.  0, or -1 with
 * errno.
 */
int ownaddrs_read(struct prefix **out, size_t *n);

#endif
