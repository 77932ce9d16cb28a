#include "sys/schedule.h"

#include <stdlib.h>

int
schedule_reserve(struct schedule *s, uint32_t n)
{
	struct due **bigger;

	if (n <= s->cap)
		return 0;
	bigger = realloc(s->heap, ((size_t)n + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return -1;
	s->heap = bigger;
	s->cap = n;
	return 0;
}

void
schedule_close(struct schedule *s)
{
	free(s->heap);
	*s = (struct schedule){ .n = 0 };
}

static void
put(struct schedule *s, uint32_t place, struct due *d)
{
	s->heap[place] = d;
	d->place = place;
}

/* Move d from its place to where those above are not later. */
static void
rise(struct schedule *s, struct due *d)
{
	uint32_t i = d->place;

	for (; i > 1 && s->heap[i / 2]->at > d->at; i /= 2)
		put(s, i, s->heap[i / 2]);
	put(s, i, d);
}

/* And to where those below are not earlier. */
static void
sink(struct schedule *s, struct due *d)
{
	uint32_t i = d->place, child;

	while ((child = 2 * i) <= s->n) {
		if (child < s->n && s->heap[child + 1]->at < s->heap[child]->at)
			child++;
		if (s->heap[child]->at >= d->at)
			break;
		put(s, i, s->heap[child]);
		i = child;
	}
	put(s, i, d);
}

void
schedule_set(struct schedule *s, struct due *d, uint64_t at)
{
	d->at = at;
	if (d->place == 0)
		put(s, ++s->n, d);
	rise(s, d);
	sink(s, d);
}

void
schedule_drop(struct schedule *s, struct due *d)
{
	struct due *last;

	if (d->place == 0)
		return;
	last = s->heap[s->n--];
	if (last != d) {
		put(s, d->place, last);
		rise(s, last);
		sink(s, last);
	}
	d->place = 0;
}
