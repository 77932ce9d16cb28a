#include "conn/ring.h"

#include <stdlib.h>
#include <string.h>

int
ring_pool_open(struct ring_pool *p, uint32_t max)
{
	memset(p, 0, sizeof *p);
	p->max = max;
	p->fresh = 1;
	p->slots = calloc((size_t)max + 1, sizeof *p->slots);
	return p->slots != NULL ? 0 : -1;
}

void
ring_pool_close(struct ring_pool *p)
{
	free(p->slots);
}

/* Get a block of 1 << order slots, 0 if none is left.  The first slot of a free
 * block holds the next free block in its end. */
static uint32_t
block_get(struct ring_pool *p, unsigned order)
{
	uint32_t block = p->spare[order];

	if (block != 0) {
		p->spare[order] = p->slots[block].end;
		return block;
	}
	if (p->max + 1 - p->fresh < 1u << order)
		return 0;
	block = p->fresh;
	p->fresh += 1u << order;
	return block;
}

static void
block_put(struct ring_pool *p, uint32_t block, unsigned order)
{
	p->slots[block].end = p->spare[order];
	p->spare[order] = block;
}

/* Move a ring to a block four times as large. */
static bool
grow_ring(struct ring_pool *p, struct ring *r)
{
	unsigned order = r->block == 0 ? RING_ORDER_MIN : r->order + 2u;
	uint32_t block;

	if (order > RING_ORDER_MAX || (block = block_get(p, order)) == 0)
		return false;
	for (unsigned i = 0; i < r->used; i++)
		p->slots[block + i] = *ring_at(p, r, i);
	if (r->block != 0)
		block_put(p, r->block, r->order);
	r->block = block & RING_POOL_MAX;
	r->order = order & 15;
	r->head = 0;
	return true;
}

bool
ring_push(struct ring_pool *p, struct ring *r, const struct slot *s, bool grow)
{
	unsigned room = r->block == 0 ? 1 : 1u << r->order;

	if (r->used == room && !(grow && grow_ring(p, r)))
		return false;
	r->used++;
	*ring_at(p, r, r->used - 1u) = *s;
	return true;
}

bool
ring_insert(struct ring_pool *p, struct ring *r, unsigned i,
    const struct slot *s)
{
	if (!ring_push(p, r, s, true))
		return false;
	for (unsigned k = r->used - 1u; k > i; k--)
		*ring_at(p, r, k) = *ring_at(p, r, k - 1);
	*ring_at(p, r, i) = *s;
	return true;
}

void
ring_drop(struct ring_pool *p, struct ring *r, unsigned n)
{
	r->used = (uint16_t)(r->used - n);
	if (r->block == 0)
		return;
	r->head = (uint16_t)((r->head + n) & ((1u << r->order) - 1));
	if (r->used > 0)
		return;
	block_put(p, r->block, r->order);
	r->block = 0;
}
