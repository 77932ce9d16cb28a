#include "stat/histogram.h"

#include <stdlib.h>

#define PLACES_INITIAL	8

/*
 * The number with the fewest digits among low to low + width - 1: round the
 * middle to ever larger powers of ten while the result is in that range.
 */
static nano_size
roundest(nano_size low, nano_size width)
{
	nano_size middle = low + width / 2, best = middle;

	for (nano_size ten = 1;; ten *= 10) {
		nano_size v = (middle + ten / 2) / ten * ten;

		if (v < low || v >= low + width)
			return best;
		best = v;
	}
}

nano
histogram_value(int32_t index)
{
	unsigned i = (unsigned)abs(index);
	unsigned shift = i < 256 ? 0 : i / 128 - 1;
	nano_size low = (nano_size)(i - shift * 128) << shift;
	nano v = i == 0 ? 0 : (nano)roundest(low, (nano_size)1 << shift);

	return index < 0 ? -v : v;
}

static struct bucket *
place_of(struct bucket *place, uint32_t mask, int32_t index)
{
	uint32_t i = (uint32_t)index & mask;

	while (place[i].count != 0 && place[i].index != index)
		i = (i + 1) & mask;
	return &place[i];
}

/* Make room for a bucket: at least a quarter of the places is kept free. */
static bool
grow(struct histogram *h)
{
	uint32_t size = h->place == NULL ? PLACES_INITIAL : 2 * (h->mask + 1);
	struct bucket *place;

	if (h->place != NULL && h->used < (h->mask + 1) / 4 * 3)
		return true;
	if ((place = calloc(size, sizeof *place)) == NULL)
		return false;
	for (uint32_t i = 0; h->place != NULL && i <= h->mask; i++)
		if (h->place[i].count != 0)
			*place_of(place, size - 1, h->place[i].index) =
			    h->place[i];
	free(h->place);
	h->place = place;
	h->mask = size - 1;
	return true;
}

struct bucket *
histogram_find(struct histogram *h, int32_t index)
{
	struct bucket *b;

	if (!grow(h))
		return NULL;
	b = place_of(h->place, h->mask, index);
	if (b->count == 0) {
		b->index = index;
		h->used++;
	}
	return b;
}

bool
histogram_merge(struct histogram *h, const struct histogram *from)
{
	for (uint32_t i = 0; from->used > 0 && i <= from->mask; i++) {
		const struct bucket *b = &from->place[i];
		struct bucket *to;

		if (b->count == 0)
			continue;
		if ((to = histogram_bucket(h, b->index)) == NULL)
			return false;
		to->count += b->count;
	}
	return true;
}

void
histogram_free(struct histogram *h)
{
	free(h->place);
	*h = (struct histogram){ NULL, 0, 0 };
}

static int
by_index(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

struct bucket *
histogram_sorted(const struct histogram *h)
{
	struct bucket *sorted = malloc((h->used + 1) * sizeof *sorted);
	uint32_t n = 0;

	if (sorted == NULL)
		return NULL;
	for (uint32_t i = 0; h->used > 0 && i <= h->mask; i++)
		if (h->place[i].count != 0)
			sorted[n++] = h->place[i];
	qsort(sorted, n, sizeof *sorted, by_index);
	return sorted;
}

nano
histogram_rank(const struct bucket *sorted, uint32_t n, uint64_t rank)
{
	uint32_t i = 0;

	while (i + 1 < n && sorted[i].count < rank)
		rank -= sorted[i++].count;
	return n > 0 ? histogram_value(sorted[i].index) : 0;
}

uint64_t
histogram_rank_of(uint64_t count, uint32_t q)
{
	uint64_t rank = (uint64_t)(((nano_size)count * q + 99999) / 100000);

	return rank > 0 ? rank : 1;
}

/* Parse a number that ends at the byte stop, which is skipped, or at end. */
static bool
scan_until(const char **p, const char *end, char stop, uint64_t *v)
{
	const char *to = memchr(*p, stop, (size_t)(end - *p));
	size_t n = (size_t)((to != NULL ? to : end) - *p);

	if (num_scan(*p, n, v) == 0)
		return false;
	*p += n + (to != NULL);
	return true;
}

bool
histogram_scan(struct histogram *h, const char *text, size_t n,
    uint64_t *count)
{
	const char *p = text, *end = text + n;

	while (p < end) {
		bool minus = *p == '-';
		uint64_t index, more;
		struct bucket *b;

		p += minus;
		if (!scan_until(&p, end, ':', &index) ||
		    !scan_until(&p, end, ',', &more) || more == 0 ||
		    index > HISTOGRAM_INDEX_MAX ||
		    __builtin_add_overflow(*count, more, count))
			return false;
		b = histogram_bucket(h, minus ? -(int32_t)index :
		    (int32_t)index);
		if (b == NULL)
			return false;
		b->count += more;
	}
	return true;
}
