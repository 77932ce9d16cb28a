/*
 * What is due next: a heap of times.  What is scheduled has a struct due
 * embedded.
 */
#ifndef PROBE_SCHEDULE_H
#define PROBE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_NEVER	UINT64_MAX

struct due {
	uint64_t at;
	uint32_t place;		/* in the heap, from 1; 0: not scheduled */
};

struct schedule {
	/* heap[1..n]; the children of i are 4i - 2 to 4i + 1.  The array is
	 * owned, what it points to is not. */
	struct schedule_place {
		uint64_t at;
		struct due *due;
	} *heap;
	uint32_t n, cap;
};

/* Make room for n at once; nothing else allocates.  0, or -1 with errno. */
int schedule_reserve(struct schedule *s, uint32_t n);
void schedule_close(struct schedule *s);

/* Schedule d at that time, instead of the one it had. */
void schedule_set(struct schedule *s, struct due *d, uint64_t at);

/* Take d off the schedule, if it is on it. */
void schedule_drop(struct schedule *s, struct due *d);

/* The one due first, or NULL. */
static inline struct due *
schedule_first(const struct schedule *s)
{
	return s->n > 0 ? s->heap[1].due : NULL;
}

#endif
