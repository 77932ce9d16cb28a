/* The columns of the records read, for messages about one that none has. */
#ifndef STAGE_COLUMNS_H
#define STAGE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "rec/read.h"

/* Report that no record has the column name[0..n) of option c. */
void columns_missing(int c, const char *name, size_t n);

/* Does a record have the column name[0..n)?  skip as below. */
bool columns_have(const struct rec_reader *in,
    bool (*skip)(const struct rec_head *head), const char *name, size_t n);

/*
 * Report which columns the records had, a line for each kind that was read.
 * Kinds for which skip(head) is true, and count records, are left out.
 */
void columns_print(const struct rec_reader *in,
    bool (*skip)(const struct rec_head *head));

#endif
