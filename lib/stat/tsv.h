/* Reports as tables for programs: TSV, and CSV (RFC 4180, by libcsv). */
#ifndef STAT_TSV_H
#define STAT_TSV_H

#include <stdio.h>

#include "stat/rows.h"

/* One output; all zeros but csv is a new one. */
struct table {
	bool csv;
	char *header;		/* the last, so that it is not repeated */
};

/*
 * Write a report.  A header comes where it differs from the last one, with an
 * empty line before it unless it is the first.  False without memory.
 */
bool table_print(struct table *t, FILE *f, const struct report *r,
    const struct layout *l);

#endif
