#include "stat/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stat/list.h"

static void
put(struct cells *to, const char *text)
{
	to->put(to, text, strlen(text));
}

static void
put_parts(struct cells *to, struct list l)
{
	const char *part;
	size_t n;

	while (list_next(&l, &part, &n))
		to->put(to, part, n);
}

void
rows_header(const struct subject *s, const struct layout *l, struct cells *to)
{
	if (to->plain) {
		put(to, "time");
		put(to, "took");
		put(to, "what");
	}
	put_parts(to, list_of_names(s->by));
	put(to, "records");
	if (s->nvalues > 0 || to->plain)
		put(to, "value");
	for (unsigned i = 0; i < l->figures->n; i++)
		if (s->nvalues > 0 || to->plain)
			put(to, l->figures->name[i]);
	to->end(to);
}

void
time_text(char *out, uint64_t ns)
{
	size_t n = ns_fmt(out, ns);

	if (ns == 0)
		out[0] = '-';
	out[ns == 0 ? 1 : n] = '\0';
}

/* What stands before the values: whose they are. */
static void
put_group(const struct subject *s, const struct group *g, struct cells *to)
{
	char text[FIGURE_TEXT_MAX];

	if (to->plain) {
		time_text(text, s->first);
		put(to, text);
		text[ns_fmt(text, s->last - s->first)] = '\0';
		put(to, s->first != 0 ? text : "-");
		put(to, s->what);
	}
	if (s->nkeys > 0)
		put_parts(to, list_of(g->key, g->nkey, '\t'));
	snprintf(text, sizeof text, "%" PRIu64, g->records);
	put(to, text);
}

static bool
put_value(const struct subject *s, const struct group *g, unsigned value,
    const struct layout *l, struct cells *to)
{
	const struct tally *t = value < g->nvalues ? &g->value[value] : NULL;
	struct number numbers[FIGURES_MAX];
	char text[FIGURE_TEXT_MAX];

	if (!figures_of(l->figures, t, s->value[value].seconds, numbers))
		return false;
	put_group(s, g, to);
	put(to, s->value[value].name);
	for (unsigned i = 0; i < l->figures->n; i++) {
		(to->plain ? number_fmt : number_fmt_short)(text, &numbers[i]);
		put(to, text);
	}
	to->end(to);
	return true;
}

/* A row for a group without values. */
static void
put_records(const struct group *g, const struct subject *s,
    const struct layout *l, struct cells *to)
{
	put_group(s, g, to);
	for (unsigned i = 0; to->plain && i < 1 + l->figures->n; i++)
		put(to, "-");
	to->end(to);
}

bool
rows_put(const struct subject *s, const struct layout *l, struct cells *to)
{
	uint32_t n;
	const struct group **groups = order_groups(s, l->order, l->figures,
	    &n);
	bool ok = groups != NULL;

	for (uint32_t i = 0; ok && i < n; i++) {
		if (s->nvalues == 0)
			put_records(groups[i], s, l, to);
		for (unsigned v = 0; ok && v < s->nvalues; v++)
			ok = put_value(s, groups[i], v, l, to);
	}
	free(groups);
	return ok;
}
