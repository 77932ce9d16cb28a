/*
 * Count, sum, least, most, mean and standard deviation in one pass, and the
 * same whatever the order, and however the values were split and merged.
 *
 * Values are decimals, multiples of 10^-9, so their sum and the sum of their
 * squares are whole numbers and kept as such, without rounding.  Mean and
 * deviation are worked out of these at the end: nothing cancels, as in the
 * textbook formula with floating numbers, and nothing has to be corrected, as
 * by Welford (1962) and, for merging, by Chan, Golub and LeVeque (1979).
 */
#ifndef STAT_MOMENTS_H
#define STAT_MOMENTS_H

#include "stat/wide.h"

/* The largest value either way: 2^64, as a record's number can be. */
#define MOMENTS_MAX	((nano)NANO << 64)

/* All zeros is none. */
struct moments {
	uint64_t count;
	nano sum, min, max;	/* min and max mean nothing while count is 0 */
	struct wide squares;
};

/*
 * Add a value within MOMENTS_MAX.  False where the sum has become too large,
 * which takes more than 2^33 of the largest; nothing is changed then.
 */
static inline bool
moments_add(struct moments *m, nano v)
{
	nano sum;

	if (__builtin_add_overflow(m->sum, v, &sum))
		return false;
	m->sum = sum;
	wide_add_square(&m->squares, nano_magnitude(v));
	if (m->count++ == 0)
		m->min = m->max = v;
	else if (v < m->min)
		m->min = v;
	else if (v > m->max)
		m->max = v;
	return true;
}

/* Take in the values of another; false as above. */
bool moments_merge(struct moments *m, const struct moments *from);

/* Could values have given these sums?  What was read must be asked. */
bool moments_sane(const struct moments *m);

/* In units of one, not of 10^-9.  The mean of none is 0; the deviation is
 * that of a sample, and 0 for less than two values. */
double moments_mean(const struct moments *m);
double moments_deviation(const struct moments *m);

#endif
