#include "cut/pick.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rec/parts.h"
#include "rec/text.h"

/* "no column 'NAME' in 'KIND' records, which have ..." */
static int
lacks(const struct rec_head *head, const char *name, size_t n, char *why,
    size_t nwhy)
{
	const char *tab = strchr(head->text, '\t');
	char *columns = malloc(strlen(head->text) * TEXT_ESCAPED_MAX + 1);
	size_t len = 0;

	for (; tab != NULL && columns != NULL; tab = strchr(tab + 1, '\t')) {
		columns[len++] = ' ';
		len += text_escape(columns + len, tab + 1,
		    strcspn(tab + 1, "\t"));
	}
	snprintf(why, nwhy, "no column '%.*s' in '%s' records, which have%.*s",
	    (int)n, name, head->kind, (int)len, columns != NULL ? columns : "");
	free(columns);
	return -1;
}

/* A name from a header, escaped: with such bytes it is found in none. */
static char *
escaped_name(const char *name, size_t n)
{
	char *text = malloc(n * TEXT_ESCAPED_MAX + 1);

	if (text != NULL)
		text[text_escape(text, name, n)] = '\0';
	return text;
}

static int
add_column(struct pick *p, const char *name, size_t n, const char *constant)
{
	struct pick_column *c = &p->column[p->n];
	enum rec_col col = p->number == REC_KINDS || constant != NULL ?
	    REC_COLS : rec_col_named(p->number, name, n);

	if (p->n == PICK_COLUMNS_MAX || (c->name = escaped_name(name, n)) == NULL)
		return -1;
	c->type = col == REC_COLS ? REC_TEXT : rec_cols[col].type;
	c->constant = constant;
	p->n++;
	return 0;
}

static int
add_columns(struct pick *p, struct parts names)
{
	const char *name;
	size_t n;

	while (parts_next(&names, &name, &n))
		if (add_column(p, name, n, NULL) < 0)
			return -1;
	return 0;
}

/* The first header fixes the columns. */
static int
fix_columns(struct pick *p, const struct rec_head *head)
{
	struct parts names = parts_of_names(p->names);
	const char *kind;
	size_t n;

	if (p->names == NULL) {
		names = parts_of(head->text, strlen(head->text), '\t');
		parts_next(&names, &kind, &n);
	}
	p->where_field = calloc(p->nwheres + 1, sizeof *p->where_field);
	if (p->where_field == NULL || add_columns(p, names) < 0)
		return -1;
	for (unsigned i = 0; i < p->nconstants; i++)
		if (add_column(p, p->constant[i].name,
		    strlen(p->constant[i].name), p->constant[i].value) < 0)
			return -1;
	return 0;
}

static unsigned
field_of(const struct rec_head *head, const char *name)
{
	return rec_field_named(head, name, strlen(name));
}

/* Find the fields of this header.  Returns the first column that has none. */
static const char *
find_fields(struct pick *p, const struct rec_head *head)
{
	const char *missing = NULL;

	for (unsigned i = 0; i < p->n; i++) {
		struct pick_column *c = &p->column[i];

		c->field = c->constant != NULL ? 0 : field_of(head, c->name);
		if (c->field == 0 && c->constant == NULL && missing == NULL)
			missing = c->name;
	}
	for (unsigned i = 0; i < p->nwheres; i++) {
		p->where_field[i] = field_of(head, p->where[i].column);
		if (p->where_field[i] == 0 && missing == NULL)
			missing = p->where[i].column;
	}
	p->time_field = field_of(head, "time");
	if (p->time_field == 0 && (p->from->set || p->to->set))
		missing = "time";
	return missing;
}

int
pick_header(struct pick *p, const struct rec_head *head, char *why,
    size_t nwhy)
{
	bool first = p->head == 0;
	const char *missing;

	p->head = head->id;
	if (first && fix_columns(p, head) < 0) {
		snprintf(why, nwhy, "%s", strerror(ENOMEM));
		return -1;
	}
	missing = find_fields(p, head);
	if (first && missing != NULL)
		return lacks(head, missing, strlen(missing), why, nwhy);
	return 0;
}

static bool
is_within(const struct pick *p, uint64_t time)
{
	const struct moment *from = p->from, *to = p->to;

	return !(from->set && time < from->ns +
	    (from->relative ? p->first : 0)) &&
	    !(to->set && time >= to->ns + (to->relative ? p->first : 0));
}

static bool
is_in_time(struct pick *p, const struct rec *rec)
{
	uint64_t time = 0;
	const char *text;
	size_t n;

	if (p->time_field == 0 || !(p->from->set || p->to->set))
		return true;
	text = rec_text(rec, p->time_field, &n);
	if (ns_scan(text, n, &time) == 0)
		return false;
	if (p->first == 0)
		p->first = time;
	return is_within(p, time);
}

bool
pick_wants(struct pick *p, const struct rec *rec)
{
	if (!is_in_time(p, rec))
		return false;
	for (unsigned i = 0; i < p->nwheres; i++) {
		const char *text = "-";
		size_t n = 1;

		if (p->where_field[i] != 0)
			text = rec_text(rec, p->where_field[i], &n);
		if (!where_holds(&p->where[i], text, n))
			return false;
	}
	return true;
}

void
pick_free(struct pick *p)
{
	for (unsigned i = 0; i < p->n; i++)
		free(p->column[i].name);
	for (unsigned i = 0; i < p->nwheres; i++)
		where_free(&p->where[i]);
	free(p->where);
	free(p->where_field);
	free(p->kind);
}
