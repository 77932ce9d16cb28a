/* The forms that a report is printed in. */
#ifndef STAT_FORM_H
#define STAT_FORM_H

#include <stdio.h>

#include "stat/counts.h"
#include "stat/rows.h"

enum form {
	FORM_TEXT, FORM_TSV, FORM_CSV, FORM_JSON, FORM_JSONL, FORM_PROM,
	FORM_STAT,	/* records: stat/store */
	FORMS
};

/* The form of this name, or FORMS. */
enum form form_named(const char *name);

/*
 * Print a report, and what programs counted; counts is NULL where other
 * reports follow, and r is NULL where none does any more.  False without
 * memory.
 */
bool form_print(enum form form, FILE *f, const struct report *r,
    const struct counts *counts, const struct layout *l);

#endif
