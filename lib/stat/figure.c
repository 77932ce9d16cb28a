#include "stat/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "stat/list.h"

#define DIGITS		15	/* that a double always keeps */

static const char *const fixed[FIGURE_PERCENTILES] = {
	"count", "sum", "min", "mean", "max", "stddev"
};

/* "99.9" to 99900; 0 for no percentile. */
static uint32_t
scan_percentile(const char *text, size_t n)
{
	char copy[16] = { 0 };	/* what nano_scan may read beyond it */
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
	struct list l = list_of_names(percentiles);
	const char *part;
	size_t n;

	f->n = FIGURE_PERCENTILES;
	for (unsigned i = 0; i < f->n; i++)
		snprintf(f->name[i], sizeof f->name[i], "%s", fixed[i]);
	while (list_next(&l, &part, &n)) {
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
figure_named(const struct figures *f, const char *name)
{
	unsigned i = 0;

	while (i < f->n && strcmp(f->name[i], name) != 0)
		i++;
	return i;
}

static struct number
exact(nano v, bool seconds)
{
	return (struct number){ NUMBER_EXACT, seconds, v, 0 };
}

static struct number
rounded(double d, bool seconds)
{
	return (struct number){ NUMBER_ROUNDED, seconds, 0, d };
}

/* A bucket's value can lie outside of what was there. */
static nano
within(nano v, const struct moments *m)
{
	return v < m->min ? m->min : v > m->max ? m->max : v;
}

static bool
percentiles_of(const struct figures *f, const struct tally *t, bool seconds,
    struct number *out)
{
	struct bucket *sorted;

	if (f->n == FIGURE_PERCENTILES)
		return true;
	if ((sorted = histogram_sorted(&t->histogram)) == NULL)
		return false;
	for (unsigned i = FIGURE_PERCENTILES; i < f->n; i++)
		out[i] = exact(within(histogram_rank(sorted,
		    t->histogram.used, histogram_percentile(t->moments.count,
		    f->q[i])), &t->moments), seconds);
	free(sorted);
	return true;
}

bool
figures_of(const struct figures *f, const struct tally *t, bool seconds,
    struct number *out)
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
number_double(const struct number *n)
{
	return n->is == NUMBER_ROUNDED ? n->rounded :
	    (double)n->exact / NANO;
}

/* So many digits that count: the places behind the point. */
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
number_fmt(char *out, const struct number *n)
{
	if (n->is == NUMBER_NONE)
		snprintf(out, FIGURE_TEXT_MAX, "-");
	else if (n->is == NUMBER_ROUNDED)
		fmt_double(out, n->rounded, DIGITS);
	else
		out[nano_fmt(out, n->exact, n->seconds ? 9 : 0)] = '\0';
}

/* A duration with the unit that makes it a number from 1 to 1000. */
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
number_fmt_short(char *out, const struct number *n)
{
	if (n->is != NUMBER_NONE && n->seconds)
		fmt_duration(out, number_double(n));
	else if (n->is == NUMBER_ROUNDED)
		fmt_double(out, n->rounded, 6);
	else
		number_fmt(out, n);
}
