#include "rec/escape.h"

#if defined __x86_64__ && defined __GNUC__
#include <immintrin.h>
#include <string.h>

#define WIDE	__attribute__((target("avx512bw,avx512vbmi2,bmi,bmi2,popcnt")))
#define STARTS	48	/* characters begin in so many bytes of 64 */

bool
escape_wide_works(void)
{
	return __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vbmi2") &&
	    __builtin_cpu_supports("bmi2");
}

/* A bit for each byte that is at least low and at most high. */
WIDE static uint64_t
within(__m512i b, int low, int high)
{
	return _mm512_cmpge_epu8_mask(b, _mm512_set1_epi8((char)low)) &
	    _mm512_cmple_epu8_mask(b, _mm512_set1_epi8((char)high));
}

/*
 * A bit for each byte of the UTF-8 that begins in the first STARTS bytes, by
 * the rules of utf8_len() in rec/text.  The second byte has narrower bounds
 * behind some of the first ones.
 */
WIDE static uint64_t
utf8_bytes(__m512i b)
{
	uint64_t starts = (UINT64_C(1) << STARTS) - 1;
	uint64_t tail1 = within(b, 0x80, 0xbf) >> 1;
	uint64_t low1 = within(b, 0x80, 0x8f) >> 1;
	uint64_t mid1 = within(b, 0x90, 0x9f) >> 1;
	uint64_t two = within(b, 0xc2, 0xdf) & tail1 &
	    ~(within(b, 0xc2, 0xc2) & (low1 | mid1));
	uint64_t three = within(b, 0xe0, 0xef) & tail1 & tail1 >> 1 &
	    ~(within(b, 0xe0, 0xe0) & (low1 | mid1)) &
	    ~(within(b, 0xed, 0xed) & ~(low1 | mid1));
	uint64_t four = within(b, 0xf0, 0xf4) & tail1 & tail1 >> 1 &
	    tail1 >> 2 & ~(within(b, 0xf0, 0xf0) & low1) &
	    ~(within(b, 0xf4, 0xf4) & ~low1);

	two &= starts;
	three &= starts;
	four &= starts;
	return two | two << 1 | three | three << 1 | three << 2 |
	    four | four << 1 | four << 2 | four << 3;
}

/*
 * Escape 16 bytes, or the first n of them; plain and letter have a bit for
 * each that is written as it is, or as a backslash and a letter.  Every byte
 * becomes the four characters \xHH or what stands for them, and those that do
 * not count are squeezed out.
 */
WIDE static char *
escape_16(char *out, __m128i bytes, unsigned n, uint64_t plain,
    uint64_t letter)
{
	const __m512i digits = _mm512_broadcast_i32x4(
	    _mm_loadu_si128((const void *)"0123456789abcdef"));
	const __m512i letters = _mm512_broadcast_i32x4(
	    _mm_loadu_si128((const void *)"xxxxxxxxxtnx\\rxx"));
	__m512i b = _mm512_cvtepu8_epi32(bytes);
	__m512i low = _mm512_and_si512(b, _mm512_set1_epi32(15));
	__m512i high = _mm512_srli_epi32(b, 4);
	__m512i hex = _mm512_shuffle_epi8(digits, _mm512_or_si512(
	    _mm512_slli_epi32(high, 16), _mm512_slli_epi32(low, 24)));
	__m512i name = _mm512_shuffle_epi8(letters,
	    _mm512_slli_epi32(low, 8));
	uint64_t first = UINT64_C(0x1111111111111111);
	uint64_t keep = first >> 4 * (16 - n);
	uint64_t escaped = _pdep_u64(~plain, keep);
	uint64_t coded = _pdep_u64(~(plain | letter), keep);
	uint64_t named = _pdep_u64(letter, keep);
	__m512i text;

	if ((uint16_t)plain == UINT16_MAX && n == 16) {
		_mm_storeu_si128((void *)out, bytes);
		return out + 16;
	}
	text = _mm512_mask_blend_epi8(first << 1, hex,
	    _mm512_set1_epi8('x'));
	text = _mm512_mask_blend_epi8(named << 1, text, name);
	text = _mm512_mask_blend_epi8(first, text, b);
	text = _mm512_mask_blend_epi8(escaped, text, _mm512_set1_epi8('\\'));
	keep |= escaped << 1 | coded << 2 | coded << 3;
	_mm512_storeu_si512(out, _mm512_maskz_compress_epi8(keep, text));
	return out + _mm_popcnt_u64(keep);
}

WIDE char *
escape_wide(char *out, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;

	while (end - p >= 64) {
		__m512i b = _mm512_loadu_si512(p);
		uint64_t letter = within(b, '\t', '\n') |
		    within(b, '\r', '\r') | within(b, '\\', '\\');
		uint64_t plain = within(b, 0x20, 0x7e) & ~letter;
		uint64_t utf8;
		unsigned n = STARTS;

		if (plain == UINT64_MAX) {
			_mm512_storeu_si512(out, b);
			out += 64;
			p += 64;
			continue;
		}
		utf8 = _mm512_movepi8_mask(b) == 0 ? 0 : utf8_bytes(b);
		n += (unsigned)_mm_popcnt_u64(utf8 >> STARTS);
		plain |= utf8;
		for (unsigned i = 0; i < n; i += 16)
			out = escape_16(out, _mm_loadu_si128(
			    (const void *)(p + i)), n - i < 16 ? n - i : 16,
			    plain >> i, letter >> i);
		p += n;
	}
	*at = p;
	return out;
}
#else
bool
escape_wide_works(void)
{
	return false;
}

char *
escape_wide(char *out, const uint8_t **p, const uint8_t *end)
{
	(void)p;
	(void)end;
	return out;
}
#endif
