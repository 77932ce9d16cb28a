#include "stat/store.h"

#include <stdlib.h>

/* Write a key: the texts of its columns with commas between, "-" if none. */
static void
put_key(struct rec_writer *w, const struct group *g)
{
	rec_put_tab(w);
	if (g->nkey == 0)
		rec_add(w, "-", 1);
	for (uint32_t i = 0; i < g->nkey; i++) {
		char c = g->key[i];

		if (c == ',')
			rec_add(w, STORE_COMMA, strlen(STORE_COMMA));
		else
			rec_add(w, c == '\t' ? "," : &c, 1);
	}
}

static void
put_raw(struct rec_writer *w, const char *text)
{
	rec_put_tab(w);
	rec_add(w, text, strlen(text));
}

/* Write the columns before the figures: time, kind, key and value. */
static void
begin(struct rec_writer *w, const struct section *s, const struct group *g,
    const char *value)
{
	rec_begin(w, REC_stat);
	if (s->first != 0) {
		rec_put_ns(w, s->first);
		rec_put_ns(w, s->last - s->first);
	} else {
		rec_put_none(w);
		rec_put_none(w);
	}
	put_raw(w, s->kind);
	put_raw(w, s->nkeys > 0 ? s->by : "-");
	put_key(w, g);
	put_raw(w, value);
}

static void
put_figure(struct rec_writer *w, const struct figure *f)
{
	char text[FIGURE_TEXT_MAX];

	figure_fmt(text, f);
	put_raw(w, text);
}

/* Write the sum of squares and the histogram, which merging needs. */
static bool
put_sketch(struct rec_writer *w, const struct tally *t)
{
	struct bucket *sorted = histogram_sorted(&t->histogram);
	char text[WIDE_TEXT_MAX + NUM_PADDING];

	if (sorted == NULL)
		return false;
	wide_fmt(text, &t->moments.squares);
	put_raw(w, text);
	rec_put_tab(w);
	for (uint32_t i = 0; i < t->histogram.used; i++) {
		char *p = text;

		if (i > 0)
			*p++ = ',';
		if (sorted[i].index < 0)
			*p++ = '-';
		p += num_fmt(p, (uint64_t)abs(sorted[i].index));
		*p++ = ':';
		p += num_fmt(p, sorted[i].count);
		rec_add(w, text, (size_t)(p - text));
	}
	free(sorted);
	return true;
}

/* Write the record with a group's number of records. */
static void
write_records(struct rec_writer *w, const struct section *s,
    const struct group *g)
{
	begin(w, s, g, "-");
	rec_put_num(w, g->records);
	for (enum rec_col c = stat_sum; c <= stat_sketch; c++)
		rec_put_none(w);
	rec_end(w);
}

static bool
write_value(struct rec_writer *w, const struct section *s,
    const struct group *g, unsigned value)
{
	static const struct figures none = { .n = FIGURE_PERCENTILES };
	const struct tally *t = value < g->nvalues ? &g->value[value] : NULL;
	struct figure f[FIGURES_MAX];
	bool ok = figures_of(&none, t, s->value[value].seconds, f);

	if (!ok)
		return false;
	begin(w, s, g, s->value[value].name);
	for (unsigned i = 0; i < FIGURE_PERCENTILES; i++)
		put_figure(w, &f[i]);
	if (t == NULL || t->moments.count == 0) {
		rec_put_none(w);
		rec_put_none(w);
	} else {
		ok = put_sketch(w, t);
	}
	rec_end(w);
	return ok;
}

static bool
write_section(struct rec_writer *w, const struct section *s,
    const struct layout *l)
{
	uint32_t n;
	const struct group **groups = order_groups(s, l->order, l->figures,
	    &n);
	bool ok = groups != NULL;

	for (uint32_t i = 0; ok && i < n; i++) {
		write_records(w, s, groups[i]);
		for (unsigned v = 0; ok && v < s->nvalues; v++)
			ok = write_value(w, s, groups[i], v);
	}
	free(groups);
	return ok;
}

bool
store_report(struct rec_writer *w, const struct report *r,
    const struct layout *l)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < r->n; i++)
		ok = write_section(w, r->section[i], l);
	return ok;
}
