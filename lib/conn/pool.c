#include "conn/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int
pool_open(struct pool *p, uint32_t max, size_t size)
{
	memset(p, 0, sizeof *p);
	p->size = (size + 7) / 8 * 8;
	p->max = max;
	p->fresh = 1;
	p->chunks = calloc((size_t)max / POOL_CHUNK + 1, sizeof *p->chunks);
	return p->chunks != NULL ? 0 : -1;
}

void
pool_close(struct pool *p)
{
	for (size_t i = 0; p->chunks != NULL && i <= p->max / POOL_CHUNK; i++)
		free(p->chunks[i]);
	free(p->chunks);
}

/* Allocate the chunk of the first node that was never used, if there is one. */
static bool
has_fresh(struct pool *p)
{
	uint8_t **chunk;

	if (p->fresh > p->max)
		return false;
	chunk = &p->chunks[p->fresh / POOL_CHUNK];
	if (*chunk == NULL)
		*chunk = calloc(POOL_CHUNK, p->size);
	return *chunk != NULL;
}

/* A node that was given back begins with the number of the next such node. */
uint32_t
pool_get(struct pool *p)
{
	uint32_t i = p->spare;

	if (i == 0)
		return has_fresh(p) ? p->fresh++ : 0;
	memcpy(&p->spare, pool_at(p, i), sizeof p->spare);
	memset(pool_at(p, i), 0, p->size);
	return i;
}

void
pool_put(struct pool *p, uint32_t i)
{
	memcpy(pool_at(p, i), &p->spare, sizeof p->spare);
	p->spare = i;
}
