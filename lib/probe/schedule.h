/* What is due next: a heap of times, in the owners' own memory. */
#ifndef PROBE_SCHEDULE_H
#define PROBE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_NEVER	UINT64_MAX

struct due {
	uint64_t at;
	uint32_t place;		/* in the heap, from 1; 0: in none */
};

struct schedule {
	/* heap[1..n], the children of i at 4i - 2 and behind; owned, but not
	 * what it points to. */
	struct schedule_place {
		uint64_t at;
		struct due *due;
	} *heap;
	uint32_t n, cap;
};

/* Room for so many at once; grows only here.  0, or -1 with errno. */
int schedule_reserve(struct schedule *s, uint32_t n);
void schedule_close(struct schedule *s);

/* Make d due at that time, whether it was before or not. */
void schedule_set(struct schedule *s, struct due *d, uint64_t at);

/* It is not due any more; it may not have been. */
void schedule_drop(struct schedule *s, struct due *d);

/* The first, or NULL. */
static inline struct due *
schedule_first(const struct schedule *s)
{
	return s->n > 0 ? s->heap[1].due : NULL;
}

#endif
