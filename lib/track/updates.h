/* When the next interim record of each connection is due.  All wait equally
 * long, so that the last one to enter is due last: a queue. */
#ifndef TRACK_UPDATES_H
#define TRACK_UPDATES_H

#include <stdint.h>

struct updates_node {
	uint64_t at;		/* ns */
	uint32_t older, newer;	/* 0 if none */
};

struct updates {
	struct updates_node *nodes;	/* by flow; NULL: none is ever due */
	uint32_t oldest, newest;
	uint64_t interval;	/* ns */
};

/* For flows from 1 to max; interval 0 for no updates.  0, or -1 with errno. */
int updates_open(struct updates *u, uint32_t max, uint64_t interval);
void updates_close(struct updates *u);

/* The update of flow i is due an interval after now. */
void updates_enter(struct updates *u, uint32_t i, uint64_t now);
void updates_leave(struct updates *u, uint32_t i);

/* The update of flow i was written: the next one is due an interval later. */
void updates_repeat(struct updates *u, uint32_t i);

/* When the oldest is due; UINT64_MAX if there is none. */
static inline uint64_t
updates_due(const struct updates *u)
{
	return u->oldest != 0 ? u->nodes[u->oldest].at : UINT64_MAX;
}

#endif
