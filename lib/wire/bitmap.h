/* Maps of bits, in words of 64. */
#ifndef WIRE_BITMAP_H
#define WIRE_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

/* The mask of the bits from to end (not included) in word i, which has some. */
static inline uint64_t
bitmap_word(uint32_t i, uint32_t from, uint32_t end)
{
	uint64_t mask = UINT64_MAX;

	if (from > i * 64)
		mask &= UINT64_MAX << (from - i * 64);
	if (end < i * 64 + 64)
		mask &= UINT64_MAX >> (i * 64 + 64 - end);
	return mask;
}

/* The number of bits set from from to end (not included). */
static inline uint32_t
bitmap_count(const uint64_t *map, uint32_t from, uint32_t end)
{
	uint32_t n = 0;

	for (uint32_t i = from / 64; i * 64 < end; i++)
		n += (uint32_t)__builtin_popcountll(map[i] &
		    bitmap_word(i, from, end));
	return n;
}

static inline void
bitmap_set(uint64_t *map, uint32_t from, uint32_t end)
{
	for (uint32_t i = from / 64; i * 64 < end; i++)
		map[i] |= bitmap_word(i, from, end);
}

static inline bool
bitmap_has(const uint64_t *map, uint32_t bit)
{
	return map[bit / 64] >> bit % 64 & 1;
}

#endif
