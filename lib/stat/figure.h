/* The figures of a report: which there are, how they are written. */
#ifndef STAT_FIGURE_H
#define STAT_FIGURE_H

#include "stat/report.h"

enum {
	FIGURE_COUNT, FIGURE_SUM, FIGURE_MIN, FIGURE_MEAN, FIGURE_MAX,
	FIGURE_STDDEV,
	FIGURE_PERCENTILES	/* from here on */
};

#define FIGURES_MAX	(FIGURE_PERCENTILES + 32)
#define FIGURE_TEXT_MAX	400

struct figures {
	unsigned n;
	char name[FIGURES_MAX][12];	/* count, ... stddev, p50, p99.9 */
	uint32_t q[FIGURES_MAX];	/* percentile, in thousandths of one */
};

/* A figure's value. */
struct number {
	enum { NUMBER_NONE, NUMBER_EXACT, NUMBER_ROUNDED } is;
	bool seconds;
	nano exact;
	double rounded;
};

/* Count to stddev, and the percentiles of a list as "50,90,99.9".  False
 * where that is no such list. */
bool figures_scan(struct figures *f, const char *percentiles);

/* The figure of this name, or f->n. */
unsigned figure_named(const struct figures *f, const char *name);

/* All figures of a value into out[0..f->n); t is NULL, or empty, where there
 * were no values.  False without memory. */
bool figures_of(const struct figures *f, const struct tally *t, bool seconds,
    struct number *out);

/* One of them, as a double, for comparing. */
double number_double(const struct number *n);

/*
 * As text, with a NUL, to out, which has FIGURE_TEXT_MAX bytes: exactly, or
 * with 15 digits that count, without exponent; "-" for none.  For people:
 * with three digits or so, and the unit.
 */
void number_fmt(char *out, const struct number *n);
void number_fmt_short(char *out, const struct number *n);

#endif
