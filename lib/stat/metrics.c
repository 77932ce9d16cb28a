#include "stat/metrics.h"

#include <inttypes.h>
#include <stdlib.h>

#include "stat/list.h"

/* What is printed now: a family's samples, of one group. */
struct sample {
	FILE *f;
	const struct subject *s;
	const struct group *g;
	const char *value;	/* the value's column; NULL: the records */
	bool seconds;
};

/* Names have letters, digits and low lines. */
static void
put_name(FILE *f, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = text[i], lower = (char)(c | 0x20);

		putc((unsigned)(c - '0') < 10 ||
		    (unsigned)(lower - 'a') < 26 ? c : '_', f);
	}
}

static void
put_label(FILE *f, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\\' || text[i] == '"')
			putc('\\', f);
		putc(text[i], f);
	}
}

static void
put_family(const struct sample *p)
{
	fputs("connpipe_", p->f);
	put_name(p->f, p->s->what, strlen(p->s->what));
	putc('_', p->f);
	if (p->value == NULL) {
		fputs("records_total", p->f);
		return;
	}
	put_name(p->f, p->value, strlen(p->value));
	if (p->seconds)
		fputs("_seconds", p->f);
}

/* The group's labels, and le where it is not NULL. */
static void
put_labels(const struct sample *p, const char *le)
{
	struct list names = list_of_names(p->s->by);
	struct list parts = list_of(p->g->key, p->g->nkey, '\t');
	const char *name, *part, *between = "{";
	size_t nname, n;

	while (list_next(&names, &name, &nname) &&
	    list_next(&parts, &part, &n)) {
		fputs(between, p->f);
		put_name(p->f, name, nname);
		fputs("=\"", p->f);
		put_label(p->f, part, n);
		putc('"', p->f);
		between = ",";
	}
	if (le != NULL) {
		fprintf(p->f, "%sle=\"%s\"", between, le);
		between = ",";
	}
	fputs(*between == ',' ? "} " : " ", p->f);
}

static void
put_sample(const struct sample *p, const char *suffix, const char *le,
    const char *number)
{
	put_family(p);
	fputs(suffix, p->f);
	put_labels(p, le);
	fprintf(p->f, "%s\n", number);
}

static void
put_count(const struct sample *p, const char *suffix, const char *le,
    uint64_t count)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, count);
	put_sample(p, suffix, le, text);
}

/*
 * Where buckets end: 1, 2 and 5 times powers of ten, from 10 us to 500 s for
 * durations, from 1 to 5e12 for other numbers.  As true as percentiles are.
 */
static bool
next_edge(nano *edge, bool seconds)
{
	nano last = seconds ? 500 * (nano)NANO : 5 * (nano)NANO * NANO * 1000;
	nano first = *edge;

	if (first == 0) {
		*edge = seconds ? 10000 : NANO;
		return true;
	}
	while (first % 10 == 0)
		first /= 10;
	*edge = first == 2 ? *edge / 2 * 5 : *edge * 2;
	return *edge <= last;
}

/* Samples of a histogram; where a value is below zero the sum would not
 * only grow, and is left out with the count (OpenMetrics, Histogram). */
static bool
put_histogram(const struct sample *p, const struct tally *t)
{
	struct bucket *sorted = histogram_sorted(&t->histogram);
	uint64_t below = 0;
	uint32_t i = 0;
	char text[FIGURE_TEXT_MAX];

	if (sorted == NULL)
		return false;
	for (nano edge = 0; next_edge(&edge, p->seconds);) {
		while (i < t->histogram.used &&
		    histogram_value(sorted[i].index) <= edge)
			below += sorted[i++].count;
		text[nano_fmt(text, edge, 1)] = '\0';
		put_count(p, "_bucket", text, below);
	}
	free(sorted);
	put_count(p, "_bucket", "+Inf", t->moments.count);
	if (t->moments.count > 0 && t->moments.min < 0)
		return true;
	text[nano_fmt(text, t->moments.sum, 0)] = '\0';
	put_sample(p, "_sum", NULL, text);
	put_count(p, "_count", NULL, t->moments.count);
	return true;
}

static void
put_head(const struct sample *p)
{
	fputs("# HELP ", p->f);
	put_family(p);
	if (p->value == NULL)
		fprintf(p->f, " Records of kind %s.\n# TYPE ", p->s->what);
	else
		fprintf(p->f, " Column %s of %s records.\n# TYPE ", p->value,
		    p->s->what);
	put_family(p);
	fputs(p->value == NULL ? " counter\n" : " histogram\n", p->f);
	if (!p->seconds)
		return;
	fputs("# UNIT ", p->f);
	put_family(p);
	fputs(" seconds\n", p->f);
}

/* The samples of a family that one subject has. */
static bool
put_subject(struct sample *p, const struct layout *l)
{
	static const struct tally none;
	uint32_t n;
	const struct group **groups = order_groups(p->s, l->order, l->figures,
	    &n);
	unsigned value = 0;
	bool ok = groups != NULL;

	while (p->value != NULL && strcmp(p->s->value[value].name,
	    p->value) != 0)
		value++;
	for (uint32_t i = 0; ok && i < n; i++) {
		p->g = groups[i];
		if (p->value == NULL)
			put_count(p, "", NULL, p->g->records);
		else
			ok = put_histogram(p, value < p->g->nvalues ?
			    &p->g->value[value] : &none);
	}
	free(groups);
	return ok;
}

static bool
has_value(const struct subject *s, const char *value)
{
	for (unsigned i = 0; value != NULL && i < s->nvalues; i++)
		if (strcmp(s->value[i].name, value) == 0)
			return true;
	return value == NULL;
}

static bool
is_like(const struct subject *s, const struct sample *p)
{
	return strcmp(s->what, p->s->what) == 0 && has_value(s, p->value);
}

/* A family once, with the samples of all subjects of its kind. */
static bool
put_samples(const struct report *r, unsigned first, struct sample *p,
    const struct layout *l)
{
	bool ok = true;

	for (unsigned i = 0; i < first; i++)
		if (is_like(r->subject[i], p))
			return true;
	put_head(p);
	for (unsigned i = first; ok && i < r->n; i++)
		if (is_like(r->subject[i], p)) {
			struct sample one = *p;

			one.s = r->subject[i];
			ok = put_subject(&one, l);
		}
	return ok;
}

static void
put_counts(FILE *f, const struct counts *counts)
{
	fputs("# HELP connpipe_counts_total What programs counted.\n"
	    "# TYPE connpipe_counts_total counter\n", f);
	for (unsigned i = 0; i < counts->n; i++) {
		const struct counted *c = &counts->list[i];

		fputs("connpipe_counts_total{prog=\"", f);
		put_label(f, c->prog, strlen(c->prog));
		fputs("\",name=\"", f);
		put_label(f, c->name, strlen(c->name));
		fprintf(f, "\"} %" PRIu64 "\n", c->value);
	}
}

bool
metrics_print(FILE *f, const struct report *r, const struct counts *counts,
    const struct layout *l)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < r->n; i++) {
		const struct subject *s = r->subject[i];
		struct sample p = { .f = f, .s = s };

		ok = put_samples(r, i, &p, l);
		for (unsigned v = 0; ok && v < s->nvalues; v++) {
			p.value = s->value[v].name;
			p.seconds = s->value[v].seconds;
			ok = put_samples(r, i, &p, l);
		}
	}
	put_counts(f, counts);
	fputs("# EOF\n", f);
	return ok;
}
