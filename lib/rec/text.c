#include "rec/text.h"

#include <stdint.h>
#include <string.h>

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

static size_t
escape_byte(char *out, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";
	static const char special[] = "\tt\nn\rr\\\\";

	for (const char *s = special; *s != '\0'; s += 2)
		if ((uint8_t)*s == c) {
			out[0] = '\\';
			out[1] = s[1];
			return 2;
		}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
	return 4;
}

size_t
text_escape(char *out, const void *text, size_t n)
{
	const uint8_t *p = text;
	size_t used = 0;

	if (n == 1 && p[0] == '-')
		return escape_byte(out, '-');
	for (size_t i = 0, len; i < n; i += len) {
		len = 1;
		if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\\')
			out[used++] = (char)p[i];
		else if (p[i] >= 0x80 && (len = utf8_len(p + i, n - i)) > 0) {
			memcpy(out + used, p + i, len);
			used += len;
		} else {
			len = 1;
			used += escape_byte(out + used, p[i]);
		}
	}
	return used;
}
