#include "stat/json.h"

#include <jansson.h>
#include <stdlib.h>

#include "rec/parts.h"
#include "rec/text.h"

#define REAL_DIGITS	15
#define ONE_LINE	(JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS))

/* A text of a record.  If it is not UTF-8 its bytes are escaped. */
static json_t *
text_of(const char *text, size_t n)
{
	json_t *j = json_stringn(text, n);
	char *escaped;

	if (j != NULL || (escaped = malloc(n * TEXT_ESCAPED_MAX)) == NULL)
		return j;
	j = json_stringn(escaped, text_escape(escaped, text, n));
	free(escaped);
	return j;
}

static json_t *
number_of(const struct figure *f)
{
	nano whole = f->exact / NANO;

	if (f->is == FIGURE_NONE)
		return json_null();
	if (f->is == FIGURE_EXACT && !f->seconds && f->exact % NANO == 0 &&
	    whole >= INT64_MIN && whole <= INT64_MAX)
		return json_integer((json_int_t)whole);
	return json_real(figure_double(f));
}

static json_t *
time_of(uint64_t ns)
{
	return ns == 0 ? json_null() : json_real((double)ns / NANO);
}

static json_t *
value_of(const struct tally *t, bool seconds, const struct layout *l)
{
	const struct figures *all = l->figures;
	struct figure f[FIGURES_MAX];
	json_t *j;

	if (!figures_of(all, t, seconds, f))
		return NULL;
	j = json_object();
	for (unsigned i = 0; i < all->n; i++)
		json_object_set_new(j, all->name[i], number_of(&f[i]));
	return j;
}

static json_t *
key_of(const struct section *s, const struct group *g)
{
	struct parts names = parts_of_names(s->by);
	struct parts texts = parts_of(g->key, g->nkey, '\t');
	json_t *j = json_object();
	const char *name, *text;
	size_t nname, n;

	while (parts_next(&names, &name, &nname) &&
	    parts_next(&texts, &text, &n)) {
		char *copy = strndup(name, nname);

		json_object_set_new(j, copy != NULL ? copy : "",
		    text_of(text, n));
		free(copy);
	}
	return j;
}

static json_t *
group_of(const struct section *s, const struct group *g,
    const struct layout *l)
{
	json_t *values = json_object();

	for (unsigned i = 0; i < s->nvalues; i++)
		json_object_set_new(values, s->value[i].name,
		    value_of(i < g->nvalues ? &g->value[i] : NULL,
		    s->value[i].seconds, l));
	return json_pack("{so so so so sI so}", "time", time_of(s->first),
	    "took", s->first == 0 ? json_null() :
	    json_real((double)(s->last - s->first) / NANO),
	    "what", text_of(s->kind, strlen(s->kind)), "by", key_of(s, g),
	    "records", (json_int_t)g->records, "values", values);
}

/* Add a value to an object; "a.b" goes to the member b of its object a. */
static void
put_nested(json_t *object, const char *name, json_t *value)
{
	const char *point;

	while ((point = strchr(name, '.')) != NULL) {
		char *part = strndup(name, (size_t)(point - name));
		json_t *inner = part == NULL ? NULL :
		    json_object_get(object, part);

		if (part != NULL && !json_is_object(inner)) {
			inner = json_object();
			json_object_set_new(object, part, inner);
		}
		free(part);
		object = inner;
		name = point + 1;
	}
	json_object_set_new(object, name, value);
}

/* {KEY: {VALUE: SUM, ...}} of a group. */
static json_t *
nested_of(const struct section *s, const struct group *g,
    const struct layout *l)
{
	json_t *sums = json_object(), *j = json_object();
	char *key = strndup(g->key, g->nkey);

	for (unsigned i = 0; i < s->nvalues && i < g->nvalues; i++) {
		struct figure f[FIGURES_MAX];

		if (figures_of(l->figures, &g->value[i], s->value[i].seconds,
		    f) && f[FIGURE_SUM].is != FIGURE_NONE)
			put_nested(sums, s->value[i].name,
			    number_of(&f[FIGURE_SUM]));
	}
	json_object_set_new(j, key != NULL ? key : "", sums);
	free(key);
	return j;
}

static json_t *
count_of(const struct counted *c)
{
	return json_pack("{ss so so sI}", "what", "count",
	    "prog", text_of(c->prog, strlen(c->prog)),
	    "name", text_of(c->name, strlen(c->name)),
	    "value", (json_int_t)c->value);
}

/* Pass each group of a report, in order, to visit(); false without memory. */
static bool
each_group(const struct report *r, const struct layout *l,
    bool (*visit)(void *arg, json_t *group), void *arg)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < r->n; i++) {
		uint32_t n;
		const struct group **groups = order_groups(r->section[i],
		    l->order, l->figures, &n);

		ok = groups != NULL;
		for (uint32_t g = 0; ok && g < n; g++)
			ok = visit(arg, l->nested ?
			    nested_of(r->section[i], groups[g], l) :
			    group_of(r->section[i], groups[g], l));
		free(groups);
	}
	return ok;
}

static bool
append(void *array, json_t *group)
{
	return json_array_append_new(array, group) == 0;
}

static bool
print_line(void *f, json_t *j)
{
	bool ok = j != NULL && json_dumpf(j, f, ONE_LINE) == 0;

	putc('\n', f);
	json_decref(j);
	return ok;
}

/* {"groups": [...], "counts": [...]}, without counts if they are NULL. */
static json_t *
report_of(json_t *groups, const struct counts *counts)
{
	json_t *j = json_pack("{so}", "groups", groups);
	json_t *list = counts != NULL ? json_array() : NULL;

	if (list == NULL)
		return j;
	for (unsigned i = 0; i < counts->n; i++)
		json_array_append_new(list, count_of(&counts->list[i]));
	json_object_set_new(j, "counts", list);
	return j;
}

bool
json_print(FILE *f, const struct report *r, const struct counts *counts,
    const struct layout *l, bool indented)
{
	json_t *groups = json_array(), *all;
	bool ok = groups != NULL && each_group(r, l, append, groups);

	all = l->nested ? groups : report_of(groups, counts);
	ok &= all != NULL && json_dumpf(all, f, indented ? JSON_INDENT(2) |
	    JSON_REAL_PRECISION(REAL_DIGITS) : ONE_LINE) == 0;
	json_decref(all);
	putc('\n', f);
	return ok;
}

bool
jsonl_print(FILE *f, const struct report *r, const struct counts *counts,
    const struct layout *l)
{
	bool ok = each_group(r, l, print_line, f);

	for (unsigned i = 0; ok && counts != NULL && i < counts->n; i++)
		ok = print_line(f, count_of(&counts->list[i]));
	return ok;
}
