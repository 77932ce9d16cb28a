/* Reports as people read them. */
#ifndef STAT_HUMAN_H
#define STAT_HUMAN_H

#include <stdio.h>

#include "stat/counts.h"
#include "stat/rows.h"

/* Each subject with a title and its table in columns.  False without
 * memory. */
bool text_print(FILE *f, const struct report *r, const struct layout *l);

/* What programs counted, as far as it is not 0; NULL is nothing. */
bool text_counts(FILE *f, const struct counts *counts);

#endif
