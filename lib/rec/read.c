#include "rec/read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rec/split.h"
#include "wire/word.h"

#define BUFFER		(256 * 1024)
#define LINE_MAX_LEN	(4 * 1024 * 1024)

static ssize_t
read_fd(void *arg, int fd, void *buf, size_t n)
{
	(void)arg;
	return read(fd, buf, n);
}

int
rec_reader_open(struct rec_reader *r)
{
	memset(r, 0, sizeof *r);
	r->fd = -1;
	r->read = read_fd;
	r->last.kind = REC_KINDS;
	r->cap = BUFFER;
	r->begin = r->end = SPLIT_PADDING;
	r->buf = calloc(1, r->cap + 2 * SPLIT_PADDING);
	for (enum rec_kind k = 0; k < REC_KINDS; k++) {
		r->head[k].kind = rec_kind_name(k);
		r->head[k].number = k;
	}
	return r->buf != NULL ? 0 : -1;
}

void
rec_reader_close(struct rec_reader *r)
{
	for (enum rec_kind k = 0; k < REC_KINDS; k++)
		free(r->head[k].text);
	for (unsigned i = 0; i < r->nothers; i++) {
		free(r->other[i]->text);
		free(r->other[i]);
	}
	free(r->buf);
}

void
rec_need(struct rec_reader *r, enum rec_col c)
{
	r->needs[c] = true;
}

void
rec_reader_file(struct rec_reader *r, int fd)
{
	r->fd = fd;
	r->begin = r->end = SPLIT_PADDING;
	r->eof = false;
	r->line = 0;
}

/* Move the unread bytes to the front; grow the buffer if a line fills it. */
static int
make_room(struct rec_reader *r)
{
	size_t left = r->end - r->begin;
	char *bigger;

	memmove(r->buf + SPLIT_PADDING, r->buf + r->begin, left);
	r->begin = SPLIT_PADDING;
	r->end = SPLIT_PADDING + left;
	if (left < r->cap / 2 || r->cap >= LINE_MAX_LEN)
		return 0;
	bigger = realloc(r->buf, 2 * r->cap + 2 * SPLIT_PADDING);
	if (bigger == NULL)
		return -1;
	r->buf = bigger;
	r->cap *= 2;
	return 0;
}

