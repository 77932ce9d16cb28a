#include "rec/text.h"

#include <stdint.h>
#include <string.h>

#include "rec/escape.h"

#ifdef __SSE2__
#include <emmintrin.h>

/* Copy 16 bytes.  Returns how many precede the first backslash. */
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
copy_unescaped(char *out, const char *p)
{
	unsigned n = 0;

	for (; n < 16 && p[n] != '\\'; n++)
		out[n] = p[n];
	return n;
}
#endif

size_t
text_escape(char *out, const void *text, size_t n)
{
	static const char dash[] = { '\\', 'x', '2', 'd' };
	static int wide = -1;

	if (n == 1 && memcmp(text, "-", 1) == 0) {
		memcpy(out, dash, sizeof dash);
		return sizeof dash;
	}
	if (wide < 0)
		wide = escape_wide_works();
	return wide ? escape_wide(out, text, n) : escape_any(out, text, n);
}

/* Return the value of a hexadecimal digit in lower case, -1 for any other. */
static int
hex_digit(char c)
{
	static const int8_t value[256] = {
		['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5,
		['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
		['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15,
		['f'] = 16
	};

	return value[(uint8_t)c] - 1;
}

/* Write the byte that the escape at p stands for.  Returns the length of the
 * escape. */
static size_t
unescape_one(char *out, const char *p, size_t left)
{
	static const char byte[256] = {
		['t'] = '\t', ['n'] = '\n', ['r'] = '\r', ['\\'] = '\\'
	};

	if (left >= 4 && p[1] == 'x' && hex_digit(p[2]) >= 0 &&
	    hex_digit(p[3]) >= 0) {
		*out = (char)(hex_digit(p[2]) << 4 | hex_digit(p[3]));
		return 4;
	}
	*out = left >= 2 ? byte[(uint8_t)p[1]] : 0;
	if (*out != 0)
		return 2;
	*out = '\\';
	return 1;
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
