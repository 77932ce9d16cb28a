#include "rec/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * Return the length of the UTF-8 sequence at p; 0 if it is not valid, that is
 * overlong, a surrogate or above U+10FFFF (RFC 3629, section 4), or if it is a
 * C1 control, which some terminals obey.
 */
static size_t
utf8_len(const uint8_t *p, size_t n)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t len;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (n < len)
		return 0;
	switch (p[0]) {
	case 0xc2:
	case 0xe0: low = 0xa0; break;
	case 0xed: high = 0x9f; break;
	case 0xf0: low = 0x90; break;
	case 0xf4: high = 0x8f; break;
	}
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/*
 * The text for each byte: four characters, of which the first len count.  The
 * preprocessor makes the table from the rule for one byte.
 */
#define HEX(d)		((d) < 10 ? '0' + (d) : 'a' + (d) - 10)
#define LETTER(c)	((c) == '\t' ? 't' : (c) == '\n' ? 'n' : \
			(c) == '\r' ? 'r' : (c) == '\\' ? '\\' : 0)
#define PLAIN(c)	((c) >= 0x20 && (c) < 0x7f && (c) != '\\')
#define BYTE(c)		{ { (char)(PLAIN(c) ? (c) : '\\'), \
			(char)(LETTER(c) ? LETTER(c) : 'x'), \
			(char)HEX((c) >> 4), (char)HEX((c) & 15) }, \
			PLAIN(c) ? 1 : LETTER(c) ? 2 : 4 }
#define BYTES4(c)	BYTE(c), BYTE((c) + 1), BYTE((c) + 2), BYTE((c) + 3)
#define BYTES16(c)	BYTES4(c), BYTES4((c) + 4), BYTES4((c) + 8), \
			BYTES4((c) + 12)
#define BYTES64(c)	BYTES16(c), BYTES16((c) + 16), BYTES16((c) + 32), \
			BYTES16((c) + 48)

static const struct {
	char text[4];
	uint32_t len;
} escaped[256] = { BYTES64(0), BYTES64(64), BYTES64(128), BYTES64(192) };

#ifdef __SSE2__
/* Copy 16 bytes.  Returns how many of them, from the first, are plain text. */
static unsigned
copy_plain(char *out, const uint8_t *p)
{
	__m128i b = _mm_loadu_si128((const void *)p);
	__m128i low = _mm_cmplt_epi8(b, _mm_set1_epi8(0x20));
	__m128i del = _mm_cmpeq_epi8(b, _mm_set1_epi8(0x7f));
	__m128i backslash = _mm_cmpeq_epi8(b, _mm_set1_epi8('\\'));
	int bad = _mm_movemask_epi8(_mm_or_si128(low,
	    _mm_or_si128(del, backslash)));

	_mm_storeu_si128((void *)out, b);
	return (unsigned)__builtin_ctz((unsigned)bad | 1u << 16);
}

#else
static unsigned
copy_plain(char *out, const uint8_t *p)
{
	unsigned n = 0;

	for (; n < 16 && escaped[p[n]].len == 1; n++)
		out[n] = (char)p[n];
	return n;
}

#endif

/* May p be a character of several bytes, by its first two? */
static bool
may_be_utf8(const uint8_t *p)
{
	return (p[0] >= 0xc2) & ((p[1] & 0xc0) == 0x80);
}

/* Escape the character at p; set n to the bytes written.  Returns the bytes
 * read. */
static size_t
escape_one(char *out, const uint8_t *p, size_t left, size_t *n)
{
	if (left > 1 && may_be_utf8(p) && (*n = utf8_len(p, left)) > 0) {
		memcpy(out, p, *n);
		return *n;
	}
	memcpy(out, escaped[p[0]].text, 4);
	*n = escaped[p[0]].len;
	return 1;
}

#define SOME		16
#define TEXTLIKE	4	/* escapes are rare after as many plain bytes */

/* Escape up to SOME bytes at *at, with one more after them, but stop at UTF-8:
 * bytes that need an escape seldom come alone. */
static char *
escape_some(char *to, const uint8_t **at)
{
	const uint8_t *p = *at;

	for (int i = 0; i < SOME && !may_be_utf8(p); i++) {
		memcpy(to, escaped[*p].text, 4);
		to += escaped[*p++].len;
	}
	*at = p;
	return to;
}

size_t
escape_any(char *out, const uint8_t *p, size_t size)
{
	const uint8_t *end = p + size;
	char *to = out;
	size_t len;

	while (p < end) {
		unsigned plain = end - p < 32 ? 0 : copy_plain(to, p);

		p += plain;
		to += plain;
		if (plain == 16)
			continue;
		if (plain < TEXTLIKE && end - p > SOME)
			to = escape_some(to, &p);
		if (p < end) {
			p += escape_one(to, p, (size_t)(end - p), &len);
			to += len;
		}
	}
	return (size_t)(to - out);
}

