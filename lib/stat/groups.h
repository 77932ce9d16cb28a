/*
 * Groups of records and what is known of each, found by their key, with a
 * cap on their number.
 */
#ifndef STAT_GROUPS_H
#define STAT_GROUPS_H

#include "stat/histogram.h"

#define GROUP_KEY_MAX	1024

/* What is known of one value of a group; all zeros is nothing. */
struct tally {
	struct moments moments;
	struct histogram histogram;
};

struct group {
	uint64_t records;
	uint64_t born;		/* how many groups of its pool came before */
	struct tally *value;	/* one for each of nvalues */
	uint32_t nvalues;
	uint32_t nkey;
	char key[];		/* the columns' texts with a TAB between */
};

/* What tables share: the cap on all their groups together, and the key of
 * the hash, drawn anew in each run. */
struct group_pool {
	uint64_t seed;
	uint32_t max, used;
	uint64_t born;		/* groups, ever */
	uint64_t other;		/* times that a group did not fit any more */
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

/* An empty table of the pool, which must outlive it. */
void groups_open(struct groups *t, struct group_pool *pool);
void groups_close(struct groups *t);

/*
 * The group with the key text[0..n), at most GROUP_KEY_MAX, made where it is
 * not there; when the pool is full, the one with the key other, which always
 * fits.  NULL without memory.
 */
struct group *groups_find(struct groups *t, const char *text, size_t n,
    const char *other);

/* Value i of a group, made where it is not there; NULL without memory. */
struct tally *group_make(struct group *g, uint32_t i);

static inline struct tally *
group_value(struct group *g, uint32_t i)
{
	return i < g->nvalues ? &g->value[i] : group_make(g, i);
}

#endif
