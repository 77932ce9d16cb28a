#include "rec/split.h"

#include "wire/word.h"

#ifdef __SSE2__
#include <emmintrin.h>

/* Return a bit for each of the 64 bytes at p that is c. */
static uint64_t
match(const char *p, char c)
{
	__m128i want = _mm_set1_epi8(c);
	uint64_t bits = 0;

#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		__m128i b = _mm_loadu_si128((const void *)(p + 16 * i));
		int m = _mm_movemask_epi8(_mm_cmpeq_epi8(b, want));

		bits |= (uint64_t)(unsigned)m << 16 * i;
	}
	return bits;
}

/* Return the first of the blocks of 64 bytes from p on that has a byte up to
 * the newline, which is all that separates; at or after to if none has. */
static const char *
skip_text(const char *p, const char *to)
{
	const __m128i newline = _mm_set1_epi8('\n');

	for (; p < to; p += 64) {
		const __m128i *b = (const void *)p;
		__m128i least = _mm_min_epu8(
		    _mm_min_epu8(_mm_loadu_si128(b), _mm_loadu_si128(b + 1)),
		    _mm_min_epu8(_mm_loadu_si128(b + 2),
		    _mm_loadu_si128(b + 3)));

		if (_mm_movemask_epi8(_mm_cmpeq_epi8(least,
		    _mm_min_epu8(least, newline))) != 0)
			return p;
	}
	return p;
}
#else
static uint64_t
match(const char *p, char c)
{
	uint64_t bits = 0;

	for (int i = 0; i < 8; i++)
		bits |= (uint64_t)word_match(p + 8 * i, c) << 8 * i;
	return bits;
}

static const char *
skip_text(const char *p, const char *to)
{
	(void)to;
	return p;
}
#endif

/* Store where each field starts, after its TAB. */
static unsigned
store(struct rec *r, unsigned n, uint64_t tabs, uint32_t base)
{
	uint32_t *start = r->start + n;

	if (n > REC_FIELDS_MAX)
		return n;
	for (; tabs != 0; tabs &= tabs - 1)
		*start++ = base + 1 + (uint32_t)__builtin_ctzll(tabs);
	return (unsigned)(start - r->start);
}

const char *
split_line(const char *from, const char *to, struct rec *r)
{
	unsigned n = 1;

	r->start[0] = 0;
	for (const char *p = from; p < to;) {
		uint32_t base = (uint32_t)(p - from);
		uint64_t newlines = match(p, '\n'), tabs = match(p, '\t');
		const char *newline;

		if (newlines == 0) {
			n = store(r, n, tabs, base);
			p = tabs != 0 ? p + 64 : skip_text(p + 64, to);
			continue;
		}
		newline = p + __builtin_ctzll(newlines);
		if (newline >= to)
			return NULL;
		n = store(r, n, tabs & (newlines ^ (newlines - 1)) >> 1, base);
		r->nfields = n;
		if (n <= REC_FIELDS_MAX)
			r->start[n] = (uint32_t)(newline - from) + 1;
		return newline;
	}
	return NULL;
}
