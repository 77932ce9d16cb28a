#include "rec/write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "rec/text.h"
#include "sys/io.h"

#define BUFFER		(512 * 1024)
#define FLUSH_AT	(256 * 1024)	/* enough for the next stage to start */

/* Return the header line of columns c[0..n) of a kind, or NULL with errno. */
static char *
make_header(enum rec_kind kind, const enum rec_col *c, unsigned n)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		return NULL;
	fprintf(f, "#%s", rec_kind_name(kind));
	for (unsigned i = 0; i < n; i++)
		fprintf(f, "\t%s", rec_cols[c[i]].name);
	return fclose(f) == 0 ? text : NULL;
}

int
rec_choose(struct rec_writer *w, enum rec_kind kind, const enum rec_col *cols,
    unsigned n)
{
	char *text = make_header(kind, cols, n);

	if (text == NULL)
		return -1;
	if (w->head[kind] == w->own[kind])
		w->head[kind] = NULL;
	free(w->own[kind]);
	w->own[kind] = text;
	return 0;
}

int
rec_choose_more(struct rec_writer *w, enum rec_kind kind,
    const char *const *names, unsigned n)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		return -1;
	fputs(w->own[kind], f);
	for (unsigned i = 0; i < n; i++)
		fprintf(f, "\t%s", names[i]);
	if (fclose(f) != 0)
		return -1;
	free(w->own[kind]);
	w->own[kind] = text;
	return 0;
}

static int
choose_all(struct rec_writer *w, enum rec_kind kind)
{
	enum rec_col cols[REC_COLS];
	unsigned n = 0;

	for (enum rec_col c = rec_kind_first(kind); c < rec_kind_end(kind); c++)
		cols[n++] = c;
	return rec_choose(w, kind, cols, n);
}

static int
write_fd(void *arg, int fd, const void *buf, size_t n)
{
	(void)arg;
	return io_write_all(fd, buf, n);
}

int
rec_writer_open(struct rec_writer *w, int fd)
{
	*w = (struct rec_writer){ .fd = fd, .cap = BUFFER, .write = write_fd };
	if ((w->buf = malloc(w->cap)) == NULL)
		return -1;
	for (enum rec_kind k = 0; k < REC_KINDS; k++)
		if (choose_all(w, k) < 0)
			return -1;
	return 0;
}

void
rec_writer_close(struct rec_writer *w)
{
	for (enum rec_kind k = 0; k < REC_KINDS; k++) {
		free(w->own[k]);
		free(w->passed[k]);
	}
	free(w->buf);
}

int
rec_flush(struct rec_writer *w)
{
	if (w->error == 0 && w->write(w->arg, w->fd, w->buf, w->len) < 0)
		w->error = errno;
	w->len = 0;
	return w->error == 0 ? 0 : -1;
}

/* Make room for n bytes and REC_ROOM after them. */
static void
make_room(struct rec_writer *w, size_t n)
{
	char *bigger;

	if (w->cap - w->len >= n + REC_ROOM)
		return;
	rec_flush(w);
	if (w->cap >= n + REC_ROOM)
		return;
	if ((bigger = realloc(w->buf, n + REC_ROOM)) == NULL)
		abort();	/* no memory for a single line */
	w->buf = bigger;
	w->cap = n + REC_ROOM;
}

static void
put_line(struct rec_writer *w, const char *line, size_t n)
{
	make_room(w, n + 1);
	memcpy(w->buf + w->len, line, n);
	w->buf[w->len + n] = '\n';
	w->len += n + 1;
}

/* Make head the current header of this kind; write it if it differs. */
static void
put_head(struct rec_writer *w, enum rec_kind kind, const char *head)
{
	const char *before = w->head[kind];

	w->head[kind] = head;
	if (before == NULL || strcmp(before, head) != 0)
		put_line(w, head, strlen(head));
}

void
rec_begin(struct rec_writer *w, enum rec_kind kind)
{
	const char *name = rec_kind_name(kind);

	if (w->len >= FLUSH_AT)
		rec_flush(w);
	if (w->head[kind] != w->own[kind])
		put_head(w, kind, w->own[kind]);
	/* FLUSH_AT leaves room. */
	while (*name != '\0')
		w->buf[w->len++] = *name++;
}

/* The same for a header of the reader, which may be freed. */
static void
pass_head(struct rec_writer *w, enum rec_kind kind, const char *head)
{
	char *copy;

	if (w->head[kind] != NULL && strcmp(w->head[kind], head) == 0)
		return;
	if ((copy = strdup(head)) == NULL)
		abort();
	put_head(w, kind, copy);
	free(w->passed[kind]);
	w->passed[kind] = copy;
}

void
rec_pass(struct rec_writer *w, enum rec_kind kind, const char *head,
    const char *line, size_t n)
{
	if (w->len >= FLUSH_AT)
		rec_flush(w);
	if (kind < REC_KINDS)
		pass_head(w, kind, head);
	put_line(w, line, n);
}

void
rec_put_text(struct rec_writer *w, const void *text, size_t n)
{
	make_room(w, 1 + n * TEXT_ESCAPED_MAX);
	w->buf[w->len++] = '\t';
	w->len += text_escape(w->buf + w->len, text, n);
}

void
rec_add(struct rec_writer *w, const char *text, size_t n)
{
	make_room(w, n);
	memcpy(w->buf + w->len, text, n);
	w->len += n;
}

/* The TABs in a line: a record has one before each of its fields. */
static unsigned
count_tabs(const char *line, size_t n)
{
	unsigned tabs = 0;

	for (size_t i = 0; i < n; i++)
		tabs += line[i] == '\t';
	return tabs;
}

void
rec_check(const struct rec_writer *w)
{
	const char *newline = memrchr(w->buf, '\n', w->len);
	const char *line = newline != NULL ? newline + 1 : w->buf;
	size_t n = (size_t)(w->buf + w->len - line);
	const char *tab = memchr(line, '\t', n);
	size_t nname = tab != NULL ? (size_t)(tab - line) : n;
	enum rec_kind kind = rec_kind_named(line, nname);
	unsigned fields, columns;
	char why[100];

	/* The start of a very long record was flushed; a line that rec_begin()
	 * did not begin is a copy of one that was read. */
	if (kind == REC_KINDS || w->head[kind] != w->own[kind])
		return;
	fields = count_tabs(line, n);
	columns = count_tabs(w->head[kind], strlen(w->head[kind]));
	if (fields == columns)
		return;
	snprintf(why, sizeof why, "a '%s' record has %u fields, its header %u "
	    "columns", rec_kind_name(kind), fields, columns);
	if (w->wrong != NULL)
		w->wrong(why);
	abort();
}

void
rec_put_word(struct rec_writer *w, const char *word)
{
	rec_put_tab(w);
	rec_add(w, word, strlen(word));
}
