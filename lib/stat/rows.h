/* A subject as a table: a header and a row for each value of each group. */
#ifndef STAT_ROWS_H
#define STAT_ROWS_H

#include "stat/order.h"

/* What every form of a report goes by. */
struct layout {
	const struct figures *figures;
	const struct order *order;
	bool nested;		/* JSON: sums alone, by key */
};

/* Who takes the cells of a table, row by row. */
struct cells {
	void (*put)(struct cells *to, const char *text, size_t n);
	void (*end)(struct cells *to);	/* of a row */
	bool plain;	/* exact numbers; time, took and kind in every row */
};

void rows_header(const struct subject *s, const struct layout *l,
    struct cells *to);

/* False without memory. */
bool rows_put(const struct subject *s, const struct layout *l,
    struct cells *to);

/* Seconds, with a NUL, as records have them; "-" for 0.  out has
 * FIGURE_TEXT_MAX bytes. */
void time_text(char *out, uint64_t ns);

#endif
