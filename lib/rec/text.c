#include "rec/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * The length of the UTF-8 sequence at p, 0 if there is none: no overlong
 * form, no surrogate, nothing above U+10FFFF (RFC 3629, section 4), and no
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
 * What each byte becomes: four characters, of which len count.  The table is
 * made of the rule for one byte.
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
	uint8_t len;
} escaped[256] = { BYTES64(0), BYTES64(64), BYTES64(128), BYTES64(192) };

#ifdef __SSE2__
/* Copy 16 bytes; how many of the first are plain text? */
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

/* Copy 16 bytes; how many of the first are not a backslash? */
static unsigned
copy_unescaped(char *out, const char *p)
{
	__m128i b = _mm_loadu_si128((const void *)p);
	int bad = _mm_movemask_epi8(_mm_cmpeq_epi8(b, _mm_set1_epi8('\\')));

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

static unsigned
copy_unescaped(char *out, const char *p)
{
	unsigned n = 0;

	for (; n < 16 && p[n] != '\\'; n++)
		out[n] = p[n];
	return n;
}
#endif

/* Escape one character at p; the bytes it takes, and *n of out. */
static size_t
escape_one(char *out, const uint8_t *p, size_t left, size_t *n)
{
	size_t len;

	if (p[0] >= 0xc2 && left > 1 && (p[1] & 0xc0) == 0x80 &&
	    (len = utf8_len(p, left)) > 0) {
		memcpy(out, p, len);
		*n = len;
		return len;
	}
	memcpy(out, escaped[p[0]].text, 4);
	*n = escaped[p[0]].len;
	return 1;
}

size_t
text_escape(char *out, const void *text, size_t n)
{
	const uint8_t *p = text, *end = p + n;
	char *to = out;
	size_t len;

	if (n == 1 && p[0] == '-') {
		memcpy(out, "\\x2d", 4);
		return 4;
	}
	while (end - p >= 16) {
		unsigned plain = copy_plain(to, p);

		p += plain;
		to += plain;
		if (plain == 16)
			continue;
		/* Such bytes come together. */
		for (int i = 0; i < 8 && p < end; i++) {
			p += escape_one(to, p, (size_t)(end - p), &len);
			to += len;
		}
	}
	while (p < end) {
		p += escape_one(to, p, (size_t)(end - p), &len);
		to += len;
	}
	return (size_t)(to - out);
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that a backslash at p and what follows stand for; returns their
 * length. */
static size_t
unescape_one(char *out, const char *p, size_t left)
{
	static const char letter[] = "tnr\\", byte[] = "\t\n\r\\";
	const char *at = left > 1 && p[1] != '\0' ? strchr(letter, p[1]) : NULL;

	*out = *p;
	if (at != NULL) {
		*out = byte[at - letter];
		return 2;
	}
	if (left < 4 || p[1] != 'x' || hex_digit(p[2]) < 0 ||
	    hex_digit(p[3]) < 0)
		return 1;
	*out = (char)(hex_digit(p[2]) << 4 | hex_digit(p[3]));
	return 4;
}

size_t
text_unescape(void *bytes, const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	char *out = bytes, *to = out;

	while (p < end) {
		if (end - p >= 16) {
			unsigned plain = copy_unescaped(to, p);

			p += plain;
			to += plain;
			if (plain == 16)
				continue;
		}
		if (*p == '\\')
			p += unescape_one(to, p, (size_t)(end - p));
		else
			*to = *p++;
		to++;
	}
	return (size_t)(to - out);
}
