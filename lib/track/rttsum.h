/*
 * Round trips of one side of a connection: count, minimum, mean, maximum and
 * deviation in 24 bytes.  The mean is exact.  The sum of the squared distances
 * from the mean is updated with each sample (Welford 1962), since a float has
 * too few digits for a plain sum of squares.
 */
#ifndef TRACK_RTTSUM_H
#define TRACK_RTTSUM_H

#include <math.h>

#include "track/dur32.h"

/* Zero-initialised means empty. */
struct rttsum {
	uint64_t sum;		/* ns */
	uint32_t count;
	uint32_t min, max;	/* dur32; undefined while count is 0 */
	float squares;		/* of the distances from the mean, s^2 */
};

static inline void
rttsum_add(struct rttsum *r, uint64_t ns)
{
	double before = r->count > 0 ? (double)r->sum / r->count : (double)ns;
	double after;

	if (r->count == 0 || ns < dur32_ns(r->min))
		r->min = dur32_of(ns);
	if (r->count == 0 || ns > dur32_ns(r->max))
		r->max = dur32_of(ns);
	r->sum += ns;
	r->count++;
	after = (double)r->sum / r->count;
	r->squares += (float)(((double)ns - before) * 1e-9 *
	    ((double)ns - after) * 1e-9);
}

/* The minimum in ns, or 0 if empty; then the maximum. */
static inline uint64_t
rttsum_min(const struct rttsum *r)
{
	return r->count > 0 ? dur32_ns(r->min) : 0;
}

static inline uint64_t
rttsum_max(const struct rttsum *r)
{
	return r->count > 0 ? dur32_ns(r->max) : 0;
}

/* The standard deviation of the sample in ns, or 0 for fewer than two. */
static inline uint64_t
rttsum_deviation(const struct rttsum *r)
{
	return r->count < 2 ? 0 :
	    (uint64_t)(sqrt((double)r->squares / (r->count - 1)) * 1e9);
}

#endif
