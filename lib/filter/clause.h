/*
 * The syntax of a pcap-filter(7) expression: alternatives in parentheses, with
 * `or` between them.  `and` and `or` have the same precedence there and group
 * from the left, so an alternative that contains `and` needs parentheses of its
 * own.
 */
#ifndef FILTER_CLAUSE_H
#define FILTER_CLAUSE_H

#include <stdio.h>

struct clause {
	FILE *f;
	unsigned n;		/* alternatives so far */
};

/* Begin the next alternative: write `(` before the first, ` or ` before each
 * other. */
void clause_next(struct clause *c);

/* End the clause; one without alternatives writes nothing. */
void clause_end(const struct clause *c);

/* Write ` and `. */
void clause_and(FILE *f);

#endif
