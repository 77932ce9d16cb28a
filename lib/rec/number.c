#include "rec/number.h"

#include <endian.h>
#include <string.h>

#define GIGA	1000000000u

static const char pairs[] =
	"00010203040506070809101112131415161718192021222324"
	"25262728293031323334353637383940414243444546474849"
	"50515253545556575859606162636465666768697071727374"
	"75767778798081828384858687888990919293949596979899";

static void
put_pair(char *out, uint32_t v)
{
	memcpy(out, pairs + 2 * v, 2);
}

/* Exactly eight digits. */
static void
put8(char *out, uint32_t v)
{
	uint32_t high = v / 10000, low = v % 10000;

	put_pair(out, high / 100);
	put_pair(out + 2, high % 100);
	put_pair(out + 4, low / 100);
	put_pair(out + 6, low % 100);
}

static size_t
digits(uint32_t v)
{
	static const uint32_t powers[] = {
		0, 10, 100, 1000, 10000, 100000, 1000000, 10000000
	};
	size_t n = 1;

	while (n < 8 && v >= powers[n])
		n++;
	return n;
}

/* v < 10^8, without leading zeros. */
static size_t
put_short(char *out, uint32_t v)
{
	size_t n = digits(v), at = n;

	for (; at >= 2; v /= 100) {
		at -= 2;
		put_pair(out + at, v % 100);
	}
	if (at == 1)
		out[0] = (char)('0' + v);
	return n;
}

size_t
num_fmt(char *out, uint64_t v)
{
	size_t n;

	if (v < 100000000)
		return put_short(out, (uint32_t)v);
	n = num_fmt(out, v / 100000000);
	put8(out + n, (uint32_t)(v % 100000000));
	return n + 8;
}

size_t
ns_fmt(char *out, uint64_t ns)
{
	uint32_t part = (uint32_t)(ns % GIGA);
	size_t n = num_fmt(out, ns / GIGA);

	out[n] = '.';
	out[n + 1] = (char)('0' + part / 100000000);
	put8(out + n + 2, part % 100000000);
	return n + 10;
}

/*
 * Up to eight digits at once: the word is shifted so that the digits stand
 * at its end with zeros before them, checked, and folded in three products.
 */
static bool
scan8(const char *text, size_t n, uint64_t *v)
{
	uint64_t w;

	memcpy(&w, text, 8);
	w = le64toh(w) - 0x3030303030303030u;
	w <<= 64 - 8 * n;
	if (((w + 0x7676767676767676u) | w) & 0x8080808080808080u)
		return false;
	w = w * 10 + (w >> 8);
	w = ((w & 0x000000ff000000ffu) * 0x000f424000000064u +
	    (w >> 16 & 0x000000ff000000ffu) * 0x0000271000000001u) >> 32;
	*v = w;
	return true;
}

size_t
num_scan(const char *text, size_t n, uint64_t *v)
{
	uint64_t high = 0, low;
	size_t first = n % 8 != 0 ? n % 8 : 8;

	if (n == 0 || n > NUM_TEXT_MAX || !scan8(text, first, v))
		return 0;
	for (size_t i = first; i < n; i += 8) {
		high = *v;
		if (!scan8(text + i, 8, &low) ||
		    __builtin_mul_overflow(high, 100000000, v) ||
		    __builtin_add_overflow(*v, low, v))
			return 0;
	}
	return n;
}

/* A point and one to nine digits. */
static bool
scan_fraction(const char *text, size_t n, uint64_t *ns)
{
	static const uint32_t scale[] = {
		0, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1
	};

	if (n < 2 || n > 10 || text[0] != '.' ||
	    num_scan(text + 1, n - 1, ns) == 0)
		return false;
	*ns *= scale[n - 1];
	return true;
}

size_t
ns_scan(const char *text, size_t n, uint64_t *ns)
{
	/* As ns_fmt writes it, the point stands ten from the end. */
	const char *point = n > 10 && text[n - 10] == '.' ? text + n - 10 :
	    n > 0 ? memchr(text, '.', n) : NULL;
	size_t whole = point != NULL ? (size_t)(point - text) : n;
	uint64_t s, part = 0;

	if (num_scan(text, whole, &s) == 0 ||
	    (point != NULL && !scan_fraction(point, n - whole, &part)) ||
	    __builtin_mul_overflow(s, (uint64_t)GIGA, ns) ||
	    __builtin_add_overflow(*ns, part, ns))
		return 0;
	return n;
}
