#include "capture/window.h"

#include <stdlib.h>
#include <string.h>

struct window_packet {
	struct packet pkt;
	uint64_t order;
	uint32_t epoch;
	uint8_t data[];
};

static bool
is_before(const struct window_packet *a, const struct window_packet *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch;
	if (a->pkt.time_ns != b->pkt.time_ns)
		return a->pkt.time_ns < b->pkt.time_ns;
	return a->order < b->order;
}

/* Move a packet from place i of the heap up to where it belongs. */
static void
rise(struct window *w, size_t i, struct window_packet *p)
{
	for (; i > 0 && is_before(p, w->heap[(i - 1) / 2]); i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = p;
}

/* Move it from the top of the heap down. */
static void
sink(struct window *w, struct window_packet *p)
{
	size_t i = 0, child;

	while ((child = 2 * i + 1) < w->n) {
		if (child + 1 < w->n &&
		    is_before(w->heap[child + 1], w->heap[child]))
			child++;
		if (!is_before(w->heap[child], p))
			break;
		w->heap[i] = w->heap[child];
		i = child;
	}
	w->heap[i] = p;
}

static int
make_room(struct window *w)
{
	size_t size = w->size > 0 ? 2 * w->size : 1024;
	struct window_packet **grown;

	if (w->n < w->size)
		return 0;
	grown = realloc(w->heap, size * sizeof *grown);
	if (grown == NULL)
		return -1;
	w->heap = grown;
	w->size = size;
	return 0;
}

int
window_add(struct window *w, const struct packet *pkt)
{
	struct window_packet *p = malloc(sizeof *p + pkt->cap_len);

	if (p == NULL || make_room(w) < 0) {
		free(p);
		return -1;
	}
	if (pkt->time_ns < w->newest && w->newest - pkt->time_ns > w->span) {
		w->epoch++;
		w->newest = 0;
	}
	if (pkt->time_ns > w->newest)
		w->newest = pkt->time_ns;
	p->pkt = *pkt;
	p->pkt.data = memcpy(p->data, pkt->data, pkt->cap_len);
	p->order = w->order++;
	p->epoch = w->epoch;
	w->bytes += sizeof *p + pkt->cap_len;
	rise(w, w->n++, p);
	return 0;
}

uint64_t
window_due(const struct window *w)
{
	const struct window_packet *p;

	if (w->n == 0)
		return UINT64_MAX;
	p = w->heap[0];
	if (p->epoch != w->epoch || w->n > WINDOW_PACKETS ||
	    w->bytes > WINDOW_BYTES)
		return 0;
	return p->pkt.time_ns < UINT64_MAX - w->span ?
	    p->pkt.time_ns + w->span : UINT64_MAX;
}

const struct packet *
window_next(struct window *w, uint64_t now)
{
	if (w->n == 0 || window_due(w) > (now > w->newest ? now : w->newest))
		return NULL;
	free(w->out);
	w->out = w->heap[0];
	w->bytes -= sizeof *w->out + w->out->pkt.cap_len;
	if (--w->n > 0)
		sink(w, w->heap[w->n]);
	return &w->out->pkt;
}

void
window_free(struct window *w)
{
	while (window_next(w, UINT64_MAX) != NULL)
		continue;
	free(w->out);
	free(w->heap);
	*w = (struct window){ .span = w->span };
}
