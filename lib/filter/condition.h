/*
 * The conditions of an expression for one segment, wherever in a packet it is:
 * its hosts, services and flags.
 */
#ifndef FILTER_CONDITION_H
#define FILTER_CONDITION_H

#include <stdbool.h>
#include <stdio.h>

#include "filter/expression.h"
#include "filter/offset.h"

/* Where in a packet a segment is, or the one that an ICMP error quotes. */
struct segment_offsets {
	bool v6, quoted;
	struct offset src, dst;	/* addresses */
	struct offset tcp;
};

/* Can a segment of this family match? */
bool condition_possible(const struct expression *e, bool v6);

/* Write the conditions, each with ` and ` before it. */
void condition_put(FILE *f, const struct expression *e,
    const struct segment_offsets *s);

#endif
