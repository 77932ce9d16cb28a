#include "stage/gaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Write the waiting bytes before an offset. */
static void
write_to(struct gaps *g, uint64_t to)
{
	size_t n = g->end - g->begin - (size_t)(g->offset - to);

	rec_add(&g->out, g->buf + g->begin, n);
	g->begin += n;
}

/* Write everything before the first open gap.  Returns 0, or -1 with errno. */
static int
write_ready(struct gaps *g)
{
	while (g->first < g->next) {
		const struct gap *gap = &g->gap[g->first % g->max];
		bool reached = gap->at <= g->offset;

		write_to(g, reached ? gap->at : g->offset);
		if (!reached || !gap->filled)
			break;
		rec_put_text(&g->out, gap->text, gap->n);
		g->first++;
	}
	if (g->first == g->next)
		write_to(g, g->offset);
	if (rec_flush(&g->out) == 0)
		return 0;
	errno = g->out.error;
	return -1;
}

/* Make room for n bytes at the end.  Returns 0, or -1 with errno. */
static int
make_room(struct gaps *g, size_t n)
{
	size_t waiting = g->end - g->begin;
	char *bigger;

	memmove(g->buf, g->buf + g->begin, waiting);
	g->begin = 0;
	g->end = waiting;
	if (g->cap - g->end >= n)
		return 0;
	if ((bigger = realloc(g->buf, 2 * (waiting + n))) == NULL)
		return -1;
	g->buf = bigger;
	g->cap = 2 * (waiting + n);
	return 0;
}

/* The stage's write(): blocks while more than GAPS_BYTES_MAX bytes wait. */
static int
append(void *gaps, int fd, const void *buf, size_t n)
{
	struct gaps *g = gaps;

	(void)fd;
	if (g->cap - g->end < n && make_room(g, n) < 0)
		return -1;
	memcpy(g->buf + g->end, buf, n);
	g->end += n;
	g->offset += n;
	while (write_ready(g) == 0 && g->end - g->begin > GAPS_BYTES_MAX)
		stage_wait(g->st);
	return g->out.error == 0 ? 0 : -1;
}

int
gaps_open(struct gaps *g, struct stage *st, unsigned max)
{
	*g = (struct gaps){ .st = st, .max = max, .cap = 1 };
	g->gap = calloc(max, sizeof *g->gap);
	g->buf = malloc(g->cap);
	if (g->gap == NULL || g->buf == NULL ||
	    rec_writer_open(&g->out, st->out.fd) < 0)
		return -1;
	st->out.write = append;
	st->out.arg = g;
	return 0;
}

void
gaps_close(struct gaps *g)
{
	rec_writer_close(&g->out);
	free(g->buf);
	free(g->gap);
}

uint64_t
gaps_leave(struct gaps *g)
{
	struct gap *gap = &g->gap[g->next % g->max];

	gap->at = g->offset + g->st->out.len;
	gap->filled = false;
	return g->next++;
}

void
gaps_fill(struct gaps *g, uint64_t number, const void *text, size_t n)
{
	struct gap *gap = &g->gap[number % g->max];

	gap->n = n < GAPS_TEXT_MAX ? n : GAPS_TEXT_MAX;
	memcpy(gap->text, text, gap->n);
	gap->filled = true;
	if (write_ready(g) < 0)
		g->st->out.error = g->out.error;
}
