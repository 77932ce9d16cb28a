/*
 * Reading records.  One vectorized pass finds the lines and splits them into
 * fields; a field is parsed only when a program asks for its value.
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

/* The current header of a kind. */
struct rec_head {
	const char *kind;	/* the kind's name */
	unsigned number;	/* the kind; REC_KINDS and up for others */
	char *text;		/* the line, NULL if there is none yet */
	unsigned nfields;
	uint64_t id;		/* unique among the headers of the reader */
	const char *lacks;	/* a required column that is missing, or NULL */
};

/* A line.  Its text is valid until the next rec_next() or rec_fill(). */
struct rec {
	enum rec_kind kind;	/* REC_KINDS if not in the table */
	const char *line;	/* without its newline */
	size_t len;
	const struct rec_head *head;	/* its header, or NULL */
	const uint8_t *at;	/* the field of each column, 0 if none */
	bool ignored;		/* its header lacks a required column */
	unsigned nfields;
	uint32_t start[REC_FIELDS_MAX + 65];	/* of each field, and the end */
	const char *bad;	/* first column that could not be read */
	const char *why;	/* the reason; NULL if all could be read */
};

struct rec_reader {
	int fd;
	/* Reads like read(2), which it is unless a program sets another. */
	ssize_t (*read)(void *arg, int fd, void *buf, size_t n);
	void *arg;
	char *buf;
	size_t cap, begin, end;	/* buf[begin..end) is unread */
	bool eof;
	uint64_t line;		/* number of the last line read */
	struct {
		uint64_t word;	/* its first field, if of eight bytes at most */
		size_t n;
		enum rec_kind kind;	/* that it names */
	} last;
	struct rec_head head[REC_KINDS];
	uint64_t heads;		/* headers read so far */
	bool all;		/* also return kinds not in the table */
	struct rec_head *other[REC_OTHERS_MAX];
	unsigned nothers;
	bool others;		/* lines of such kinds came, without all */
	uint8_t at[REC_COLS];
	bool needs[REC_COLS];
	struct rec rec;
	char error[160];	/* after REC_BAD: the reason */
};

enum rec_step {
	REC_BAD = -1,		/* a bad line; reading can continue */
	REC_MORE,		/* no whole line is left: call rec_fill() */
	REC_LINE		/* a line is in reader->rec */
};

/* Make a reader without a file.  Returns 0, or -1 with errno. */
int rec_reader_open(struct rec_reader *r);
void rec_reader_close(struct rec_reader *r);

/* Require column c: a header that lacks it is an error. */
void rec_need(struct rec_reader *r, enum rec_col c);

/* Read from fd from now on.  Headers stay current. */
void rec_reader_file(struct rec_reader *r, int fd);

/* Read once.  Returns > 0 if there may be more, 0 at the end of the file, or -1
 * with errno. */
int rec_fill(struct rec_reader *r);

/*
 * Parse the next line.  A header of a kind in the table becomes current and is
 * not returned.  Any line of another kind is returned with the kind REC_KINDS;
 * with r->all, headers of such kinds become current as well.  After REC_BAD,
 * r->rec still has the line and its length.
 */
enum rec_step rec_next(struct rec_reader *r);

/* Headers have numbers, from 0 to rec_nheads() (not included). */
static inline unsigned
rec_nheads(const struct rec_reader *r)
{
	return REC_KINDS + r->nothers;
}

/* The header with a number; NULL if none of its kind came. */
static inline const struct rec_head *
rec_head_at(const struct rec_reader *r, unsigned i)
{
	const struct rec_head *head = i < REC_KINDS ? &r->head[i] :
	    r->other[i - REC_KINDS];

	return head->text != NULL ? head : NULL;
}

/* Return the text of a column; NULL, with *n 0, if the records lack it. */
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
 * For columns of any kind, found by name: return the field of the column, 0 if
 * there is none; and the text of a field.
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
 * Return the text of two columns with a TAB between: as it is in the line if
 * they are neighbours, else a copy in scratch, cut to its size.
 */
#define REC_PAIR_MAX	128
const char *rec_pair_copy(const struct rec *r, enum rec_col a, enum rec_col b,
    char *scratch, size_t *n);

static inline const char *
rec_pair(const struct rec *r, enum rec_col a, enum rec_col b, char *scratch,
    size_t *n)
{
	const uint32_t *start = r->start + r->at[a];

	if (r->at[a] == 0 || r->at[b] != r->at[a] + 1)
		return rec_pair_copy(r, a, b, scratch, n);
	*n = start[2] - start[0] - 1;
	return r->line + start[0];
}

/* Mark the record: column c could not be read, and why. */
void rec_bad(struct rec *r, enum rec_col c, const char *why);

/*
 * Return the value of a column.  If it cannot be read, return 0 and mark the
 * record (bad, why): check once, after reading all columns.
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

/* The numbers in two columns, parsed at once; false if that cannot be done, or
 * the records lack one. */
static inline bool
rec_two(const struct rec *r, enum rec_col a, enum rec_col b, uint64_t v[2])
{
	/* Of a column that is not there: the kind, which is no number. */
	const uint32_t *sa = r->start + r->at[a], *sb = r->start + r->at[b];

	return num_scan_two((const char *[]){ r->line + sa[1] - 1,
	    r->line + sb[1] - 1 }, (const size_t []){ sa[1] - sa[0] - 1,
	    sb[1] - sb[0] - 1 }, v);
}

uint64_t rec_ns(struct rec *r, enum rec_col c);
struct addr rec_addr(struct rec *r, enum rec_col c);
/* TCP flags as bits; F is the lowest. */
uint16_t rec_flags(struct rec *r, enum rec_col c);

#endif