int
rec_fill(struct rec_reader *r)
{
	ssize_t n;

	if (make_room(r) < 0)
		return -1;
	if (r->end == SPLIT_PADDING + r->cap) {
		/* The line is longer than LINE_MAX_LEN. */
		errno = EMSGSIZE;
		return -1;
	}
	do
		n = r->read(r->arg, r->fd, r->buf + r->end,
		    SPLIT_PADDING + r->cap - r->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 1 : -1;
	r->eof = n == 0;
	r->end += (size_t)n;
	memset(r->buf + r->end, 0, SPLIT_PADDING);
	return (int)n;
}

static enum rec_step
fail(struct rec_reader *r, const char *what, const char *name)
{
	snprintf(r->error, sizeof r->error, what, name);
	return REC_BAD;
}

/* Note the field of each column of a kind, by its header. */
static enum rec_step
place_columns(struct rec_reader *r, enum rec_kind kind)
{
	struct rec_head *head = &r->head[kind];
	enum rec_col end = rec_kind_end(kind);

	head->lacks = NULL;
	for (enum rec_col c = rec_kind_first(kind); c < end; c++) {
		const char *name = rec_cols[c].name;

		r->at[c] = (uint8_t)rec_field_named(head, name, strlen(name));
		if (r->needs[c] && r->at[c] == 0 && head->lacks == NULL)
			head->lacks = name;
	}
	if (head->lacks == NULL)
		return REC_MORE;
	snprintf(r->error, sizeof r->error, "no column '%s' in '%s' records",
	    head->lacks, rec_kind_name(kind));
	return REC_BAD;
}

/* The line is a header: make it the current one. */
static enum rec_step
use_header(struct rec_reader *r, struct rec_head *head)
{
	struct rec *rec = &r->rec;

	free(head->text);
	head->text = NULL;
	if (memchr(rec->line, '\0', rec->len) != NULL)
		return fail(r, "%s", "a header with a NUL in it");
	if ((head->text = strndup(rec->line, rec->len)) == NULL)
		return fail(r, "%s", strerror(ENOMEM));
	head->nfields = rec->nfields;
	head->id = ++r->heads;
	return REC_MORE;
}

unsigned
rec_field_named(const struct rec_head *head, const char *name, size_t n)
{
	const char *p = head->text;

	for (unsigned f = 1; f < head->nfields; f++) {
		p = strchr(p, '\t') + 1;
		if (strncmp(p, name, n) == 0 && (p[n] == '\t' || p[n] == '\0'))
			return f;
	}
	return 0;
}

/* The first n bytes at p, at most eight, as one number. */
static uint64_t
word_of(const char *p, size_t n)
{
	return n < 8 ? word_load(p) & ((UINT64_C(1) << 8 * n) - 1) :
	    word_load(p);
}

/* Return the kind that a line's first field names; most likely the last one. */
static enum rec_kind
kind_of(struct rec_reader *r, const char *name, size_t n)
{
	uint64_t word = word_of(name, n);

	if (word == r->last.word && n == r->last.n && n <= 8)
		return r->last.kind;
	r->last.word = word;
	r->last.n = n;
	return r->last.kind = rec_kind_named(name, n);
}

/* The line is a record: it needs a header with as many fields. */
static enum rec_step
check_record(struct rec_reader *r, const struct rec_head *head)
{
	struct rec *rec = &r->rec;

	rec->why = NULL;
	rec->head = head;
	if (head == NULL || (head->text == NULL && rec->kind == REC_KINDS))
		return fail(r, "%s", "a record without a header before it");
	if (head->text == NULL)
		return fail(r, "a '%s' record without a header before it",
		    head->kind);
	if (rec->nfields != head->nfields) {
		snprintf(r->error, sizeof r->error,
		    "%u fields, the header has %u", rec->nfields,
		    head->nfields);
		return REC_BAD;
	}
	rec->ignored = head->lacks != NULL;
	return REC_LINE;
}

static struct rec_head *
find_other(const struct rec_reader *r, const char *name, size_t n)
{
	for (unsigned i = 0; i < r->nothers; i++)
		if (strlen(r->other[i]->kind) == n &&
		    memcmp(r->other[i]->kind, name, n) == 0)
			return r->other[i];
	return NULL;
}

static struct rec_head *
add_other(struct rec_reader *r, const char *name, size_t n)
{
	struct {
		struct rec_head head;
		char name[];
	} *o = calloc(1, sizeof *o + n + 1);

	if (o == NULL)
		return NULL;
	memcpy(o->name, name, n);
	o->head.kind = o->name;
	o->head.number = REC_KINDS + r->nothers;
	return r->other[r->nothers++] = &o->head;
}

/* Parse a line of a kind that is not in the table, for a reader of all. */
static enum rec_step
parse_other(struct rec_reader *r, bool header, const char *name, size_t n)
{
	struct rec_head *head = find_other(r, name, n);

	if (!header)
		return check_record(r, head);
	if (head == NULL && r->nothers == REC_OTHERS_MAX)
		return fail(r, "%s", "too many kinds");
	if (head == NULL && (head = add_other(r, name, n)) == NULL)
		return fail(r, "%s", strerror(ENOMEM));
	return use_header(r, head);
}

/* Parse the line in r->rec, which is split into fields. */
static enum rec_step
parse_line(struct rec_reader *r)
{
	struct rec *rec = &r->rec;
	bool header = rec->line[0] == '#';
	const char *name = rec->line + header;
	size_t n = rec->start[1] - 1 - header;
	enum rec_step step;

	if (rec->len == 0)
		return fail(r, "%s", "an empty line");
	rec->kind = kind_of(r, name, n);
	if (rec->kind == REC_KINDS && r->all)
		return parse_other(r, header, name, n);
	if (rec->kind == REC_KINDS) {
		r->others = true;
		return REC_LINE;
	}
	if (!header)
		return check_record(r, &r->head[rec->kind]);
	memset(r->at + rec_kind_first(rec->kind), 0,
	    rec_kind_end(rec->kind) - rec_kind_first(rec->kind));
	step = use_header(r, &r->head[rec->kind]);
	return step == REC_MORE ? place_columns(r, rec->kind) : step;
}

enum rec_step
rec_next(struct rec_reader *r)
{
	struct rec *rec = &r->rec;
	enum rec_step step;

	rec->at = r->at;
	do {
		const char *from = r->buf + r->begin, *to = r->buf + r->end;
		const char *newline = split_line(from, to, rec);

		if (newline == NULL && !(r->eof && from < to))
			return REC_MORE;
		r->line++;
		rec->line = from;
		rec->len = (size_t)((newline != NULL ? newline : to) - from);
		r->begin += rec->len + (newline != NULL);
		if (newline == NULL) {
			rec->kind = REC_KINDS;
			return fail(r, "%s", "cut short: no newline");
		}
		if (rec->nfields > REC_FIELDS_MAX) {
			rec->kind = REC_KINDS;
			return fail(r, "%s", "too many fields");
		}
		step = parse_line(r);
	} while (step == REC_MORE);
	return step;
}

const char *
rec_pair_copy(const struct rec *r, enum rec_col a, enum rec_col b,
    char *scratch, size_t *n)
{
	size_t na, nb;
	const char *first = rec_field(r, a, &na), *second = rec_field(r, b, &nb);
	int len = snprintf(scratch, REC_PAIR_MAX, "%.*s\t%.*s", (int)na, first,
	    (int)nb, second);

	*n = len < REC_PAIR_MAX ? (size_t)len : REC_PAIR_MAX - 1;
	return scratch;
}

void
rec_bad(struct rec *r, enum rec_col c, const char *why)
{
	if (r->why != NULL)
		return;
	r->bad = rec_cols[c].name;
	r->why = why;
}

uint64_t
rec_ns(struct rec *r, enum rec_col c)
{
	uint64_t ns = 0;
	size_t n;
	const char *p = rec_field(r, c, &n);

	if (ns_scan_field(p, n, &ns) != 0)
		return ns;
	rec_bad(r, c, "not a time");
	return 0;
}

struct addr
rec_addr(struct rec *r, enum rec_col c)
{
	struct addr a;
	size_t n;
	const char *p = rec_field(r, c, &n);

	if (addr_scan(p, n, &a) != 0)
		return a;
	rec_bad(r, c, "not an address");
	return (struct addr){ 0 };
}

uint16_t
rec_flags(struct rec *r, enum rec_col c)
{
	static const uint16_t bit['Z' + 1] = {
		['F'] = 1, ['S'] = 2, ['R'] = 4, ['P'] = 8, ['A'] = 16,
		['U'] = 32, ['E'] = 64, ['C'] = 128, ['N'] = 256
	};
	uint16_t flags = 0;
	size_t n;
	const char *p = rec_field(r, c, &n);

	if (n == 1 && p[0] == '-')
		return 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t letter = (uint8_t)p[i];

		if (letter > 'Z' || bit[letter] == 0) {
			rec_bad(r, c, "not TCP flags");
			return 0;
		}
		flags |= bit[letter];
	}
	return flags;
}
