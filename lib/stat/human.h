/* Reports for people: tables with aligned columns. */
#ifndef STAT_HUMAN_H
#define STAT_HUMAN_H

#include <stdio.h>

#include "stat/counts.h"
#include "stat/report.h"
#include "stat/rows.h"

/* Print a title and a table for each section.  False without memory. */
bool human_print(FILE *f, const struct report *r, const struct layout *l);

/* Print the counts of programs that are not 0; counts may be NULL. */
void human_counts(FILE *f, const struct counts *counts);

#endif
