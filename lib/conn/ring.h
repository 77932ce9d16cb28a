/*
 * Rings of slots: one slot lies in the owner, more in blocks of a pool that
 * all rings share and that does not grow past its bound.
 */
#ifndef CONN_RING_H
#define CONN_RING_H

#include <stdbool.h>
#include <stdint.h>

#define RING_ORDER_MIN	2	/* 4 slots */
#define RING_ORDER_MAX	12	/* 4096 slots */
#define RING_POOL_MAX	((1u << 28) - 1)	/* slots of a pool */

/* A stretch of what one side sent, up to end. */
struct slot {
	uint64_t time : 56;	/* ns, the low bits of it */
	uint64_t flags : 8;	/* the user's */
	uint32_t end;		/* the side's highest sequence number then */
	uint32_t tsval;		/* and its newest timestamp value */
};

struct ring {
	struct slot one;	/* the ring, while it has no block */
	uint32_t block : 28;	/* its place in the pool; 0 is none */
	uint32_t order : 4;	/* log2 of the block's slots */
	uint16_t head, used;
};

struct ring_pool {
	struct slot *slots;
	uint32_t max, fresh;	/* slots; those never used start at fresh */
	uint32_t spare[RING_ORDER_MAX + 1];	/* free blocks by order */
};

/* A pool of up to max slots.  Memory is taken as it is used.  0, or -1 with
 * errno. */
int ring_pool_open(struct ring_pool *p, uint32_t max);
void ring_pool_close(struct ring_pool *p);

/* Slot i of the ring, from 0. */
static inline struct slot *
ring_at(const struct ring_pool *p, struct ring *r, unsigned i)
{
	if (r->block == 0)
		return &r->one;
	return &p->slots[r->block + ((r->head + i) & ((1u << r->order) - 1))];
}

/* Add a slot at the end; false when there is no room for it.  A ring that
 * may not grow has room for one. */
bool ring_push(struct ring_pool *p, struct ring *r, const struct slot *s,
    bool grow);

/* The same before slot i. */
bool ring_insert(struct ring_pool *p, struct ring *r, unsigned i,
    const struct slot *s);

/* Drop the first n slots. */
void ring_drop(struct ring_pool *p, struct ring *r, unsigned n);

#endif
