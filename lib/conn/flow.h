/*
 * A table of flows with a cap: finding one by its addresses and ports, in
 * either direction, and letting go of the one that has been idle longest.
 */
#ifndef CONN_FLOW_H
#define CONN_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An end of a connection is known by a keyed hash of its address and port in
 * whatever form the caller has them: 128 bits, so that no two ends meet by
 * chance (one in 10^26 for a million flows), and the key is drawn anew for
 * each table, so that nobody makes them meet.
 */
struct flow_end {
	uint64_t id[2];
};

/* Both directions of a connection have the same key: the lower end first. */
struct flow_key {
	struct flow_end end[2];
};

struct flow_link {
	uint64_t last;		/* when it was seen last, in ns */
	uint32_t older, newer;	/* in the order of that; 0 ends */
	uint32_t chain;		/* the next in its bucket */
	uint32_t hash;
};

struct flow_table {
	uint32_t max, used;	/* flows */
	uint32_t fresh;		/* entries never used start here */
	uint32_t oldest, newest, spare;
	uint32_t mask;		/* buckets less one */
	uint32_t *bucket;
	struct flow_link *link;	/* entry i of all is link[i], entry(i); 0 none */
	uint8_t *entries;	/* key, then the user's state */
	size_t entry_size;
	uint64_t seed;
};

/*
 * A table for up to max flows of state_size bytes of state each, keyed with
 * seed.  Memory is taken as flows come.  0, or -1 with errno.
 */
int flow_open(struct flow_table *t, uint32_t max, size_t state_size,
    uint64_t seed);
void flow_close(struct flow_table *t);

/* The end whose address and port are text[0..n). */
struct flow_end flow_end(const struct flow_table *t, const char *text,
    size_t n);

/* Make the key of a flow; returns which of its ends src is, 0 or 1. */
int flow_key(struct flow_key *key, struct flow_end src, struct flow_end dst);

/* The state of the flow with this key, which is now the newest; or NULL. */
void *flow_find(struct flow_table *t, const struct flow_key *key,
    uint64_t now);

/* Add a flow that is not there, with a state of zeros; the table must not
 * be full. */
void *flow_add(struct flow_table *t, const struct flow_key *key,
    uint64_t now);

static inline bool
flow_full(const struct flow_table *t)
{
	return t->used == t->max;
}

/* The state of the flow idle longest, and when it was last seen; NULL when
 * the table is empty. */
void *flow_oldest(const struct flow_table *t, uint64_t *last);

/* Let the flow idle longest go. */
void flow_drop_oldest(struct flow_table *t);

#endif
