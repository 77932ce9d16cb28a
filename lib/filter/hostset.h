/* Sets of hosts and networks, as people name them: 10.0.0.0/8, ::1, www. */
#ifndef FILTER_HOSTSET_H
#define FILTER_HOSTSET_H

#include <stddef.h>

#include "wire/addr.h"

struct hosts {
	struct prefix *prefix;	/* in the order they were named */
	size_t n;
};

/*
 * Add an address, a network as address/bits, or all addresses of a name
 * (getaddrinfo(3)).  0, or -1 with why naming it and what is wrong with it.
 * Names are looked up, so this comes before a program shuts itself in.
 */
int hosts_add(struct hosts *h, const char *text, char *why, size_t nwhy);

void hosts_free(struct hosts *h);

#endif
