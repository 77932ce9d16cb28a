#include "cut/where.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cut/plain.h"
#include "cut/quantity.h"
#include "rec/parts.h"

#define TEXT_MAX	4096	/* of a field that a regular expression sees */

/* Longer signs first: >= before >. */
static const struct {
	const char *sign;
	enum where_op op;
} signs[] = {
	{ "==", WHERE_EQ }, { "!=", WHERE_NE }, { "<=", WHERE_LE },
	{ ">=", WHERE_GE }, { "!~", WHERE_NO_MATCH }, { "!in ", WHERE_NOT_IN },
	{ "not in ", WHERE_NOT_IN }, { "in ", WHERE_IN }, { "=", WHERE_EQ },
	{ "<", WHERE_LT }, { ">", WHERE_GT }, { "~", WHERE_MATCH },
};

#define NSIGNS	(sizeof signs / sizeof *signs)

/* Parse a number of the column's type, or a time as a date. */
static bool
scan_number(enum rec_type type, const char *text, nano *v)
{
	struct moment m;

	if (quantity_scan(text, rec_type_is_seconds(type), v))
		return true;
	if (type != REC_TIME || !moment_scan(text, 0, &m))
		return false;
	*v = (nano)m.ns;
	return true;
}

/* Parse FIRST-LAST. */
static bool
scan_range(enum rec_type type, char *text, struct where_item *item)
{
	char *dash = strchr(text + 1, '-');
	bool ok;

	if (dash == NULL)
		return false;
	*dash = '\0';
	ok = scan_number(type, text, &item->from) &&
	    scan_number(type, dash + 1, &item->to);
	*dash = '-';
	return ok;
}

/* Is text no mistyped address, but a name that resolve(1) wrote instead? */
static bool
is_name(const char *text)
{
	return strpbrk(text, "ghijklmnopqrstuvwxyz") != NULL;
}

static bool
parse_item(const struct where *w, struct where_item *item)
{
	if (strcmp(item->text, "-") == 0)
		return true;
	item->is_prefix = prefix_scan(item->text, &item->prefix) != 0;
	if (w->type == REC_ADDR)
		return item->is_prefix || is_name(item->text);
	item->is_number = scan_number(w->type, item->text, &item->from);
	item->to = item->from;
	if (!item->is_number && w->op >= WHERE_IN)
		item->is_number = scan_range(w->type, item->text, item);
	return item->is_number || !rec_type_is_number(w->type);
}

static int
fail(char *why, size_t nwhy, const char *what, const char *text)
{
	snprintf(why, nwhy, "%s '%s'", what, text);
	return -1;
}

/* Add the next value of the condition. */
static int
add_item(struct where *w, const char *text, size_t n, char *why, size_t nwhy)
{
	struct where_item *item;

	item = realloc(w->item, (w->n + 1) * sizeof *item);
	if (item == NULL)
		return fail(why, nwhy, "no memory for", text);
	w->item = item;
	item += w->n;
	*item = (struct where_item){ .text = strndup(text, n) };
	if (item->text == NULL)
		return fail(why, nwhy, "no memory for", text);
	w->n++;
	if (parse_item(w, item))
		return 0;
	snprintf(why, nwhy, "'%s': must be of the type %s, as '%s' is",
	    item->text, rec_type_name(w->type), w->column);
	return -1;
}

static int
add_items(struct where *w, const char *text, char *why, size_t nwhy)
{
	struct parts values = parts_of(text, strlen(text),
	    w->op < WHERE_IN ? '\0' : ',');
	const char *value;
	size_t n;

	while (parts_next(&values, &value, &n))
		if (add_item(w, value, n, why, nwhy) < 0)
			return -1;
	return 0;
}

static int
compile(struct where *w, const char *text, char *why, size_t nwhy)
{
	char reason[100];
	int error = regcomp(&w->regex, text, REG_EXTENDED | REG_NOSUB);

	w->compiled = error == 0;
	if (w->compiled)
		return 0;
	regerror(error, &w->regex, reason, sizeof reason);
	snprintf(why, nwhy, "'%s': %s", text, reason);
	return -1;
}

