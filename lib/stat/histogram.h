/*
 * Histograms that give any percentile to within 1/128 (0.79 %), take little
 * memory, and can be merged exactly.
 *
 * A value's bucket is its sign and its eight leading bits, as in a floating
 * number; below 256 * 10^-9 every value has a bucket of its own.  This is the
 * scale of HdrHistogram (G. Tene) with two significant digits.  A bucket is
 * represented by the number in it with the fewest digits: 0.04 rather than
 * 0.040062976.  So whole numbers up to 128 are exact.
 */
#ifndef STAT_HISTOGRAM_H
#define STAT_HISTOGRAM_H

#include "stat/moments.h"

struct bucket {
	uint64_t count;		/* 0: the place is free */
	int32_t index;		/* ordered as values; < 0 for values < 0 */
};

/* An open hash table by index.  Neighbouring values have neighbouring places,
 * so that collisions are rare.  Zero-initialised means empty. */
struct histogram {
	struct bucket *place;
	uint32_t mask;		/* number of places - 1 */
	uint32_t used;
};

#define HISTOGRAM_INDEX_MAX	11246	/* of MOMENTS_MAX */

/* The bucket of a value within MOMENTS_MAX. */
static inline int32_t
histogram_index(nano v)
{
	nano_size m = nano_magnitude(v);
	uint64_t high = (uint64_t)(m >> 64), low = (uint64_t)m;
	unsigned bits = high != 0 ? 128 - (unsigned)__builtin_clzll(high) :
	    64 - (unsigned)__builtin_clzll(low | 1);
	unsigned shift = bits > 8 ? bits - 8 : 0;
	int32_t index = (int32_t)(shift * 128 + (unsigned)(m >> shift));

	return v < 0 ? -index : index;
}

/* The value in a bucket with the fewest digits. */
nano histogram_value(int32_t index);

/* The bucket of an index, added with a count of 0 if it is new; NULL without
 * memory. */
struct bucket *histogram_find(struct histogram *h, int32_t index);

/* The same, faster if the bucket is where it is most likely. */
static inline struct bucket *
histogram_bucket(struct histogram *h, int32_t index)
{
	struct bucket *b;

	if (h->used == 0)
		return histogram_find(h, index);
	b = &h->place[(uint32_t)index & h->mask];
	return b->index == index && b->count != 0 ? b :
	    histogram_find(h, index);
}

/* Count a value within MOMENTS_MAX; false without memory. */
static inline bool
histogram_add(struct histogram *h, nano v)
{
	struct bucket *b = histogram_bucket(h, histogram_index(v));

	if (b == NULL)
		return false;
	b->count++;
	return true;
}

/* Add the values of another histogram; false without memory. */
bool histogram_merge(struct histogram *h, const struct histogram *from);

void histogram_free(struct histogram *h);

/* The buckets in order of value, h->used of them.  The caller frees the array;
 * NULL without memory. */
struct bucket *histogram_sorted(const struct histogram *h);

/* The rank'th smallest value, counted from 1, of n sorted buckets. */
nano histogram_rank(const struct bucket *sorted, uint32_t n, uint64_t rank);

/* The rank of a percentile among count values, by the nearest-rank method; q is
 * in thousandths of a percent. */
uint64_t histogram_rank_of(uint64_t count, uint32_t q);

/*
 * Add the histogram text[0..n), "index:count,index:count...", and the sum of
 * its counts to *count.  False if it is malformed, or without memory; *h then
 * has part of it.
 */
bool histogram_scan(struct histogram *h, const char *text, size_t n,
    uint64_t *count);

#endif
