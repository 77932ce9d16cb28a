#include "wire/addr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/word.h"

#define GROUPS	8	/* of 16 bits in an IPv6 address */

/* The numbers from n on, each with the point after it, and their lengths. */
#define DIGITS1(n)	(uint8_t)('0' + (n) % 10)
#define DIGITS2(n)	(uint8_t)('0' + (n) / 10 % 10)
#define DIGITS3(n)	(uint8_t)('0' + (n) / 100)
#define BYTE(n)								\
	{ (n) > 99 ? DIGITS3(n) : (n) > 9 ? DIGITS2(n) : DIGITS1(n),	\
	(n) > 99 ? DIGITS2(n) : (n) > 9 ? DIGITS1(n) : '.',		\
	(n) > 99 ? DIGITS1(n) : '.', '.',				\
	2 + ((n) > 9) + ((n) > 99) }
#define BYTES4(n)	BYTE(n), BYTE(n + 1), BYTE(n + 2), BYTE(n + 3)
#define BYTES16(n)	BYTES4(n), BYTES4(n + 4), BYTES4(n + 8), BYTES4(n + 12)
#define BYTES64(n)							\
	BYTES16(n), BYTES16(n + 16), BYTES16(n + 32), BYTES16(n + 48)
static const uint8_t byte_texts[256][5] = {
	BYTES64(0), BYTES64(64), BYTES64(128), BYTES64(192)
};

/* Write a number up to 255 and a point.  Writes four bytes; returns how many of
 * them count. */
static size_t
fmt_byte(char *out, uint8_t v)
{
	memcpy(out, byte_texts[v], 4);
	return byte_texts[v][4];
}

static size_t
fmt_v4(char *out, const uint8_t *b)
{
	size_t n = 0;

#pragma GCC unroll 4
	for (int i = 0; i < 4; i++)
		n += fmt_byte(out + n, b[i]);
	return n - 1;
}

/* Write a group in hexadecimal, without a branch.  Writes four bytes; returns
 * how many of them count. */
static size_t
fmt_group(char *out, uint32_t v)
{
	uint32_t skip = (v < 0x1000) + (v < 0x100) + (v < 0x10);
	uint32_t pairs = v >> 8 | (v & 0xff) << 16;
	uint32_t digits = (pairs >> 4 & 0x000f000f) | (pairs & 0x000f000f) << 8;
	uint32_t letters = (digits + 0x06060606) >> 4 & 0x01010101;

	word_store4(out, (digits + 0x30303030 + letters * ('a' - '0' - 10)) >>
	    8 * skip);
	return 4 - skip;
}

/* The first longest run of two or more zero groups; RFC 5952, 4.2. */
static int
zero_run(const unsigned *g, int *len)
{
	int best = -1, start = -1;

	*len = 1;
	for (int i = 0; i < GROUPS; i++) {
		if (g[i] != 0) {
			start = -1;
			continue;
		}
		if (start < 0)
			start = i;
		if (i - start + 1 > *len) {
			best = start;
			*len = i - start + 1;
		}
	}
	return best;
}

static size_t
fmt_v6(char *out, const uint8_t *b)
{
	unsigned g[GROUPS];
	int run, len;
	size_t n = 0;

	for (int i = 0; i < GROUPS; i++)
		g[i] = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
	run = zero_run(g, &len);
	for (int i = 0; i < GROUPS; i++) {
		if (i == run) {
			out[n++] = ':';
			i += len - 1;
			if (i == GROUPS - 1)
				out[n++] = ':';
			continue;
		}
		if (i > 0)
			out[n++] = ':';
		/* inet_ntop(3) shows an embedded IPv4 address here. */
		if (i == 6 && run == 0 &&
		    (len == 6 || (len == 5 && g[5] == 0xffff)))
			return n + fmt_v4(out + n, b + 12);
		n += fmt_group(out + n, g[i]);
	}
	return n;
}

size_t
addr_fmt(char *out, const struct addr *a)
{
	return a->v6 ? fmt_v6(out, a->b) : fmt_v4(out, a->b);
}

void
endpoint_fmt(char *out, const struct endpoint *e)
{
	char addr[ADDR_TEXT_MAX];
	int n = (int)addr_fmt(addr, &e->addr);

	snprintf(out, ENDPOINT_TEXT_MAX, e->addr.v6 ? "[%.*s]:%u" : "%.*s:%u",
	    n, addr, (unsigned)e->port);
}

/*
 * The number in the n digits before end.  *bad is marked unless there are one
 * to three, without a leading zero, and the number is at most 255.
 */
