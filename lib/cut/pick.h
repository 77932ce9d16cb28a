/* The table that is cut out of the records of one kind: columns and rows. */
#ifndef CUT_PICK_H
#define CUT_PICK_H

#include <stdbool.h>
#include <stdint.h>

#include "cut/quantity.h"
#include "cut/where.h"
#include "rec/read.h"

#define PICK_COLUMNS_MAX	(REC_FIELDS_MAX + PICK_CONSTANTS_MAX)
#define PICK_CONSTANTS_MAX	16

struct pick_column {
	char *name;		/* owned */
	enum rec_type type;	/* REC_TEXT if not in the table of kinds */
	unsigned field;		/* in the current header; 0: no value */
	const char *constant;	/* escaped text of every row, or NULL */
};

/* A column that has the same value in every row. */
struct pick_constant {
	const char *name, *value;	/* the value is escaped */
};

struct pick {
	char *kind;		/* owned */
	enum rec_kind number;	/* REC_KINDS if not in the table */
	const char *names;	/* columns asked for, with commas; NULL: all */
	const struct pick_constant *constant;	/* added after those */
	unsigned nconstants;
	struct where *where;
	unsigned *where_field;	/* of each condition; owned */
	unsigned nwheres;
	const struct moment *from, *to;		/* of the time of records */
	unsigned time_field;
	uint64_t first;		/* time of the first record, 0 before it */

	uint64_t head;		/* the header that the fields are of, or 0 */
	unsigned n;		/* 0 before the first header */
	struct pick_column column[PICK_COLUMNS_MAX];
	uint64_t rows;		/* cut out so far */
	uint64_t records;	/* of the kind so far */
};

/*
 * Find the fields of the columns in a header.  The first header fixes which
 * columns there are; a later one that lacks some gives rows without their
 * values.  0, or -1 with the reason in why: a column that the first header
 * lacks, or no memory.
 */
int pick_header(struct pick *p, const struct rec_head *head, char *why,
    size_t nwhy);

/* Does the record, of the header seen last, satisfy all conditions?  Its time
 * must then be within the limits, too. */
bool pick_wants(struct pick *p, const struct rec *rec);

/* Return the text of column i of a record, escaped; "-" if none. */
static inline const char *
pick_field(const struct pick *p, unsigned i, const struct rec *rec, size_t *n)
{
	const struct pick_column *c = &p->column[i];

	if (c->field != 0)
		return rec_text(rec, c->field, n);
	*n = c->constant != NULL ? strlen(c->constant) : 1;
	return c->constant != NULL ? c->constant : "-";
}

static inline bool
pick_is_none(const char *text, size_t n)
{
	return n == 1 && text[0] == '-';
}

void pick_free(struct pick *p);

#endif
