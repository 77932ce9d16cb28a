/* Packets that a network device dropped, by the counters of its driver. */
#ifndef CAPTURE_IFDROPS_H
#define CAPTURE_IFDROPS_H

#include <stdint.h>

/* The counters' files stay open, since the sandbox allows no path. */
struct ifdrops {
	int fd[2];		/* -1 if the system has no such counter */
	uint64_t before;	/* their sum at ifdrops_open() */
};

/* Start to count for a device.  Cannot fail. */
void ifdrops_open(struct ifdrops *d, const char *device);

/* Packets dropped since ifdrops_open(). */
uint64_t ifdrops_read(const struct ifdrops *d);

#endif
