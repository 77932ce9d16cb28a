/*
 * What an expression wants of one segment, wherever in a packet it stands: its
 * hosts, services and flags.  Parts of filter/expression.
 */
#ifndef FILTER_SEGMENT_H
#define FILTER_SEGMENT_H

#include <stdbool.h>
#include <stdio.h>

#include "filter/expression.h"
#include "filter/offset.h"

/*
 * Alternatives, in parentheses.  `and` and `or` bind alike and from the left,
 * so what has an `and` in it stands in parentheses of its own.
 */
struct list {
	FILE *f;
	unsigned n;
};

/* Another one comes; all have come. */
void list_next(struct list *l);
void list_end(const struct list *l);

/* A segment, or the one that an ICMP error quotes. */
struct segment {
	bool v6, quoted;
	struct place src, dst;	/* addresses */
	struct place tcp;
};

/* Can there be a segment of this family? */
bool wanted_possible(const struct expression *e, bool v6);

/* Write the conditions, each with ` and ` before it. */
void wanted_put(FILE *f, const struct expression *e, const struct segment *s);

#endif
