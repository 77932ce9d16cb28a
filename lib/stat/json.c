#include "stat/json.h"

#include <jansson.h>
#include <stdlib.h>

#include "rec/text.h"
#include "stat/list.h"

#define REAL_DIGITS	15
#define ONE_LINE	(JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS))

/* Text of a record, which is UTF-8; if it is not, its bytes escaped. */
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
number_of(const struct number *n)
{
	nano whole = n->exact / NANO;

	if (n->is == NUMBER_NONE)
		return json_null();
	if (n->is == NUMBER_EXACT && !n->seconds && n->exact % NANO == 0 &&
	    whole >= INT64_MIN && whole <= INT64_MAX)
		return json_integer((json_int_t)whole);
	return json_real(number_double(n));
}

static json_t *
time_of(uint64_t ns)
{
	return ns == 0 ? json_null() : json_real((double)ns / NANO);
}

static json_t *
value_of(const struct tally *t, bool seconds, const struct layout *l)
{
	const struct figures *f = l->figures;
	struct number numbers[FIGURES_MAX];
	json_t *j;

	if (!figures_of(f, t, seconds, numbers))
		return NULL;
	j = json_object();
	for (unsigned i = 0; i < f->n; i++)
		json_object_set_new(j, f->name[i], number_of(&numbers[i]));
	return j;
}

static json_t *
key_of(const struct subject *s, const struct group *g)
{
	struct list names = list_of_names(s->by);
	struct list parts = list_of(g->key, g->nkey, '\t');
	json_t *j = json_object();
	const char *name, *part;
	size_t nname, n;

	while (list_next(&names, &name, &nname) &&
	    list_next(&parts, &part, &n)) {
		char *copy = strndup(name, nname);

		json_object_set_new(j, copy != NULL ? copy : "",
		    text_of(part, n));
		free(copy);
	}
	return j;
}

static json_t *
group_of(const struct subject *s, const struct group *g,
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
	    "what", text_of(s->what, strlen(s->what)), "by", key_of(s, g),
	    "records", (json_int_t)g->records, "values", values);
}

/* Put a value where its name says, each part of it an object in the one
 * before. */
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

/* A group by its key, with the sums of its values. */
static json_t *
nested_of(const struct subject *s, const struct group *g,
    const struct layout *l)
{
	json_t *sums = json_object(), *j = json_object();
	char *key = strndup(g->key, g->nkey);

	for (unsigned i = 0; i < s->nvalues && i < g->nvalues; i++) {
		struct number numbers[FIGURES_MAX];

		if (figures_of(l->figures, &g->value[i], s->value[i].seconds,
		    numbers) && numbers[FIGURE_SUM].is != NUMBER_NONE)
			put_nested(sums, s->value[i].name,
			    number_of(&numbers[FIGURE_SUM]));
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

/* Each group of a report to take(); false without memory. */
static bool
each_group(const struct report *r, const struct layout *l,
    bool (*take)(void *arg, json_t *group), void *arg)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < r->n; i++) {
		uint32_t n;
		const struct group **groups = order_groups(r->subject[i],
		    l->order, l->figures, &n);

		ok = groups != NULL;
		for (uint32_t g = 0; ok && g < n; g++)
			ok = take(arg, l->nested ?
			    nested_of(r->subject[i], groups[g], l) :
			    group_of(r->subject[i], groups[g], l));
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

bool
json_print(FILE *f, const struct report *r, const struct counts *counts,
    const struct layout *l, bool indented)
{
	json_t *groups = json_array(), *list = json_array(), *all;
	bool ok = groups != NULL && each_group(r, l, append, groups);

	for (unsigned i = 0; counts != NULL && i < counts->n; i++)
		json_array_append_new(list, count_of(&counts->list[i]));
	all = l->nested ? groups : json_pack(counts != NULL ? "{so so}" : "{so}", "groups", groups,
	    "counts", counts != NULL ? json_incref(list) : NULL);
	json_decref(list);
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
