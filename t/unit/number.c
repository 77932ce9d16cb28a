/* Numbers and times: compared with printf(3), and at their limits. */
#include <stdlib.h>

#include "check.h"
#include "rec/number.h"

#define ROUNDS	300000

static char padded[64 + 2 * NUM_PADDING];
static char *const text = padded + NUM_PADDING;

static uint64_t
random_number(void)
{
	uint64_t v = (uint64_t)mrand48() << 32 ^ (uint64_t)mrand48();

	return v >> lrand48() % 64;
}

static void
check_both_ways(uint64_t v)
{
	char want[64];
	uint64_t back = 0;
	size_t n = num_fmt(text, v);

	text[n] = '\0';
	snprintf(want, sizeof want, "%" PRIu64, v);
	CHECK_TEXT(text, want);
	CHECK(num_scan(text, n, &back) == n && back == v);
	n = ns_fmt(text, v);
	text[n] = '\0';
	snprintf(want, sizeof want, "%" PRIu64 ".%09" PRIu64,
	    v / 1000000000, v % 1000000000);
	CHECK_TEXT(text, want);
	CHECK(ns_scan(text, n, &back) == n && back == v);
}

static void
check_wrong_digit(uint64_t v)
{
	uint64_t back;
	size_t n = num_fmt(text, v);

	text[(size_t)lrand48() % n] = "x:/- .\xff"[lrand48() % 7];
	CHECK_NUM(num_scan(text, n, &back), 0);
}

static bool
reads_num(const char *s)
{
	uint64_t v;

	strcpy(text, s);
	return num_scan(text, strlen(s), &v) != 0;
}

static int64_t
ns_of(const char *s)
{
	uint64_t v;

	strcpy(text, s);
	return ns_scan(text, strlen(s), &v) != 0 ? (int64_t)v : -1;
}

int
main(void)
{
	srand48(2);
	for (int i = 0; i < ROUNDS && check_failures < 10; i++) {
		uint64_t v = random_number();

		check_both_ways(v);
		check_wrong_digit(v);
	}
	CHECK(reads_num("18446744073709551615"));
	CHECK(!reads_num("18446744073709551616"));
	CHECK(!reads_num("99999999999999999999"));
	CHECK(!reads_num("100000000000000000000"));
	CHECK(!reads_num(""));
	CHECK(reads_num("00000000000000000001"));
	CHECK_NUM(ns_of("1"), 1000000000);
	CHECK_NUM(ns_of("1.5"), 1500000000);
	CHECK_NUM(ns_of("0.000000001"), 1);
	CHECK_NUM(ns_of("1."), -1);
	CHECK_NUM(ns_of(".5"), -1);
	CHECK_NUM(ns_of("1.0000000001"), -1);
	CHECK_NUM(ns_of("-1.0"), -1);
	CHECK_NUM(ns_of("18446744074.000000000"), -1);
	return check_failures != 0;
}
