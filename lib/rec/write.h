/*
 * Writing records: rec_begin, one put for each column in the table's order,
 * rec_end.  The header line of a kind is written when it is due.
 */
#ifndef REC_WRITE_H
#define REC_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "rec/number.h"
#include "rec/table.h"
#include "wire/addr.h"

#define REC_COLS_MAX	120	/* columns of one kind */

struct rec_writer {
	int fd;
	char *buf;
	size_t len, cap;
	int error;		/* errno of a failed write, for good */
	/* Where bytes go: all n to fd, unless a program sets another.  0, or
	 * -1 with errno. */
	int (*write)(void *arg, int fd, const void *buf, size_t n);
	void *arg;
	const char *head[REC_KINDS];	/* in force in the output, or NULL */
	char *own[REC_KINDS];		/* header lines of our records */
	char *passed[REC_KINDS];	/* and of those passed along */
};

/*
 * Write to fd, all columns of every kind that has no choice made for it.
 * 0, or -1 with errno.  rec_writer_close frees; it does not flush.
 */
int rec_writer_open(struct rec_writer *w, int fd);
void rec_writer_close(struct rec_writer *w);

/* Write only these columns of a kind, in this order.  0, or -1 with errno. */
int rec_choose(struct rec_writer *w, enum rec_kind kind,
    const enum rec_col *cols, unsigned n);

/* Write columns of these names too, behind those chosen; they are not in the
 * table.  0, or -1 with errno. */
int rec_choose_more(struct rec_writer *w, enum rec_kind kind,
    const char *const *names, unsigned n);

/* Write out what is buffered; 0, or -1 with w->error set. */
int rec_flush(struct rec_writer *w);

/*
 * Start a record of this kind; its header goes first where it is due.  There
 * is room then for REC_ROOM bytes: any column that is not text.
 */
#define REC_ROOM	4096
void rec_begin(struct rec_writer *w, enum rec_kind kind);

/*
 * Pass a line (without newline) along as it is.  A record of a known kind
 * goes by the header line head, which is written first unless it is in
 * force; for any other line kind is REC_KINDS.
 */
void rec_pass(struct rec_writer *w, enum rec_kind kind, const char *head,
    const char *line, size_t n);

/* Take back the line of n bytes that was passed last. */
static inline void
rec_unpass(struct rec_writer *w, size_t n)
{
	w->len -= n + 1;
}

/* Text of the network's or anyone's, escaped (connpipe-records(5)). */
void rec_put_text(struct rec_writer *w, const void *text, size_t n);

/* Text of our own, which needs no escape; "-" says that there is none. */
void rec_put_word(struct rec_writer *w, const char *word);

/* Parts of a text field that need no escape, after rec_put_tab. */
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
	memcpy(w->buf + w->len, "\t-", 2);
	w->len += 2;
}

static inline void
rec_put_num(struct rec_writer *w, uint64_t v)
{
	rec_put_tab(w);
	rec_add_num(w, v);
}

/* Nanoseconds, as seconds with nine digits after the point. */
static inline void
rec_put_ns(struct rec_writer *w, uint64_t ns)
{
	rec_put_tab(w);
	w->len += ns_fmt(w->buf + w->len, ns);
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
	if (has)
		rec_put_num(w, v);
	else
		rec_put_none(w);
}

static inline void
rec_put_addr(struct rec_writer *w, const struct addr *a)
{
	rec_put_tab(w);
	w->len += addr_fmt(w->buf + w->len, a);
}

/* Two columns: the address and the port. */
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

/* Abort, with a message that names the kind, unless the record that is about to
 * end has a field for each column of its header. */
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
