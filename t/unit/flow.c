/* The flow table: both directions, the limit, the order of the queues. */
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

	uint32_t i = flow_find(&t, &k);

	if (i == 0)
		return NULL;
	flow_queue(&t, i, 0, now);
	return flow_state(&t, i);
}

static int *
add(const char *src, const char *dst, uint64_t now)
{
	int from;
	struct flow_key k = key(src, dst, &from);

	return flow_state(&t, flow_add(&t, &k, now));
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
	/* The ports must not be exchanged. */
	CHECK(find("10.0.0.1\t2", "10.0.0.2\t1", 2) == NULL);
	/* A flow from an end to itself has one direction. */
	key("::1\t5", "::1\t5", &there);
	key("::1\t5", "::1\t5", &back);
	CHECK_NUM(there, back);
	flow_close(&t);
}

static int
oldest(unsigned queue)
{
	uint32_t i = flow_oldest(&t, queue);

	return i != 0 ? *(int *)flow_state(&t, i) : 0;
}

static void
move(const char *end, unsigned queue, uint64_t now)
{
	int from;
	struct flow_key k = key(end, "x", &from);

	flow_queue(&t, flow_find(&t, &k), queue, now);
}

static void
check_queues(void)
{
	CHECK(flow_open(&t, 3, sizeof(int), 7) == 0);
	CHECK_NUM(oldest(0), 0);
	*add("a", "x", 1) = 1;
	*add("b", "x", 2) = 2;
	*add("c", "x", 3) = 3;
	CHECK(flow_full(&t));
	find("x", "a", 4);
	CHECK_NUM(oldest(0), 2);
	CHECK_NUM(flow_queued(&t, flow_oldest(&t, 0)), 2);
	flow_drop(&t, flow_oldest(&t, 0));
	CHECK(find("b", "x", 5) == NULL);
	CHECK_NUM(*find("c", "x", 5), 3);
	/* The entry is reused, with a state of zeros. */
	CHECK_NUM(*add("d", "x", 6), 0);
	*find("d", "x", 6) = 4;
	move("c", 1, 7);
	move("a", 1, 8);
	CHECK_NUM(oldest(0), 4);
	CHECK_NUM(oldest(1), 3);
	flow_drop(&t, flow_oldest(&t, 1));
	CHECK_NUM(oldest(1), 1);
	flow_drop(&t, flow_oldest(&t, 1));
	flow_drop(&t, flow_oldest(&t, 0));
	CHECK_NUM(oldest(0), 0);
	CHECK_NUM(oldest(1), 0);
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
	check_queues();
	check_many();
	return check_failures != 0;
}
