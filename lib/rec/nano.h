/*
 * Decimal numbers, kept exactly: whole multiples of 10^-9.  Times and
 * durations are nanoseconds so, and counts are what they are; sums of them
 * are exact and the same in any order.
 */
#ifndef REC_NANO_H
#define REC_NANO_H

#include "rec/number.h"

__extension__ typedef __int128 nano;
__extension__ typedef unsigned __int128 nano_size;

#define NANO		1000000000	/* one */
#define NANO_TEXT_MAX	48

/*
 * Read the decimal number that is all of text[0..n), maybe with a sign, a
 * point, an exponent; digits finer than nine behind the point are rounded
 * away.  Returns n, or 0 for "no" and for what no nano can hold.  NUM_PADDING
 * bytes behind the text must be readable.
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
 * Write v to out, which has NANO_TEXT_MAX bytes, with so many digits behind
 * the point at least; more only where they are not zeros.  No NUL.  Returns
 * the bytes written.
 */
size_t nano_fmt(char *out, nano v, unsigned digits);

static inline nano_size
nano_magnitude(nano v)
{
	return v < 0 ? -(nano_size)v : (nano_size)v;
}

#endif
