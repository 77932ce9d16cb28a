/*
 * A hash table of groups of records by key, with a limit on the number of
 * groups.
 */
#ifndef STAT_GROUPS_H
#define STAT_GROUPS_H

#include "stat/histogram.h"

#define GROUP_KEY_MAX	1024

/* The values of one column in a group.  Zero-initialised means none. */
struct tally {
	struct moments moments;
	struct histogram histogram;
};

struct group {
	uint64_t records;
	uint64_t arrival;	/* earlier groups of the pool */
	struct tally *value;	/* nvalues of them */
	uint32_t nvalues;
	uint32_t nkey;
	char key[];		/* texts of the columns, a TAB between */
};

/* What several tables share: the seed of their hash, and a limit on the sum of
 * their groups. */
struct group_pool {
	uint64_t seed;
	uint32_t max, used;
	uint64_t arrivals;	/* groups ever made */
	uint64_t other;		/* look-ups that found no room for a group */
};

struct group_place {
	uint64_t hash;
	struct group *group;	/* NULL: free */
};

struct groups {
	struct group_pool *pool;
	struct group_place *place;
	uint32_t mask, used;
};

/* Make an empty table that uses the pool, which must outlive it. */
void groups_open(struct groups *t, struct group_pool *pool);
void groups_close(struct groups *t);

/*
 * The group with the key text[0..n), at most GROUP_KEY_MAX bytes, added if it
 * is new.  If the pool is full, the group with the key other instead, which is
 * not subject to the limit.  NULL without memory.
 */
struct group *groups_find(struct groups *t, const char *text, size_t n,
    const char *other);

/* Make room for values up to i of a group.  Returns value i, or NULL without
 * memory. */
struct tally *group_grow(struct group *g, uint32_t i);

/* Value i of a group, added if it is new; NULL without memory. */
static inline struct tally *
group_value(struct group *g, uint32_t i)
{
	return i < g->nvalues ? &g->value[i] : group_grow(g, i);
}

/* Add the values of from to t; false without memory, or if a sum overflows. */
bool tally_merge(struct tally *t, const struct tally *from);

#endif
