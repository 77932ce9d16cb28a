/* Sets of hosts and networks, parsed from text such as 10.0.0.0/8, ::1, www. */
#ifndef FILTER_HOSTSET_H
#define FILTER_HOSTSET_H

#include <stddef.h>

#include "wire/addr.h"

struct hostset {
	struct prefix *prefix;	/* in the order they were added; owned */
	size_t n;
};

/*
 * Add an address, a network as address/bits, or all addresses of a name
 * (getaddrinfo(3)).  0, or -1 with the text and the reason in why.  Call it
 * before sandbox_enter(), since names are looked up.
 */
int hostset_add(struct hostset *h, const char *text, char *why, size_t nwhy);

void hostset_free(struct hostset *h);

#endif
