#include "sys/csvfile.h"

#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_MAX	1024	/* bytes of a field, with its NUL */

struct reading {
	const char *name;
	unsigned line;
	csvfile_row *row;
	void *arg;
	char *why;
	size_t nwhy;
	bool wrong;
	unsigned n;
	char *field[CSVFILE_FIELDS];
	char text[CSVFILE_FIELDS][FIELD_MAX];
};

/* Keep the first reason. */
static void
wrong(struct reading *r, const char *reason)
{
	if (r->wrong)
		return;
	r->wrong = true;
	snprintf(r->why, r->nwhy, "%s:%u: %s", r->name, r->line, reason);
}

static void
on_field(void *text, size_t n, void *arg)
{
	struct reading *r = arg;

	if (r->n == CSVFILE_FIELDS)
		wrong(r, "too many fields");
	else if (n >= FIELD_MAX)
		wrong(r, "a field is too long");
	if (r->wrong)
		return;
	if (n > 0)
		memcpy(r->text[r->n], text, n);
	r->text[r->n][n] = '\0';
	r->field[r->n] = r->text[r->n];
	r->n++;
}

static void
on_row(int end, void *arg)
{
	struct reading *r = arg;
	char reason[256];

	(void)end;
	if (!r->wrong && r->row(r->arg, r->field, r->n, reason,
	    sizeof reason) < 0)
		wrong(r, reason);
	r->n = 0;
}

/* Parse line by line, so that an error has its line number. */
static void
parse(struct reading *r, struct csv_parser *csv, FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while (!r->wrong && (n = getline(&line, &size, f)) > 0) {
		r->line++;
		if (csv_parse(csv, line, (size_t)n, on_field, on_row, r) !=
		    (size_t)n)
			wrong(r, csv_strerror(csv_error(csv)));
	}
	free(line);
	if (!r->wrong && csv_fini(csv, on_field, on_row, r) != 0)
		wrong(r, "unterminated quote");
}

static enum csvfile
unreadable(struct reading *r)
{
	snprintf(r->why, r->nwhy, "%s: %s", r->name, strerror(errno));
	return CSVFILE_UNREADABLE;
}

enum csvfile
csvfile_read(const char *name, csvfile_row *row, void *arg, char *why,
    size_t nwhy)
{
	struct reading r = { .name = name, .row = row, .arg = arg,
	    .why = why, .nwhy = nwhy };
	struct csv_parser csv;
	FILE *f = fopen(name, "re");
	enum csvfile result;

	if (f == NULL)
		return unreadable(&r);
	if (csv_init(&csv, CSV_STRICT | CSV_STRICT_FINI) != 0) {
		fclose(f);
		errno = ENOMEM;
		return unreadable(&r);
	}
	parse(&r, &csv, f);
	result = r.wrong ? CSVFILE_WRONG :
	    ferror(f) ? unreadable(&r) : CSVFILE_DONE;
	csv_free(&csv);
	fclose(f);
	return result;
}
