/* Groups are found by key; beyond the limit all records share one. */
#include <stdlib.h>

#include "check.h"
#include "stat/groups.h"

#define KEYS	10000

static uint32_t
key(char *text, unsigned i)
{
	return (uint32_t)sprintf(text, "10.0.%u.%u\t%u", i / 256, i % 256, i);
}

static void
add_all(struct groups *t, unsigned n)
{
	char text[64];

	for (unsigned i = 0; i < n; i++) {
		struct group *g = groups_find(t, text, key(text, i),
		    "other\t-");

		g->records++;
		group_value(g, i % 3)->moments.count += i;
	}
}

static void
check_found(struct group_pool *pool)
{
	struct groups t;
	char text[64];

	groups_open(&t, pool);
	add_all(&t, KEYS);
	add_all(&t, KEYS);
	CHECK_NUM(t.used, KEYS);
	for (unsigned i = 0; i < KEYS; i++) {
		struct group *g = groups_find(&t, text, key(text, i), "other");

		CHECK_NUM(g->records, 2);
		CHECK_NUM(g->nvalues, i % 3 + 1);
		CHECK_NUM(g->value[i % 3].moments.count, 2 * i);
	}
	groups_close(&t);
	CHECK_NUM(pool->used, 0);
}

static void
check_limit(struct group_pool *pool)
{
	struct groups one, two;

	pool->max = 100;
	groups_open(&one, pool);
	groups_open(&two, pool);
	add_all(&one, 60);
	add_all(&two, 60);
	/* The limit is for both tables together, without "other". */
	CHECK_NUM(one.used, 60);
	CHECK_NUM(two.used, 41);
	CHECK_NUM(pool->other, 20);
	CHECK_NUM(groups_find(&two, "other\t-", 7, "other\t-")->records, 20);
	groups_close(&two);
	CHECK_NUM(pool->used, 60);
	groups_close(&one);
}

int
main(void)
{
	struct group_pool pool = { .seed = 6, .max = UINT32_MAX };

	check_found(&pool);
	check_limit(&pool);
	return check_failures != 0;
}
