#include "handshake/attemptfilter.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
	const char *p;		/* the rest of the expression */
	char *why;
	size_t why_len;
};

static int
wrong(struct parser *in, const char *part, size_t n, const char *reason)
{
	snprintf(in->why, in->why_len, "'%.*s': %s", (int)n, part, reason);
	return -1;
}

/* Append an element of zeros to *array, which has n; NULL if out of memory. */
static void *
one_more(void *array, size_t n, size_t size)
{
	void **a = array;
	void *bigger = realloc(*a, (n + 1) * size);

	if (bigger == NULL)
		return NULL;
	*a = bigger;
	return memset((char *)bigger + n * size, 0, size);
}

/* Bytes from 0x80 on are letters of UTF-8. */
static bool
is_name_byte(unsigned char c)
{
	return isalnum(c) || c >= 0x80 || (c != '\0' && strchr("_.-", c));
}

static int
parse_name(struct parser *in, struct attemptfilter *f)
{
	size_t n = strcspn(in->p, ":");

	if (in->p[n] != ':')
		return wrong(in, in->p, n, "must have a ':' after the name");
	for (size_t i = 0; i < n; i++)
		if (!is_name_byte((unsigned char)in->p[i]))
			return wrong(in, in->p, n, "a name must be letters, "
			    "digits, '_', '.' and '-'");
	if (n > 0 && (f->name = strndup(in->p, n)) == NULL)
		return wrong(in, in->p, n, "out of memory");
	in->p += n + 1;
	return 0;
}

static int
parse_direction(struct parser *in, struct attemptfilter *f)
{
	size_t n = strcspn(in->p, "@");

	if (n == 2 && strncmp(in->p, "RX", 2) == 0)
		f->direction = DIRECTION_RX;
	else if (n == 2 && strncmp(in->p, "TX", 2) == 0)
		f->direction = DIRECTION_TX;
	else if (n == 3 && strncmp(in->p, "ANY", 3) == 0)
		f->direction = DIRECTION_ANY;
	else
		return wrong(in, in->p, n, "must be RX, TX or ANY");
	if (in->p[n] != '@')
		return wrong(in, in->p, n, "must have an '@' after it");
	in->p += n + 1;
	return 0;
}

static bool
is_any(const char *p, size_t n)
{
	return n == 1 && (*p == '*' || *p == '%');
}

/* ADDR or ADDR/BITS, of IPv6 [ADDR] or [ADDR]/BITS, up to the next ':'. */
static int
parse_address(struct parser *in, struct attemptfilter_item *item)
{
	char text[ADDR_TEXT_MAX + 8];
	size_t n = *in->p == '[' ? strcspn(in->p, "]") : 0, used = 0;

	n += strcspn(in->p + n, ":,");
	if (in->p[n] != ':')
		return wrong(in, in->p, n,
		    "must have ':' and a port after the address");
	for (size_t i = 0; i < n && used < sizeof text - 1; i++)
		if (in->p[i] != '[' && in->p[i] != ']')
			text[used++] = in->p[i];
	text[used] = '\0';
	item->any = is_any(text, used);
	if (!item->any && prefix_scan(text, &item->prefix) == 0)
		return wrong(in, in->p, n,
		    "must be an address, address/bits, '%' or '*'");
	in->p += n;
	return 0;
}

/* Parse a number of at most 65535.  Returns its characters; 0 if none. */
static size_t
parse_number(const char *p, uint16_t *v)
{
	unsigned long n = 0;
	size_t i = 0;

	for (; isdigit((unsigned char)p[i]) && i < 6; i++)
		n = n * 10 + (unsigned long)(p[i] - '0');
	*v = (uint16_t)n;
	return n <= UINT16_MAX ? i : 0;
}

static int
parse_ports(struct parser *in, struct attemptfilter_item *item)
{
	size_t n = strcspn(in->p, ":,"), low, high = 0;
	struct attemptfilter_ports *ports = one_more(&item->ports, item->nports,
	    sizeof *ports);

	if (ports == NULL)
		return wrong(in, in->p, n, "out of memory");
	item->nports++;
	*ports = (struct attemptfilter_ports){ 0, UINT16_MAX };
	if (!is_any(in->p, n)) {
		low = parse_number(in->p, &ports->low);
		ports->high = ports->low;
		if (low > 0 && in->p[low] == '-')
			high = parse_number(in->p + low + 1, &ports->high) + 1;
		if (low == 0 || high == 1 || low + high != n ||
		    ports->high < ports->low)
			return wrong(in, in->p, n,
			    "must be a port, a range of ports, '%' or '*'");
	}
	in->p += n;
	return 0;
}

