#include "stat/section.h"

#include <stdlib.h>

void
section_free(struct section *s)
{
	for (unsigned i = 0; i < s->nvalues; i++)
		free(s->value[i].name);
	groups_close(&s->groups);
	free(s->kind);
	free(s->by);
	free(s->other);
	free(s);
}

/* "other" in the first column of a key, "-" in all others. */
static char *
other_key(unsigned nkeys)
{
	char *text = malloc(sizeof "other" + 2 * SECTION_KEYS_MAX), *p = text;

	if (text == NULL)
		return NULL;
	p = stpcpy(p, "other");
	for (unsigned i = 1; i < nkeys; i++)
		p = stpcpy(p, "\t-");
	return text;
}

unsigned
section_count_keys(const char *by)
{
	unsigned n = *by != '\0';

	for (; *by != '\0'; by++)
		n += *by == ',';
	return n;
}

struct section *
section_new(struct group_pool *pool, const char *kind, const char *by)
{
	struct section *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	groups_open(&s->groups, pool);
	s->kind = strdup(kind);
	s->by = strdup(by);
	s->nkeys = section_count_keys(by);
	s->other = other_key(s->nkeys);
	if (s->kind != NULL && s->by != NULL && s->other != NULL)
		return s;
	section_free(s);
	return NULL;
}

int
section_compare(const struct section *s, const char *kind, const char *by)
{
	int c = strcmp(s->kind, kind);

	return c != 0 ? c : strcmp(s->by, by);
}

int
section_value(struct section *s, const char *name, size_t n, bool seconds)
{
	unsigned i;

	for (i = 0; i < s->nvalues; i++)
		if (strlen(s->value[i].name) == n &&
		    memcmp(s->value[i].name, name, n) == 0)
			return (int)i;
	if (i == SECTION_VALUES_MAX ||
	    (s->value[i].name = strndup(name, n)) == NULL)
		return -1;
	s->value[i].seconds = seconds;
	s->nvalues++;
	return (int)i;
}

void
section_extend(struct section *s, uint64_t first, uint64_t last)
{
	if (last == 0)
		return;
	if (s->first == 0 || first < s->first)
		s->first = first;
	if (last > s->last)
		s->last = last;
}

struct group *
section_group(struct section *s, const char *key, size_t n)
{
	return groups_find(&s->groups, key, n, s->other);
}

/* Set to[i] to the number in s of value i of from. */
static bool
map_values(struct section *s, const struct section *from, int *to)
{
	for (unsigned i = 0; i < from->nvalues; i++) {
		const char *name = from->value[i].name;

		to[i] = section_value(s, name, strlen(name),
		    from->value[i].seconds);
		if (to[i] < 0)
			return false;
	}
	return true;
}

static bool
merge_group(struct section *s, const struct group *from, const int *to)
{
	struct group *g = section_group(s, from->key, from->nkey);

	if (g == NULL)
		return false;
	if (g->records == 0 || from->arrival < g->arrival)
		g->arrival = from->arrival;
	g->records += from->records;
	for (uint32_t i = 0; i < from->nvalues; i++) {
		struct tally *t = group_value(g, (uint32_t)to[i]);

		if (t == NULL || !tally_merge(t, &from->value[i]))
			return false;
	}
	return true;
}

bool
section_merge(struct section *s, const struct section *from)
{
	const struct groups *t = &from->groups;
	int to[SECTION_VALUES_MAX] = { 0 };

	if (!map_values(s, from, to))
		return false;
	section_extend(s, from->first, from->last);
	for (uint32_t i = 0; t->used > 0 && i <= t->mask; i++)
		if (t->place[i].group != NULL &&
		    !merge_group(s, t->place[i].group, to))
			return false;
	return true;
}
