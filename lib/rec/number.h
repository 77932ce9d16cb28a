/*
 * Formatting and parsing the numbers in records: the hot path of the stream.
 * Eight digits are handled at once, in a 64-bit word whose lowest byte holds
 * the first digit.
 */
#ifndef REC_NUMBER_H
#define REC_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "wire/units.h"
#include "wire/word.h"

#define NUM_TEXT_MAX	20
#define NUM_PADDING	8	/* accessible bytes before and after a text */

/* Return the eight digits of v < 10^8, each in a byte, 0 to 9. */
static inline uint64_t
num_split8(uint32_t v)
{
	uint64_t w = v / 10000 | (uint64_t)(v % 10000) << 32, high;

	/* Halves of four digits to quarters of two, to bytes of one. */
	high = w * 10486 >> 20 & 0x0000007f0000007fu;
	w = high | (w - 100 * high) << 16;
	high = w * 103 >> 10 & 0x000f000f000f000fu;
	return high | (w - 10 * high) << 8;
}

static inline void
num_put8(char *out, uint64_t split)
{
	word_store(out, split + 0x3030303030303030u);
}

/* Write eight digits, as num_split8() returns them, without zeros before. */
static inline size_t
num_put(char *out, uint64_t split)
{
	unsigned zeros = (unsigned)__builtin_ctzll(split | 1ull << 56) / 8;

	num_put8(out, split >> 8 * zeros);
	return 8 - zeros;
}

/* Write v < 100, in one digit or two. */
static inline size_t
num_fmt2(char *out, uint32_t v)
{
	uint32_t tens = v * 103 >> 10, one = v < 10;
	uint32_t text = (tens | (v - 10 * tens) << 8) + 0x3030;

	text >>= 8 * one;
	out[0] = (char)text;
	out[1] = (char)(text >> 8);
	return 2 - one;
}

/* Write v >= 10^8. */
size_t num_fmt_long(char *out, uint64_t v);

/*
 * Write v to out, which has room for NUM_PADDING bytes more than the text.
 * Returns the bytes of the text.
 */
static inline size_t
num_fmt(char *out, uint64_t v)
{
	return v < 100000000 ? num_put(out, num_split8((uint32_t)v)) :
	    num_fmt_long(out, v);
}

/* Write a point and nine digits for ns < 10^9, like num_fmt(). */
static inline size_t
ns_fmt_part(char *out, uint32_t ns)
{
	uint32_t first = ns / 100000000;

	out[0] = '.';
	out[1] = (char)('0' + first);
	num_put8(out + 2, num_split8(ns - first * 100000000));
	return 10;
}

/* Write ns as seconds with nine digits after the point. */
static inline size_t
ns_fmt(char *out, uint64_t ns)
{
	size_t n = num_fmt(out, ns / NS_PER_S);

	return n + ns_fmt_part(out + n, (uint32_t)(ns % NS_PER_S));
}

/*
 * Parse 1 to 8 digits: shift them to the end of the word, with zeros before
 * them, check them, and combine them by three multiplications.
 */
static inline bool
num_scan8(const char *text, size_t n, uint64_t *v)
{
	uint64_t w = word_load(text) - 0x3030303030303030u;

	w <<= 64 - 8 * n;
	if (((w + 0x7676767676767676u) | w) & 0x8080808080808080u)
		return false;
	w = w * 10 + (w >> 8);
	*v = ((w & 0x000000ff000000ffu) * 0x000f424000000064u +
	    (w >> 16 & 0x000000ff000000ffu) * 0x0000271000000001u) >> 32;
	return true;
}

/*
 * Parse text[0..n) as a decimal number of at most UINT64_MAX.  Returns n, or 0
 * if it is not one.  NUM_PADDING bytes after the text must be readable.
 */
size_t num_scan_long(const char *text, size_t n, uint64_t *v);

static inline size_t
num_scan(const char *text, size_t n, uint64_t *v)
{
	uint64_t low;

	if (n - 1 < 8)
		return num_scan8(text, n, v) ? n : 0;
	if (n - 9 >= 8)
		return num_scan_long(text, n, v);
	if (!num_scan8(text, n - 8, v) || !num_scan8(text + n - 8, 8, &low))
		return 0;
	*v = *v * 100000000 + low;
	return n;
}

#define NUM_BEFORE	16	/* readable bytes before the end of a field */

#ifdef __SSE2__
#define NUM_LANES(low, high)	((low) | (high) << 16)

/* The last n of the 16 bytes before end, as digits' values, and zeros before. */
static inline __m128i
num_digits(const char *end, size_t n)
{
	static const uint64_t window[4] = { 0, 0, ~UINT64_C(0), ~UINT64_C(0) };
	__m128i text = _mm_loadu_si128((const void *)(end - 16)),
	    last = _mm_loadu_si128((const void *)((const char *)window + n));

	return _mm_and_si128(_mm_sub_epi8(text, _mm_set1_epi8('0')), last);
}

/* Sixteen digits become four numbers of four. */
static inline __m128i
num_fours(__m128i digits)
{
	__m128i even = _mm_and_si128(digits, _mm_set1_epi16(0xff)),
	    odd = _mm_srli_epi16(digits, 8);

	return _mm_add_epi32(_mm_madd_epi16(even, _mm_set1_epi32(NUM_LANES(1000,
	    10))), _mm_madd_epi16(odd, _mm_set1_epi32(NUM_LANES(100, 1))));
}

/*
 * Parse two fields of a line at once, each of 1 to 16 digits before its end.
 * Returns false if one is something else.
 */
static inline bool
num_scan_two(const char *const end[2], const size_t n[2], uint64_t v[2])
{
	const __m128i nine = _mm_set1_epi8(9);
	__m128i a, b, wrong, eights;

	if (((n[0] - 1) | (n[1] - 1)) >= 16)
		return false;
	a = num_digits(end[0], n[0]);
	b = num_digits(end[1], n[1]);
	wrong = _mm_or_si128(_mm_subs_epu8(a, nine), _mm_subs_epu8(b, nine));
	if (_mm_movemask_epi8(_mm_cmpeq_epi8(wrong, _mm_setzero_si128())) !=
	    0xffff)
		return false;
	eights = _mm_madd_epi16(_mm_packs_epi32(num_fours(a), num_fours(b)),
	    _mm_set1_epi32(NUM_LANES(10000, 1)));
	_mm_storeu_si128((void *)v, _mm_add_epi64(_mm_srli_epi64(eights, 32),
	    _mm_mul_epu32(eights, _mm_set1_epi64x(100000000))));
	return true;
}
#else
static inline bool
num_scan_two(const char *const end[2], const size_t n[2], uint64_t v[2])
{
	return num_scan(end[0] - n[0], n[0], &v[0]) != 0 &&
	    num_scan(end[1] - n[1], n[1], &v[1]) != 0;
}
#endif

/* The same for seconds, with an optional point and up to nine digits after it.
 * Sets *ns to nanoseconds. */
size_t ns_scan(const char *text, size_t n, uint64_t *ns);

/* The same for a field of a line, as above. */
static inline size_t
ns_scan_field(const char *text, size_t n, uint64_t *ns)
{
	uint64_t v[2];

	/* As ns_fmt() writes it; at most ten digits cannot overflow. */
	if (n - 11 < 10 && text[n - 10] == '.' &&
	    num_scan_two((const char *[]){ text + n - 10, text + n },
	    (const size_t []){ n - 10, 9 }, v)) {
		*ns = v[0] * NS_PER_S + v[1];
		return n;
	}
	return ns_scan(text, n, ns);
}

#endif
