/* The kinds of records and their columns, made from table.def. */
#ifndef REC_TABLE_H
#define REC_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define KIND(name, groups, values)	REC_##name,
#define COL(kind, name, type, help)
enum rec_kind {
#include "rec/table.def"
	REC_KINDS
};
#undef KIND
#undef COL

/* pkt_columns is the first column of pkt: pkt_time. */
#define KIND(name, groups, values)	name##_columns, \
					name##_before = name##_columns - 1,
#define COL(kind, name, type, help)	kind##_##name,
enum rec_col {
#include "rec/table.def"
	REC_COLS
};
#undef KIND
#undef COL

enum rec_type {
	REC_TIME,	/* seconds since 1970, nine digits after the point */
	REC_DURATION,	/* seconds, nine digits after the point */
	REC_ADDR,	/* in the form of inet_ntop(3) */
	REC_NUM,	/* decimal digits */
	REC_SIGNED,	/* the same, with an optional minus */
	REC_DECIMAL,	/* the same, with an optional point */
	REC_FLAGS,	/* letters of FSRPAUECN */
	REC_LIST,	/* names, separated by commas */
	REC_TEXT	/* escaped */
};

struct rec_col_info {
	enum rec_kind kind;
	const char *name, *help;
	enum rec_type type;
};

extern const struct rec_col_info rec_cols[REC_COLS];

const char *rec_kind_name(enum rec_kind kind);

/*
 * Return the columns by which a report groups records of this kind by default,
 * and those whose values it summarizes by default, separated by commas.
 */
const char *rec_kind_groups(enum rec_kind kind);
const char *rec_kind_values(enum rec_kind kind);

/* The columns of a kind are first <= c < end. */
enum rec_col rec_kind_first(enum rec_kind kind);
enum rec_col rec_kind_end(enum rec_kind kind);

/* Return the name of a type, as in connpipe-records(5). */
const char *rec_type_name(enum rec_type type);

/* Are the values of a type seconds, or numbers of any kind? */
static inline bool
rec_type_is_seconds(enum rec_type type)
{
	return type == REC_TIME || type == REC_DURATION;
}

static inline bool
rec_type_is_number(enum rec_type type)
{
	return rec_type_is_seconds(type) || type == REC_NUM ||
	    type == REC_SIGNED || type == REC_DECIMAL;
}

/* Does a column hold seconds, or a list?  REC_COLS holds neither. */
static inline bool
rec_is_seconds(enum rec_col c)
{
	return c < REC_COLS && rec_type_is_seconds(rec_cols[c].type);
}

static inline bool
rec_is_list(enum rec_col c)
{
	return c < REC_COLS && rec_cols[c].type == REC_LIST;
}

/* Print a line for each column, like -F: kind, name, type and help, with a TAB
 * between. */
void rec_kind_print(FILE *f, enum rec_kind kind);

/* Return the kind, or the column of a kind, of this name; REC_KINDS or REC_COLS
 * if there is none. */
enum rec_kind rec_kind_named(const char *name, size_t n);
enum rec_col rec_col_named(enum rec_kind kind, const char *name, size_t n);

#endif
