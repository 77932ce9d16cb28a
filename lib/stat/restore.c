#include "stat/restore.h"

#include <stdio.h>
#include <stdlib.h>

#include "rec/parts.h"
#include "stat/store.h"

static bool
is_comma(const char *text, size_t n)
{
	size_t len = strlen(STORE_COMMA);

	return n >= len && memcmp(text, STORE_COMMA, len) == 0;
}

/* Undo put_key() of stat/store: TABs between texts, commas inside them. */
static size_t
unescape_key(const char *text, size_t n, char *out)
{
	char *to = out;

	for (size_t i = 0; i < n; i++)
		if (text[i] == ',')
			*to++ = '\t';
		else if (is_comma(text + i, n - i)) {
			*to++ = ',';
			i += strlen(STORE_COMMA) - 1;
		} else {
			*to++ = text[i];
			if (text[i] == '\\' && i + 1 < n)
				*to++ = text[++i];
		}
	return (size_t)(to - out);
}

/* The key of a record: its columns and their texts. */
struct key {
	char by[1024], text[4 * GROUP_KEY_MAX];
	size_t n;
};

/* Find the text of a column in a key; false if the key lacks it. */
static bool
find_part(const struct key *key, const char *name, size_t nname,
    const char **part, size_t *npart)
{
	struct parts columns = parts_of_names(key->by);
	struct parts texts = parts_of(key->text, key->n, '\t');
	const char *column;
	size_t n;

	while (parts_next(&columns, &column, &n) &&
	    parts_next(&texts, part, npart))
		if (n == nname && memcmp(column, name, n) == 0)
			return true;
	return false;
}

/* Make a key of only the columns by; false if the other key lacks one. */
static bool
project(struct key *key, const char *by, const struct key *from)
{
	struct parts columns = parts_of_names(by);
	const char *name, *part;
	size_t n, npart;

	key->n = 0;
	snprintf(key->by, sizeof key->by, "%s", by);
	while (parts_next(&columns, &name, &n)) {
		if (!find_part(from, name, n, &part, &npart))
			return false;
		if (key->n > 0)
			key->text[key->n++] = '\t';
		memcpy(key->text + key->n, part, npart);
		key->n += npart;
	}
	return true;
}

static bool
is_none(const char *text, size_t n)
{
	return n == 1 && *text == '-';
}

static size_t
count_bytes(const char *text, size_t n, char c)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += text[i] == c;
	return count;
}

static void
parse_key(struct rec *rec, struct key *key)
{
	size_t nby, n;
	const char *by = rec_field(rec, stat_by, &nby);
	const char *text = rec_field(rec, stat_key, &n);

	if (is_none(by, nby))
		nby = n = 0;
	if (nby >= sizeof key->by || n > sizeof key->text) {
		rec_bad(rec, stat_key, "too long");
		return;
	}
	memcpy(key->by, by, nby);
	key->by[nby] = '\0';
	key->n = unescape_key(text, n, key->text);
	if (key->n > GROUP_KEY_MAX)
		rec_bad(rec, stat_key, "too long");
	if (count_bytes(key->by, nby, ',') !=
	    count_bytes(key->text, key->n, '\t'))
		rec_bad(rec, stat_key, "must have a text for each column");
}

static nano
parse_decimal(struct rec *rec, enum rec_col c)
{
	nano v = 0;
	size_t n;
	const char *p = rec_field(rec, c, &n);

	if (nano_scan(p, n, &v) == 0)
		rec_bad(rec, c, "not a number");
	return v;
}

