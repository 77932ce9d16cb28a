#include "conn/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

int
flow_key(struct flow_key *key, const struct addr *src, uint16_t sport,
    const struct addr *dst, uint16_t dport)
{
	int order = memcmp(src->b, dst->b, sizeof src->b);
	int from = order > 0 || (order == 0 && sport > dport);

	memcpy(key->addr[from], src->b, sizeof src->b);
	memcpy(key->addr[!from], dst->b, sizeof dst->b);
	key->port[from] = sport;
	key->port[!from] = dport;
	key->v6 = src->v6;
	memset(key->zero, 0, sizeof key->zero);
	return from;
}

int
flow_open(struct flow_table *t, uint32_t max, size_t state_size,
    uint64_t seed)
{
	size_t n = (size_t)max + 1;

	memset(t, 0, sizeof *t);
	t->max = max;
	t->fresh = 1;
	t->seed = seed;
	t->entry_size = sizeof(struct flow_key) + (state_size + 7) / 8 * 8;
	for (t->mask = 1; t->mask < max && t->mask < UINT32_MAX / 2;)
		t->mask = t->mask << 1 | 1;
	/* Pages of these that are never touched cost nothing. */
	t->bucket = calloc((size_t)t->mask + 1, sizeof *t->bucket);
	t->link = calloc(n, sizeof *t->link);
	t->entries = calloc(n, t->entry_size);
	if (t->bucket != NULL && t->link != NULL && t->entries != NULL)
		return 0;
	flow_close(t);
	errno = ENOMEM;
	return -1;
}

void
flow_close(struct flow_table *t)
{
	free(t->bucket);
	free(t->link);
	free(t->entries);
}

static struct flow_key *
key_of(const struct flow_table *t, uint32_t i)
{
	return (struct flow_key *)(void *)(t->entries + i * t->entry_size);
}

static void *
state_of(const struct flow_table *t, uint32_t i)
{
	return key_of(t, i) + 1;
}

static uint32_t
hash(const struct flow_table *t, const struct flow_key *key)
{
	return (uint32_t)XXH3_64bits_withSeed(key, sizeof *key, t->seed);
}

/* The entry with this key, or 0. */
static uint32_t
find(const struct flow_table *t, const struct flow_key *key, uint32_t h)
{
	uint32_t i = t->bucket[h & t->mask];

	while (i != 0 && (t->link[i].hash != h ||
	    memcmp(key_of(t, i), key, sizeof *key) != 0))
		i = t->link[i].chain;
	return i;
}

static void
unlink_entry(struct flow_table *t, uint32_t i)
{
	struct flow_link *l = &t->link[i];

	if (l->older != 0)
		t->link[l->older].newer = l->newer;
	else
		t->oldest = l->newer;
	if (l->newer != 0)
		t->link[l->newer].older = l->older;
	else
		t->newest = l->older;
}

static void
link_newest(struct flow_table *t, uint32_t i)
{
	struct flow_link *l = &t->link[i];

	l->newer = 0;
	l->older = t->newest;
	if (t->newest != 0)
		t->link[t->newest].newer = i;
	else
		t->oldest = i;
	t->newest = i;
}

static uint32_t
add(struct flow_table *t, const struct flow_key *key, uint32_t h)
{
	uint32_t i = t->spare;

	if (i != 0)
		t->spare = t->link[i].chain;
	else
		i = t->fresh++;
	memset(key_of(t, i), 0, t->entry_size);
	*key_of(t, i) = *key;
	t->link[i].hash = h;
	t->link[i].chain = t->bucket[h & t->mask];
	t->bucket[h & t->mask] = i;
	link_newest(t, i);
	t->used++;
	return i;
}

void *
flow_get(struct flow_table *t, const struct flow_key *key, uint64_t now)
{
	uint32_t h = hash(t, key), i = find(t, key, h);

	if (i == 0 && t->used == t->max)
		return NULL;
	if (i == 0)
		i = add(t, key, h);
	else if (i != t->newest) {
		unlink_entry(t, i);
		link_newest(t, i);
	}
	t->link[i].last = now;
	return state_of(t, i);
}

void *
flow_oldest(const struct flow_table *t, uint64_t *last)
{
	if (t->oldest == 0)
		return NULL;
	*last = t->link[t->oldest].last;
	return state_of(t, t->oldest);
}

void
flow_drop_oldest(struct flow_table *t)
{
	uint32_t i = t->oldest;
	uint32_t *at = &t->bucket[t->link[i].hash & t->mask];

	while (*at != i)
		at = &t->link[*at].chain;
	*at = t->link[i].chain;
	unlink_entry(t, i);
	t->link[i].chain = t->spare;
	t->spare = i;
	t->used--;
}
