/*
 * Round trips of one side of a connection: how many, the least, the mean, the
 * most and how far they spread, in 24 bytes.  The mean is exact; the sum of
 * the squared distances from it is kept as it goes (Welford 1962), since only
 * that has enough digits in a float.
 */
#ifndef TRACK_RTTSUM_H
#define TRACK_RTTSUM_H

#include <math.h>

#include "track/brief.h"

/* All zeros is none. */
struct trips {
	uint64_t sum;		/* ns */
	uint32_t count;
	uint32_t min, max;	/* brief, and nothing while count is 0 */
	float squares;		/* of the distances from the mean, s^2 */
};

static inline void
trips_add(struct trips *t, uint64_t ns)
{
	double before = t->count > 0 ? (double)t->sum / t->count : (double)ns;
	double after;
	uint64_t max = brief_ns(t->max);

	if (t->count == 0 || ns < brief_ns(t->min))
		t->min = brief_of(ns);
	if (t->count == 0 || ns > max)
		t->max = brief_of(ns);
	t->sum += ns;
	t->count++;
	after = (double)t->sum / t->count;
	t->squares += (float)(((double)ns - before) * 1e-9 *
	    ((double)ns - after) * 1e-9);
}

/* The least; 0 where there is none. */
static inline uint64_t
trips_min(const struct trips *t)
{
	return t->count > 0 ? brief_ns(t->min) : 0;
}

static inline uint64_t
trips_max(const struct trips *t)
{
	return t->count > 0 ? brief_ns(t->max) : 0;
}

/* The standard deviation of the sample. */
static inline uint64_t
trips_deviation(const struct trips *t)
{
	return t->count < 2 ? 0 :
	    (uint64_t)(sqrt((double)t->squares / (t->count - 1)) * 1e9);
}

#endif
