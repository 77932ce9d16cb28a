/*
 * Nodes of one size, by number.  Memory is taken in chunks as they are used,
 * and a node never moves.
 */
#ifndef CONN_POOL_H
#define CONN_POOL_H

#include <stddef.h>
#include <stdint.h>

#define POOL_CHUNK	1024	/* nodes */

struct pool {
	uint8_t **chunks;
	size_t size;		/* of a node */
	uint32_t max, fresh;	/* nodes never used start at fresh */
	uint32_t spare;		/* those used before; 0 none */
};

/* A pool of up to max nodes of at least 4 bytes.  0, or -1 with errno. */
int pool_open(struct pool *p, uint32_t max, size_t size);
void pool_close(struct pool *p);

/* A node of zeros: its number, from 1 on, or 0 when there is none left, or no
 * memory. */
uint32_t pool_get(struct pool *p);
void pool_put(struct pool *p, uint32_t i);

static inline void *
pool_at(const struct pool *p, uint32_t i)
{
	return p->chunks[i / POOL_CHUNK] + i % POOL_CHUNK * p->size;
}

#endif
