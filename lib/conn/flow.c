#include "conn/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct flow_end
flow_end(const struct flow_table *t, const char *text, size_t n)
{
	XXH128_hash_t h = XXH3_128bits_withSeed(text, n, t->seed);

	return (struct flow_end){ { h.low64, h.high64 } };
}

int
flow_key(struct flow_key *key, struct flow_end src, struct flow_end dst)
{
	int from = src.id[0] != dst.id[0] ? src.id[0] > dst.id[0] :
	    src.id[1] > dst.id[1];

	key->end[from] = src;
	key->end[!from] = dst;
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

/* The ends are hashes already. */
static uint32_t
hash(const struct flow_key *key)
{
	return (uint32_t)(key->end[0].id[0] ^ key->end[1].id[1]);
}

static bool
same(const struct flow_key *a, const struct flow_key *b)
{
	return memcmp(a, b, sizeof *a) == 0;
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

void *
flow_find(struct flow_table *t, const struct flow_key *key, uint64_t now)
{
	uint32_t h = hash(key), i = t->bucket[h & t->mask];

	while (i != 0 && (t->link[i].hash != h || !same(key_of(t, i), key)))
		i = t->link[i].chain;
	if (i == 0)
		return NULL;
	if (i != t->newest) {
		unlink_entry(t, i);
		link_newest(t, i);
	}
	t->link[i].last = now;
	return state_of(t, i);
}

void *
flow_add(struct flow_table *t, const struct flow_key *key, uint64_t now)
{
	uint32_t h = hash(key), i = t->spare;
	struct flow_link *l;

	if (i != 0)
		t->spare = t->link[i].chain;
	else
		i = t->fresh++;
	memset(key_of(t, i), 0, t->entry_size);
	*key_of(t, i) = *key;
	l = &t->link[i];
	l->last = now;
	l->hash = h;
	l->chain = t->bucket[h & t->mask];
	t->bucket[h & t->mask] = i;
	link_newest(t, i);
	t->used++;
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
