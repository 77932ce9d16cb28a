/* Escaping and unescaping: compared with the rule of connpipe-records(5),
 * applied byte by byte. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "rec/escape.h"
#include "rec/text.h"

static const char *
escaped(const char *text, size_t n)
{
	static char out[256];

	out[text_escape(out, text, n)] = '\0';
	return out;
}

#define ESCAPED(literal)	escaped(literal, sizeof literal - 1)

/* Return the code point of the UTF-8 at p, -1 if it is not valid, and its
 * length. */
static long
code_point(const uint8_t *p, size_t n, size_t *len)
{
	static const long least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	long v;

	*len = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] >= 0xf8 || (p[0] >= 0x80 && p[0] < 0xc0) || *len > n)
		return -1;
	v = *len == 1 ? p[0] : p[0] & (0x7f >> *len);
	for (size_t i = 1; i < *len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return -1;
		v = v << 6 | (p[i] & 0x3f);
	}
	if (v < least[*len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return -1;
	return v;
}

/* Escape by the rule of the page, in the simplest way. */
static size_t
plainly(char *out, const uint8_t *p, size_t n)
{
	char *to = out;
	size_t len;

	for (size_t i = 0; i < n; i += len) {
		long v = code_point(p + i, n - i, &len);
		const char *special = "\tt\nn\rr\\\\";

		while (*special != '\0' && (uint8_t)*special != p[i])
			special += 2;
		if (*special != '\0')
			to += sprintf(to, "\\%c", special[1]);
		else if (v >= 0x20 && (v < 0x7f || v >= 0xa0)) {
			memcpy(to, p + i, len);
			to += len;
		} else {
			to += sprintf(to, "\\x%02x", p[i]);
			len = 1;
		}
	}
	return (size_t)(to - out);
}

/* Return a byte of a kind: any, mostly text, or parts of UTF-8. */
static uint8_t
some_byte(int kind)
{
	static const uint8_t pieces[] = { 0xc2, 0xc3, 0xe0, 0xed, 0xef, 0xf0,
	    0xf4, 0xf5, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 'a' };

	if (kind == 1 && rand() % 30 > 0)
		return (uint8_t)(0x20 + rand() % 0x5f);
	return (uint8_t)(kind == 2 ? pieces[rand() % 16] : rand());
}

static void
check_random(void)
{
	for (int round = 0; round < 60000 && !check_failures; round++) {
		uint8_t bytes[300], back[1200];
		char got[1200], want[1200];
		size_t n = 2 + (size_t)rand() % 290, ngot, nwant;

		for (size_t i = 0; i < n; i++)
			bytes[i] = some_byte(round % 3);
		ngot = text_escape(got, bytes, n);
		nwant = plainly(want, bytes, n);
		CHECK(ngot == nwant && memcmp(got, want, ngot) == 0);
		/* Also without the wide instructions of this processor. */
		CHECK(escape_any(got, bytes, n) == nwant &&
		    memcmp(got, want, nwant) == 0);
		CHECK(text_unescape(back, got, ngot) == n &&
		    memcmp(back, bytes, n) == 0);
	}
}

static const char *
unescaped(const char *text)
{
	static char out[256];

	out[text_unescape(out, text, strlen(text))] = '\0';
	return out;
}

int
main(void)
{
	CHECK_TEXT(ESCAPED("GET / HTTP/1.1"), "GET / HTTP/1.1");
	CHECK_TEXT(ESCAPED("a\tb\nc\rd\\e"), "a\\tb\\nc\\rd\\\\e");
	CHECK_TEXT(ESCAPED("\0\x01\x1b[2J\x7f"), "\\x00\\x01\\x1b[2J\\x7f");
	CHECK_TEXT(ESCAPED("-"), "\\x2d");
	CHECK_TEXT(ESCAPED("--"), "--");
	CHECK_TEXT(ESCAPED(""), "");
	/* UTF-8 of two, three and four bytes is unchanged. */
	CHECK_TEXT(ESCAPED("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
	    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	/* Truncated, overlong, a surrogate, above U+10FFFF, a lone tail. */
	CHECK_TEXT(ESCAPED("\xe2\x82"), "\\xe2\\x82");
	CHECK_TEXT(ESCAPED("\xc0\x80"), "\\xc0\\x80");
	CHECK_TEXT(ESCAPED("\xe0\x80\x80"), "\\xe0\\x80\\x80");
	CHECK_TEXT(ESCAPED("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	CHECK_TEXT(ESCAPED("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
	CHECK_TEXT(ESCAPED("a\x80z"), "a\\x80z");
	/* U+009B starts a control sequence on some terminals. */
	CHECK_TEXT(ESCAPED("\xc2\x9b" "2J"), "\\xc2\\x9b2J");
	CHECK_TEXT(ESCAPED("\xc2\xa0"), "\xc2\xa0");
	check_random();
	/* Escapes that no program writes stand for themselves. */
	CHECK_TEXT(unescaped("a\\qb\\"), "a\\qb\\");
	CHECK_TEXT(unescaped("\\x4"), "\\x4");
	CHECK_TEXT(unescaped("\\x4g\\xff"), "\\x4g\xff");
	CHECK_TEXT(unescaped("\\x2d"), "-");
	return check_failures != 0;
}
