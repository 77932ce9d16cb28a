/* Escaping: what connpipe-records(5) says, byte by byte. */
#include "check.h"
#include "rec/text.h"

static const char *
escaped(const char *text, size_t n)
{
	static char out[256];

	out[text_escape(out, text, n)] = '\0';
	return out;
}

#define ESCAPED(literal)	escaped(literal, sizeof literal - 1)

int
main(void)
{
	CHECK_TEXT(ESCAPED("GET / HTTP/1.1"), "GET / HTTP/1.1");
	CHECK_TEXT(ESCAPED("a\tb\nc\rd\\e"), "a\\tb\\nc\\rd\\\\e");
	CHECK_TEXT(ESCAPED("\0\x01\x1b[2J\x7f"), "\\x00\\x01\\x1b[2J\\x7f");
	CHECK_TEXT(ESCAPED("-"), "\\x2d");
	CHECK_TEXT(ESCAPED("--"), "--");
	CHECK_TEXT(ESCAPED(""), "");
	/* UTF-8 of two, three and four bytes stays. */
	CHECK_TEXT(ESCAPED("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
	    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	/* Cut short, overlong, a surrogate, past U+10FFFF, a lone tail. */
	CHECK_TEXT(ESCAPED("\xe2\x82"), "\\xe2\\x82");
	CHECK_TEXT(ESCAPED("\xc0\x80"), "\\xc0\\x80");
	CHECK_TEXT(ESCAPED("\xe0\x80\x80"), "\\xe0\\x80\\x80");
	CHECK_TEXT(ESCAPED("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	CHECK_TEXT(ESCAPED("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
	CHECK_TEXT(ESCAPED("a\x80z"), "a\\x80z");
	/* U+009B starts a control sequence on some terminals. */
	CHECK_TEXT(ESCAPED("\xc2\x9b" "2J"), "\\xc2\\x9b2J");
	CHECK_TEXT(ESCAPED("\xc2\xa0"), "\xc2\xa0");
	return check_failures != 0;
}
