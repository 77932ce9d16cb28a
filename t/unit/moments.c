/*
 * Moments agree with the two-pass formula in long double, and are the same
 * however the values were divided and merged.
 */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "stat/moments.h"

#define VALUES	20000

static nano values[VALUES];

static nano
random_nano(unsigned bits)
{
	nano_size m = (nano_size)mrand48() << 96 ^ (nano_size)mrand48() << 64 ^
	    (nano_size)(uint64_t)mrand48() << 32 ^ (nano_size)lrand48();

	return (nano)(m >> (128 - bits));
}

static void
check_near(const char *what, long double got, long double want)
{
	if (fabsl(got - want) <= 1e-12L * fabsl(want))
		return;
	printf("%s is %.18Lg, not %.18Lg\n", what, got, want);
	check_failures++;
}

/* The mean first, then the sum of squared differences from it. */
static void
check_against_two_passes(const struct moments *m)
{
	long double mean = 0, squares = 0;

	for (int i = 0; i < VALUES; i++)
		mean += (long double)(values[i] - values[0]) / VALUES;
	for (int i = 0; i < VALUES; i++) {
		long double d = (long double)(values[i] - values[0]) - mean;

		squares += d * d;
	}
	mean += (long double)values[0];
	check_near("mean", moments_mean(m), mean / NANO);
	check_near("deviation", moments_deviation(m),
	    sqrtl(squares / (VALUES - 1)) / NANO);
}

static bool
are_same(const struct moments *a, const struct moments *b)
{
	return a->count == b->count && a->sum == b->sum && a->min == b->min &&
	    a->max == b->max && wide_cmp(&a->squares, &b->squares) == 0;
}

/* Divide the values at random, and merge the parts in a random order. */
static void
check_merge(const struct moments *all)
{
	struct moments part[7] = { { .count = 0 } }, sum = { .count = 0 };
	unsigned first = (unsigned)lrand48() % 7;

	for (int i = 0; i < VALUES; i++)
		moments_add(&part[lrand48() % 7], values[i]);
	for (unsigned i = 0; i < 7; i++)
		CHECK(moments_merge(&sum, &part[(i * 3 + first) % 7]));
	CHECK(are_same(&sum, all));
	CHECK(moments_sane(&sum));
}

static void
check_values(void)
{
	struct moments m = { .count = 0 };

	for (int i = 0; i < VALUES; i++)
		CHECK(moments_add(&m, values[i]));
	check_against_two_passes(&m);
	check_merge(&m);
}

/* Sums of squares in floating point would lose every digit. */
static void
check_far_from_zero(void)
{
	for (int i = 0; i < VALUES; i++)
		values[i] = (nano)1795145499 * NANO + lrand48() % 1000;
	check_values();
}

static void
check_ranges(void)
{
	for (unsigned bits = 1; bits <= 93; bits += 4) {
		for (int i = 0; i < VALUES; i++)
			values[i] = random_nano(bits) *
			    (lrand48() % 2 ? 1 : -1);
		check_values();
	}
}

static void
check_limits(void)
{
	struct moments m = { .count = 0 }, same;

	CHECK(moments_mean(&m) == 0 && moments_deviation(&m) == 0);
	CHECK(moments_add(&m, MOMENTS_MAX));
	CHECK(moments_mean(&m) == ldexp(1, 64) && moments_deviation(&m) == 0);
	while (moments_merge(&m, &m))
		continue;
	CHECK(m.count >= UINT64_C(1) << 33);
	CHECK(moments_deviation(&m) == 0 && moments_sane(&m));
	same = m;
	CHECK(!moments_merge(&m, &same) && are_same(&m, &same));
}

static void
check_insane(void)
{
	struct moments m = { .count = 0 };

	moments_add(&m, 1);
	moments_add(&m, 3);
	CHECK(moments_sane(&m));
	m.squares.w[0] = 7;	/* two values with the sum 4 have at least 8 */
	CHECK(!moments_sane(&m));
	m.squares.w[0] = 10;
	m.sum = 7;
	CHECK(!moments_sane(&m));
}

static void
check_text(void)
{
	struct wide w = { { 0 } }, back;
	char text[WIDE_TEXT_MAX];

	CHECK_NUM(wide_fmt(text, &w), 1);
	CHECK_TEXT(text, "0");
	for (int i = 0; i < 1000; i++) {
		wide_add_square(&w, (nano_size)random_nano(90));
		wide_fmt(text, &w);
		CHECK(wide_scan(text, strlen(text), &back) != 0);
		CHECK(wide_cmp(&w, &back) == 0);
	}
	CHECK_NUM(wide_scan("12g", 3, &back), 0);
	CHECK_NUM(wide_scan("", 0, &back), 0);
	memset(text, 'f', 81);
	CHECK_NUM(wide_scan(text, 80, &back), 80);
	CHECK_NUM(wide_scan(text, 81, &back), 0);
}

int
main(void)
{
	srand48(4);
	check_far_from_zero();
	check_ranges();
	check_limits();
	check_insane();
	check_text();
	return check_failures != 0;
}
