#include "rec/field.h"

#ifdef __SSE2__
/*
 * Split a and b, each below 10^8, into eight digits each, in a byte.  A product
 * with 10^n rounded up and a shift is a division, exact for these sizes.
 */
static void
split_two(uint32_t a, uint32_t b, uint64_t split[2])
{
	const __m128i v = _mm_set_epi64x(b, a);
	/* Halves of four digits in 32 bits, quarters of two in 16, bytes. */
	__m128i high = _mm_srli_epi64(_mm_mul_epu32(v,
	    _mm_set1_epi64x(0xd1b71759)), 45);
	__m128i low = _mm_sub_epi64(v, _mm_mul_epu32(high,
	    _mm_set1_epi64x(10000)));
	__m128i halves = _mm_or_si128(high, _mm_slli_epi64(low, 32));
	__m128i quarters;

	high = _mm_srli_epi32(_mm_madd_epi16(halves, _mm_set1_epi32(10486)), 20);
	low = _mm_sub_epi32(halves, _mm_madd_epi16(high, _mm_set1_epi32(100)));
	quarters = _mm_or_si128(high, _mm_slli_epi32(low, 16));
	high = _mm_srli_epi16(_mm_mullo_epi16(quarters, _mm_set1_epi16(103)),
	    10);
	/* high + ((quarters - 10 * high) << 8) */
	_mm_storeu_si128((void *)split, _mm_sub_epi16(
	    _mm_slli_epi16(quarters, 8),
	    _mm_mullo_epi16(high, _mm_set1_epi16(2559))));
}
#else
static void
split_two(uint32_t a, uint32_t b, uint64_t split[2])
{
	split[0] = num_split8(a);
	split[1] = num_split8(b);
}
#endif

/* A number of 32 bits: its digits before the last eight, and those. */
static inline char *
put_number(char *p, uint32_t high, uint64_t split)
{
	*p++ = '\t';
	if (high == 0)
		return p + num_put(p, split);
	p += num_fmt2(p, high);
	num_put8(p, split);
	return p + 8;
}

char *
field_two(char *p, uint32_t a, uint32_t b)
{
	uint32_t high_a = a / 100000000, high_b = b / 100000000;
	uint64_t split[2];

	split_two(a - high_a * 100000000, b - high_b * 100000000, split);
	p = put_number(p, high_a, split[0]);
	return put_number(p, high_b, split[1]);
}
