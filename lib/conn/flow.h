/*
 * A table of flows with a cap: finding one by its ends, in either direction,
 * and queues of them in the order of time, so that what is due, or idle
 * longest, is found at once.
 */
#ifndef CONN_FLOW_H
#define CONN_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An end of a connection is known by a keyed hash of its address and port in
 * whatever form the caller has them: 128 bits, so that no two meet by chance
 * (one in 10^26 for a million), and the key is drawn anew for each table, so
 * that nobody makes them meet.
 */
struct flow_end {
	uint64_t id[2];
};

/* Of both ends, the same in both directions. */
struct flow_key {
	uint64_t id[2];
};

#define FLOW_QUEUES	6

/* Of 20 bytes, so the time is in halves, the lower one first. */
struct flow_link {
	uint32_t time[2];	/* when it was put in its queue, ns */
	uint32_t older, newer;	/* in that queue; 0 ends */
	uint32_t chain : 29;	/* the next in its bucket */
	uint32_t queue : 3;
};

#define FLOW_MAX	((UINT32_C(1) << 29) - 1)

struct flow_table {
	uint32_t max, used;	/* flows */
	uint32_t fresh;		/* entries never used start here */
	uint32_t spare;		/* and those used before are here */
	uint32_t mask;		/* buckets less one */
	uint32_t *bucket;
	struct flow_link *link;	/* entry i of all is link[i], entry(i); 0 none */
	uint8_t *entries;	/* key, then the user's state */
	size_t entry_size;
	uint64_t seed;
	struct {
		uint32_t oldest, newest;
	} queue[FLOW_QUEUES];
};

/*
 * A table for up to max flows (FLOW_MAX at most) of state_size bytes of state
 * each, keyed with seed.  Memory is taken as flows come.  0, or -1 with errno.
 */
int flow_open(struct flow_table *t, uint32_t max, size_t state_size,
    uint64_t seed);
void flow_close(struct flow_table *t);

/* The end whose address and port are text[0..n). */
struct flow_end flow_end(const struct flow_table *t, const char *text,
    size_t n);

/* Make the key of a flow; returns which of its ends src is, 0 or 1. */
int flow_key(struct flow_key *key, struct flow_end src, struct flow_end dst);

/* The flow with this key: a number from 1 on, or 0. */
uint32_t flow_find(const struct flow_table *t, const struct flow_key *key);

/*
 * The flow between two ends that are known by their text: its number, or 0.
 * Its key and which of its ends src is are set in either case.
 */
uint32_t flow_between(const struct flow_table *t, const char *src, size_t nsrc,
    const char *dst, size_t ndst, struct flow_key *key, int *from);

/* Add a flow that is not there, with a state of zeros, as the newest of
 * queue 0; the table must not be full. */
uint32_t flow_add(struct flow_table *t, const struct flow_key *key,
    uint64_t now);

/* The state of flow i, good until the flow is dropped. */
static inline void *
flow_state(const struct flow_table *t, uint32_t i)
{
	return t->entries + i * t->entry_size + sizeof(struct flow_key);
}

static inline bool
flow_full(const struct flow_table *t)
{
	return t->used == t->max;
}

/* Make flow i the newest of a queue, now. */
void flow_queue(struct flow_table *t, uint32_t i, unsigned queue,
    uint64_t now);

/* When that was. */
static inline uint64_t
flow_queued(const struct flow_table *t, uint32_t i)
{
	const uint32_t *half = t->link[i].time;

	return (uint64_t)half[1] << 32 | half[0];
}

/* The oldest in a queue, or 0. */
static inline uint32_t
flow_oldest(const struct flow_table *t, unsigned queue)
{
	return t->queue[queue].oldest;
}

/* Let flow i go. */
void flow_drop(struct flow_table *t, uint32_t i);

#endif
