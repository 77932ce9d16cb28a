#include "stat/plan.h"

#include <stdlib.h>

#include "stat/list.h"

#define TSHARK_TIME	"frame.time_epoch"

/* A number of bits, at most 128; -1 for none. */
static int
scan_number(const char *text, size_t n)
{
	char copy[4] = "", *end;
	unsigned long v;

	if (n == 0 || n >= sizeof copy || (unsigned)(*text - '0') > 9)
		return -1;
	memcpy(copy, text, n);
	v = strtoul(copy, &end, 10);
	return *end == '\0' && v <= 128 ? (int)v : -1;
}

/* "24" of "src/24" is for the family it fits, the other has what networks
 * are most often given; "24/48" is for both. */
static bool
scan_bits(const char *text, size_t n, unsigned bits[2])
{
	const char *slash = memchr(text, '/', n);
	size_t nfirst = slash != NULL ? (size_t)(slash - text) : n;
	int first = scan_number(text, nfirst), second;

	if (first < 0)
		return false;
	bits[0] = 24;
	bits[1] = 48;
	bits[first > 32] = (unsigned)first;
	if (slash == NULL)
		return true;
	second = scan_number(slash + 1, n - nfirst - 1);
	bits[1] = (unsigned)second;
	return first <= 32 && second >= 0;
}

/* A key column: its name, to the slash, and how to cut addresses. */
static bool
scan_key(const char *text, size_t n, struct plan_key *key, size_t *nname)
{
	const char *slash = memchr(text, '/', n);

	*nname = slash != NULL ? (size_t)(slash - text) : n;
	key->prefix = slash != NULL;
	return *nname > 0 && (slash == NULL ||
	    scan_bits(slash + 1, n - *nname - 1, key->bits));
}

bool
wanted_check(struct wanted *w)
{
	struct list by = list_of_names(w->by);
	struct list values = list_of_names(w->values);
	struct plan_key key;
	const char *part;
	unsigned n = 0;
	size_t len;

	while (list_next(&by, &part, &len))
		if (n++ == SUBJECT_KEYS_MAX || !scan_key(part, len, &key, &len))
			return false;
	w->lacks = 0;
	for (n = 0; list_next(&values, &part, &len); n++) {
		if (n == SUBJECT_VALUES_MAX)
			return false;
		w->lacks |= UINT64_C(1) << n;
	}
	return true;
}

bool
wanted_kind(const struct wanted *w, const char *kind, size_t n)
{
	return w->kinds == NULL || list_has(w->kinds, kind, n);
}

bool
wanted_value(struct wanted *w, const char *name, size_t n)
{
	struct list l = list_of_names(w->values);
	const char *part;
	size_t len;

	if (w->values == NULL)
		return true;
	for (unsigned i = 0; list_next(&l, &part, &len); i++)
		if (len == n && memcmp(part, name, n) == 0) {
			w->lacks &= ~(UINT64_C(1) << i);
			return true;
		}
	return false;
}

/* The column of this name, REC_COLS if the table has none. */
static enum rec_col
col_named(const struct rec_head *head, const char *name, size_t n)
{
	return head->number < REC_KINDS ?
	    rec_col_named(head->number, name, n) : REC_COLS;
}

/* A column's field; an exact name goes before one with a prefix, which a
 * foreign table may have. */
static bool
add_key(struct plan *p, const struct rec_head *head, const char *name, size_t n)
{
	struct plan_key *key = &p->key[p->nkeys++];
	size_t nname = n;

	*key = (struct plan_key){ .field = rec_field_named(head, name, n) };
	if (key->field == 0) {
		if (!scan_key(name, n, key, &nname))
			return false;
		key->field = rec_field_named(head, name, nname);
	}
	key->list = rec_is_list(col_named(head, name, nname));
	return key->field != 0;
}

/* Make these the key's columns; false where the header lacks one. */
static bool
add_keys(struct plan *p, const struct rec_head *head, const char *by)
{
	struct list l = list_of_names(by);
	const char *name;
	size_t n;

	p->by = by;
	p->nkeys = 0;
	while (list_next(&l, &name, &n))
		if (!add_key(p, head, name, n))
			return false;
	return true;
}

static bool
add_value(struct plan *p, const struct rec_head *head, const char *name,
    size_t n)
{
	unsigned field = rec_field_named(head, name, n);

	if (field == 0 || p->nvalues == SUBJECT_VALUES_MAX)
		return false;
	p->value[p->nvalues].field = field;
	p->value[p->nvalues].name = name;
	p->value[p->nvalues].nname = n;
	p->value[p->nvalues++].seconds =
	    rec_is_seconds(col_named(head, name, n));
	return true;
}

