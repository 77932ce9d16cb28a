#include "stat/groups.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define PLACES_INITIAL	16

void
groups_open(struct groups *t, struct group_pool *pool)
{
	*t = (struct groups){ .pool = pool };
}

static void
group_free(struct group *g)
{
	for (uint32_t i = 0; i < g->nvalues; i++)
		histogram_free(&g->value[i].histogram);
	free(g->value);
	free(g);
}

void
groups_close(struct groups *t)
{
	for (uint32_t i = 0; t->used > 0 && i <= t->mask; i++)
		if (t->place[i].group != NULL)
			group_free(t->place[i].group);
	free(t->place);
	t->pool->used -= t->used;
	groups_open(t, t->pool);
}

static bool
is_key(const struct group *g, const char *text, size_t n)
{
	return g->nkey == n && memcmp(g->key, text, n) == 0;
}

/* The place of the group with this key, or a free one for it. */
static struct group_place *
place_of(const struct groups *t, uint64_t hash, const char *text, size_t n)
{
	uint32_t i = (uint32_t)hash & t->mask;

	while (t->place[i].group != NULL && (t->place[i].hash != hash ||
	    !is_key(t->place[i].group, text, n)))
		i = (i + 1) & t->mask;
	return &t->place[i];
}

/* Make room for a group: at least a third of the places is kept free. */
static bool
grow(struct groups *t)
{
	struct groups bigger = *t;

	if (t->place != NULL && t->used < t->mask / 3 * 2)
		return true;
	bigger.mask = t->place == NULL ? PLACES_INITIAL - 1 :
	    t->mask << 1 | 1;
	bigger.place = calloc((size_t)bigger.mask + 1, sizeof *bigger.place);
	if (bigger.place == NULL)
		return false;
	for (uint32_t i = 0; t->used > 0 && i <= t->mask; i++) {
		const struct group_place *p = &t->place[i];

		if (p->group != NULL)
			*place_of(&bigger, p->hash, p->group->key,
			    p->group->nkey) = *p;
	}
	free(t->place);
	t->place = bigger.place;
	t->mask = bigger.mask;
	return true;
}

static struct group *
add(struct groups *t, uint64_t hash, const char *text, size_t n)
{
	struct group *g;

	if (!grow(t) || (g = calloc(1, sizeof *g + n)) == NULL)
		return NULL;
	g->nkey = (uint32_t)n;
	g->arrival = t->pool->arrivals++;
	memcpy(g->key, text, n);
	*place_of(t, hash, text, n) = (struct group_place){ hash, g };
	t->used++;
	t->pool->used++;
	return g;
}

struct group *
groups_find(struct groups *t, const char *text, size_t n, const char *other)
{
	uint64_t hash = XXH3_64bits_withSeed(text, n, t->pool->seed);
	struct group *g = t->place == NULL ? NULL :
	    place_of(t, hash, text, n)->group;

	if (g != NULL)
		return g;
	if (t->pool->used < t->pool->max ||
	    (n == strlen(other) && memcmp(text, other, n) == 0))
		return add(t, hash, text, n);
	t->pool->other++;
	return groups_find(t, other, strlen(other), other);
}

struct tally *
group_grow(struct group *g, uint32_t i)
{
	struct tally *more = realloc(g->value, (i + 1) * sizeof *more);

	if (more == NULL)
		return NULL;
	memset(more + g->nvalues, 0, (i + 1 - g->nvalues) * sizeof *more);
	g->value = more;
	g->nvalues = i + 1;
	return &g->value[i];
}

bool
tally_merge(struct tally *t, const struct tally *from)
{
	return moments_merge(&t->moments, &from->moments) &&
	    histogram_merge(&t->histogram, &from->histogram);
}
