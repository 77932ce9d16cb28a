#include "cut/grid.h"

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rec/nano.h"
#include "wire/units.h"

#define CELL_MAX	64
#define NARROWEST	8	/* characters of a text that is cut */

/* Numbers are aligned right, but dates are all of one length. */
static bool
is_right(enum rec_type type)
{
	return rec_type_is_number(type) && type != REC_TIME;
}

/* A time as a date and a time of day, UTC, with microseconds. */
static void
print_time(char *out, const char *text, size_t n)
{
	struct tm tm;
	uint64_t ns;
	time_t seconds;
	size_t len;

	if (ns_scan(text, n, &ns) == 0)
		return;
	seconds = (time_t)(ns / NS_PER_S);
	len = strftime(out, CELL_MAX, "%Y-%m-%d %H:%M:%S",
	    gmtime_r(&seconds, &tm));
	snprintf(out + len, CELL_MAX - len, ".%06u",
	    (unsigned)(ns % NS_PER_S / NS_PER_US));
}

/* A duration with four digits that count and the unit that fits. */
static void
print_duration(char *out, const char *text, size_t n)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 }, { "ns", 1 } };
	uint64_t ns;
	unsigned u = 0;
	double v;

	if (ns_scan(text, n, &ns) == 0)
		return;
	while (u < 3 && (double)ns < units[u].ns)
		u++;
	v = (double)ns / units[u].ns;
	snprintf(out, CELL_MAX, "%.*f %s", v < 10 ? 3 : v < 100 ? 2 : 1, v,
	    units[u].name);
}

static void
set_cell(struct libscols_line *line, unsigned i, enum rec_type type,
    const char *text, size_t n)
{
	char human[CELL_MAX] = "", *plain = NULL;

	if (type == REC_TIME && !pick_is_none(text, n))
		print_time(human, text, n);
	else if (type == REC_DURATION && !pick_is_none(text, n))
		print_duration(human, text, n);
	if (human[0] == '\0' && (plain = strndup(text, n)) == NULL)
		abort();
	if (scols_line_set_data(line, i, plain != NULL ? plain : human) != 0)
		abort();
	free(plain);
}

static void
add_grid_column(struct libscols_table *t, const struct pick_column *c)
{
	int flags = is_right(c->type) ? SCOLS_FL_RIGHT :
	    c->type == REC_TEXT || c->type == REC_LIST ? SCOLS_FL_TRUNC : 0;

	if (scols_table_new_column(t, c->name,
	    flags & SCOLS_FL_TRUNC ? NARROWEST : 1, flags) == NULL)
		abort();
}

static void
table_begin(struct form_state *s, const struct pick *p)
{
	struct libscols_table *t = scols_new_table();

	if (t == NULL)
		abort();
	if (s->grid != NULL) {
		grid_print(s);
		scols_unref_table(s->grid);
	}
	s->grid = t;
	for (unsigned i = 0; i < p->n; i++)
		add_grid_column(t, &p->column[i]);
	scols_table_set_column_separator(t, "  ");
	scols_table_set_termforce(t, s->width == 0 ? SCOLS_TERMFORCE_NEVER :
	    SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(t, s->width);
}

static void
table_row(struct form_state *s, const struct pick *p, const struct rec *rec)
{
	struct libscols_line *line = scols_table_new_line(s->grid, NULL);

	if (line == NULL)
		abort();
	for (unsigned i = 0; i < p->n; i++) {
		size_t n;
		const char *text = pick_field(p, i, rec, &n);

		set_cell(line, i, p->column[i].type, text, n);
	}
	if (grid_rows(s) >= GRID_ROWS_MAX)
		grid_print(s);
}

size_t
grid_rows(const struct form_state *s)
{
	return s->grid == NULL ? 0 : scols_table_get_nlines(s->grid);
}

void
grid_print(struct form_state *s)
{
	char *text;

	if (grid_rows(s) == 0)
		return;
	if (scols_print_table_to_string(s->grid, &text) != 0)
		abort();
	form_put(s, text);
	free(text);
	form_put(s, "\n");
	scols_table_remove_lines(s->grid);
	scols_table_enable_noheadings(s->grid, 1);
}

static void
table_end(struct form_state *s)
{
	grid_print(s);
	if (s->grid != NULL)
		scols_unref_table(s->grid);
}

const struct form form_table = { "table", false, table_begin, table_row,
    table_end };
