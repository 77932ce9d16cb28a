/*
 * A table of at most max flows, each found by its two ends, whichever of them
 * is the source.  Flows also stand in queues, ordered by the time at which they
 * entered, so that the one due next, or idle longest, is at the head.
 */
#ifndef CONN_FLOW_H
#define CONN_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

/*
 * An end of a flow: a keyed hash of its address and port, in whatever form the
 * caller has them.  128 bits make a chance collision negligible (1 in 10^26 for
 * a million flows); a random key for each table keeps anyone from crafting one.
 */
struct flow_end {
	uint64_t id[2];
};

/* Both ends: the same key in both directions. */
struct flow_key {
	uint64_t id[2];
};

#define FLOW_QUEUES	6

/* 20 bytes: the time is in halves, the lower one first. */
struct flow_link {
	uint32_t time[2];	/* when the flow entered its queue, ns */
	uint32_t older, newer;	/* neighbours in that queue, or 0 */
	uint32_t chain : 29;	/* next flow in the bucket, or 0 */
	uint32_t queue : 3;
};

#define FLOW_MAX	((UINT32_C(1) << 29) - 1)

struct flow_table {
	uint32_t max, used;	/* flows */
	uint32_t fresh;		/* first entry that was never used */
	uint32_t spare;		/* list of entries that were dropped */
	uint32_t mask;		/* number of buckets - 1 */
	uint32_t *bucket;	/* first flow of each, or 0 */
	struct flow_link *link;	/* of flow i, 1 to max */
	uint8_t *entries;	/* of flow i: key, then the caller's state */
	size_t entry_size;
	uint64_t seed;
	struct {
		uint32_t oldest, newest;
	} queue[FLOW_QUEUES];
};

/*
 * Open a table for at most max flows (up to FLOW_MAX) with state_size bytes of
 * state each, hashed with seed.  The system provides memory as flows are added.
 * Returns 0, or -1 with errno.
 */
int flow_open(struct flow_table *t, uint32_t max, size_t state_size,
    uint64_t seed);
void flow_close(struct flow_table *t);

/* Return the end whose address and port are text[0..n). */
struct flow_end flow_end(const struct flow_table *t, const char *text,
    size_t n);

/* Make the key of a flow.  Returns which end of it src is: 0 or 1. */
int flow_key(struct flow_key *key, struct flow_end src, struct flow_end dst);

/* The same for two ends as text. */
int flow_key_of_text(const struct flow_table *t, const char *src, size_t nsrc,
    const char *dst, size_t ndst, struct flow_key *key);

/* Make the key of a flow between ends that are known as such.  It differs from
 * that of their text.  Returns which end of it src is. */
int flow_key_between(const struct flow_table *t, const struct endpoint *src,
    const struct endpoint *dst, struct flow_key *key);

/* Which of n shares the flow between two ends belongs to, from 0 on: the same in
 * every program, whichever end is the source. */
uint32_t flow_share(const struct endpoint *src, const struct endpoint *dst,
    uint32_t n);

/* Return the flow with this key, a number from 1 on, or 0 if none. */
uint32_t flow_find(const struct flow_table *t, const struct flow_key *key);

/*
 * Fetch into the processor's caches what looking up a flow with this key reads:
 * first its bucket, and, when that has come, the state of the first flow in it,
 * which is returned; 0 if none.
 */
static inline void
flow_fetch_bucket(const struct flow_table *t, const struct flow_key *key)
{
	__builtin_prefetch(&t->bucket[(uint32_t)key->id[0] & t->mask]);
}

uint32_t flow_fetch(const struct flow_table *t, const struct flow_key *key);

/*
 * Add a flow that is not in the table, as the newest of queue 0, with a state
 * of zeros.  The table must not be full.
 */
uint32_t flow_add(struct flow_table *t, const struct flow_key *key,
    uint64_t now);

/* Return the state of flow i, which is valid until the flow is dropped. */
static inline void *
flow_state(const struct flow_table *t, uint32_t i)
{
	return t->entries + i * t->entry_size + sizeof(struct flow_key);
}

/* The key of flow i, valid until the flow is dropped. */
static inline const struct flow_key *
flow_key_of(const struct flow_table *t, uint32_t i)
{
	return (const struct flow_key *)(t->entries + i * t->entry_size);
}

static inline bool
flow_full(const struct flow_table *t)
{
	return t->used == t->max;
}

/* Move flow i to a queue, as its newest, at the time now. */
void flow_queue(struct flow_table *t, uint32_t i, unsigned queue,
    uint64_t now);

/* Return the time at which flow i entered its queue. */
static inline uint64_t
flow_queued(const struct flow_table *t, uint32_t i)
{
	const uint32_t *half = t->link[i].time;

	return (uint64_t)half[1] << 32 | half[0];
}

/* Return the oldest flow of a queue, or 0 if none. */
static inline uint32_t
flow_oldest(const struct flow_table *t, unsigned queue)
{
	return t->queue[queue].oldest;
}

/* Remove flow i from the table. */
void flow_drop(struct flow_table *t, uint32_t i);

#endif
