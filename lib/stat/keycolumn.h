/*
 * A column that records are grouped by, as -g names it: "dport"; for a column of
 * addresses also "src/24" or "src/24/48", which cut them to networks.
 */
#ifndef STAT_KEYCOLUMN_H
#define STAT_KEYCOLUMN_H

#include "rec/read.h"

/* More than keycolumn_put() adds to a text. */
#define KEYCOLUMN_PADDING	64

struct keycolumn {
	unsigned field;		/* of the record */
	bool list;		/* a record counts once for each part */
	bool network;		/* cut addresses to networks */
	unsigned bits[2];	/* of IPv4, of IPv6 */
};

/* Parse the name text[0..n).  The column's own name is text[0..*nname).  False
 * if it is malformed. */
bool keycolumn_scan(const char *text, size_t n, struct keycolumn *k,
    size_t *nname);

/* Find a column in a header; false if there is none.  A column called exactly
 * text[0..n) goes first: in a foreign table a name may have a slash. */
bool keycolumn_find(const struct rec_head *head, const char *text, size_t n,
    struct keycolumn *k);

/* The length of text[0..n), cut to at most max bytes, before an escape or a
 * character of UTF-8 that does not fit as a whole. */
size_t keycolumn_cut(const char *text, size_t n, size_t max);

/*
 * Write the column's text in a record, cut to max bytes, to out, which has
 * max + KEYCOLUMN_PADDING bytes.  Of a list write only a part, counted from 0;
 * false if it has no such part.
 */
bool keycolumn_put(const struct keycolumn *k, const struct rec *rec,
    unsigned part, char *out, size_t max, size_t *n);

#endif
