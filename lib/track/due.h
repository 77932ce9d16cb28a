/* A queue of what is to be done at fixed intervals, by number.  All wait
 * equally long, so that the last one to enter is due last. */
#ifndef TRACK_DUE_H
#define TRACK_DUE_H

#include <stdbool.h>
#include <stdint.h>

struct due_node {
	uint64_t at;		/* ns */
	uint32_t older, newer;	/* 0 if none */
};

struct due {
	struct due_node *nodes;	/* by number, or NULL: nothing is ever due */
	uint32_t oldest, newest;
	uint64_t interval;	/* ns */
};

/* Numbers from 1 to max.  Interval 0: nothing is ever due.  0, or -1 with
 * errno. */
int due_open(struct due *d, uint32_t max, uint64_t interval);
void due_close(struct due *d);

/* Number i is due an interval after now; and then again, after that. */
void due_enter(struct due *d, uint32_t i, uint64_t now);
void due_again(struct due *d, uint32_t i);
void due_leave(struct due *d, uint32_t i);

/* When the oldest is due; UINT64_MAX if there is none. */
static inline uint64_t
due_time(const struct due *d)
{
	return d->oldest != 0 ? d->nodes[d->oldest].at : UINT64_MAX;
}

#endif
