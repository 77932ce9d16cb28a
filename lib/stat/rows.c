#include "stat/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rec/parts.h"

static void
put(struct cells *to, const char *text)
{
	to->put(to, text, strlen(text));
}

static void
put_parts(struct cells *to, struct parts parts)
{
	const char *part;
	size_t n;

	while (parts_next(&parts, &part, &n))
		to->put(to, part, n);
}

void
rows_header(const struct section *s, const struct layout *l, struct cells *to)
{
	if (to->plain) {
		put(to, "time");
		put(to, "took");
		put(to, "what");
	}
	put_parts(to, parts_of_names(s->by));
	put(to, "records");
	if (s->nvalues > 0 || to->plain)
		put(to, "value");
	for (unsigned i = 0; i < l->figures->n; i++)
		if (s->nvalues > 0 || to->plain)
			put(to, l->figures->name[i]);
	to->end(to);
}

/* Pass seconds as records have them, or "-" if the time is unknown. */
static void
put_seconds(struct cells *to, bool known, uint64_t ns)
{
	char text[NUM_PADDING + 32];

	if (known)
		to->put(to, text, ns_fmt(text, ns));
	else
		put(to, "-");
}

/* Pass the cells before the values: time, kind, key and number of records. */
static void
put_group(const struct section *s, const struct group *g, struct cells *to)
{
	char text[24];

	if (to->plain) {
		put_seconds(to, s->first != 0, s->first);
		put_seconds(to, s->first != 0, s->last - s->first);
		put(to, s->kind);
	}
	if (s->nkeys > 0)
		put_parts(to, parts_of(g->key, g->nkey, '\t'));
	snprintf(text, sizeof text, "%" PRIu64, g->records);
	put(to, text);
}

static bool
put_value(const struct section *s, const struct group *g, unsigned value,
    const struct layout *l, struct cells *to)
{
	const struct tally *t = value < g->nvalues ? &g->value[value] : NULL;
	struct figure figures[FIGURES_MAX];
	char text[FIGURE_TEXT_MAX];

	if (!figures_of(l->figures, t, s->value[value].seconds, figures))
		return false;
	put_group(s, g, to);
	put(to, s->value[value].name);
	for (unsigned i = 0; i < l->figures->n; i++) {
		(to->plain ? figure_fmt : figure_fmt_short)(text, &figures[i]);
		put(to, text);
	}
	to->end(to);
	return true;
}

/* Pass the row of a group that has no values. */
static void
put_records(const struct group *g, const struct section *s,
    const struct layout *l, struct cells *to)
{
	put_group(s, g, to);
	for (unsigned i = 0; to->plain && i < 1 + l->figures->n; i++)
		put(to, "-");
	to->end(to);
}

bool
rows_put(const struct section *s, const struct layout *l, struct cells *to)
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
