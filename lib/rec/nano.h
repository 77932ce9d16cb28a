/*
 * Decimal numbers, stored exactly as multiples of 10^-9: seconds with all their
 * nanoseconds, and counts.  Sums are exact, and the same in any order.
 */
#ifndef REC_NANO_H
#define REC_NANO_H

#include "rec/number.h"

__extension__ typedef __int128 nano;
__extension__ typedef unsigned __int128 nano_size;

#define NANO		1000000000	/* the number 1 */
#define NANO_TEXT_MAX	48

/*
 * Parse text[0..n) as a decimal number, with an optional sign, point and
 * exponent; it is rounded to nine digits after the point.  Returns n, or 0 if
 * the text is not a number or a nano cannot hold it.  NUM_PADDING bytes after
 * the text must be readable.
 */
size_t nano_scan_any(const char *text, size_t n, nano *v);

static inline size_t
nano_scan(const char *text, size_t n, nano *v)
{
	uint64_t ns;

	if (ns_scan(text, n, &ns) == 0)
		return nano_scan_any(text, n, v);
	*v = ns;
	return n;
}

/*
 * Write v to out, which has room for NANO_TEXT_MAX bytes, with at least digits
 * digits after the point, and as many more as are not zeros.  Writes no NUL.
 * Returns the bytes written.
 */
size_t nano_fmt(char *out, nano v, unsigned digits);

static inline nano_size
nano_magnitude(nano v)
{
	return v < 0 ? -(nano_size)v : (nano_size)v;
}

#endif
