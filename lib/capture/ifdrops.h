/* What a network device itself had to drop, by its driver's counters. */
#ifndef CAPTURE_IFDROPS_H
#define CAPTURE_IFDROPS_H

#include <stdint.h>

/* Kept open: in a sandbox no name can be opened any more. */
struct ifdrops {
	int fd[2];		/* -1 where the system has none */
	uint64_t before;	/* their sum when opened */
};

/* Begin to count for the device of that name; cannot fail. */
void ifdrops_open(struct ifdrops *d, const char *device);

/* Packets dropped since. */
uint64_t ifdrops_read(const struct ifdrops *d);

#endif
