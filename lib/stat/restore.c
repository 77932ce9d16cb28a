#include "stat/restore.h"

#include <stdio.h>
#include <stdlib.h>

#include "stat/list.h"
#include "stat/store.h"

static bool
is_comma(const char *text, size_t n)
{
	size_t len = strlen(STORE_COMMA);

	return n >= len && memcmp(text, STORE_COMMA, len) == 0;
}

/* A key as it is in records: with TABs, and commas that are commas. */
static size_t
scan_key(const char *text, size_t n, char *out)
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

/* A record's key, cut down to what is wanted. */
struct key {
	char by[1024], text[4 * GROUP_KEY_MAX];
	size_t n;
};

/* The part of a key that belongs to a column of by; false without one. */
static bool
part_for(const char *by, size_t nby, const char *text, size_t n,
    const char *name, size_t nname, const char **part, size_t *npart)
{
	struct list columns = list_of(by, nby, ','), parts;
	const char *column;
	size_t len;

	parts = list_of(text, n, '\t');
	while (list_next(&columns, &column, &len) &&
	    list_next(&parts, part, npart))
		if (len == nname && memcmp(column, name, len) == 0)
			return true;
	return false;
}

/* Of key's columns only those of by, in its order; false if one lacks. */
static bool
project(struct key *key, const char *by)
{
	static struct key all;
	struct list l = list_of_names(by);
	const char *name, *part;
	size_t n, npart;

	all = *key;
	key->n = 0;
	snprintf(key->by, sizeof key->by, "%s", by);
	while (list_next(&l, &name, &n)) {
		if (!part_for(all.by, strlen(all.by), all.text, all.n, name, n,
		    &part, &npart))
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
count_of(const char *text, size_t n, char c)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += text[i] == c;
	return count;
}

static void
take_key(struct rec *rec, struct key *key)
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
	key->n = scan_key(text, n, key->text);
	if (key->n > GROUP_KEY_MAX)
		rec_bad(rec, stat_key, "too long");
	if (count_of(key->by, nby, ',') != count_of(key->text, key->n, '\t'))
		rec_bad(rec, stat_key, "not one text for each column");
}

static nano
take_decimal(struct rec *rec, enum rec_col c)
{
	nano v = 0;
	size_t n;
	const char *p = rec_field(rec, c, &n);

	if (nano_scan(p, n, &v) == 0)
		rec_bad(rec, c, "not a number");
	return v;
}

/* Count and sums, and the histogram, which must fit together. */
static void
take_tally(struct rec *rec, struct tally *t)
{
	struct moments *m = &t->moments;
	uint64_t count = 0;
	size_t n;
	const char *p;

	m->count = rec_num_to(rec, stat_count, UINT64_MAX);
	if (m->count == 0)
		return;
	m->sum = take_decimal(rec, stat_sum);
	m->min = take_decimal(rec, stat_min);
	m->max = take_decimal(rec, stat_max);
	p = rec_field(rec, stat_squares, &n);
	if (wide_scan(p, n, &m->squares) == 0)
		rec_bad(rec, stat_squares, "not a hexadecimal number");
	p = rec_field(rec, stat_sketch, &n);
	if (!histogram_scan(&t->histogram, p, n, &count))
		rec_bad(rec, stat_sketch, "not a histogram");
	if (count != m->count)
		rec_bad(rec, stat_count, "not that of the sketch");
	else if (!moments_sane(m))
		rec_bad(rec, stat_squares, "not those of any values");
}

static bool
is_wanted(struct rec *rec, struct wanted *w, struct key *key)
{
	size_t n;
	const char *p = rec_field(rec, stat_what, &n);

	if (!wanted_kind(w, p, n) ||
	    (w->by != NULL && !project(key, w->by)))
		return false;
	p = rec_field(rec, stat_value, &n);
	return is_none(p, n) || wanted_value(w, p, n);
}

/* What a record says: of whom, and how much. */
struct said {
	const char *what, *value;
	size_t nwhat, nvalue;
	struct key *key;
	uint64_t records, first, last;
	struct tally tally;
};

static void
read_record(struct rec *rec, struct said *said)
{
	if (is_none(said->value, said->nvalue))
		said->records = rec_num_to(rec, stat_count, UINT64_MAX);
	else
		take_tally(rec, &said->tally);
	if (!rec_has(rec, stat_time))
		return;
	said->first = rec_ns(rec, stat_time);
	said->last = said->first;
	if (rec_has(rec, stat_took))
		said->last += rec_ns(rec, stat_took);
}

static bool
is_seconds(const char *what, const char *value, size_t n)
{
	enum rec_kind kind = rec_kind_named(what, strlen(what));

	return kind < REC_KINDS &&
	    rec_is_seconds(rec_col_named(kind, value, n));
}

static bool
add(struct subject *s, const struct said *said)
{
	struct group *g = subject_group(s, said->key->text, said->key->n);
	struct tally *t;
	int i;

	if (g == NULL)
		return false;
	subject_saw(s, said->first, said->last);
	g->records += said->records;
	if (is_none(said->value, said->nvalue))
		return true;
	i = subject_value(s, said->value, said->nvalue,
	    is_seconds(s->what, said->value, said->nvalue));
	t = i < 0 ? NULL : group_value(g, (uint32_t)i);
	return t != NULL && tally_merge(t, &said->tally);
}

static bool
add_to(struct report *r, const struct said *said)
{
	char *what = strndup(said->what, said->nwhat);
	struct subject *s = what == NULL ? NULL :
	    report_subject(r, what, said->key->by);

	free(what);
	return s != NULL && add(s, said);
}

bool
restore_record(struct report *r, uint64_t start, struct rec *rec,
    struct wanted *w)
{
	static struct key key;
	struct said said = { .key = &key };

	said.what = rec_field(rec, stat_what, &said.nwhat);
	said.value = rec_field(rec, stat_value, &said.nvalue);
	take_key(rec, &key);
	if (rec->why != NULL || !is_wanted(rec, w, &key))
		return false;
	w->found = true;
	read_record(rec, &said);
	if (start != 0)
		said.first = start;
	if (rec->why == NULL && !add_to(r, &said))
		rec_bad(rec, stat_value, "too much, or too many, to add");
	histogram_free(&said.tally.histogram);
	return rec->why == NULL;
}
