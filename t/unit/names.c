/* Names: the cap, what is in use stays, whom to wait for, and for how long. */
#include "check.h"
#include "names/cache.h"

static struct names t;

static uint32_t
add(uint8_t last)
{
	struct addr a = { .b = { 10, 0, 0, last } };

	return names_add(&t, &a);
}

static uint32_t
find(uint8_t last)
{
	struct addr a = { .b = { 10, 0, 0, last } };

	return names_find(&t, &a);
}

static void
check_cap(void)
{
	uint32_t one, two;

	CHECK(names_open(&t, 2, 1) == 0);
	one = add(1);
	CHECK(names_set(&t, one, "one", 9) == 0);
	two = add(2);
	CHECK(names_set(&t, two, NULL, 9) == 0);
	names_use(&t, one);
	names_unuse(&t, one);
	CHECK(names_room(&t));
	names_asked(&t, add(3));
	CHECK_NUM(find(2), 0);		/* unused longest */
	CHECK_NUM(find(1), one);
	CHECK_NUM(t.forgotten, 1);
	names_use(&t, one);
	CHECK(!names_room(&t));
	CHECK_TEXT(names_at(&t, one)->text, "one");
	names_unuse(&t, one);
	CHECK(names_room(&t));
	names_close(&t);
}

static void
check_age(void)
{
	uint32_t i;

	CHECK(names_open(&t, 2, 1) == 0);
	i = add(1);
	names_asked(&t, i);
	CHECK(!names_old(&t, i, 100));
	CHECK(names_answer(&t, i, "a", 50) == 0);
	CHECK(!names_old(&t, i, 49));
	CHECK(names_old(&t, i, 50));
	/* Asked again, it keeps its name until there is an answer. */
	names_asked(&t, i);
	CHECK(!names_old(&t, i, 60) && !names_awaited(&t, i));
	names_fail(&t, i, 70);
	CHECK_TEXT(names_at(&t, i)->text, "a");
	CHECK(names_old(&t, i, 70));
	names_asked(&t, i);
	CHECK(names_answer(&t, i, NULL, 90) == 0);
	CHECK(names_at(&t, i)->text == NULL && names_at(&t, i)->known);
	names_close(&t);
}

static void
check_silence(void)
{
	uint32_t i[NAMES_LATE_MAX + 1];

	CHECK(names_open(&t, 100, 1) == 0);
	for (uint8_t n = 0; n <= NAMES_LATE_MAX; n++)
		names_asked(&t, i[n] = add(n));
	for (int n = 0; n < NAMES_LATE_MAX; n++) {
		CHECK(names_awaited(&t, i[n]) && !names_silent(&t));
		names_late(&t, i[n]);
		CHECK(!names_awaited(&t, i[n]));
	}
	CHECK(names_silent(&t) && !names_awaited(&t, i[NAMES_LATE_MAX]));
	/* The end of a question is no answer, nor is a local name. */
	names_fail(&t, i[0], 1);
	CHECK(names_set(&t, add(100), "local", 1) == 0);
	CHECK(names_silent(&t));
	CHECK(names_answer(&t, i[1], NULL, 1) == 0);
	CHECK(!names_silent(&t) && names_awaited(&t, i[NAMES_LATE_MAX]));
	CHECK(!names_awaited(&t, i[2]));	/* that one had its time */
	names_close(&t);
}

int
main(void)
{
	check_cap();
	check_age();
	check_silence();
	return check_failures > 0;
}
