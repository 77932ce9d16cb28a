/* Reports as tables for programs: TSV, or CSV (RFC 4180, by libcsv). */
#ifndef STAT_TSV_H
#define STAT_TSV_H

#include <stdio.h>

#include "stat/report.h"
#include "stat/rows.h"

/* The state of an output.  Zero-initialised but for csv. */
struct tsv {
	bool csv;
	char *header;		/* the last one printed; owned */
};

/*
 * Print a report.  A header is printed only if it differs from the last one,
 * after an empty line unless it is the first.  False without memory.
 */
bool tsv_print(struct tsv *t, FILE *f, const struct report *r,
    const struct layout *l);

#endif
