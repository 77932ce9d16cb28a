#include "stat/order.h"

#include <stdlib.h>

struct ranked {
	double size;
	const struct group *group;
};

static bool
is_digit(char c)
{
	return (unsigned)(c - '0') < 10;
}

/* The number of digits at *p, which skips leading zeros. */
static size_t
digits_at(const char **p, const char *end)
{
	const char *q;

	while (*p + 1 < end && **p == '0' && is_digit((*p)[1]))
		++*p;
	for (q = *p; q < end && is_digit(*q); q++)
		continue;
	return (size_t)(q - *p);
}

/* Compare texts by bytes, but runs of digits by the number they form. */
static int
compare_texts(const char *a, size_t na, const char *b, size_t nb)
{
	const char *enda = a + na, *endb = b + nb;

	while (a < enda && b < endb) {
		size_t da = digits_at(&a, enda), db = digits_at(&b, endb);
		size_t n = da > 0 ? da : 1;
		int c;

		if (da != db)
			return da == 0 || db == 0 ?
			    (unsigned char)*a - (unsigned char)*b :
			    da < db ? -1 : 1;
		if ((c = memcmp(a, b, n)) != 0)
			return c;
		a += n;
		b += n;
	}
	return (a < enda) - (b < endb);
}

static int
compare_keys(const struct group *a, const struct group *b)
{
	int c = compare_texts(a->key, a->nkey, b->key, b->nkey);

	if (c == 0)
		c = memcmp(a->key, b->key,
		    a->nkey < b->nkey ? a->nkey : b->nkey);
	return c != 0 ? c : (a->nkey > b->nkey) - (a->nkey < b->nkey);
}

static int
compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return compare_keys(x->group, y->group);
}

/* The number of the value that groups are ordered by; nvalues if none. */
static unsigned
value_of(const struct section *s, const struct order *o)
{
	unsigned i = 0;

	while (o->value != NULL && i < s->nvalues &&
	    strcmp(s->value[i].name, o->value) != 0)
		i++;
	return i;
}

/* What groups are ordered by, largest first.  Those without a value are last. */
static double
size_of(const struct group *g, const struct order *o, const struct figures *f,
    unsigned value)
{
	struct figure numbers[FIGURES_MAX];

	if (o->by_arrival)
		return -(double)g->arrival;
	if (o->by_key)
		return 0;
	if (o->figure == f->n)
		return (double)g->records;
	if (value >= g->nvalues || g->value[value].moments.count == 0 ||
	    !figures_of(f, &g->value[value], false, numbers))
		return -1e300;
	return figure_double(&numbers[o->figure]);
}

static struct ranked *
rank_all(const struct section *s, const struct order *o,
    const struct figures *f)
{
	const struct groups *t = &s->groups;
	struct ranked *all = malloc((t->used + 1) * sizeof *all);
	unsigned value = value_of(s, o);
	uint32_t n = 0;

	if (all == NULL)
		return NULL;
	for (uint32_t i = 0; t->used > 0 && i <= t->mask; i++) {
		const struct group *g = t->place[i].group;

		if (g != NULL)
			all[n++] = (struct ranked){ size_of(g, o, f, value),
			    g };
	}
	qsort(all, n, sizeof *all, compare);
	return all;
}

const struct group **
order_groups(const struct section *s, const struct order *o,
    const struct figures *f, uint32_t *n)
{
	struct ranked *all = rank_all(s, o, f);
	const struct group **groups;

	*n = s->groups.used;
	if (o->top != 0 && o->top < *n)
		*n = o->top;
	groups = calloc((size_t)*n + 1, sizeof(struct group *));
	for (uint32_t i = 0; i < *n && groups != NULL && all != NULL; i++)
		groups[i] = all[i].group;
	if (all == NULL) {
		free(groups);
		return NULL;
	}
	free(all);
	return groups;
}
