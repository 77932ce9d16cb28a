/*
 * Tables for people, by libsmartcols: aligned, cut to the width of the terminal,
 * with units.  Rows are held until grid_print(), which finds the widths.
 */
#ifndef CUT_GRID_H
#define CUT_GRID_H

#include <stddef.h>

#include "cut/form.h"

#define GRID_ROWS_MAX	1000	/* held; more are printed at once */

extern const struct form form_table;

/* Print the rows that are held, if any. */
void grid_print(struct form_state *s);

/* The rows that are held. */
size_t grid_rows(const struct form_state *s);

#endif
