/*
 * Percentiles of histograms are within 1/128 of those of the sorted values, and
 * the same however the values were divided and merged.
 */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "stat/histogram.h"

#define VALUES	30000

static nano values[VALUES];

/* Greater than 0 and less than 1. */
static double
uniform(void)
{
	return (lrand48() + 0.5) / 2147483648.0;
}

static nano
uniform_ms(void)
{
	return (nano)(uniform() * 1e6);
}

static nano
exponential(void)
{
	return (nano)(-log(uniform()) * 4e7);
}

static nano
lognormal(void)
{
	double gauss = sqrt(-2 * log(uniform())) * cos(6.2831853 * uniform());

	return (nano)exp(16 + 3 * gauss);
}

static nano
pareto(void)
{
	return (nano)(1000 / pow(uniform(), 2));
}

static nano
all_sizes(void)
{
	return (nano)exp2(94 * uniform()) * (lrand48() % 2 ? 1 : -1);
}

static nano
two_peaks(void)
{
	return lrand48() % 100 < 97 ? 10000000 + lrand48() % 1000 :
	    1000000000 + lrand48() % 100000;
}

static nano
few(void)
{
	return lrand48() % 3;
}

static int
compare(const void *a, const void *b)
{
	nano x = *(const nano *)a, y = *(const nano *)b;

	return x < y ? -1 : x > y;
}

static void
check_percentile(const struct histogram *h, const struct bucket *sorted,
    double q)
{
	/* The nearest-rank method in floating point. */
	uint64_t rank = (uint64_t)ceil(q / 100 * VALUES - 1e-9);
	nano want = values[(rank > 0 ? rank : 1) - 1];
	nano got = histogram_rank(sorted, h->used,
	    histogram_rank_of(VALUES, (uint32_t)(q * 1000 + 0.5)));

	if (nano_magnitude(got - want) * 128 <= nano_magnitude(want))
		return;
	printf("p%g is %g, not %g\n", q, (double)got, (double)want);
	check_failures++;
}

static bool
are_same(const struct histogram *a, const struct histogram *b)
{
	struct bucket *x = histogram_sorted(a), *y = histogram_sorted(b);
	bool same = a->used == b->used;

	for (uint32_t i = 0; same && i < a->used; i++)
		same = x[i].index == y[i].index && x[i].count == y[i].count;
	free(x);
	free(y);
	return same;
}

static void
check_merge(const struct histogram *all)
{
	struct histogram part[5] = { { .used = 0 } }, sum = { .used = 0 };

	for (int i = 0; i < VALUES; i++)
		histogram_add(&part[lrand48() % 5], values[i]);
	for (int i = 0; i < 5; i++)
		CHECK(histogram_merge(&sum, &part[i]));
	CHECK(are_same(&sum, all));
	for (int i = 0; i < 5; i++)
		histogram_free(&part[i]);
	histogram_free(&sum);
}

static void
check_distribution(nano (*draw)(void))
{
	static const double percentiles[] = { 0.001, 0.1, 1, 5, 10, 25, 33.333,
	    50, 66.667, 75, 90, 95, 99, 99.9, 99.99, 99.999, 100 };
	struct histogram h = { .used = 0 };
	struct bucket *sorted;

	for (int i = 0; i < VALUES; i++)
		CHECK(histogram_add(&h, values[i] = draw()));
	check_merge(&h);
	qsort(values, VALUES, sizeof values[0], compare);
	sorted = histogram_sorted(&h);
	for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++)
		check_percentile(&h, sorted, percentiles[i]);
	free(sorted);
	histogram_free(&h);
}

/* Every bucket's value belongs to it, and the buckets are in order. */
static void
check_buckets(void)
{
	nano last = -1;

	for (int32_t i = 0; i <= HISTOGRAM_INDEX_MAX; i++) {
		nano v = histogram_value(i);

		CHECK(v > last);
		CHECK_NUM(histogram_index(v), i);
		CHECK_NUM(histogram_index(-v), -i);
		last = v;
	}
	CHECK_NUM(histogram_index(MOMENTS_MAX), HISTOGRAM_INDEX_MAX);
}

/* Small whole numbers and round durations are exact. */
static void
check_round(void)
{
	for (nano i = -128; i <= 128; i++)
		CHECK(histogram_value(histogram_index(i * NANO)) == i * NANO);
	CHECK(histogram_value(histogram_index(40000000)) == 40000000);
	CHECK(histogram_value(histogram_index(40062976)) == 40000000);
}

static bool
scans(const char *s)
{
	static char padded[256];
	struct histogram h = { .used = 0 };
	uint64_t count = 0;
	bool ok;

	strcpy(padded + NUM_PADDING, s);
	ok = histogram_scan(&h, padded + NUM_PADDING, strlen(s), &count);
	if (ok && strcmp(s, "-3:1,0:2,300:18446744073709551612") == 0)
		CHECK(h.used == 3 && count == UINT64_MAX);
	histogram_free(&h);
	return ok;
}

static void
check_scan(void)
{
	static const char *const bad[] = { "1", "1:", ":1", "1:0", "1:2;3:4",
	    "1:1,,2:1", "x:1", "1:-1", "11247:1", "-11247:1", "--1:1",
	    "1:18446744073709551615,2:1", "1:18446744073709551616" };

	CHECK(scans("-3:1,0:2,300:18446744073709551612"));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK(!scans(bad[i]));
}

int
main(void)
{
	static nano (*const draws[])(void) = { uniform_ms, exponential,
	    lognormal, pareto, all_sizes, two_peaks, few };

	srand48(5);
	for (size_t i = 0; i < sizeof draws / sizeof draws[0]; i++)
		check_distribution(draws[i]);
	check_buckets();
	check_round();
	check_scan();
	return check_failures != 0;
}
