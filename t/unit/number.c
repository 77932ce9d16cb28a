/* Numbers and times: compared with printf(3), and at their limits. */
#include <stdlib.h>

#include "check.h"
#include "rec/field.h"

#define ROUNDS	300000

static char padded[64 + NUM_BEFORE + NUM_PADDING];
static char *const text = padded + NUM_BEFORE;

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
	CHECK(ns_scan_field(text, n, &back) == n && back == v);
}

/* Two fields of 32 bits, written at once as one by one. */
static void
check_written_two(uint32_t a, uint32_t b)
{
	char want[64];

	*field_two(text, a, b) = '\0';
	snprintf(want, sizeof want, "\t%" PRIu32 "\t%" PRIu32, a, b);
	CHECK_TEXT(text, want);
}

/* Two fields of a line, of up to 16 digits each, and what is no digit. */
static void
check_two(uint64_t a, uint64_t b)
{
	uint64_t back[2];
	size_t n[2];
	const char *end[2];

	a %= UINT64_C(10000000000000000);
	b %= UINT64_C(10000000000000000);
	n[0] = num_fmt(text, a);
	text[n[0]] = '\t';
	n[1] = num_fmt(text + n[0] + 1, b);
	end[0] = text + n[0];
	end[1] = end[0] + 1 + n[1];
	CHECK(num_scan_two(end, n, back) && back[0] == a && back[1] == b);
	CHECK(num_scan_two((const char *[]){ end[1], end[0] },
	    (size_t []){ n[1], n[0] }, back) && back[0] == b && back[1] == a);
	text[lrand48() % (end[1] - text)] = "x:/- .\xff"[lrand48() % 7];
	CHECK(!num_scan_two(end, n, back) || text[n[0]] != '\t');
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

/* Two of no digits, or of more than are parsed at once. */
static bool
reads_two(const char *a, const char *b)
{
	uint64_t v[2];
	size_t n[2] = { strlen(a), strlen(b) };

	sprintf(text, "%s\t%s", a, b);
	return num_scan_two((const char *[]){ text + n[0],
	    text + n[0] + 1 + n[1] }, n, v);
}

static int64_t
ns_of(const char *s)
{
	uint64_t v, w = 0;
	size_t n = strlen(s);
	bool reads;

	strcpy(text, s);
	reads = ns_scan(text, n, &v) != 0;
	CHECK(ns_scan_field(text, n, &w) == (reads ? n : 0));
	CHECK(!reads || v == w);
	return reads ? (int64_t)v : -1;
}

int
main(void)
{
	srand48(2);
	for (int i = 0; i < ROUNDS && check_failures < 10; i++) {
		uint64_t v = random_number();

		check_both_ways(v);
		check_wrong_digit(v);
		check_two(v, random_number());
		check_written_two((uint32_t)random_number(), (uint32_t)v);
	}
	CHECK(reads_two("0", "9999999999999999"));
	CHECK(!reads_two("", "1"));
	CHECK(!reads_two("1", ""));
	CHECK(!reads_two("12345678901234567x", "1"));
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
