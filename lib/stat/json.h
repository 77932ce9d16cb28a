/* Reports as JSON (RFC 8259, by jansson). */
#ifndef STAT_JSON_H
#define STAT_JSON_H

#include <stdio.h>

#include "stat/counts.h"
#include "stat/rows.h"

/* An object on one line, or indented for reading; {"groups": [...]}, with
 * "counts" unless that is NULL; or where the layout is nested, an array of
 * {"KEY": {...}} with the sums alone, in which a value "a.b" is {"a": {"b":
 * ...}}.  False without memory. */
bool json_print(FILE *f, const struct report *r, const struct counts *counts,
    const struct layout *l, bool indented);

/* An object a line for each group, and for each count. */
bool jsonl_print(FILE *f, const struct report *r, const struct counts *counts,
    const struct layout *l);

#endif
