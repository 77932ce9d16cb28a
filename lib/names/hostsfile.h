/* Names that the system has in a file, as hosts(5) describes it. */
#ifndef NAMES_HOSTSFILE_H
#define NAMES_HOSTSFILE_H

#include <stddef.h>

#include "wire/addr.h"

#define HOSTSFILE	"/etc/hosts"

struct hostsfile_line {
	struct addr addr;
	size_t number;		/* of the line, to keep them in order */
	char *name;		/* owned */
};

/* All zeros has none. */
struct hostsfile {
	struct hostsfile_line *line;	/* by address */
	size_t n;
};

/* Read a file; 0, or -1 with errno. */
int hostsfile_read(struct hostsfile *h, const char *file);
void hostsfile_free(struct hostsfile *h);

/* The first name on the first line for this address, or NULL. */
const char *hostsfile_name(const struct hostsfile *h, const struct addr *a);

#endif
