#include "stat/tsv.h"

#include <csv.h>
#include <stdlib.h>

struct tsv_cells {
	struct cells cells;
	FILE *f;
	bool csv;
	bool in_row;		/* the row has a cell already */
};

/* "-", no value, is an empty field in CSV. */
static void
put(struct cells *to, const char *text, size_t n)
{
	struct tsv_cells *t = (struct tsv_cells *)to;
	bool none = n == 1 && *text == '-';

	if (t->in_row)
		putc(t->csv ? ',' : '\t', t->f);
	t->in_row = true;
	if (!t->csv)
		fwrite(text, 1, n, t->f);
	else if (!none)
		csv_fwrite(t->f, text, n);
}

static void
end(struct cells *to)
{
	struct tsv_cells *t = (struct tsv_cells *)to;

	fputs(t->csv ? "\r\n" : "\n", t->f);
	t->in_row = false;
}

static char *
header_of(const struct tsv *t, const struct section *s,
    const struct layout *l)
{
	char *text;
	size_t size;
	struct tsv_cells to = { { put, end, true },
	    open_memstream(&text, &size), t->csv, false };

	if (to.f == NULL)
		return NULL;
	rows_header(s, l, &to.cells);
	return fclose(to.f) == 0 ? text : NULL;
}

static bool
print_header(struct tsv *t, FILE *f, const struct section *s,
    const struct layout *l)
{
	char *header = header_of(t, s, l);

	if (header == NULL)
		return false;
	if (t->header == NULL || strcmp(t->header, header) != 0)
		fprintf(f, "%s%s", t->header == NULL ? "" :
		    t->csv ? "\r\n" : "\n", header);
	free(t->header);
	t->header = header;
	return true;
}

bool
tsv_print(struct tsv *t, FILE *f, const struct report *r,
    const struct layout *l)
{
	struct tsv_cells to = { { put, end, true }, f, t->csv, false };

	for (unsigned i = 0; i < r->n; i++)
		if (!print_header(t, f, r->section[i], l) ||
		    !rows_put(r->section[i], l, &to.cells))
			return false;
	return true;
}