/* Parse the sums and the histogram, and check that they are consistent. */
static void
parse_tally(struct rec *rec, struct tally *t)
{
	struct moments *m = &t->moments;
	uint64_t count = 0;
	size_t n;
	const char *p;

	m->count = rec_num_to(rec, stat_count, UINT64_MAX);
	if (m->count == 0)
		return;
	m->sum = parse_decimal(rec, stat_sum);
	m->min = parse_decimal(rec, stat_min);
	m->max = parse_decimal(rec, stat_max);
	p = rec_field(rec, stat_squares, &n);
	if (wide_scan(p, n, &m->squares) == 0)
		rec_bad(rec, stat_squares, "not a hexadecimal number");
	p = rec_field(rec, stat_sketch, &n);
	if (!histogram_scan(&t->histogram, p, n, &count))
		rec_bad(rec, stat_sketch, "not a histogram");
	if (count != m->count)
		rec_bad(rec, stat_count, "differs from the sketch");
	else if (!moments_sane(m))
		rec_bad(rec, stat_squares, "impossible for these sums");
}

/* Is the record selected?  *key is reduced to the selected columns. */
static bool
is_selected(struct rec *rec, struct selection *sel, const struct key **key)
{
	static struct key reduced;
	size_t n;
	const char *p = rec_field(rec, stat_what, &n);

	if (!selection_has_kind(sel, p, n))
		return false;
	if (sel->by != NULL && !project(&reduced, sel->by, *key)) {
		selection_skip_by(sel, (*key)->by);
		return false;
	}
	if (sel->by != NULL)
		*key = &reduced;
	p = rec_field(rec, stat_value, &n);
	if (is_none(p, n) || selection_has_value(sel, p, n))
		return true;
	selection_skip_value(sel, p, n);
	return false;
}

/* A parsed record. */
struct entry {
	const char *kind, *value;
	size_t nkind, nvalue;
	const struct key *key;
	uint64_t records, first, last;
	struct tally tally;
};

static void
parse_values(struct rec *rec, struct entry *e)
{
	if (is_none(e->value, e->nvalue))
		e->records = rec_num_to(rec, stat_count, UINT64_MAX);
	else
		parse_tally(rec, &e->tally);
	if (!rec_has(rec, stat_time))
		return;
	e->first = rec_ns(rec, stat_time);
	e->last = e->first;
	if (rec_has(rec, stat_took))
		e->last += rec_ns(rec, stat_took);
}

static bool
is_seconds(const char *kind, const char *value, size_t n)
{
	enum rec_kind k = rec_kind_named(kind, strlen(kind));

	return k < REC_KINDS && rec_is_seconds(rec_col_named(k, value, n));
}

static bool
add_to_section(struct section *s, const struct entry *e)
{
	struct group *g = section_group(s, e->key->text, e->key->n);
	struct tally *t;
	int i;

	if (g == NULL)
		return false;
	section_extend(s, e->first, e->last);
	g->records += e->records;
	if (is_none(e->value, e->nvalue))
		return true;
	i = section_value(s, e->value, e->nvalue,
	    is_seconds(s->kind, e->value, e->nvalue));
	t = i < 0 ? NULL : group_value(g, (uint32_t)i);
	return t != NULL && tally_merge(t, &e->tally);
}

static bool
add(struct report *r, const struct entry *e)
{
	char *kind = strndup(e->kind, e->nkind);
	struct section *s = kind == NULL ? NULL :
	    report_section(r, kind, e->key->by);

	free(kind);
	return s != NULL && add_to_section(s, e);
}

bool
restore_record(struct report *r, uint64_t start, struct rec *rec,
    struct selection *sel)
{
	static struct key all;
	struct entry e = { .key = &all };

	e.kind = rec_field(rec, stat_what, &e.nkind);
	e.value = rec_field(rec, stat_value, &e.nvalue);
	parse_key(rec, &all);
	if (rec->why != NULL || !is_selected(rec, sel, &e.key))
		return false;
	sel->found = true;
	parse_values(rec, &e);
	if (start != 0)
		e.first = start;
	if (rec->why == NULL && !add(r, &e))
		rec_bad(rec, stat_value, "too large a sum, or too many values");
	histogram_free(&e.tally.histogram);
	return rec->why == NULL;
}
