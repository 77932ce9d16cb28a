#include "probe/outage.h"

#include <stdlib.h>

void
outage_start(struct outage *o, uint64_t number)
{
	if (o->started)
		return;
	o->started = true;
	o->next = number;
}

void
outage_stop(struct outage *o)
{
	free(o->ring);
	o->ring = NULL;
	o->started = false;
	o->lost = 0;
}

static struct outage_outcome *
place(const struct outage *o, uint64_t number)
{
	return &o->ring[number % OUTAGE_RING];
}

void
outage_add(struct outage *o, uint64_t number, enum outage_ping what,
    uint64_t time)
{
	if (!o->started || number < o->next)
		return;
	/* The usual case needs no ring: answers in the order of the pings. */
	if (o->ring == NULL && number == o->next && what == OUTAGE_ANSWERED) {
		o->next++;
		return;
	}
	if (o->ring == NULL &&
	    (o->ring = calloc(OUTAGE_RING, sizeof *o->ring)) == NULL)
		return;
	for (; number - o->next >= OUTAGE_RING; o->next++)
		place(o, o->next)->what = OUTAGE_UNKNOWN;
	*place(o, number) = (struct outage_outcome){ what, time };
}

static enum outage_change
lose(struct outage *o, uint64_t sent)
{
	if (o->lost++ == 0)
		o->begin = sent;
	if (o->lost == OUTAGE_LOST) {
		o->began[o->nbegan++ % OUTAGE_FLAPS] = o->begin;
		return OUTAGE_DOWN;
	}
	return o->lost == 1 ? OUTAGE_LOSS : OUTAGE_NONE;
}

enum outage_change
outage_next(struct outage *o)
{
	enum outage_change change = OUTAGE_NONE;

	/* The caller has seen the end of the last one. */
	if (o->end != 0)
		o->lost = 0;
	o->end = 0;
	while (change == OUTAGE_NONE && o->ring != NULL &&
	    place(o, o->next)->what != OUTAGE_UNKNOWN) {
		struct outage_outcome *p = place(o, o->next++);

		if (p->what == OUTAGE_UNANSWERED)
			change = lose(o, p->time);
		else if (p->what == OUTAGE_ANSWERED && outage_is_down(o)) {
			o->end = p->time;
			change = OUTAGE_UP;
		} else if (p->what == OUTAGE_ANSWERED)
			o->lost = 0;
		p->what = OUTAGE_UNKNOWN;
	}
	return change;
}

unsigned
outage_recent(const struct outage *o)
{
	unsigned n = 0;

	while (n < o->nbegan && n < OUTAGE_FLAPS &&
	    o->began[(o->nbegan - 1 - n) % OUTAGE_FLAPS] + OUTAGE_RECENT_NS >
	    o->begin)
		n++;
	return n;
}
