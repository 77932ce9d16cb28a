/*
 * Writing records: rec_begin(), a put for each column in the order of the
 * header, rec_end().  The header line of a kind is written before its first
 * record, and again after another header for the same kind.
 */
#ifndef REC_WRITE_H
#define REC_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "rec/field.h"
#include "rec/table.h"

#define REC_COLS_MAX	120	/* columns of one kind */

struct rec_writer {
	int fd;
	char *buf;
	size_t len, cap;
	int error;		/* errno of the first failed write */
	/* Writes all n bytes; to fd, unless a program sets another function.
	 * Returns 0, or -1 with errno. */
	int (*write)(void *arg, int fd, const void *buf, size_t n);
	void *arg;
	/* Prints why rec_check() aborts; may be NULL. */
	void (*wrong)(const char *why);
	const char *head[REC_KINDS];	/* current headers, or NULL */
	char *own[REC_KINDS];		/* headers of records written here */
	char *passed[REC_KINDS];	/* headers of records passed along */
};

/*
 * Make a writer to fd, with all columns of every kind unless rec_choose() picks
 * some.  Returns 0, or -1 with errno.  rec_writer_close() does not flush.
 */
int rec_writer_open(struct rec_writer *w, int fd);
void rec_writer_close(struct rec_writer *w);

/* Write only these columns of a kind, in this order.  Returns 0, or -1 with
 * errno. */
int rec_choose(struct rec_writer *w, enum rec_kind kind,
    const enum rec_col *cols, unsigned n);

/* After the columns chosen, also write columns of these names, which are not in
 * the table.  Returns 0, or -1 with errno. */
int rec_choose_more(struct rec_writer *w, enum rec_kind kind,
    const char *const *names, unsigned n);

/* Write the buffered output.  Returns 0, or -1 with w->error set. */
int rec_flush(struct rec_writer *w);

/*
 * Begin a record of this kind, after its header if that is not current.  There
 * is room for REC_ROOM bytes then: for all columns that are not text.
 */
#define REC_ROOM	4096
void rec_begin(struct rec_writer *w, enum rec_kind kind);

/*
 * Pass a line (without its newline) along unchanged.  head is the header of a
 * record of a known kind, which is written first unless it is current; for any
 * other line, kind is REC_KINDS.
 */
void rec_pass(struct rec_writer *w, enum rec_kind kind, const char *head,
    const char *line, size_t n);

/* Remove the line of n bytes that was passed last from the buffer. */
static inline void
rec_unpass(struct rec_writer *w, size_t n)
{
	w->len -= n + 1;
}

/* Text from packets or other outside sources: escaped. */
void rec_put_text(struct rec_writer *w, const void *text, size_t n);

/* A word that needs no escape, such as a name from a table; "-" is no value. */
void rec_put_word(struct rec_writer *w, const char *word);

/* Write fields in place: the next one at rec_place(), then rec_placed() with the
 * end of the last.  Call no rec_put_*() between the two. */
static inline char *
rec_place(const struct rec_writer *w)
{
	return w->buf + w->len;
}

static inline void
rec_placed(struct rec_writer *w, const char *end)
{
	w->len = (size_t)(end - w->buf);
}

/* Part of a field, after rec_put_tab(); it needs no escape. */
void rec_add(struct rec_writer *w, const char *text, size_t n);

static inline void
rec_add_num(struct rec_writer *w, uint64_t v)
{
	w->len += num_fmt(w->buf + w->len, v);
}

static inline void
rec_put_tab(struct rec_writer *w)
{
	w->buf[w->len++] = '\t';
}

static inline void
rec_put_none(struct rec_writer *w)
{
	rec_placed(w, field_none(rec_place(w)));
}

static inline void
rec_put_num(struct rec_writer *w, uint64_t v)
{
	rec_placed(w, field_num(rec_place(w), v));
}

/* Nanoseconds, as seconds with nine digits after the point. */
static inline void
rec_put_ns(struct rec_writer *w, uint64_t ns)
{
	rec_placed(w, field_ns(rec_place(w), ns));
}

static inline void
rec_put_ns_if(struct rec_writer *w, bool has, uint64_t ns)
{
	if (has)
		rec_put_ns(w, ns);
	else
		rec_put_none(w);
}

static inline void
rec_put_num_if(struct rec_writer *w, bool has, uint64_t v)
{
	rec_placed(w, field_num_if(rec_place(w), has, v));
}

static inline void
rec_put_addr(struct rec_writer *w, const struct addr *a)
{
	rec_placed(w, field_addr(rec_place(w), a));
}

/* Two columns: address and port. */
static inline void
rec_put_endpoint(struct rec_writer *w, const struct endpoint *e)
{
	rec_put_addr(w, &e->addr);
	rec_put_num(w, e->port);
}

static inline void
rec_put_signed(struct rec_writer *w, int64_t v)
{
	if (v >= 0) {
		rec_put_num(w, (uint64_t)v);
		return;
	}
	rec_put_tab(w);
	w->buf[w->len++] = '-';
	rec_add_num(w, -(uint64_t)v);
}

/* Abort, after wrong() with the kind and the numbers, unless the record that
 * rec_begin() has begun has a field for each column of its header. */
void rec_check(const struct rec_writer *w);

/* End the record.  'make asan' defines REC_CHECK. */
static inline void
rec_end(struct rec_writer *w)
{
#ifdef REC_CHECK
	rec_check(w);
#endif
	w->buf[w->len++] = '\n';
}

#endif
