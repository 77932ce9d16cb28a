/* A section as a table: a header, and a row for each value of each group. */
#ifndef STAT_ROWS_H
#define STAT_ROWS_H

#include "stat/order.h"

/* How every format prints a report. */
struct layout {
	const struct figures *figures;
	const struct order *order;
	bool nested;		/* JSON: only sums, nested by key and name */
	const struct hosts *hosts;	/* metrics: the hosts probed; or NULL */
};

/* Callbacks for the cells of a table, row by row. */
struct cells {
	void (*put)(struct cells *to, const char *text, size_t n);
	void (*end)(struct cells *to);	/* the row is complete */
	bool plain;	/* for programs: exact numbers, and columns for the
			 * section's time, took and kind */
};

/* Pass the names of the columns to to->put(). */
void rows_header(const struct section *s, const struct layout *l,
    struct cells *to);

/* Pass all rows to to->put(); false without memory. */
bool rows_put(const struct section *s, const struct layout *l,
    struct cells *to);

#endif
