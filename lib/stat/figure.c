#include "stat/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rec/parts.h"

#define DIGITS		15	/* significant digits that a double preserves */

static const char *const fixed[FIGURE_PERCENTILES] = {
	"count", "sum", "min", "mean", "max", "stddev"
};

/* Parse "99.9" to 99900; 0 if it is not a percentile. */
static uint32_t
scan_percentile(const char *text, size_t n)
{
	char copy[16] = { 0 };	/* nano_scan() reads past the end */
	nano v;

	if (n == 0 || n > 7)
		return 0;
	memcpy(copy, text, n);
	if (nano_scan(copy, n, &v) == 0 || v <= 0 || v > 100 * (nano)NANO ||
	    v % (NANO / 1000) != 0)
		return 0;
	return (uint32_t)(v / (NANO / 1000));
}

bool
figures_scan(struct figures *f, const char *percentiles)
{
	struct parts l = parts_of_names(percentiles);
	const char *part;
	size_t n;

	f->n = FIGURE_PERCENTILES;
	for (unsigned i = 0; i < f->n; i++)
		snprintf(f->name[i], sizeof f->name[i], "%s", fixed[i]);
	while (parts_next(&l, &part, &n)) {
		uint32_t q = scan_percentile(part, n);

		if (q == 0 || f->n == FIGURES_MAX)
			return false;
		f->q[f->n] = q;
		snprintf(f->name[f->n++], sizeof f->name[0], "p%.*s", (int)n,
		    part);
	}
	return true;
}

unsigned
figures_find(const struct figures *f, const char *name)
{
	unsigned i = 0;

	while (i < f->n && strcmp(f->name[i], name) != 0)
		i++;
	return i;
}

static struct figure
exact(nano v, bool seconds)
{
	return (struct figure){ FIGURE_EXACT, seconds, v, 0 };
}

static struct figure
rounded(double d, bool seconds)
{
	return (struct figure){ FIGURE_ROUNDED, seconds, 0, d };
}

/* The value of a bucket can lie outside the range of the values in it. */
static nano
clamp(nano v, const struct moments *m)
{
	return v < m->min ? m->min : v > m->max ? m->max : v;
}

static bool
percentiles_of(const struct figures *f, const struct tally *t, bool seconds,
    struct figure *out)
{
	struct bucket *sorted;

	if (f->n == FIGURE_PERCENTILES)
		return true;
	if ((sorted = histogram_sorted(&t->histogram)) == NULL)
		return false;
	for (unsigned i = FIGURE_PERCENTILES; i < f->n; i++)
		out[i] = exact(clamp(histogram_rank(sorted,
		    t->histogram.used, histogram_rank_of(t->moments.count,
		    f->q[i])), &t->moments), seconds);
	free(sorted);
	return true;
}

bool
figures_of(const struct figures *f, const struct tally *t, bool seconds,
    struct figure *out)
{
	const struct moments *m;

	memset(out, 0, f->n * sizeof *out);
	out[FIGURE_COUNT] = exact(0, false);
	if (t == NULL || t->moments.count == 0)
		return true;
	m = &t->moments;
	out[FIGURE_COUNT] = exact((nano)m->count * NANO, false);
	out[FIGURE_SUM] = exact(m->sum, seconds);
	out[FIGURE_MIN] = exact(m->min, seconds);
	out[FIGURE_MEAN] = rounded(moments_mean(m), seconds);
	out[FIGURE_MAX] = exact(m->max, seconds);
	if (m->count > 1)
		out[FIGURE_STDDEV] = rounded(moments_deviation(m), seconds);
	return percentiles_of(f, t, seconds, out);
}

double
figure_double(const struct figure *f)
{
	return f->is == FIGURE_ROUNDED ? f->rounded :
	    (double)f->exact / NANO;
}

/* The decimal places with which d has this many significant digits. */
static int
places(double d, int digits)
{
	int before = d == 0 ? 1 : (int)floor(log10(fabs(d))) + 1;

	return before >= digits ? 0 : digits - before;
}

static void
cut_zeros(char *text)
{
	char *end = text + strlen(text);

	if (strchr(text, '.') == NULL)
		return;
	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		end[-1] = '\0';
}

static void
fmt_double(char *out, double d, int digits)
{
	snprintf(out, FIGURE_TEXT_MAX, "%.*f", places(d, digits), d);
	cut_zeros(out);
}

void
figure_fmt(char *out, const struct figure *f)
{
	if (f->is == FIGURE_NONE)
		snprintf(out, FIGURE_TEXT_MAX, "-");
	else if (f->is == FIGURE_ROUNDED)
		fmt_double(out, f->rounded, DIGITS);
	else
		out[nano_fmt(out, f->exact, f->seconds ? 9 : 0)] = '\0';
}

/* Write a duration in the unit in which it is at least 1 and below 1000. */
static void
fmt_duration(char *out, double s)
{
	double size = fabs(s);
	unsigned unit = size == 0 || size >= 1 ? 0 : size >= 1e-3 ? 1 :
	    size >= 1e-6 ? 2 : 3;
	static const struct {
		double scale;
		const char *name;
	} units[] = { { 1, "s" }, { 1e3, "ms" }, { 1e6, "us" },
	    { 1e9, "ns" } };
	double v = s * units[unit].scale;

	snprintf(out, FIGURE_TEXT_MAX, "%.*f %s", s == 0 ? 0 : places(v, 3), v,
	    units[unit].name);
}

void
figure_fmt_short(char *out, const struct figure *f)
{
	if (f->is != FIGURE_NONE && f->seconds)
		fmt_duration(out, figure_double(f));
	else if (f->is == FIGURE_ROUNDED)
		fmt_double(out, f->rounded, 6);
	else
		figure_fmt(out, f);
}
