#include "rec/nano.h"

#include <math.h>
#include <stdlib.h>

#define MAX		((nano)(~(nano_size)0 >> 1))
#define DIGITS		9
#define LONGEST		63	/* bytes of a number with an exponent */

static bool
is_digit(char c)
{
	return (unsigned)(c - '0') < 10;
}

/* Append a digit to *v; false if it would overflow. */
static bool
append(nano *v, int digit)
{
	if (*v > (MAX - digit) / 10)
		return false;
	*v = *v * 10 + digit;
	return true;
}

/* Parse digits without a sign, with an optional point. */
static bool
scan_plain(const char *p, const char *end, nano *v)
{
	const char *point = memchr(p, '.', (size_t)(end - p));
	const char *whole_end = point != NULL ? point : end;
	int digits = 0;

	*v = 0;
	if (p == whole_end)
		return false;
	for (; p < whole_end; p++)
		if (!is_digit(*p) || !append(v, *p - '0'))
			return false;
	p += point != NULL;
	for (; p < end && is_digit(*p) && digits < DIGITS; p++, digits++)
		if (!append(v, *p - '0'))
			return false;
	if (p < end && is_digit(*p) && *p >= '5' && *v < MAX)
		++*v;
	while (p < end && is_digit(*p))
		p++;
	for (; digits < DIGITS; digits++)
		if (!append(v, 0))
			return false;
	return p == end;
}

/* Parse a number with an exponent.  strtod(3) rounds it to 53 bits, which is as
 * many digits as programs print before an exponent. */
static bool
scan_exponent(const char *p, const char *end, nano *v)
{
	char copy[LONGEST + 1], *stop;
	size_t n = (size_t)(end - p);
	double d;

	if (n > LONGEST || !(is_digit(*p) || *p == '.'))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_digit(p[i]) && strchr(".eE+-", p[i]) == NULL)
			return false;
	memcpy(copy, p, n);
	copy[n] = '\0';
	d = strtod(copy, &stop);
	if (stop != copy + n || !(d < 1e29))
		return false;
	*v = (nano)nearbyint(d * NANO);
	return true;
}

size_t
nano_scan_any(const char *text, size_t n, nano *v)
{
	const char *p = text, *end = text + n;
	bool minus = n > 0 && *p == '-';

	p += minus || (n > 0 && *p == '+');
	if (p == end || (!scan_plain(p, end, v) && !scan_exponent(p, end, v)))
		return 0;
	if (minus)
		*v = -*v;
	return n;
}

size_t
nano_fmt(char *out, nano v, unsigned digits)
{
	char text[NANO_TEXT_MAX], *p = text + sizeof text;
	nano_size m = nano_magnitude(v);
	unsigned place = DIGITS;
	bool shown = false;

	for (; place > 0; place--, m /= 10) {
		shown |= place <= digits || m % 10 != 0;
		if (shown)
			*--p = (char)('0' + m % 10);
	}
	if (shown)
		*--p = '.';
	do
		*--p = (char)('0' + m % 10);
	while ((m /= 10) != 0);
	if (v < 0)
		*--p = '-';
	memcpy(out, p, (size_t)(text + sizeof text - p));
	return (size_t)(text + sizeof text - p);
}
