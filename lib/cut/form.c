#include "cut/form.h"

#include <stdlib.h>
#include <string.h>

#include "cut/plain.h"
#include "rec/parts.h"

#define BATCH	500	/* rows of an INSERT */

void
form_put(struct form_state *s, const char *text)
{
	rec_add(s->out, text, strlen(text));
}

/* Memory for a field of n bytes, converted. */
static char *
scratch(struct form_state *s, size_t n)
{
	size_t need = PLAIN_MAX * n + PLAIN_QUOTES;

	if (need <= s->nscratch)
		return s->scratch;
	free(s->scratch);
	if ((s->scratch = malloc(need)) == NULL)
		abort();	/* no memory for a single field */
	s->nscratch = need;
	return s->scratch;
}

void
form_convert(struct form_state *s,
    size_t (*convert)(char *out, const char *text, size_t n),
    const char *text, size_t n)
{
	char *out = scratch(s, n);

	rec_add(s->out, out, convert(out, text, n));
}

void
form_row(struct form_state *s, const struct pick *p, const struct rec *rec)
{
	if (s->table != p)
		s->form->begin(s, p);
	s->table = p;
	s->form->row(s, p, rec);
	s->rows++;
}

void
form_end(struct form_state *s)
{
	if (s->form->end != NULL)
		s->form->end(s);
	free(s->scratch);
}

void
form_fields(struct form_state *s, const struct pick *p,
    const struct rec *rec, const char *between, form_field *put)
{
	for (unsigned i = 0; i < p->n; i++) {
		size_t n;
		const char *text = pick_field(p, i, rec, &n);

		if (i > 0)
			form_put(s, between);
		put(s, &p->column[i], text, n);
	}
}

static void
put_names(struct form_state *s, const struct pick *p, const char *between)
{
	for (unsigned i = 0; i < p->n; i++) {
		if (i > 0)
			form_put(s, between);
		form_put(s, p->column[i].name);
	}
	form_put(s, "\n");
}

static void
tsv_begin(struct form_state *s, const struct pick *p)
{
	put_names(s, p, "\t");
}

/* The escapes of records are those of TSV; but "-" needs none here. */
static void
tsv_field(struct form_state *s, const struct pick_column *c, const char *text,
    size_t n)
{
	(void)c;
	if (pick_is_none(text, n))
		form_put(s, s->none);
	else if (n == 4 && memcmp(text, "\\x2d", 4) == 0)
		rec_add(s->out, "-", 1);
	else
		rec_add(s->out, text, n);
}

static void
tsv_row(struct form_state *s, const struct pick *p, const struct rec *rec)
{
	form_fields(s, p, rec, "\t", tsv_field);
	form_put(s, "\n");
}

static void
csv_begin(struct form_state *s, const struct pick *p)
{
	put_names(s, p, ",");
}

static void
csv_field(struct form_state *s, const struct pick_column *c, const char *text,
    size_t n)
{
	(void)c;
	if (pick_is_none(text, n))
		form_put(s, s->none);
	else
		form_convert(s, plain_csv, text, n);
}

static void
csv_row(struct form_state *s, const struct pick *p, const struct rec *rec)
{
	form_fields(s, p, rec, ",", csv_field);
	form_put(s, "\n");
}

/* An array of the names of a list. */
static void
json_list(struct form_state *s, const char *text, size_t n)
{
	struct parts names = parts_of(text, n, ',');
	const char *name, *between = "[";
	size_t len;

	for (; parts_next(&names, &name, &len); between = ",") {
		form_put(s, between);
		form_convert(s, plain_json, name, len);
	}
	form_put(s, "]");
}

static void
json_value(struct form_state *s, enum rec_type type, const char *text,
    size_t n)
{
	if (pick_is_none(text, n))
		form_put(s, "null");
	else if (rec_type_is_number(type) && plain_is_number(text, n))
		rec_add(s->out, text, n);
	else if (type == REC_LIST)
		json_list(s, text, n);
	else
		form_convert(s, plain_json, text, n);
}

static void
json_key(struct form_state *s, bool first, const char *name)
{
	form_put(s, first ? "" : ",");
	form_convert(s, plain_json, name, strlen(name));
	form_put(s, ":");
}

