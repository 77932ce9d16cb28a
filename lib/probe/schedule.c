#include "probe/schedule.h"

#include <stdlib.h>

int
schedule_reserve(struct schedule *s, uint32_t n)
{
	struct schedule_place *bigger;

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
put(struct schedule *s, uint32_t place, struct schedule_place p)
{
	s->heap[place] = p;
	p.due->place = place;
}

static uint32_t
parent(uint32_t i)
{
	return (i + 2) / 4;
}

/* Put p at i, or above it where no parent is later. */
static void
rise(struct schedule *s, uint32_t i, struct schedule_place p)
{
	for (; i > 1 && s->heap[parent(i)].at > p.at; i = parent(i))
		put(s, i, s->heap[parent(i)]);
	put(s, i, p);
}

/* The earliest child of i, or 0. */
static uint32_t
child(const struct schedule *s, uint32_t i)
{
	uint32_t first = 4 * i - 2, least = first;

	if (first > s->n)
		return 0;
	for (uint32_t k = first + 1; k < first + 4 && k <= s->n; k++)
		if (s->heap[k].at < s->heap[least].at)
			least = k;
	return least;
}

/* Put p at i, or below it where no child is earlier. */
static void
sink(struct schedule *s, uint32_t i, struct schedule_place p)
{
	uint32_t next;

	while ((next = child(s, i)) != 0 && s->heap[next].at < p.at) {
		put(s, i, s->heap[next]);
		i = next;
	}
	put(s, i, p);
}

/* Put p at i, or where the order of the heap wants it. */
static void
settle(struct schedule *s, uint32_t i, struct schedule_place p)
{
	if (i > 1 && s->heap[parent(i)].at > p.at)
		rise(s, i, p);
	else
		sink(s, i, p);
}

void
schedule_set(struct schedule *s, struct due *d, uint64_t at)
{
	d->at = at;
	settle(s, d->place != 0 ? d->place : ++s->n,
	    (struct schedule_place){ at, d });
}

void
schedule_drop(struct schedule *s, struct due *d)
{
	struct schedule_place last;

	if (d->place == 0)
		return;
	last = s->heap[s->n--];
	if (last.due != d)
		settle(s, d->place, last);
	d->place = 0;
}
