#include "stat/metrics.h"

#include <inttypes.h>
#include <stdlib.h>

#include "rec/parts.h"
#include "stat/hosts.h"

/* The family of metrics that is being printed, and the group. */
struct sample {
	FILE *f;
	const struct section *s;
	const struct group *g;
	const char *value;	/* the value's column; NULL: the records */
	bool seconds;
	enum metrics_text text;
};

#define CELL	4	/* buckets of a histogram that become one */

/* Write a metric or label name: anything but a letter or digit becomes '_'. */
static void
put_name(FILE *f, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = text[i], lower = (char)(c | 0x20);

		putc((unsigned)(c - '0') < 10 ||
		    (unsigned)(lower - 'a') < 26 ? c : '_', f);
	}
}

void
metrics_escape(FILE *f, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\\' || text[i] == '"')
			putc('\\', f);
		putc(text[i], f);
	}
}

/* Write the name of the family: that of its samples, or that of its TYPE line. */
static void
put_family(const struct sample *p, bool head)
{
	fputs("connpipe_", p->f);
	put_name(p->f, p->s->kind, strlen(p->s->kind));
	putc('_', p->f);
	if (p->value == NULL) {
		fputs(head && p->text == METRICS_OPEN ? "records" :
		    "records_total", p->f);
		return;
	}
	put_name(p->f, p->value, strlen(p->value));
	if (p->seconds)
		fputs("_seconds", p->f);
}

/* Write the labels: the group's key, and le unless it is NULL. */
static void
put_labels(const struct sample *p, const char *le)
{
	struct parts names = parts_of_names(p->s->by);
	struct parts texts = parts_of(p->g->key, p->g->nkey, '\t');
	const char *name, *text, *before = "{";
	size_t nname, n;

	while (parts_next(&names, &name, &nname) &&
	    parts_next(&texts, &text, &n)) {
		fputs(before, p->f);
		put_name(p->f, name, nname);
		fputs("=\"", p->f);
		metrics_escape(p->f, text, n);
		putc('"', p->f);
		before = ",";
	}
	if (le != NULL) {
		fprintf(p->f, "%sle=\"%s\"", before, le);
		before = ",";
	}
	fputs(*before == ',' ? "} " : " ", p->f);
}