static void
json_object(struct form_state *s, const struct pick *p, const struct rec *rec)
{
	form_put(s, "{");
	if (s->many) {
		json_key(s, true, "kind");
		form_convert(s, plain_json, p->kind, strlen(p->kind));
	}
	for (unsigned i = 0; i < p->n; i++) {
		size_t n;
		const char *text = pick_field(p, i, rec, &n);

		json_key(s, i == 0 && !s->many, p->column[i].name);
		json_value(s, p->column[i].type, text, n);
	}
	form_put(s, "}");
}

static void
json_begin(struct form_state *s, const struct pick *p)
{
	(void)s;
	(void)p;
}

static void
jsonl_row(struct form_state *s, const struct pick *p, const struct rec *rec)
{
	json_object(s, p, rec);
	form_put(s, "\n");
}

static void
json_row(struct form_state *s, const struct pick *p, const struct rec *rec)
{
	form_put(s, s->rows == 0 ? "[\n" : ",\n");
	json_object(s, p, rec);
}

static void
json_end(struct form_state *s)
{
	form_put(s, s->rows == 0 ? "[]\n" : "\n]\n");
}

/* Types that SQLite, PostgreSQL, DuckDB and ClickHouse all know. */
static const char *
sql_type(enum rec_type type)
{
	switch (type) {
	case REC_TIME:
	case REC_DURATION:
		return "NUMERIC(20,9)";
	case REC_NUM:
	case REC_SIGNED:
		return "BIGINT";
	case REC_DECIMAL:
		return "DOUBLE PRECISION";
	default:
		return "TEXT";
	}
}

/* A name in double quotes: some columns have names that SQL reserves. */
static void
sql_name(struct form_state *s, const char *name)
{
	form_put(s, "\"");
	for (size_t n; *name != '\0'; name += n + (name[n] == '"')) {
		n = strcspn(name, "\"");
		rec_add(s->out, name, n);
		if (name[n] == '"')
			form_put(s, "\"\"");
	}
	form_put(s, "\"");
}

static void
sql_finish(struct form_state *s)
{
	if (s->batch > 0)
		form_put(s, ";\n");
	s->batch = 0;
}

static void
sql_begin(struct form_state *s, const struct pick *p)
{
	sql_finish(s);
	if (s->table == NULL)
		form_put(s, "BEGIN;\n");
	if (p->rows > 0)
		return;		/* the table was there before another one */
	form_put(s, "CREATE TABLE IF NOT EXISTS ");
	sql_name(s, p->kind);
	for (unsigned i = 0; i < p->n; i++) {
		form_put(s, i == 0 ? " (\n\t" : ",\n\t");
		sql_name(s, p->column[i].name);
		form_put(s, " ");
		form_put(s, sql_type(p->column[i].type));
	}
	form_put(s, "\n);\n");
}

static void
sql_field(struct form_state *s, const struct pick_column *c, const char *text,
    size_t n)
{
	if (pick_is_none(text, n))
		form_put(s, "NULL");
	else if (rec_type_is_number(c->type) && plain_is_number(text, n))
		rec_add(s->out, text, n);
	else
		form_convert(s, plain_sql, text, n);
}

static void
sql_row(struct form_state *s, const struct pick *p, const struct rec *rec)
{
	if (s->batch == 0) {
		form_put(s, "INSERT INTO ");
		sql_name(s, p->kind);
		form_put(s, " VALUES");
	}
	form_put(s, s->batch == 0 ? "\n(" : ",\n(");
	form_fields(s, p, rec, ",", sql_field);
	form_put(s, ")");
	if (++s->batch == BATCH)
		sql_finish(s);
}

static void
sql_end(struct form_state *s)
{
	sql_finish(s);
	if (s->table != NULL)
		form_put(s, "COMMIT;\n");
}

const struct form form_tsv = { "tsv", true, tsv_begin, tsv_row, NULL };
const struct form form_csv = { "csv", true, csv_begin, csv_row, NULL };
const struct form form_jsonl = { "jsonl", false, json_begin, jsonl_row, NULL };
const struct form form_json = { "json", false, json_begin, json_row, json_end };
const struct form form_sql = { "sql", false, sql_begin, sql_row, sql_end };
