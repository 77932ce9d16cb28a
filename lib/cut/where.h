/* Conditions on a record's columns: rtt_seq > 100ms, src in 10.0.0.0/8. */
#ifndef CUT_WHERE_H
#define CUT_WHERE_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "rec/nano.h"
#include "rec/table.h"
#include "wire/addr.h"

enum where_op {
	WHERE_EQ, WHERE_NE, WHERE_LE, WHERE_GE, WHERE_LT, WHERE_GT,
	WHERE_MATCH, WHERE_NO_MATCH, WHERE_IN, WHERE_NOT_IN
};

/* A value that the condition names, in the form that the column has. */
struct where_item {
	char *text;
	nano from, to;		/* a number or a range of them */
	struct prefix prefix;
	bool is_number, is_prefix;
};

struct where {
	char *column;		/* owned, as are the items */
	enum rec_type type;
	enum where_op op;
	struct where_item *item;
	size_t n;
	regex_t regex;		/* of WHERE_MATCH, an extended one (regex(7)) */
	bool compiled;
};

/*
 * Parse "COLUMN OP VALUE", blanks optional: = != < <= > >= compare with one
 * value, of the column's type (times and numbers by quantity.h; times, too, as
 * dates); ~ and !~ match a regular expression; in and !in look for one of
 * several values, separated by commas, which may be ranges of numbers (8000-8010)
 * or prefixes.  A column of kind that is not in the table is a text, compared as
 * a number if both sides are one.  0, or -1 with the reason in why.
 */
int where_parse(struct where *w, enum rec_kind kind, const char *text,
    char *why, size_t nwhy);

/*
 * Does the field text[0..n), with NUM_PADDING readable bytes around it, satisfy
 * the condition?  A field without a value ("-") satisfies = - and those that say
 * "not": != !~ !in.  In a list, = and in ask for one of its names.
 */
bool where_holds(const struct where *w, const char *text, size_t n);

void where_free(struct where *w);

#endif