/* Those of a list that the header has. */
static void
add_values(struct plan *p, struct wanted *w, const char *values,
    const struct rec_head *head)
{
	struct list l = list_of_names(values);
	const char *name;
	size_t n;

	while (list_next(&l, &name, &n))
		if (add_value(p, head, name, n))
			wanted_value(w, name, n);
}

void
plan_make(struct plan *p, struct wanted *w, const struct rec_head *head)
{
	bool known = head->number < REC_KINDS;
	const char *by = known ? rec_kind_groups(head->number) : "";
	const char *values = known ? rec_kind_values(head->number) : "";

	*p = (struct plan){ .id = head->id, .what = head->kind,
	    .foreign = head->number >= REC_KINDS,
	    .time = rec_field_named(head, "time", 4),
	    .took = rec_field_named(head, "took", 4) };
	if (p->time == 0)
		p->time = rec_field_named(head, TSHARK_TIME,
		    sizeof TSHARK_TIME - 1);
	p->asked = wanted_kind(w, head->kind, strlen(head->kind));
	if (!p->asked || (!add_keys(p, head, w->by != NULL ? w->by : by) &&
	    (w->by != NULL || !add_keys(p, head, ""))))
		return;
	add_values(p, w, w->values != NULL ? w->values : values, head);
	p->wanted = w->values == NULL || p->nvalues > 0;
	w->found |= p->wanted;
}

struct subject *
plan_subject(struct plan *p, struct report *r, uint64_t id)
{
	struct subject *s;

	if (p->report == id)
		return p->subject;
	if ((s = report_subject(r, p->what, p->by)) == NULL)
		return NULL;
	for (unsigned i = 0; i < p->nvalues; i++) {
		p->value[i].number = subject_value(s, p->value[i].name,
		    p->value[i].nname, p->value[i].seconds);
		if (p->value[i].number < 0)
			return NULL;
	}
	p->subject = s;
	p->report = id;
	return s;
}

/* Where to cut a text that may have max bytes, no escape and no character
 * being halved. */
static size_t
cut(const char *text, size_t n, size_t max)
{
	if (n <= max)
		return n;
	for (size_t i = max - 3; i < max; i++)
		if (text[i] == '\\')
			return i;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* What the address belongs to, as "10.1.2.0/24"; other texts as they are. */
static size_t
cut_address(const struct plan_key *key, const char *text, size_t n, char *out)
{
	struct addr a;
	unsigned bits;

	if (addr_scan(text, n, &a) == 0) {
		memcpy(out, text, n);
		return n;
	}
	bits = key->bits[a.v6];
	for (unsigned i = bits / 8; i < sizeof a.b; i++)
		a.b[i] &= i > bits / 8 ? 0 : 0xff << (8 - bits % 8);
	n = addr_fmt(out, &a);
	out[n++] = '/';
	return n + num_fmt(out + n, bits);
}

/* Part of the list text[0..n); false when there is none. */
static bool
list_part(const char **text, size_t *n, unsigned part)
{
	struct list l = list_of(*text, *n, ',');

	for (unsigned i = 0; i <= part; i++)
		if (!list_next(&l, text, n))
			return false;
	return true;
}

/* A key column's text to out, which has max bytes; false when its list has no
 * such part. */
static bool
put_key(const struct plan_key *key, const struct rec *rec, unsigned part,
    char *out, size_t max, size_t *n)
{
	const char *field = rec_text(rec, key->field, n);

	if (key->list && !list_part(&field, n, part))
		return false;
	*n = cut(field, *n, max);
	if (key->prefix)
		*n = cut_address(key, field, *n, out);
	else
		memcpy(out, field, *n);
	return true;
}

static bool
has_list(const struct plan *p)
{
	for (unsigned i = 0; i < p->nkeys; i++)
		if (p->key[i].list)
			return true;
	return false;
}

bool
plan_key(const struct plan *p, const struct rec *rec, unsigned part,
    const char **text, size_t *n)
{
	static char joined[GROUP_KEY_MAX + 64];
	char *out = joined;

	if (part > 0 && !has_list(p))
		return false;
	*text = joined;
	if (p->nkeys == 1 && !p->key[0].prefix && !p->key[0].list) {
		*text = rec_text(rec, p->key[0].field, n);
		*n = cut(*text, *n, GROUP_KEY_MAX);
		return true;
	}
	for (unsigned i = 0; i < p->nkeys; i++) {
		if (i > 0)
			*out++ = '\t';
		if (!put_key(&p->key[i], rec, part, out,
		    GROUP_KEY_MAX / p->nkeys - 1, n))
			return false;
		out += *n;
	}
	*n = (size_t)(out - joined);
	return true;
}
