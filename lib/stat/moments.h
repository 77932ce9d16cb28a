/*
 * Count, sum, minimum, maximum, mean and standard deviation in one pass.  The
 * result depends neither on the order of the values nor on how they were
 * divided and merged.
 *
 * Values are multiples of 10^-9, so their sum and the sum of their squares are
 * whole numbers and are kept exactly.  Mean and deviation are computed from
 * them at the end, so that digits do not cancel as they do in floating point,
 * and the corrections of Welford (1962) and, for merging, of Chan, Golub and
 * LeVeque (1979) are not needed.
 */
#ifndef STAT_MOMENTS_H
#define STAT_MOMENTS_H

#include "stat/wide.h"

/* The largest magnitude of a value: 2^64 exceeds any number in a record. */
#define MOMENTS_MAX	((nano)NANO << 64)

/* Zero-initialised means no values. */
struct moments {
	uint64_t count;
	nano sum, min, max;	/* min and max are undefined if count is 0 */
	struct wide squares;
};

/* Add a value within MOMENTS_MAX.  False, with *m unchanged, if the sum would
 * overflow, which takes more than 2^33 of the largest values. */
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

/* Add the values of another; false as above. */
bool moments_merge(struct moments *m, const struct moments *from);

/* Is there a set of values with these sums?  Check it after parsing them. */
bool moments_sane(const struct moments *m);

/* In units of 1, not of 10^-9.  The mean of no values is 0.  The deviation is
 * the sample standard deviation, 0 for fewer than two values. */
double moments_mean(const struct moments *m);
double moments_deviation(const struct moments *m);

#endif
