#include "stat/counts.h"

#include <stdlib.h>
#include <string.h>

static int
compare(const struct counted *c, const char *prog, const char *name)
{
	int order = strcmp(c->prog, prog);

	return order != 0 ? order : strcmp(c->name, name);
}

/* Make room for a count before number i. */
static bool
make_room(struct counts *c, unsigned i)
{
	struct counted *list;

	if (c->n == COUNTS_MAX)
		return false;
	list = realloc(c->list, (c->n + 1) * sizeof *list);
	if (list == NULL)
		return false;
	memmove(list + i + 1, list + i, (c->n - i) * sizeof *list);
	c->list = list;
	c->n++;
	return true;
}

/* Add to a count.  prog and name are owned by it from then on, or freed. */
static bool
add(struct counts *c, char *prog, char *name, uint64_t value)
{
	unsigned i = 0;

	while (i < c->n && compare(&c->list[i], prog, name) < 0)
		i++;
	if (i < c->n && compare(&c->list[i], prog, name) == 0)
		c->list[i].value += value;
	else if (make_room(c, i)) {
		c->list[i] = (struct counted){ prog, name, value };
		return true;
	}
	free(prog);
	free(name);
	return c->n < COUNTS_MAX;
}

bool
counts_add(struct counts *c, const char *prog, size_t nprog, const char *name,
    size_t nname, uint64_t value)
{
	char *p = strndup(prog, nprog), *n = strndup(name, nname);

	if (p != NULL && n != NULL)
		return add(c, p, n, value);
	free(p);
	free(n);
	return false;
}

void
counts_free(struct counts *c)
{
	for (unsigned i = 0; i < c->n; i++) {
		free(c->list[i].prog);
		free(c->list[i].name);
	}
	free(c->list);
	*c = (struct counts){ NULL, 0 };
}
