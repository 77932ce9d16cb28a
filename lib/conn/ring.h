/*
 * Rings of slots.  A ring's first slot lies in the ring itself; a ring of more
 * slots has a block of a pool that all rings share and whose size is fixed.
 */
#ifndef CONN_RING_H
#define CONN_RING_H

#include <stdbool.h>
#include <stdint.h>

#define RING_ORDER_MIN	2	/* 4 slots */
#define RING_ORDER_MAX	12	/* 4096 slots */
#define RING_POOL_MAX	((1u << 28) - 1)	/* slots in a pool */

/* A packet of one side: sequence numbers up to end. */
struct slot {
	uint64_t time : 56;	/* when it was captured: low bits of ns */
	uint64_t flags : 8;	/* the owner's */
	uint32_t end;		/* one past its last sequence number */
	uint32_t tsval;		/* newest TSval sent by then */
};

struct ring {
	struct slot one;	/* used while the ring has no block */
	uint32_t block : 28;	/* first slot of its block, 0 if none */
	uint32_t order : 4;	/* log2 of the slots in the block */
	uint16_t head, used;
};

struct ring_pool {
	struct slot *slots;
	uint32_t max;		/* slots */
	uint32_t fresh;		/* first slot that was never used */
	uint32_t spare[RING_ORDER_MAX + 1];	/* lists of free blocks */
};

/* Open a pool of max slots; the system provides memory as they are used.
 * Returns 0, or -1 with errno. */
int ring_pool_open(struct ring_pool *p, uint32_t max);
void ring_pool_close(struct ring_pool *p);

/* Return slot i of the ring, counted from 0. */
static inline struct slot *
ring_at(const struct ring_pool *p, struct ring *r, unsigned i)
{
	if (r->block == 0)
		return &r->one;
	return &p->slots[r->block + ((r->head + i) & ((1u << r->order) - 1))];
}

/*
 * Append a slot.  Returns false if there is no room for it; without grow, the
 * ring keeps its size, which is one slot at first.
 */
bool ring_push(struct ring_pool *p, struct ring *r, const struct slot *s,
    bool grow);

/* Insert a slot before slot i.  Returns false if there is no room. */
bool ring_insert(struct ring_pool *p, struct ring *r, unsigned i,
    const struct slot *s);

/* Drop the first n slots. */
void ring_drop(struct ring_pool *p, struct ring *r, unsigned n);

#endif
