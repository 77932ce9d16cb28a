/* Messages about columns that the user named and no record has. */
#ifndef STAGE_MISSING_H
#define STAGE_MISSING_H

#include <stdbool.h>
#include <stddef.h>

#include "rec/read.h"

/* Report that no record has the column name[0..n) of option c. */
void missing_column(int c, const char *name, size_t n);

/*
 * Report which columns the records had, a line for each kind that was read.
 * Kinds for which skip(head) is true, and count records, are left out.
 */
void missing_choices(const struct rec_reader *in,
    bool (*skip)(const struct rec_head *head));

#endif
