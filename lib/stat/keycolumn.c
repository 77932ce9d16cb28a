#include "stat/keycolumn.h"

#include <stdlib.h>

#include "rec/parts.h"

/* Parse a number of bits, at most 128; -1 if it is malformed. */
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

/* Parse "24/48", for IPv4 and IPv6, or "24", which is for the family that it
 * fits; the other family gets the usual size of a site's network. */
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

bool
keycolumn_scan(const char *text, size_t n, struct keycolumn *k, size_t *nname)
{
	const char *slash = memchr(text, '/', n);

	*nname = slash != NULL ? (size_t)(slash - text) : n;
	k->network = slash != NULL;
	return *nname > 0 && (slash == NULL ||
	    scan_bits(slash + 1, n - *nname - 1, k->bits));
}

/* The column of our table, REC_COLS if it has none. */
static enum rec_col
col_named(const struct rec_head *head, const char *name, size_t n)
{
	return head->number < REC_KINDS ?
	    rec_col_named(head->number, name, n) : REC_COLS;
}

bool
keycolumn_find(const struct rec_head *head, const char *text, size_t n,
    struct keycolumn *k)
{
	size_t nname = n;

	*k = (struct keycolumn){ .field = rec_field_named(head, text, n) };
	if (k->field == 0) {
		if (!keycolumn_scan(text, n, k, &nname))
			return false;
		k->field = rec_field_named(head, text, nname);
	}
	k->list = rec_is_list(col_named(head, text, nname));
	return k->field != 0;
}

size_t
keycolumn_cut(const char *text, size_t n, size_t max)
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

/* Write the network of an address, as "10.1.2.0/24".  Copy other texts. */
static size_t
put_network(const struct keycolumn *k, const char *text, size_t n, char *out)
{
	struct addr a;
	unsigned bits;

	if (addr_scan(text, n, &a) == 0) {
		memcpy(out, text, n);
		return n;
	}
	bits = k->bits[a.v6];
	for (unsigned i = bits / 8; i < sizeof a.b; i++)
		a.b[i] &= i > bits / 8 ? 0 : 0xff << (8 - bits % 8);
	n = addr_fmt(out, &a);
	out[n++] = '/';
	return n + num_fmt(out + n, bits);
}

/* Replace the list text[0..n) by one of its parts; false if that is missing. */
static bool
list_part(const char **text, size_t *n, unsigned part)
{
	struct parts all = parts_of(*text, *n, ',');

	for (unsigned i = 0; i <= part; i++)
		if (!parts_next(&all, text, n))
			return false;
	return true;
}

bool
keycolumn_put(const struct keycolumn *k, const struct rec *rec, unsigned part,
    char *out, size_t max, size_t *n)
{
	const char *text = rec_text(rec, k->field, n);

	if (k->list && !list_part(&text, n, part))
		return false;
	*n = keycolumn_cut(text, *n, max);
	if (k->network)
		*n = put_network(k, text, *n, out);
	else
		memcpy(out, text, *n);
	return true;
}
