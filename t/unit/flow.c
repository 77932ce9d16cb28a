/* The flow table: both directions, the cap, the order of letting go. */
#include "check.h"
#include "conn/flow.h"

static struct flow_table t;

static struct flow_key
key(const char *src, const char *dst, int *from)
{
	struct flow_key k;

	*from = flow_key(&k, flow_end(&t, src, strlen(src)),
	    flow_end(&t, dst, strlen(dst)));
	return k;
}

static int *
find(const char *src, const char *dst, uint64_t now)
{
	int from;
	struct flow_key k = key(src, dst, &from);

	return flow_find(&t, &k, now);
}

static int *
add(const char *src, const char *dst, uint64_t now)
{
	int from;
	struct flow_key k = key(src, dst, &from);

	return flow_add(&t, &k, now);
}

static void
check_directions(void)
{
	int there, back, *state;

	CHECK(flow_open(&t, 2, sizeof *state, 7) == 0);
	key("10.0.0.1\t1", "10.0.0.2\t2", &there);
	key("10.0.0.2\t2", "10.0.0.1\t1", &back);
	CHECK_NUM(there, !back);
	CHECK(find("10.0.0.1\t1", "10.0.0.2\t2", 1) == NULL);
	state = add("10.0.0.1\t1", "10.0.0.2\t2", 1);
	CHECK_NUM(*state, 0);
	*state = 42;
	state = find("10.0.0.2\t2", "10.0.0.1\t1", 2);
	CHECK(state != NULL && *state == 42);
	/* The ends' parts must not change places. */
	CHECK(find("10.0.0.1\t2", "10.0.0.2\t1", 2) == NULL);
	/* A connection of an end with itself has one direction. */
	CHECK(key("::1\t5", "::1\t5", &there).end[0].id[0] ==
	    key("::1\t5", "::1\t5", &back).end[1].id[0]);
	flow_close(&t);
}

static void
check_order(void)
{
	uint64_t last;

	CHECK(flow_open(&t, 3, sizeof(int), 7) == 0);
	CHECK(flow_oldest(&t, &last) == NULL);
	*add("a", "x", 1) = 1;
	*add("b", "x", 2) = 2;
	*add("c", "x", 3) = 3;
	CHECK(flow_full(&t));
	find("x", "a", 4);
	CHECK_NUM(*(int *)flow_oldest(&t, &last), 2);
	CHECK_NUM(last, 2);
	flow_drop_oldest(&t);
	CHECK(find("b", "x", 5) == NULL);
	CHECK_NUM(*find("c", "x", 5), 3);
	/* The place is used again, and starts empty. */
	CHECK_NUM(*add("d", "x", 6), 0);
	for (int want = 1; want <= 3; want += 2) {
		CHECK_NUM(*(int *)flow_oldest(&t, &last), want);
		flow_drop_oldest(&t);
	}
	flow_drop_oldest(&t);
	CHECK(flow_oldest(&t, &last) == NULL);
	flow_close(&t);
}

static void
check_many(void)
{
	enum { MANY = 20000 };
	char name[32];

	CHECK(flow_open(&t, MANY, sizeof(int), 99) == 0);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "10.0.0.1\t%d", i);
		*add(name, "x", (uint64_t)i) = i;
	}
	for (int i = MANY; i-- > 0;) {
		int *state;

		snprintf(name, sizeof name, "10.0.0.1\t%d", i);
		state = find("x", name, MANY);
		CHECK(state != NULL && *state == i);
	}
	flow_close(&t);
}

int
main(void)
{
	check_directions();
	check_order();
	check_many();
	return check_failures != 0;
}
