/* This host's own addresses. */
#ifndef SYS_OWNADDRS_H
#define SYS_OWNADDRS_H

#include <stddef.h>

#include "wire/addr.h"

/* All of them, as whole prefixes in an array of the caller's to free; -1
 * with errno. */
int local_addresses(struct prefix **out, size_t *n);

#endif
