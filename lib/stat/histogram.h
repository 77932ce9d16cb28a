/*
 * Histograms that know any percentile within 1/128, 0.79 %, of its value,
 * take little memory, and merge exactly.
 *
 * A value's bucket is its sign and its eight leading bits, as in a floating
 * number; below 256 * 10^-9 a bucket is one value.  This is HdrHistogram's
 * scale (G. Tene) with two digits, over the whole range at once.  A bucket
 * answers with the roundest decimal in it: 0.04 rather than 0.040062976, and
 * whole numbers up to 128 exactly.
 */
#ifndef STAT_HISTOGRAM_H
#define STAT_HISTOGRAM_H

#include "stat/moments.h"

struct bucket {
	uint64_t count;		/* 0: the place is free */
	int32_t index;		/* in order of value; < 0 for values < 0 */
};

/* All zeros is empty.  An open hash table: neighbours in value are
 * neighbours in it, so that the places mostly do not clash. */
struct histogram {
	struct bucket *place;
	uint32_t mask;		/* places less one */
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

/* The roundest value of a bucket. */
nano histogram_value(int32_t index);

/* Find a bucket, or make one with a count of 0; NULL without memory. */
struct bucket *histogram_make(struct histogram *h, int32_t index);

static inline struct bucket *
histogram_bucket(struct histogram *h, int32_t index)
{
	struct bucket *b;

	if (h->used == 0)
		return histogram_make(h, index);
	b = &h->place[(uint32_t)index & h->mask];
	return b->index == index && b->count != 0 ? b :
	    histogram_make(h, index);
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

/* Take in another's values; false without memory. */
bool histogram_merge(struct histogram *h, const struct histogram *from);

void histogram_free(struct histogram *h);

/*
 * The buckets in order of value; n is h->used, and the array is the
 * caller's to free.  NULL without memory.
 */
struct bucket *histogram_sorted(const struct histogram *h);

/* The rank'th least value, from 1, of n sorted buckets. */
nano histogram_rank(const struct bucket *sorted, uint32_t n, uint64_t rank);

/*
 * The place in line of a percentile of count values, by the nearest-rank
 * method; q is in thousandths of a percent.
 */
uint64_t histogram_percentile(uint64_t count, uint32_t q);

/*
 * Read "index:count,index:count..." that is all of text[0..n), and add it
 * all; the sum of its counts to *count.  False where it is not so, or without
 * memory; *h has some of it then.
 */
bool histogram_scan(struct histogram *h, const char *text, size_t n,
    uint64_t *count);

#endif
