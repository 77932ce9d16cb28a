/*
 * A table of flows with a cap: finding one by its addresses and ports, in
 * either direction, and letting go of the one that has been idle longest.
 */
#ifndef CONN_FLOW_H
#define CONN_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

/* Both directions of a connection have the same key: the lower end first. */
struct flow_key {
	uint8_t addr[2][16];
	uint16_t port[2];
	uint8_t v6, zero[3];
};

/* Make the key; returns which end src is, 0 or 1. */
int flow_key(struct flow_key *key, const struct addr *src, uint16_t sport,
    const struct addr *dst, uint16_t dport);

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
 * A table for up to max flows of state_size bytes of state each, hashed with
 * seed.  Memory is taken as flows come.  0, or -1 with errno.
 */
int flow_open(struct flow_table *t, uint32_t max, size_t state_size,
    uint64_t seed);
void flow_close(struct flow_table *t);

/*
 * The state of the flow with this key, which is now the newest.  One that
 * was not there is made, with a state of zeros; NULL when the table has no
 * room for it.
 */
void *flow_get(struct flow_table *t, const struct flow_key *key,
    uint64_t now);

/* The state of the flow idle longest, and when it was last seen; NULL when
 * the table is empty. */
void *flow_oldest(const struct flow_table *t, uint64_t *last);

/* Let the flow idle longest go. */
void flow_drop_oldest(struct flow_table *t);

#endif
