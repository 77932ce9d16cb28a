/*
 * Reading records.  Lines are framed and split into fields in one pass by
 * vectors; a field is converted only when a program asks for it.
 */
#ifndef REC_READ_H
#define REC_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "rec/number.h"
#include "rec/table.h"
#include "wire/addr.h"

#define REC_FIELDS_MAX	128	/* of one line */
#define REC_OTHERS_MAX	256	/* kinds that are not in the table */

/* The header in force for a kind. */
struct rec_head {
	const char *kind;	/* its name */
	unsigned number;	/* of the kind: REC_KINDS and up for others */
	char *text;		/* its line, NULL for none */
	unsigned nfields;
	uint64_t id;		/* of this header, as long as the reader is */
	const char *lacks;	/* a needed column it lacks, or NULL */
};

/* One line.  Its text is good until the reader is asked for the next. */
struct rec {
	enum rec_kind kind;	/* REC_KINDS: of a kind that is not known */
	const char *line;	/* without its newline */
	size_t len;
	const struct rec_head *head;	/* it goes by this, or NULL */
	const uint8_t *at;	/* the field each column stands in, 0: none */
	bool ignored;		/* its header lacks a column, as was said */
	unsigned nfields;
	uint32_t start[REC_FIELDS_MAX + 9];	/* of each field, and the end */
	const char *bad;	/* the first column that could not be read */
	const char *why;	/* and the reason; NULL while all is well */
};

struct rec_reader {
	int fd;
	/* Where bytes come from: read(2), unless a program sets another. */
	ssize_t (*read)(void *arg, int fd, void *buf, size_t n);
	void *arg;
	char *buf;
	size_t cap, begin, end;	/* buf[begin..end) is not yet taken */
	bool eof;
	uint64_t line;		/* number of the last line taken */
	struct rec_head head[REC_KINDS];
	uint64_t heads;		/* taken so far */
	bool all;		/* take kinds that are not in the table too */
	struct rec_head *other[REC_OTHERS_MAX];
	unsigned nothers;
	uint8_t at[REC_COLS];
	bool needs[REC_COLS];
	struct rec rec;
	char error[160];	/* after REC_BAD: the reason */
};

enum rec_step {
	REC_BAD = -1,		/* a line that cannot be read; go on */
	REC_MORE,		/* no whole line is left: rec_fill */
	REC_LINE		/* reader->rec */
};

/* Make a reader that has no file yet: 0, or -1 with errno. */
int rec_reader_open(struct rec_reader *r);
void rec_reader_close(struct rec_reader *r);

/* A record of this column's kind without it is of no use. */
void rec_need(struct rec_reader *r, enum rec_col c);

/* Read from fd from now on; headers stay in force. */
void rec_reader_file(struct rec_reader *r, int fd);

/* One read(2): > 0 more may come, 0 end of file, -1 errno. */
int rec_fill(struct rec_reader *r);

/*
 * Take the next line.  A header is taken in and given as a line of kind
 * REC_KINDS when its kind is not in the table, else not given.  With r->all
 * none is given, and records of such kinds have a head as others have.  After
 * REC_BAD the line is still in r->rec.line, len.
 */
enum rec_step rec_next(struct rec_reader *r);

/* The text of a column; NULL with *n 0 when the records do not have it. */
static inline const char *
rec_field(const struct rec *r, enum rec_col c, size_t *n)
{
	unsigned f = r->at[c];

	if (f == 0) {
		*n = 0;
		return NULL;
	}
	*n = r->start[f + 1] - r->start[f] - 1;
	return r->line + r->start[f];
}

/*
 * For columns that are found by name, of any kind: the field that this one
 * stands in, 0 for none, and the text of a field.
 */
unsigned rec_field_named(const struct rec_head *head, const char *name,
    size_t n);

static inline const char *
rec_text(const struct rec *r, unsigned field, size_t *n)
{
	*n = r->start[field + 1] - r->start[field] - 1;
	return r->line + r->start[field];
}

/* Does the record have a value in this column? */
static inline bool
rec_has(const struct rec *r, enum rec_col c)
{
	size_t n;
	const char *p = rec_field(r, c, &n);

	return n != 0 && !(n == 1 && p[0] == '-');
}

/*
 * The text of two columns with a TAB between, as they stand in the line
 * where they are neighbours, else joined in scratch; cut to what fits there.
 */
#define REC_PAIR_MAX	128
static inline const char *
rec_pair(const struct rec *r, enum rec_col a, enum rec_col b, char *scratch,
    size_t *n)
{
	const char *first, *second;
	size_t na, nb;

	first = rec_field(r, a, &na);
	second = rec_field(r, b, &nb);
	*n = na + 1 + nb;
	if (second == first + na + 1)
		return first;
	*n = (size_t)snprintf(scratch, REC_PAIR_MAX, "%.*s\t%.*s", (int)na,
	    first, (int)nb, second);
	if (*n >= REC_PAIR_MAX)
		*n = REC_PAIR_MAX - 1;
	return scratch;
}

/* Mark the record: this column could not be read, and why. */
void rec_bad(struct rec *r, enum rec_col c, const char *why);

/*
 * The value of a column.  One that cannot be read gives 0 and marks the
 * record (bad, why): ask once after reading all.
 */
static inline uint64_t
rec_num_to(struct rec *r, enum rec_col c, uint64_t max)
{
	uint64_t v = 0;
	size_t n;
	const char *p = rec_field(r, c, &n);

	if (num_scan(p, n, &v) != 0 && v <= max)
		return v;
	rec_bad(r, c, v > max ? "too large a number" : "not a number");
	return 0;
}

static inline uint32_t
rec_u32(struct rec *r, enum rec_col c)
{
	return (uint32_t)rec_num_to(r, c, UINT32_MAX);
}

static inline uint16_t
rec_u16(struct rec *r, enum rec_col c)
{
	return (uint16_t)rec_num_to(r, c, UINT16_MAX);
}

uint64_t rec_ns(struct rec *r, enum rec_col c);
struct addr rec_addr(struct rec *r, enum rec_col c);
/* TCP flags as bits, F the lowest. */
uint16_t rec_flags(struct rec *r, enum rec_col c);

#endif
