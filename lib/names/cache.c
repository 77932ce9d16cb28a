#include "names/cache.h"

#include <stdlib.h>
#include <string.h>

enum { EVICTABLE, BUSY };	/* the queues of the table */

int
cache_open(struct cache *c, uint32_t max, uint64_t seed)
{
	memset(c, 0, sizeof *c);
	return flow_open(&c->table, max, sizeof(struct cache_entry), seed);
}

static void
drop(struct cache *c, uint32_t i)
{
	free(cache_at(c, i)->name);
	flow_drop(&c->table, i);
}

void
cache_close(struct cache *c)
{
	for (unsigned q = EVICTABLE; q <= BUSY; q++)
		for (uint32_t i; (i = flow_oldest(&c->table, q)) != 0;)
			drop(c, i);
	flow_close(&c->table);
}

static struct flow_key
key_of(const struct cache *c, const struct addr *a)
{
	struct flow_end end = flow_end(&c->table, (const char *)a->b,
	    a->v6 ? 16 : 4);

	return (struct flow_key){ { end.id[0], end.id[1] } };
}

/* Move an entry to the end of the queue it belongs in now.  The order of the
 * busy ones has no meaning. */
static void
requeue(struct cache *c, uint32_t i)
{
	const struct cache_entry *e = cache_at(c, i);

	flow_queue(&c->table, i, e->uses > 0 || e->queried ? BUSY : EVICTABLE,
	    0);
}

uint32_t
cache_find(struct cache *c, const struct addr *a)
{
	struct flow_key key = key_of(c, a);

	return flow_find(&c->table, &key);
}

bool
cache_has_room(const struct cache *c)
{
	return !flow_full(&c->table) || flow_oldest(&c->table, EVICTABLE) != 0;
}

uint32_t
cache_add(struct cache *c, const struct addr *a)
{
	struct flow_key key = key_of(c, a);

	if (flow_full(&c->table)) {
		drop(c, flow_oldest(&c->table, EVICTABLE));
		c->evicted++;
	}
	return flow_add(&c->table, &key, 0);
}

void
cache_use(struct cache *c, uint32_t i)
{
	cache_at(c, i)->uses++;
	requeue(c, i);
}

void
cache_release(struct cache *c, uint32_t i)
{
	cache_at(c, i)->uses--;
	requeue(c, i);
}

void
cache_queried(struct cache *c, uint32_t i)
{
	cache_at(c, i)->queried = true;
	requeue(c, i);
}

int
cache_set(struct cache *c, uint32_t i, const char *name, uint64_t expires)
{
	struct cache_entry *e = cache_at(c, i);

	free(e->name);
	e->name = name != NULL ? strdup(name) : NULL;
	cache_fail(c, i, expires);
	return name != NULL && e->name == NULL ? -1 : 0;
}

int
cache_answer(struct cache *c, uint32_t i, const char *name, uint64_t expires)
{
	c->late = 0;
	return cache_set(c, i, name, expires);
}

void
cache_fail(struct cache *c, uint32_t i, uint64_t expires)
{
	struct cache_entry *e = cache_at(c, i);

	e->queried = e->late = false;
	e->known = true;
	e->expires = expires;
	requeue(c, i);
}

void
cache_timed_out(struct cache *c, uint32_t i)
{
	cache_at(c, i)->late = true;
	c->late++;
}
