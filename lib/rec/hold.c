#include "rec/hold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that waited, up to this place in the stream, do so no more. */
static void
let_go(struct hold *h, uint64_t to)
{
	size_t n = h->end - h->begin - (size_t)(h->taken - to);

	rec_add(&h->out, h->buf + h->begin, n);
	h->begin += n;
}

/* All up to the first gap that is open. */
static int
release(struct hold *h)
{
	while (h->first < h->next) {
		const struct hold_gap *g = &h->gap[h->first % h->max];
		bool comes = g->at <= h->taken;

		let_go(h, comes ? g->at : h->taken);
		if (!comes || !g->filled)
			break;
		rec_put_text(&h->out, g->text, g->n);
		h->first++;
	}
	if (h->first == h->next)
		let_go(h, h->taken);
	if (rec_flush(&h->out) == 0)
		return 0;
	errno = h->out.error;
	return -1;
}

/* Room behind end for n bytes more; 0, or -1 with errno. */
static int
make_room(struct hold *h, size_t n)
{
	size_t waiting = h->end - h->begin;
	char *bigger;

	memmove(h->buf, h->buf + h->begin, waiting);
	h->begin = 0;
	h->end = waiting;
	if (h->cap - h->end >= n)
		return 0;
	if ((bigger = realloc(h->buf, 2 * (waiting + n))) == NULL)
		return -1;
	h->buf = bigger;
	h->cap = 2 * (waiting + n);
	return 0;
}

/* Where the stage's bytes go; returns when few enough of them wait. */
static int
take(void *hold, int fd, const void *buf, size_t n)
{
	struct hold *h = hold;

	(void)fd;
	if (h->cap - h->end < n && make_room(h, n) < 0)
		return -1;
	memcpy(h->buf + h->end, buf, n);
	h->end += n;
	h->taken += n;
	while (release(h) == 0 && h->end - h->begin > HOLD_BYTES_MAX)
		stage_wait(h->st);
	return h->out.error == 0 ? 0 : -1;
}

int
hold_open(struct hold *h, struct stage *st, unsigned max)
{
	*h = (struct hold){ .st = st, .max = max, .cap = 1 };
	h->gap = calloc(max, sizeof *h->gap);
	h->buf = malloc(h->cap);
	if (h->gap == NULL || h->buf == NULL ||
	    rec_writer_open(&h->out, st->out.fd) < 0)
		return -1;
	st->out.write = take;
	st->out.arg = h;
	return 0;
}

void
hold_close(struct hold *h)
{
	rec_writer_close(&h->out);
	free(h->buf);
	free(h->gap);
}

uint64_t
hold_gap(struct hold *h)
{
	struct hold_gap *g = &h->gap[h->next % h->max];

	g->at = h->taken + h->st->out.len;
	g->filled = false;
	return h->next++;
}

void
hold_fill(struct hold *h, uint64_t number, const void *text, size_t n)
{
	struct hold_gap *g = &h->gap[number % h->max];

	g->n = n < HOLD_TEXT_MAX ? n : HOLD_TEXT_MAX;
	memcpy(g->text, text, g->n);
	g->filled = true;
	if (release(h) < 0)
		h->st->out.error = h->out.error;
}
