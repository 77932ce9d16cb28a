#include "stage/gaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that waited, up to this place in the stream, do so no more. */
static void
let_go(struct gaps *g, uint64_t to)
{
	size_t n = g->end - g->begin - (size_t)(g->taken - to);

	rec_add(&g->out, g->buf + g->begin, n);
	g->begin += n;
}

/* All up to the first gap that is open. */
static int
release(struct gaps *g)
{
	while (g->first < g->next) {
		const struct gap *gap = &g->gap[g->first % g->max];
		bool comes = gap->at <= g->taken;

		let_go(g, comes ? gap->at : g->taken);
		if (!comes || !gap->filled)
			break;
		rec_put_text(&g->out, gap->text, gap->n);
		g->first++;
	}
	if (g->first == g->next)
		let_go(g, g->taken);
	if (rec_flush(&g->out) == 0)
		return 0;
	errno = g->out.error;
	return -1;
}

/* Room behind end for n bytes more; 0, or -1 with errno. */
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

/* Where the stage's bytes go; returns when few enough of them wait. */
static int
take(void *gaps, int fd, const void *buf, size_t n)
{
	struct gaps *g = gaps;

	(void)fd;
	if (g->cap - g->end < n && make_room(g, n) < 0)
		return -1;
	memcpy(g->buf + g->end, buf, n);
	g->end += n;
	g->taken += n;
	while (release(g) == 0 && g->end - g->begin > GAPS_BYTES_MAX)
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
	st->out.write = take;
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

	gap->at = g->taken + g->st->out.len;
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
	if (release(g) < 0)
		g->st->out.error = g->out.error;
}
