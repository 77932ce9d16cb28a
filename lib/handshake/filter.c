#include "handshake/filter.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is left to read, and where to say what is wrong. */
struct scan {
	const char *p;
	char *why;
	size_t why_len;
};

static int
wrong(struct scan *s, const char *part, size_t n, const char *reason)
{
	snprintf(s->why, s->why_len, "'%.*s': %s", (int)n, part, reason);
	return -1;
}

/* One more of what *array has n of; NULL when there is no memory. */
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

static int
scan_name(struct scan *s, struct hsfilter *f)
{
	size_t n = strcspn(s->p, ":");

	if (s->p[n] != ':')
		return wrong(s, s->p, n, "no ':' after the name");
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s->p[i]) &&
		    strchr("_.-", s->p[i]) == NULL)
			return wrong(s, s->p, n, "a name has letters, digits, "
			    "'_', '.' and '-'");
	if (n > 0 && (f->name = strndup(s->p, n)) == NULL)
		return wrong(s, s->p, n, "no memory");
	s->p += n + 1;
	return 0;
}

static int
scan_dir(struct scan *s, struct hsfilter *f)
{
	size_t n = strcspn(s->p, "@");

	if (n == 2 && strncmp(s->p, "RX", 2) == 0)
		f->dir = HS_RX;
	else if (n == 2 && strncmp(s->p, "TX", 2) == 0)
		f->dir = HS_TX;
	else if (n == 3 && strncmp(s->p, "ANY", 3) == 0)
		f->dir = HS_ANY;
	else
		return wrong(s, s->p, n, "not RX, TX or ANY");
	if (s->p[n] != '@')
		return wrong(s, s->p, n, "no '@' behind it");
	s->p += n + 1;
	return 0;
}

static bool
is_any(const char *p, size_t n)
{
	return n == 1 && (*p == '*' || *p == '%');
}

/* ADDR or ADDR/BITS, of IPv6 [ADDR] or [ADDR]/BITS, up to the next ':'. */
static int
scan_address(struct scan *s, struct hsfilter_item *item)
{
	char text[ADDR_TEXT_MAX + 8];
	size_t n = *s->p == '[' ? strcspn(s->p, "]") : 0, used = 0;

	n += strcspn(s->p + n, ":,");
	if (s->p[n] != ':')
		return wrong(s, s->p, n, "no ':' and port behind the address");
	for (size_t i = 0; i < n && used < sizeof text - 1; i++)
		if (s->p[i] != '[' && s->p[i] != ']')
			text[used++] = s->p[i];
	text[used] = '\0';
	item->any = is_any(text, used);
	if (!item->any && prefix_scan(text, &item->prefix) == 0)
		return wrong(s, s->p, n,
		    "not an address, address/bits, '%' or '*'");
	s->p += n;
	return 0;
}

/* A number up to 65535; how many characters it has, 0 for none. */
static size_t
scan_number(const char *p, uint16_t *v)
{
	unsigned long n = 0;
	size_t i = 0;

	for (; isdigit((unsigned char)p[i]) && i < 6; i++)
		n = n * 10 + (unsigned long)(p[i] - '0');
	*v = (uint16_t)n;
	return n <= UINT16_MAX ? i : 0;
}

static int
scan_port(struct scan *s, struct hsfilter_item *item)
{
	size_t n = strcspn(s->p, ":,"), low, high = 0;
	struct hsfilter_ports *ports = one_more(&item->ports, item->nports,
	    sizeof *ports);

	if (ports == NULL)
		return wrong(s, s->p, n, "no memory");
	item->nports++;
	*ports = (struct hsfilter_ports){ 0, UINT16_MAX };
	if (!is_any(s->p, n)) {
		low = scan_number(s->p, &ports->low);
		ports->high = ports->low;
		if (low > 0 && s->p[low] == '-')
			high = scan_number(s->p + low + 1, &ports->high) + 1;
		if (low == 0 || high == 1 || low + high != n ||
		    ports->high < ports->low)
			return wrong(s, s->p, n,
			    "not a port, a range of ports, '%' or '*'");
	}
	s->p += n;
	return 0;
}

/* An address and its ports. */
static int
scan_item(struct scan *s, struct hsfilter *f)
{
	struct hsfilter_item *item = one_more(&f->items, f->nitems,
	    sizeof *item);

	if (item == NULL)
		return wrong(s, s->p, 0, "no memory");
	f->nitems++;
	if (scan_address(s, item) < 0)
		return -1;
	while (*s->p == ':') {
		s->p++;
		if (scan_port(s, item) < 0)
			return -1;
	}
	return 0;
}

int
hsfilter_add(struct hsfilters *f, const char *text, char *why, size_t why_len)
{
	struct scan s = { text, why, why_len };
	struct hsfilter *filter = one_more(&f->all, f->n, sizeof *filter);

	if (filter == NULL)
		return wrong(&s, text, strlen(text), "no memory");
	f->n++;
	if (scan_name(&s, filter) < 0 || scan_dir(&s, filter) < 0)
		return -1;
	do {
		if (scan_item(&s, filter) < 0)
			return -1;
	} while (*s.p++ == ',');
	return 0;
}

void
hsfilter_free(struct hsfilters *f)
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
item_takes(const struct hsfilter_item *item, const struct addr *other,
    uint16_t port)
{
	if (!item->any && !prefix_has(&item->prefix, other))
		return false;
	for (size_t i = 0; i < item->nports; i++)
		if (port >= item->ports[i].low && port <= item->ports[i].high)
			return true;
	return false;
}

static bool
takes(const struct hsfilter *f, unsigned dir, const struct addr *client,
    const struct addr *server, uint16_t port)
{
	for (size_t i = 0; i < f->nitems; i++) {
		const struct hsfilter_item *item = &f->items[i];

		if ((f->dir == HS_ANY || f->dir & dir & HS_RX) &&
		    item_takes(item, client, port))
			return true;
		if ((f->dir == HS_ANY || f->dir & dir & HS_TX) &&
		    item_takes(item, server, port))
			return true;
	}
	return false;
}

/* Has a filter of the same name before this one taken it? */
static bool
is_named(const struct hsfilters *f, size_t i, unsigned dir,
    const struct addr *client, const struct addr *server, uint16_t port)
{
	for (size_t k = 0; k < i; k++)
		if (f->all[k].name != NULL &&
		    strcmp(f->all[k].name, f->all[i].name) == 0 &&
		    takes(&f->all[k], dir, client, server, port))
			return true;
	return false;
}

bool
hsfilter_match(const struct hsfilters *f, unsigned dir,
    const struct addr *client, const struct addr *server, uint16_t port,
    char *out, size_t out_len)
{
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < f->n; i++) {
		const struct hsfilter *filter = &f->all[i];
		size_t n;

		if (!takes(filter, dir, client, server, port))
			continue;
		if (filter->name == NULL)
			return false;
		if (is_named(f, i, dir, client, server, port))
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
