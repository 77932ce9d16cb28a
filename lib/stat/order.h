/* Which groups of a report are printed, and in which order. */
#ifndef STAT_ORDER_H
#define STAT_ORDER_H

#include "stat/figure.h"
#include "stat/section.h"

struct order {
	bool by_arrival;	/* as they were first seen; else: */
	bool by_key;		/* by key; else largest first, ties by key */
	const char *value;	/* size is a figure of it; NULL: the first */
	unsigned figure;	/* which figure; n: the number of records */
	uint32_t top;		/* print at most top groups; 0: all */
};

/*
 * Collect the groups of s to print, *n of them, in order.  Keys are compared as
 * texts, but numbers in them by value.  The caller frees the array; NULL
 * without memory.
 */
const struct group **order_groups(const struct section *s,
    const struct order *o, const struct figures *f, uint32_t *n);

#endif
