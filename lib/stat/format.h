/* The formats of reports. */
#ifndef STAT_FORMAT_H
#define STAT_FORMAT_H

#include <stdio.h>

#include "stat/counts.h"
#include "stat/report.h"
#include "stat/rows.h"

enum format {
	FORMAT_TEXT, FORMAT_TSV, FORMAT_CSV, FORMAT_JSON, FORMAT_JSONL,
	FORMAT_PROM,
	FORMAT_STAT,	/* records, by stat/store */
	FORMATS
};

/* The format of this name, or FORMATS. */
enum format format_find(const char *name);

/*
 * Print a report r and the counts of programs.  With windows r is NULL for the
 * last call, which prints the counts, and counts is NULL for all before.  False
 * without memory.
 */
bool format_print(enum format format, FILE *f, const struct report *r,
    const struct counts *counts, const struct layout *l);

#endif
