#include "rec/escape.h"

#if defined __x86_64__ && defined __GNUC__
#include <immintrin.h>

#define WIDE	__attribute__((target( \
    "avx512bw,avx512vl,avx512vbmi2,bmi,bmi2,popcnt")))
#define INLINE	static inline __attribute__((always_inline))
#define STARTS	61	/* bytes of 64 that three more follow */

bool
escape_wide_works(void)
{
	return __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("avx512vbmi2") &&
	    __builtin_cpu_supports("bmi2");
}

/* A bit for each byte that is c; for each that is at least low. */
WIDE static uint64_t
is(__m512i b, int c)
{
	return _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8((char)c));
}

WIDE static uint64_t
least(__m512i b, int low)
{
	return _mm512_cmpge_epu8_mask(b, _mm512_set1_epi8((char)low));
}

/* The n lowest bits, n at most 64. */
WIDE static uint64_t
lowest(unsigned n)
{
	return _bzhi_u64(UINT64_MAX, n);
}

/*
 * A bit for each byte of the UTF-8 that begins in the first n bytes, by the
 * rules of utf8_len() in rec/escape.  After some first bytes, the second has
 * narrower bounds.  The bits of second bytes are shifted to the first.
 */
WIDE static uint64_t
utf8_bytes(__m512i b, unsigned n)
{
	uint64_t from_80 = least(b, 0x80), from_c0 = least(b, 0xc0);
	uint64_t from_e0 = least(b, 0xe0), from_f0 = least(b, 0xf0);
	uint64_t tail = (from_80 & ~from_c0) >> 1;
	uint64_t from_90 = least(b, 0x90) >> 1, from_a0 = least(b, 0xa0) >> 1;
	uint64_t two = least(b, 0xc2) & ~from_e0 & tail &
	    ~(is(b, 0xc2) & ~from_a0);
	uint64_t three = from_e0 & ~from_f0 & tail & tail >> 1 &
	    ~(is(b, 0xe0) & ~from_a0) & ~(is(b, 0xed) & from_a0);
	uint64_t four = from_f0 & ~least(b, 0xf5) & tail & tail >> 1 &
	    tail >> 2 & ~(is(b, 0xf0) & ~from_90) & ~(is(b, 0xf4) & from_90);

	two &= lowest(n);
	three &= lowest(n);
	four &= lowest(n);
	return two | two << 1 | three | three << 1 | three << 2 |
	    four | four << 1 | four << 2 | four << 3;
}

/*
 * Escape the first n of 16 bytes; plain and letter have a bit for each byte
 * that is written as it is, or as a backslash and a letter.  Every byte becomes
 * four characters, \xHH or its substitute, and those that do not count are
 * squeezed out.  Without room, no byte after the text is touched.
 */
WIDE INLINE char *
escape_16(char *out, bool room, __m128i bytes, unsigned n, uint64_t plain,
    uint64_t letter)
{
	const __m512i digits = _mm512_broadcast_i32x4(
	    _mm_loadu_si128((const void *)"0123456789abcdef"));
	const __m512i letters = _mm512_broadcast_i32x4(
	    _mm_loadu_si128((const void *)"xxxxxxxxxtnx\\rxx"));
	uint64_t first = UINT64_C(0x1111111111111111);
	uint64_t keep = first & lowest(4 * n);
	uint64_t escaped = _pdep_u64(~plain, keep);
	uint64_t named = _pdep_u64(letter, keep);
	uint64_t coded = escaped & ~named;
	__m512i b = _mm512_cvtepu8_epi32(bytes);
	__m512i low = _mm512_and_si512(b, _mm512_set1_epi32(15));
	__m512i high = _mm512_srli_epi32(b, 4);
	__m512i hex = _mm512_shuffle_epi8(digits, _mm512_or_si512(
	    _mm512_slli_epi32(high, 16), _mm512_slli_epi32(low, 24)));
	__m512i text = _mm512_mask_shuffle_epi8(hex, first << 1, letters,
	    _mm512_slli_epi32(low, 8));
	unsigned len;

	text = _mm512_mask_blend_epi8(coded << 1, text,
	    _mm512_set1_epi8('x'));
	text = _mm512_mask_blend_epi8(first, text, b);
	text = _mm512_mask_blend_epi8(escaped, text, _mm512_set1_epi8('\\'));
	keep |= escaped << 1 | coded << 2 | coded << 3;
	text = _mm512_maskz_compress_epi8(keep, text);
	len = (unsigned)_mm_popcnt_u64(keep);
	if (room)
		_mm512_storeu_si512(out, text);
	else
		_mm512_mask_storeu_epi8(out, lowest(len), text);
	return out + len;
}

/*
 * Escape bytes at p, of which there are there, at most 64, and set *n to how
 * many: all if they are the last, else as many as end with a whole character.
 */
WIDE INLINE char *
escape_64(char *out, bool room, const uint8_t *p, unsigned there, bool last,
    unsigned *n)
{
	__m512i b = _mm512_maskz_loadu_epi8(lowest(there), p);
	uint64_t letter = is(b, '\t') | is(b, '\n') | is(b, '\r') |
	    is(b, '\\');
	uint64_t plain = least(b, 0x20) & ~least(b, 0x7f) & ~letter;
	uint64_t utf8 = 0;
	unsigned i = 0;

	if (plain == UINT64_MAX) {
		_mm512_storeu_si512(out, b);
		*n = 64;
		return out + 64;
	}
	*n = last ? there : STARTS;
	if (_mm512_movepi8_mask(b) != 0)
		utf8 = utf8_bytes(b, *n);
	if (!last)
		*n += (unsigned)_mm_popcnt_u64(utf8 >> STARTS);
	plain |= utf8;
	for (; i + 16 <= *n; i += 16) {
		__m128i bytes = _mm_loadu_si128((const void *)(p + i));

		if ((uint16_t)(plain >> i) == UINT16_MAX) {
			_mm_storeu_si128((void *)out, bytes);
			out += 16;
		} else
			out = escape_16(out, room, bytes, 16, plain >> i,
			    letter >> i);
	}
	if (i < *n)
		out = escape_16(out, room, _mm_maskz_loadu_epi8(
		    (__mmask16)lowest(*n - i), p + i), *n - i, plain >> i,
		    letter >> i);
	return out;
}

WIDE size_t
escape_wide(char *out, const uint8_t *p, size_t size)
{
	const uint8_t *end = p + size;
	char *to = out;
	unsigned n;

	/* The room for 80 bytes holds 64 characters more than 64 bytes need. */
	for (; end - p >= 80; p += n)
		to = escape_64(to, true, p, 64, false, &n);
	for (; end - p > 64; p += n)
		to = escape_64(to, false, p, 64, false, &n);
	if (p < end)
		to = escape_64(to, false, p, (unsigned)(end - p), true, &n);
	return (size_t)(to - out);
}
#else
bool
escape_wide_works(void)
{
	return false;
}

size_t
escape_wide(char *out, const uint8_t *p, size_t size)
{
	(void)out;
	(void)p;
	return size;
}
#endif