/* An address and its ports. */
static int
parse_item(struct parser *in, struct attemptfilter *f)
{
	struct attemptfilter_item *item = one_more(&f->items, f->nitems,
	    sizeof *item);

	if (item == NULL)
		return wrong(in, in->p, 0, "out of memory");
	f->nitems++;
	if (parse_address(in, item) < 0)
		return -1;
	while (*in->p == ':') {
		in->p++;
		if (parse_ports(in, item) < 0)
			return -1;
	}
	return 0;
}

bool
attemptfilter_is_one(const char *text)
{
	const char *p = text + strcspn(text, ":/");

	if (*p != ':')
		return false;
	do
		p++;
	while (isalpha((unsigned char)*p));
	return *p == '@' && p[-1] != ':';
}

int
attemptfilter_add(struct attemptfilters *f, const char *text, char *why,
    size_t why_len)
{
	struct parser in = { text, why, why_len };
	struct attemptfilter *filter = one_more(&f->all, f->n, sizeof *filter);

	if (filter == NULL)
		return wrong(&in, text, strlen(text), "out of memory");
	f->n++;
	if (parse_name(&in, filter) < 0 || parse_direction(&in, filter) < 0)
		return -1;
	do {
		if (parse_item(&in, filter) < 0)
			return -1;
	} while (*in.p++ == ',');
	return 0;
}

void
attemptfilter_free(struct attemptfilters *f)
{
	for (size_t i = 0; i < f->n; i++) {
		for (size_t k = 0; k < f->all[i].nitems; k++)
			free(f->all[i].items[k].ports);
		free(f->all[i].items);
		free(f->all[i].name);
	}
	free(f->all);
}

static bool
item_matches(const struct attemptfilter_item *item, const struct addr *other,
    uint16_t port)
{
	if (!item->any && !prefix_has(&item->prefix, other))
		return false;
	for (size_t i = 0; i < item->nports; i++)
		if (port >= item->ports[i].low && port <= item->ports[i].high)
			return true;
	return false;
}

/* The attempt that filters are compared with. */
struct subject {
	unsigned direction;
	const struct addr *client, *server;
	uint16_t port;
};

static bool
matches(const struct attemptfilter *f, const struct subject *s)
{
	unsigned wanted = f->direction == DIRECTION_ANY ?
	    DIRECTION_RX | DIRECTION_TX : f->direction & s->direction;

	for (size_t i = 0; i < f->nitems; i++) {
		const struct attemptfilter_item *item = &f->items[i];

		if ((wanted & DIRECTION_RX &&
		    item_matches(item, s->client, s->port)) ||
		    (wanted & DIRECTION_TX &&
		    item_matches(item, s->server, s->port)))
			return true;
	}
	return false;
}

/* Does a filter of the same name before filter i match? */
static bool
is_written(const struct attemptfilters *f, size_t i, const struct subject *s)
{
	for (size_t k = 0; k < i; k++)
		if (f->all[k].name != NULL &&
		    strcmp(f->all[k].name, f->all[i].name) == 0 &&
		    matches(&f->all[k], s))
			return true;
	return false;
}

bool
attemptfilter_match(const struct attemptfilters *f, unsigned direction,
    const struct addr *client, const struct addr *server, uint16_t port,
    char *out, size_t out_len)
{
	struct subject s = { direction, client, server, port };
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < f->n; i++) {
		const struct attemptfilter *filter = &f->all[i];
		size_t n;

		if (!matches(filter, &s))
			continue;
		if (filter->name == NULL)
			return false;
		if (is_written(f, i, &s))
			continue;
		n = strlen(filter->name) + (used > 0);
		if (used + n >= out_len)
			continue;
		snprintf(out + used, out_len - used, "%s%s",
		    used > 0 ? "," : "", filter->name);
		used += n;
	}
	return used > 0;
}
