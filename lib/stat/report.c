#include "stat/report.h"

#include <errno.h>
#include <stdlib.h>

void
report_open(struct report *r, struct group_pool *pool)
{
	*r = (struct report){ .pool = pool };
}

static void
subject_free(struct subject *s)
{
	for (unsigned i = 0; i < s->nvalues; i++)
		free(s->value[i].name);
	groups_close(&s->groups);
	free(s->what);
	free(s->by);
	free(s->other);
	free(s);
}

void
report_close(struct report *r)
{
	for (unsigned i = 0; i < r->n; i++)
		subject_free(r->subject[i]);
	report_open(r, r->pool);
}

/* "other", and "-" for every key column but the first. */
static char *
other_key(unsigned nkeys)
{
	char *text = malloc(sizeof "other" + 2 * SUBJECT_KEYS_MAX), *p = text;

	if (text == NULL)
		return NULL;
	p = stpcpy(p, "other");
	for (unsigned i = 1; i < nkeys; i++)
		p = stpcpy(p, "\t-");
	return text;
}

static unsigned
count_columns(const char *by)
{
	unsigned n = *by != '\0';

	for (; *by != '\0'; by++)
		n += *by == ',';
	return n;
}

static struct subject *
subject_make(struct group_pool *pool, const char *what, const char *by)
{
	struct subject *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	groups_open(&s->groups, pool);
	s->what = strdup(what);
	s->by = strdup(by);
	s->nkeys = count_columns(by);
	s->other = other_key(s->nkeys);
	if (s->what != NULL && s->by != NULL && s->other != NULL)
		return s;
	subject_free(s);
	return NULL;
}

static int
compare(const struct subject *s, const char *what, const char *by)
{
	int c = strcmp(s->what, what);

	return c != 0 ? c : strcmp(s->by, by);
}

struct subject *
report_subject(struct report *r, const char *what, const char *by)
{
	struct subject **at = r->subject, **end = at + r->n, *s;

	while (at < end && compare(*at, what, by) < 0)
		at++;
	if (at < end && compare(*at, what, by) == 0)
		return *at;
	errno = 0;
	if (r->n == REPORT_SUBJECTS_MAX || count_columns(by) > SUBJECT_KEYS_MAX
	    || (s = subject_make(r->pool, what, by)) == NULL)
		return NULL;
	memmove(at + 1, at, (size_t)(end - at) * sizeof(struct subject *));
	r->n++;
	return *at = s;
}

int
subject_value(struct subject *s, const char *name, size_t n, bool seconds)
{
	unsigned i;

	for (i = 0; i < s->nvalues; i++)
		if (strlen(s->value[i].name) == n &&
		    memcmp(s->value[i].name, name, n) == 0)
			return (int)i;
	if (i == SUBJECT_VALUES_MAX ||
	    (s->value[i].name = strndup(name, n)) == NULL)
		return -1;
	s->value[i].seconds = seconds;
	s->nvalues++;
	return (int)i;
}

void
subject_saw(struct subject *s, uint64_t first, uint64_t last)
{
	if (last == 0)
		return;
	if (s->first == 0 || first < s->first)
		s->first = first;
	if (last > s->last)
		s->last = last;
}

struct group *
subject_group(struct subject *s, const char *key, size_t n)
{
	return groups_find(&s->groups, key, n, s->other);
}

bool
tally_merge(struct tally *t, const struct tally *from)
{
	return moments_merge(&t->moments, &from->moments) &&
	    histogram_merge(&t->histogram, &from->histogram);
}

/* to[i] is the number that value i of from has in s. */
static bool
map_values(struct subject *s, const struct subject *from, int *to)
{
	for (unsigned i = 0; i < from->nvalues; i++) {
		const char *name = from->value[i].name;

		to[i] = subject_value(s, name, strlen(name),
		    from->value[i].seconds);
		if (to[i] < 0)
			return false;
	}
	return true;
}

static bool
merge_group(struct subject *s, const struct group *from, const int *to)
{
	struct group *g = subject_group(s, from->key, from->nkey);

	if (g == NULL)
		return false;
	if (g->records == 0 || from->born < g->born)
		g->born = from->born;
	g->records += from->records;
	for (uint32_t i = 0; i < from->nvalues; i++) {
		struct tally *t = group_value(g, (uint32_t)to[i]);

		if (t == NULL || !tally_merge(t, &from->value[i]))
			return false;
	}
	return true;
}

static bool
merge_subject(struct subject *s, const struct subject *from)
{
	const struct groups *t = &from->groups;
	int to[SUBJECT_VALUES_MAX] = { 0 };

	if (!map_values(s, from, to))
		return false;
	subject_saw(s, from->first, from->last);
	for (uint32_t i = 0; t->used > 0 && i <= t->mask; i++)
		if (t->place[i].group != NULL &&
		    !merge_group(s, t->place[i].group, to))
			return false;
	return true;
}

bool
report_merge(struct report *r, const struct report *from)
{
	for (unsigned i = 0; i < from->n; i++) {
		const struct subject *f = from->subject[i];
		struct subject *s = report_subject(r, f->what, f->by);

		if (s == NULL || !merge_subject(s, f))
			return false;
	}
	return true;
}
