/* In which order the groups of a report come, and which of them. */
#ifndef STAT_ORDER_H
#define STAT_ORDER_H

#include "stat/figure.h"

struct order {
	bool by_key;		/* else the largest first, ties by key */
	bool by_birth;		/* first come, first served */
	const char *value;	/* by a figure of it; NULL: of the first one */
	unsigned figure;	/* which, of the figures; their n: records */
	uint32_t top;		/* only so many; 0: all */
};

/*
 * The groups of s in order, *n of them.  The array is the caller's to free;
 * NULL without memory.  The order is that of the texts of a key's columns,
 * numbers in them by their value, and never that of the table.
 */
const struct group **order_groups(const struct subject *s,
    const struct order *o, const struct figures *f, uint32_t *n);

#endif