int
where_parse(struct where *w, enum rec_kind kind, const char *text, char *why,
    size_t nwhy)
{
	size_t n, i = 0;
	enum rec_col col;
	const char *sign;

	*w = (struct where){ .type = REC_TEXT };
	text += strspn(text, " ");
	n = strcspn(text, " =!<>~");
	sign = text + n + strspn(text + n, " ");
	while (i < NSIGNS && strncmp(sign, signs[i].sign,
	    strlen(signs[i].sign)) != 0)
		i++;
	if (n == 0 || i == NSIGNS)
		return fail(why, nwhy, "must be COLUMN OP VALUE, with OP of = "
		    "!= < <= > >= ~ !~ in !in:", text);
	if ((w->column = strndup(text, n)) == NULL)
		return fail(why, nwhy, "no memory for", text);
	col = kind == REC_KINDS ? REC_COLS : rec_col_named(kind, text, n);
	if (col != REC_COLS)
		w->type = rec_cols[col].type;
	w->op = signs[i].op;
	sign += strlen(signs[i].sign);
	sign += strspn(sign, " ");
	return w->op == WHERE_MATCH || w->op == WHERE_NO_MATCH ?
	    compile(w, sign, why, nwhy) : add_items(w, sign, why, nwhy);
}

static bool
matches(const struct where *w, const char *text, size_t n)
{
	char plain[TEXT_MAX + 1];

	n = plain_text(plain, text, n < TEXT_MAX ? n : TEXT_MAX);
	plain[n] = '\0';
	return regexec(&w->regex, plain, 0, NULL, 0) == 0;
}

/* Is the text that the field stands for that of the item? */
static bool
is_same_text(const struct where_item *item, const char *text, size_t n)
{
	char plain[TEXT_MAX];

	if (n > TEXT_MAX)
		return false;
	n = plain_text(plain, text, n);
	return n == strlen(item->text) && memcmp(plain, item->text, n) == 0;
}

static bool
is_item(const struct where_item *item, const char *text,
    size_t n)
{
	struct addr a;
	nano v;

	if (item->is_prefix && addr_scan(text, n, &a) != 0)
		return prefix_has(&item->prefix, &a);
	if (item->is_number && nano_scan(text, n, &v) != 0)
		return v >= item->from && v <= item->to;
	return is_same_text(item, text, n);
}

static bool
is_any_item(const struct where *w, const char *text, size_t n)
{
	for (size_t i = 0; i < w->n; i++)
		if (is_item(&w->item[i], text, n))
			return true;
	return false;
}

/* One of the names of a list, or the field. */
static bool
has_item(const struct where *w, const char *text, size_t n)
{
	struct parts names = parts_of(text, n, ',');
	const char *name;
	size_t len;

	if (w->type != REC_LIST)
		return is_any_item(w, text, n);
	while (parts_next(&names, &name, &len))
		if (is_any_item(w, name, len))
			return true;
	return false;
}

/* The order of the field and the item: less than 0, 0 or more. */
static int
compare(const struct where_item *item, const char *text, size_t n)
{
	size_t len = strlen(item->text);
	int order;
	nano v;

	if (item->is_number && nano_scan(text, n, &v) != 0)
		return (v > item->from) - (v < item->from);
	order = memcmp(text, item->text, n < len ? n : len);
	return order != 0 ? order : (n > len) - (n < len);
}

static bool
lacks_value(const char *text, size_t n)
{
	return n == 1 && text[0] == '-';
}

/* A field without a value: only "-" is equal to it. */
static bool
holds_without(const struct where *w)
{
	bool asked = false;

	for (size_t i = 0; i < w->n; i++)
		asked |= strcmp(w->item[i].text, "-") == 0;
	switch (w->op) {
	case WHERE_EQ:
	case WHERE_IN:
		return asked;
	case WHERE_NE:
	case WHERE_NOT_IN:
		return !asked;
	default:
		return w->op == WHERE_NO_MATCH;
	}
}

bool
where_holds(const struct where *w, const char *text, size_t n)
{
	if (lacks_value(text, n))
		return holds_without(w);
	switch (w->op) {
	case WHERE_EQ:
	case WHERE_IN:
		return has_item(w, text, n);
	case WHERE_NE:
	case WHERE_NOT_IN:
		return !has_item(w, text, n);
	case WHERE_LE:
		return compare(w->item, text, n) <= 0;
	case WHERE_GE:
		return compare(w->item, text, n) >= 0;
	case WHERE_LT:
		return compare(w->item, text, n) < 0;
	case WHERE_GT:
		return compare(w->item, text, n) > 0;
	default:
		return matches(w, text, n) == (w->op == WHERE_MATCH);
	}
}

void
where_free(struct where *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->item[i].text);
	free(w->item);
	free(w->column);
	if (w->compiled)
		regfree(&w->regex);
}