static uint8_t
scan_byte(const char *end, size_t n, uint32_t *bad)
{
	static const uint8_t least[] = { 0, 0, 10, 100 };
	uint32_t w = word_load4(end - 4) ^ 0x30303030, v;

	*bad |= n - 1 >= 3;
	w &= ~0u << (8 * (4 - n) & 31);
	*bad |= ((w + 0x76767676) | w) & 0x80808080;
	v = (w >> 8 & 0xff) * 100 + (w >> 16 & 0xff) * 10 + (w >> 24);
	*bad |= v > 255 || v < least[n & 3];
	return (uint8_t)v;
}

/* All of the text as four numbers, without a branch on their lengths. */
static size_t
scan_v4(const char *t, size_t n, uint8_t *b)
{
	unsigned points = word_match(t, '.') | word_match(t + 8, '.') << 8;
	uint32_t bad = 0;
	size_t from = 0;

	points = (points & ((1u << n) - 1)) | 1u << n;
	for (int i = 0; i < 4; i++) {
		size_t to = (size_t)__builtin_ctz(points | 1u << 16);

		b[i] = scan_byte(t + to, to - from, &bad);
		from = to + 1;
		points &= points - 1;
	}
	return bad == 0 && points == 0 ? n : 0;
}

static int
hex_value(char c)
{
	if ((unsigned)(c - '0') < 10)
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* At most four hexadecimal digits; returns how many there are. */
static size_t
scan_group(const char *t, size_t n, unsigned *v)
{
	size_t i = 0;
	int d;

	for (*v = 0; i < n && i < 4 && (d = hex_value(t[i])) >= 0; i++)
		*v = *v << 4 | (unsigned)d;
	return i;
}

/*
 * Groups up to the end of the text or to "::", where *pos is left.  Returns how
 * many bytes of b were filled, at most max, or -1.
 */
static int
scan_groups(const char *t, size_t n, size_t *pos, uint8_t *b, int max)
{
	int used = 0;
	size_t i = *pos;

	while (i < n && !(t[i] == ':' && used == 0)) {
		unsigned v;
		size_t got = scan_group(t + i, n - i, &v);

		if (i + got < n && t[i + got] == '.') {
			if (used + 4 > max || n - i > 15 ||
			    scan_v4(t + i, n - i, b + used) == 0)
				return -1;
			used += 4;
			i = n;
			break;
		}
		if (got == 0 || used + 2 > max)
			return -1;
		b[used++] = (uint8_t)(v >> 8);
		b[used++] = (uint8_t)v;
		i += got;
		if (i == n)
			break;
		if (t[i] != ':' || i + 1 == n)
			return -1;
		if (t[i + 1] == ':')
			break;
		i++;
	}
	*pos = i;
	return used;
}

static size_t
scan_v6(const char *t, size_t n, uint8_t *b)
{
	uint8_t tail[16];
	size_t i = 0;
	int head, rest;

	memset(b, 0, 16);
	if ((head = scan_groups(t, n, &i, b, 16)) < 0)
		return 0;
	if (i == n)
		return head == 16 ? n : 0;
	if (head > 14 || n - i < 2 || t[i] != ':' || t[i + 1] != ':')
		return 0;
	i += 2;
	rest = scan_groups(t, n, &i, tail, 14 - head);
	if (rest < 0 || i != n)
		return 0;
	memcpy(b + 16 - rest, tail, (size_t)rest);
	return n;
}

size_t
addr_scan(const char *text, size_t n, struct addr *a)
{
	if (n <= 15) {
		memset(a->b + 4, 0, 12);
		a->v6 = false;
		if (scan_v4(text, n, a->b) != 0)
			return n;
	}
	a->v6 = true;
	return n >= 2 && n <= ADDR_TEXT_MAX ? scan_v6(text, n, a->b) : 0;
}

size_t
prefix_scan(const char *text, struct prefix *p)
{
	const char *slash = strchr(text, '/');
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char padded[ADDR_TEXT_MAX + 2 * ADDR_PADDING] = "";
	unsigned long bits, max;
	char *end;

	if (n > ADDR_TEXT_MAX)
		return 0;
	memcpy(padded + ADDR_PADDING, text, n);
	if (addr_scan(padded + ADDR_PADDING, n, &p->addr) == 0)
		return 0;
	p->bits = p->addr.v6 ? 128 : 32;
	if (slash == NULL)
		return n;
	max = p->bits;
	bits = strtoul(slash + 1, &end, 10);
	if ((unsigned)(slash[1] - '0') >= 10 || *end != '\0' || bits > max)
		return 0;
	p->bits = (unsigned)bits;
	return strlen(text);
}

bool
prefix_has(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->bits / 8, part = p->bits % 8;

	if (p->addr.v6 != a->v6 || memcmp(p->addr.b, a->b, whole) != 0)
		return false;
	return part == 0 ||
	    (p->addr.b[whole] ^ a->b[whole]) >> (8 - part) == 0;
}
