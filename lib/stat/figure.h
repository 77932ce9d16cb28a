/* The figures that a report gives for a value: count, sum, ..., p99. */
#ifndef STAT_FIGURE_H
#define STAT_FIGURE_H

#include "stat/groups.h"

enum {
	FIGURE_COUNT, FIGURE_SUM, FIGURE_MIN, FIGURE_MEAN, FIGURE_MAX,
	FIGURE_STDDEV,
	FIGURE_PERCENTILES	/* the first of them */
};

#define FIGURES_MAX	(FIGURE_PERCENTILES + 32)
#define FIGURE_TEXT_MAX	400

struct figures {
	unsigned n;
	char name[FIGURES_MAX][12];	/* count, ... stddev, p50, p99.9 */
	uint32_t q[FIGURES_MAX];	/* thousandths of a percent */
};

/* A figure of one value in one group. */
struct figure {
	enum { FIGURE_NONE, FIGURE_EXACT, FIGURE_ROUNDED } is;
	bool seconds;
	nano exact;
	double rounded;
};

/* Make the table of figures: count to stddev, and a list of percentiles, as
 * "50,90,99.9".  False if the list is malformed or too long. */
bool figures_scan(struct figures *f, const char *percentiles);

/* The number of the figure of this name, or f->n. */
unsigned figures_find(const struct figures *f, const char *name);

/* Compute all figures of a value: out[0..f->n).  t is NULL, or empty, if there
 * were no values.  False without memory. */
bool figures_of(const struct figures *f, const struct tally *t, bool seconds,
    struct figure *out);

/* A figure as a double, for comparison. */
double figure_double(const struct figure *f);

/*
 * Write a figure and a NUL to out, which has FIGURE_TEXT_MAX bytes: exactly if
 * it is exact, else with 15 significant digits, without an exponent; "-" for
 * none.  The short form, for people, has 3 to 6 digits and a unit.
 */
void figure_fmt(char *out, const struct figure *f);
void figure_fmt_short(char *out, const struct figure *f);

#endif
