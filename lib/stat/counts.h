/* The counts of programs, added up over all streams read. */
#ifndef STAT_COUNTS_H
#define STAT_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNTS_MAX	4096

/* Sorted by program and name.  Zero-initialised means empty. */
struct counts {
	struct counted {
		char *prog, *name;
		uint64_t value;
	} *list;
	unsigned n;
};

/* Add to a count.  False without memory, or if there are COUNTS_MAX. */
bool counts_add(struct counts *c, const char *prog, size_t nprog,
    const char *name, size_t nname, uint64_t value);

void counts_free(struct counts *c);

#endif
