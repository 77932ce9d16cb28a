/* The forms that a table can be written in. */
#ifndef CUT_FORM_H
#define CUT_FORM_H

#include <stdbool.h>

#include "cut/pick.h"
#include "rec/write.h"

struct form;

/* How tables are written, and how far that is. */
struct form_state {
	const struct form *form;
	struct rec_writer *out;
	const char *none;	/* what stands for no value, in TSV and CSV */
	bool many;		/* several kinds: JSON names that of each row */
	const struct pick *table;	/* begun last, or NULL */
	uint64_t rows;		/* of all tables */
	unsigned batch;		/* rows of the INSERT that is open, in SQL */
	char *scratch;		/* of nscratch bytes; owned */
	size_t nscratch;
	size_t width;		/* of the terminal; 0: whole lines, for a file */
	void *grid;		/* of cut/grid */
};

struct form {
	const char *name;
	bool one_kind;		/* tables of several kinds cannot be mixed */
	/* Write what precedes the rows of a table; what follows all of them. */
	void (*begin)(struct form_state *s, const struct pick *p);
	void (*row)(struct form_state *s, const struct pick *p,
	    const struct rec *rec);
	void (*end)(struct form_state *s);
};

extern const struct form form_tsv, form_csv, form_jsonl, form_json, form_sql,
    form_zeek;

/* Write a row, after what precedes it if the table is not the last one. */
void form_row(struct form_state *s, const struct pick *p,
    const struct rec *rec);

/* Write what follows the last row; frees what is owned. */
void form_end(struct form_state *s);

/* For forms: each field of a record by put(), with a text between two. */
typedef void form_field(struct form_state *s, const struct pick_column *c,
    const char *text, size_t n);
void form_fields(struct form_state *s, const struct pick *p,
    const struct rec *rec, const char *between, form_field *put);

/* A string, and a field's text converted by one of plain.h. */
void form_put(struct form_state *s, const char *text);
void form_convert(struct form_state *s,
    size_t (*convert)(char *out, const char *text, size_t n),
    const char *text, size_t n);

#endif