static void
put_sample(const struct sample *p, const char *suffix, const char *le,
    const char *number)
{
	put_family(p, false);
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
 * The next round bound after one, or after 0 the first: 1, 2 and 5 times powers
 * of ten.  0 after the last.
 */
static nano
round_after(nano bound, bool seconds)
{
	nano last = seconds ? 500 * (nano)NANO : 5 * (nano)NANO * NANO * 1000;
	nano digit = bound, next;

	if (digit == 0)
		return seconds ? 10000 : NANO;
	while (digit % 10 == 0)
		digit /= 10;
	next = digit == 2 ? bound / 2 * 5 : bound * 2;
	return next <= last ? next : 0;
}

/* The end of the cell before that of a bucket, if it is after a bound; else of
 * the cell itself.  Its values are at most the end.  0 for values below 1 ns. */
static nano
cell_after(nano bound, int32_t index)
{
	int32_t shift = index < 256 ? 0 : index / 128 - 1;
	nano first = (index - shift * 128) / CELL * CELL;

	if (index <= 0)
		return 0;
	return (first << shift) - 1 > bound ? (first << shift) - 1 :
	    ((first + CELL) << shift) - 1;
}

/* The bounds of a histogram's buckets, in ascending order. */
struct bounds {
	nano now, round;	/* 0 before the first; round: after the last */
};

/* Advance to the next bound; index is the first bucket above the last one, 0 if
 * none is.  False after the last bound. */
static bool
next_bound(struct bounds *b, int32_t index, bool seconds)
{
	nano cell = cell_after(b->now, index);

	if (b->now == 0 || b->now == b->round)
		b->round = round_after(b->round, seconds);
	if (b->round == 0 && cell == 0)
		return false;
	b->now = b->round == 0 || (cell != 0 && cell < b->round) ? cell :
	    b->round;
	return true;
}

/* Write the samples of a histogram.  Sum and count are omitted if a value is
 * negative, since the sum would not be a counter (OpenMetrics, Histogram). */
static bool
put_histogram(const struct sample *p, const struct tally *t)
{
	struct bucket *sorted = histogram_sorted(&t->histogram);
	uint32_t n = t->histogram.used, i = 0;
	struct bounds b = { 0, 0 };
	uint64_t count = 0;
	char text[FIGURE_TEXT_MAX];

	if (sorted == NULL)
		return false;
	while (next_bound(&b, i < n ? sorted[i].index : 0, p->seconds)) {
		while (i < n && histogram_value(sorted[i].index) <= b.now)
			count += sorted[i++].count;
		text[nano_fmt(text, b.now, 1)] = '\0';
		put_count(p, "_bucket", text, count);
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
	put_family(p, true);
	if (p->value == NULL)
		fprintf(p->f, " Records of kind %s.\n# TYPE ", p->s->kind);
	else
		fprintf(p->f, " Column %s of %s records.\n# TYPE ", p->value,
		    p->s->kind);
	put_family(p, true);
	fputs(p->value == NULL ? " counter\n" : " histogram\n", p->f);
	if (!p->seconds)
		return;
	fputs("# UNIT ", p->f);
	put_family(p, true);
	fputs(" seconds\n", p->f);
}

/* Write the samples that a section has for a family. */
static bool
put_section(struct sample *p, const struct layout *l)
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
has_value(const struct section *s, const char *value)
{
	for (unsigned i = 0; value != NULL && i < s->nvalues; i++)
		if (strcmp(s->value[i].name, value) == 0)
			return true;
	return value == NULL;
}

static bool
has_family(const struct section *s, const struct sample *p)
{
	return strcmp(s->kind, p->s->kind) == 0 && has_value(s, p->value);
}

/* Write a family with the samples of all sections that have it, unless an
 * earlier section did. */
static bool
put_samples(const struct report *r, unsigned first, struct sample *p,
    const struct layout *l)
{
	bool ok = true;

	for (unsigned i = 0; i < first; i++)
		if (has_family(r->section[i], p))
			return true;
	put_head(p);
	for (unsigned i = first; ok && i < r->n; i++)
		if (has_family(r->section[i], p)) {
			struct sample one = *p;

			one.s = r->section[i];
			ok = put_section(&one, l);
		}
	return ok;
}

static void
put_counts(FILE *f, const struct counts *counts, enum metrics_text text)
{
	const char *total = text == METRICS_OPEN ? "" : "_total";

	fprintf(f, "# HELP connpipe_counts%s What programs counted.\n"
	    "# TYPE connpipe_counts%s counter\n", total, total);
	for (unsigned i = 0; i < counts->n; i++) {
		const struct counted *c = &counts->list[i];

		fputs("connpipe_counts_total{prog=\"", f);
		metrics_escape(f, c->prog, strlen(c->prog));
		fputs("\",name=\"", f);
		metrics_escape(f, c->name, strlen(c->name));
		fprintf(f, "\"} %" PRIu64 "\n", c->value);
	}
}

bool
metrics_print(FILE *f, const struct report *r, const struct counts *counts,
    const struct layout *l, enum metrics_text text)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < r->n; i++) {
		const struct section *s = r->section[i];
		struct sample p = { .f = f, .s = s, .text = text };

		ok = put_samples(r, i, &p, l);
		for (unsigned v = 0; ok && v < s->nvalues; v++) {
			p.value = s->value[v].name;
			p.seconds = s->value[v].seconds;
			ok = put_samples(r, i, &p, l);
		}
	}
	put_counts(f, counts, text);
	if (l->hosts != NULL)
		hosts_print(f, l->hosts, text == METRICS_OPEN);
	fputs("# EOF\n", f);
	return ok;
}
