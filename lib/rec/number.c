#include "rec/number.h"

#include "wire/units.h"

size_t
num_fmt_long(char *out, uint64_t v)
{
	uint64_t high = v / 100000000;
	uint32_t low = (uint32_t)(v - high * 100000000);
	size_t n = high < 100 ? num_fmt2(out, (uint32_t)high) :
	    num_fmt(out, high);

	num_put8(out + n, num_split8(low));
	return n + 8;
}

size_t
num_scan_long(const char *text, size_t n, uint64_t *v)
{
	uint64_t low;
	size_t first = n % 8 != 0 ? n % 8 : 8;

	if (n == 0 || n > NUM_TEXT_MAX || !num_scan8(text, first, v))
		return 0;
	for (size_t i = first; i < n; i += 8)
		if (!num_scan8(text + i, 8, &low) ||
		    __builtin_mul_overflow(*v, 100000000, v) ||
		    __builtin_add_overflow(*v, low, v))
			return 0;
	return n;
}

/* Parse a point and one to nine digits. */
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
	/* ns_fmt() writes the point ten bytes before the end. */
	const char *point = n > 10 && text[n - 10] == '.' ? text + n - 10 :
	    n > 0 ? memchr(text, '.', n) : NULL;
	size_t whole = point != NULL ? (size_t)(point - text) : n;
	uint64_t s, part = 0;

	if (num_scan(text, whole, &s) == 0 ||
	    (point != NULL && !scan_fraction(point, n - whole, &part)) ||
	    __builtin_mul_overflow(s, NS_PER_S, ns) ||
	    __builtin_add_overflow(*ns, part, ns))
		return 0;
	return n;
}
