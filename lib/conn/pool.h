/*
 * A pool of nodes of one size, which are known by number.  Memory is allocated
 * in chunks of nodes as they are used; a node never moves.
 */
#ifndef CONN_POOL_H
#define CONN_POOL_H

#include <stddef.h>
#include <stdint.h>

#define POOL_CHUNK	256	/* nodes */

struct pool {
	uint8_t **chunks;
	size_t size;		/* of a node, in bytes */
	uint32_t max;		/* nodes */
	uint32_t fresh;		/* first node that was never used */
	uint32_t spare;		/* list of nodes given back, or 0 */
};

/* Open a pool of at most max nodes of size bytes, 4 or more.  Returns 0, or -1
 * with errno. */
int pool_open(struct pool *p, uint32_t max, size_t size);
void pool_close(struct pool *p);

/* Get a node of zeros.  Returns its number, from 1 on, or 0 if all nodes are in
 * use or memory is short. */
uint32_t pool_get(struct pool *p);

/* Give node i back. */
void pool_put(struct pool *p, uint32_t i);

static inline void *
pool_at(const struct pool *p, uint32_t i)
{
	return p->chunks[i / POOL_CHUNK] + i % POOL_CHUNK * p->size;
}

#endif
