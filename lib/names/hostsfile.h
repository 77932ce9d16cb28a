/* Names from a file in the form of hosts(5). */
#ifndef NAMES_HOSTSFILE_H
#define NAMES_HOSTSFILE_H

#include <stddef.h>

#include "wire/addr.h"

#define HOSTSFILE	"/etc/hosts"

struct hostsfile_line {
	struct addr addr;
	size_t number;		/* position in the file */
	char *name;		/* owned */
};

/* Zero-initialised means empty. */
struct hostsfile {
	struct hostsfile_line *line;	/* sorted by address, then number */
	size_t n;
};

/* Read a file.  Returns 0, or -1 with errno. */
int hostsfile_read(struct hostsfile *h, const char *file);
void hostsfile_free(struct hostsfile *h);

/* The first name of the first line for this address, or NULL. */
const char *hostsfile_name(const struct hostsfile *h, const struct addr *a);

#endif
