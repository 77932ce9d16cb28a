/* Reports as JSON (RFC 8259, by jansson). */
#ifndef STAT_JSON_H
#define STAT_JSON_H

#include <stdio.h>

#include "stat/counts.h"
#include "stat/report.h"
#include "stat/rows.h"

/*
 * Print a report as an object, on one line or indented: {"groups": [...]}, with
 * "counts" unless counts is NULL.  A nested layout is an array of
 * {"KEY": {...}} with only the sums, in which a value "a.b" becomes
 * {"a": {"b": ...}}.  False without memory.
 */
bool json_print(FILE *f, const struct report *r, const struct counts *counts,
    const struct layout *l, bool indented);

/* Print an object for each group and each count, one on a line. */
bool jsonl_print(FILE *f, const struct report *r, const struct counts *counts,
    const struct layout *l);

#endif
