/* The cache of names: its limit, expiry, and when to stop waiting. */
#include "check.h"
#include "names/cache.h"

static struct cache c;

static uint32_t
add(uint8_t last)
{
	struct addr a = { .b = { 10, 0, 0, last } };

	return cache_add(&c, &a);
}

static uint32_t
find(uint8_t last)
{
	struct addr a = { .b = { 10, 0, 0, last } };

	return cache_find(&c, &a);
}

static void
check_limit(void)
{
	uint32_t one, two;

	CHECK(cache_open(&c, 2, 1) == 0);
	one = add(1);
	CHECK(cache_set(&c, one, "one", 9) == 0);
	two = add(2);
	CHECK(cache_set(&c, two, NULL, 9) == 0);
	cache_use(&c, one);
	cache_release(&c, one);
	CHECK(cache_has_room(&c));
	cache_queried(&c, add(3));
	CHECK_NUM(find(2), 0);		/* unused for longest */
	CHECK_NUM(find(1), one);
	CHECK_NUM(c.evicted, 1);
	cache_use(&c, one);
	CHECK(!cache_has_room(&c));
	CHECK_TEXT(cache_at(&c, one)->name, "one");
	cache_release(&c, one);
	CHECK(cache_has_room(&c));
	cache_close(&c);
}

static void
check_expiry(void)
{
	uint32_t i;

	CHECK(cache_open(&c, 2, 1) == 0);
	i = add(1);
	cache_queried(&c, i);
	CHECK(!cache_is_expired(&c, i, 100));
	CHECK(cache_answer(&c, i, "a", 50) == 0);
	CHECK(!cache_is_expired(&c, i, 49));
	CHECK(cache_is_expired(&c, i, 50));
	/* An entry queried again keeps its name until an answer arrives. */
	cache_queried(&c, i);
	CHECK(!cache_is_expired(&c, i, 60) && !cache_is_awaited(&c, i));
	cache_fail(&c, i, 70);
	CHECK_TEXT(cache_at(&c, i)->name, "a");
	CHECK(cache_is_expired(&c, i, 70));
	cache_queried(&c, i);
	CHECK(cache_answer(&c, i, NULL, 90) == 0);
	CHECK(cache_at(&c, i)->name == NULL && cache_at(&c, i)->known);
	cache_close(&c);
}

static void
check_silence(void)
{
	uint32_t i[CACHE_LATE_MAX + 1];

	CHECK(cache_open(&c, 100, 1) == 0);
	for (uint8_t n = 0; n <= CACHE_LATE_MAX; n++)
		cache_queried(&c, i[n] = add(n));
	for (int n = 0; n < CACHE_LATE_MAX; n++) {
		CHECK(cache_is_awaited(&c, i[n]) && !cache_is_silent(&c));
		cache_timed_out(&c, i[n]);
		CHECK(!cache_is_awaited(&c, i[n]));
	}
	CHECK(cache_is_silent(&c));
	CHECK(!cache_is_awaited(&c, i[CACHE_LATE_MAX]));
	/* Neither a failed query nor a local name is an answer. */
	cache_fail(&c, i[0], 1);
	CHECK(cache_set(&c, add(100), "local", 1) == 0);
	CHECK(cache_is_silent(&c));
	CHECK(cache_answer(&c, i[1], NULL, 1) == 0);
	CHECK(!cache_is_silent(&c));
	CHECK(cache_is_awaited(&c, i[CACHE_LATE_MAX]));
	CHECK(!cache_is_awaited(&c, i[2]));	/* timed out before */
	cache_close(&c);
}

int
main(void)
{
	check_limit();
	check_expiry();
	check_silence();
	return check_failures > 0;
}
