#include "cut/quantity.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/units.h"

#define NUMBER_MAX	40	/* characters of a number without its unit */

struct unit {
	const char *name;
	nano factor, divisor;
};

static const struct unit of_seconds[] = {
	{ "", 1, 1 }, { "s", 1, 1 }, { "ms", 1, 1000 }, { "us", 1, 1000000 },
	{ "ns", 1, NS_PER_S }, { "m", 60, 1 }, { "min", 60, 1 },
	{ "h", 3600, 1 }, { "d", 86400, 1 }, { NULL, 0, 0 }
};

static const struct unit of_numbers[] = {
	{ "", 1, 1 }, { "k", 1000, 1 }, { "K", 1000, 1 }, { "M", 1000000, 1 },
	{ "G", 1000000000, 1 }, { "T", 1000000000000, 1 },
	{ "Ki", 1 << 10, 1 }, { "Mi", 1 << 20, 1 }, { "Gi", 1 << 30, 1 },
	{ "Ti", 1ll << 40, 1 }, { NULL, 0, 0 }
};

bool
quantity_scan(const char *text, bool seconds, nano *v)
{
	const struct unit *u = seconds ? of_seconds : of_numbers;
	char padded[NUM_PADDING + NUMBER_MAX + NUM_PADDING] = { 0 };
	size_t n = strspn(text, "+-.0123456789");

	if (n == 0 || n > NUMBER_MAX)
		return false;
	while (u->name != NULL && strcmp(u->name, text + n) != 0)
		u++;
	memcpy(padded + NUM_PADDING, text, n);
	if (u->name == NULL || nano_scan(padded + NUM_PADDING, n, v) == 0 ||
	    nano_magnitude(*v) > (nano_size)INT64_MAX * NANO)
		return false;
	*v = *v * u->factor / u->divisor;
	return true;
}

/* Parse a fraction of a second, if there is one.  Returns what follows. */
static const char *
scan_fraction(const char *text, uint64_t *ns)
{
	uint64_t unit = NS_PER_S / 10;

	if (*text != '.' && *text != ',')
		return text;
	for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
		*ns += (uint64_t)(*text - '0') * unit;
	return text;
}

/* Parse Z, +HH:MM or nothing as a zone, in seconds to subtract. */
static bool
scan_zone(const char *text, int64_t *east)
{
	struct tm tm = { 0 };
	const char *end;

	*east = 0;
	if (*text == '\0' || strcmp(text, "Z") == 0)
		return true;
	if ((*text != '+' && *text != '-') ||
	    (end = strptime(text + 1, "%H:%M", &tm)) == NULL || *end != '\0')
		return false;
	*east = (tm.tm_hour * 60 + tm.tm_min) * 60 * (*text == '-' ? -1 : 1);
	return true;
}

/* Parse a date and, after T or a blank, a time of day and a zone. */
static bool
scan_date(const char *text, uint64_t *ns)
{
	static const char *const clocks[] = { "%H:%M:%S", "%H:%M" };
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%d", &tm), *clock;
	int64_t east, seconds;

	*ns = 0;
	if (end == NULL)
		return false;
	if (*end == 'T' || *end == ' ') {
		clock = end + 1;
		if ((end = strptime(clock, clocks[0], &tm)) == NULL &&
		    (end = strptime(clock, clocks[1], &tm)) == NULL)
			return false;
		end = scan_fraction(end, ns);
	}
	if (!scan_zone(end, &east))
		return false;
	seconds = timegm(&tm) - east;
	*ns += (uint64_t)seconds * NS_PER_S;
	return seconds >= 0;
}

bool
moment_scan(const char *text, uint64_t now, struct moment *m)
{
	nano v;

	*m = (struct moment){ .set = true, .relative = *text == '+' };
	if (scan_date(text, &m->ns))
		return true;
	if (!quantity_scan(text + (*text == '@' || *text == '+'), true, &v))
		return false;
	if (*text == '-')
		v += now;
	m->ns = (uint64_t)v;
	return v >= 0 && v <= INT64_MAX;
}
