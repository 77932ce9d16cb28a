#include "stat/human.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "rec/parts.h"
#include "wire/units.h"

#define COLUMNS_MAX	(SECTION_KEYS_MAX + 2 + FIGURES_MAX)

/* A table that is kept as text until the widths of its columns are known. */
struct grid {
	struct cells cells;
	FILE *f;		/* writes to text, a TAB after each cell and a
				 * newline after each row */
	char *text;
	size_t size;
	unsigned column;
	int width[COLUMNS_MAX];
};

/* The number of characters of UTF-8. */
static int
width_of(const char *text, size_t n)
{
	int width = 0;

	for (size_t i = 0; i < n; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

static void
put(struct cells *to, const char *text, size_t n)
{
	struct grid *g = (struct grid *)to;
	int width = width_of(text, n);

	if (width > g->width[g->column])
		g->width[g->column] = width;
	g->column++;
	fwrite(text, 1, n, g->f);
	putc('\t', g->f);
}

static void
end(struct cells *to)
{
	struct grid *g = (struct grid *)to;

	g->column = 0;
	putc('\n', g->f);
}

/* Print a row: names aligned left, numbers right. */
static void
print_row(FILE *f, const struct grid *g, const struct section *s,
    const char *row, size_t len)
{
	struct parts cells = parts_of(row, len, '\t');
	const char *cell;
	size_t n;

	for (unsigned i = 0; parts_next(&cells, &cell, &n); i++) {
		int pad = g->width[i] - width_of(cell, n);
		bool left = i < s->nkeys || i == s->nkeys + 1;
		bool last = !cells.more;

		fprintf(f, "%s%*s%.*s%*s", i > 0 ? "  " : "",
		    left ? 0 : pad, "", (int)n, cell,
		    left && !last ? pad : 0, "");
	}
	putc('\n', f);
}

static void
print_grid(FILE *f, const struct grid *g, const struct section *s)
{
	struct parts rows = parts_of(g->text, g->size, '\n');
	const char *row;
	size_t n;

	while (parts_next(&rows, &row, &n))
		if (n > 0)
			print_row(f, g, s, row, n - 1);
}

static bool
print_rows(FILE *f, const struct section *s, const struct layout *l)
{
	struct grid g = { .cells = { put, end, false } };
	bool ok;

	if ((g.f = open_memstream(&g.text, &g.size)) == NULL)
		return false;
	rows_header(s, l, &g.cells);
	ok = rows_put(s, l, &g.cells);
	ok &= fclose(g.f) == 0;
	if (ok)
		print_grid(f, &g, s);
	free(g.text);
	return ok;
}

static void
print_time(FILE *f, uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	struct tm tm;
	char text[64];

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return;
	fprintf(f, "%s.%03d", text, (int)(ns % NS_PER_S / NS_PER_MS));
}

static void
print_title(FILE *f, const struct section *s, const struct layout *l)
{
	const struct groups *t = &s->groups;
	uint64_t records = 0;

	for (uint32_t i = 0; t->used > 0 && i <= t->mask; i++)
		if (t->place[i].group != NULL)
			records += t->place[i].group->records;
	fprintf(f, "%s: %" PRIu64 " record%s", s->kind, records,
	    records == 1 ? "" : "s");
	if (s->nkeys > 0)
		fprintf(f, " in %" PRIu32 " group%s by %s", t->used,
		    t->used == 1 ? "" : "s", s->by);
	if (l->order->top != 0 && l->order->top < t->used)
		fprintf(f, ", the top %" PRIu32, l->order->top);
	if (s->first != 0) {
		fputs(", ", f);
		print_time(f, s->first);
		fputs(" to ", f);
		print_time(f, s->last);
		fputs(" UTC", f);
	}
	putc('\n', f);
}

bool
human_print(FILE *f, const struct report *r, const struct layout *l)
{
	for (unsigned i = 0; i < r->n; i++) {
		print_title(f, r->section[i], l);
		if (!print_rows(f, r->section[i], l))
			return false;
		putc('\n', f);
	}
	return true;
}

void
human_counts(FILE *f, const struct counts *counts)
{
	for (unsigned i = 0; counts != NULL && i < counts->n; i++)
		if (counts->list[i].value != 0)
			fprintf(f, "%s: %" PRIu64 " %s\n",
			    counts->list[i].prog, counts->list[i].value,
			    counts->list[i].name);
}
