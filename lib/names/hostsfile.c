#include "names/hostsfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS	" \t\r\n"

static int
compare_addr(const struct addr *a, const struct addr *b)
{
	return a->v6 != b->v6 ? a->v6 - b->v6 :
	    memcmp(a->b, b->b, sizeof a->b);
}

static int
compare(const void *one, const void *other)
{
	const struct hostsfile_line *a = one, *b = other;
	int order = compare_addr(&a->addr, &b->addr);

	return order != 0 ? order : (a->number > b->number) -
	    (a->number < b->number);
}

static int
add(struct hostsfile *h, const struct addr *a, const char *name)
{
	struct hostsfile_line *more = realloc(h->line,
	    (h->n + 1) * sizeof *more);

	if (more == NULL)
		return -1;
	h->line = more;
	h->line[h->n] = (struct hostsfile_line){ *a, h->n, strdup(name) };
	return h->line[h->n++].name == NULL ? -1 : 0;
}

/* Add the first name of a line, if it has an address and a name. */
static int
parse_line(struct hostsfile *h, char *line)
{
	char *rest, *addr, *name;
	struct prefix p;

	line[strcspn(line, "#")] = '\0';
	addr = strtok_r(line, BLANKS, &rest);
	name = strtok_r(NULL, BLANKS, &rest);
	if (name == NULL || strchr(addr, '/') != NULL ||
	    prefix_scan(addr, &p) == 0)
		return 0;
	return add(h, &p.addr, name);
}

int
hostsfile_read(struct hostsfile *h, const char *file)
{
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;
	int r = 0, keep;

	if (f == NULL)
		return -1;
	while (r == 0 && getline(&line, &size, f) >= 0)
		r = parse_line(h, line);
	if (ferror(f))
		r = -1;
	keep = errno;
	free(line);
	fclose(f);
	if (h->n > 0)
		qsort(h->line, h->n, sizeof *h->line, compare);
	errno = keep;
	return r;
}

void
hostsfile_free(struct hostsfile *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->line[i].name);
	free(h->line);
}

/* Lines for the same address are in the order of the file: find the first. */
const char *
hostsfile_name(const struct hostsfile *h, const struct addr *a)
{
	size_t from = 0, to = h->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (compare_addr(&h->line[mid].addr, a) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from < h->n && compare_addr(&h->line[from].addr, a) == 0 ?
	    h->line[from].name : NULL;
}
