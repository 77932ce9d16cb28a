#include "probe/hostlist.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/units.h"

#define PERIOD_MAX	1e11		/* ms: three years */
#define INTERVAL_MIN	1.0		/* ms */
#define PERIOD_MIN	10.0		/* ms: the least rest that a host has */
#define PINGS_MAX	65535
#define PAYLOAD_MAX	65507		/* in an IPv4 packet */
#define WORD_MAX	255
#define VALUE_MAX	(6 * HOSTLIST_PORTS_MAX)

/* Texts that entries point to, in a chain to be freed. */
struct hostlist_text {
	struct hostlist_text *next;
	max_align_t bytes[];
};

struct word {
	const char *p;
	size_t n;
};

/* What an option's value is, and where it goes. */
struct option {
	const char *name;
	const char *(*take)(struct hostlist *l, struct hostlist_entry *e,
	    const char *value);
};

static const uint16_t usual_ports[] = { 80, 443, 3306 };

/* Values.  Each gives NULL, or the reason why it is none. */

/* Digits may have single underscores between them, as Python has it. */
static bool
copy_number(char text[WORD_MAX + 1], const char *value)
{
	if (strlen(value) > WORD_MAX)
		return false;
	for (const char *p = value; *p != '\0'; p++)
		if (*p != '_')
			*text++ = *p;
		else if (p == value || p[-1] < '0' || p[-1] > '9' ||
		    p[1] < '0' || p[1] > '9')
			return false;
	*text = '\0';
	return true;
}

static const char *
take_ms(const char *value, double min, uint64_t *ns)
{
	char text[WORD_MAX + 1], *end;
	double v;

	if (!copy_number(text, value) || text[strcspn(text, "xXpP(")] != '\0')
		return "not a number of milliseconds";
	v = strtod(text, &end);
	if (end == text || *end != '\0')
		return "not a number of milliseconds";
	if (!(v >= 0 && v <= PERIOD_MAX))
		return "not a time that can pass";
	if (v > 0 && v < min)
		v = min;
	*ns = (uint64_t)(v * NS_PER_MS + 0.5);
	return NULL;
}

static bool
scan_int(const char *value, long long *v)
{
	char text[WORD_MAX + 1], *end;

	if (!copy_number(text, value))
		return false;
	errno = 0;
	*v = strtoll(text, &end, 10);
	return end != text && *end == '\0' && errno == 0;
}

static const char *
take_int(const char *value, long long min, long long max, uint32_t *out)
{
	static char why[64];
	long long v;

	if (!scan_int(value, &v))
		return "not a whole number";
	if (v >= min && v <= max) {
		*out = (uint32_t)v;
		return NULL;
	}
	snprintf(why, sizeof why, "not from %lld to %lld", min, max);
	return why;
}

static const char *
take_bool(const char *value, bool *out)
{
	long long v;

	if (strcasecmp(value, "true") == 0 || strcasecmp(value, "false") == 0)
		*out = (value[0] | 0x20) == 't';
	else if (scan_int(value, &v))
		*out = v != 0;
	else
		return "neither a whole number nor TRUE or FALSE";
	return NULL;
}

static const char *
take_ping(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	(void)l;
	return take_ms(value, PERIOD_MIN, &e->ping_ns);
}

static const char *
take_trace(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	(void)l;
	return take_ms(value, PERIOD_MIN, &e->trace_ns);
}

static const char *
take_scan(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	(void)l;
	return take_ms(value, PERIOD_MIN, &e->scan_ns);
}

static const char *
take_interval(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	const char *why = take_ms(value, INTERVAL_MIN, &e->interval_ns);

	(void)l;
	if (why == NULL && e->interval_ns == 0)
		return "less than 1 ms";
	return why;
}

static const char *
take_numpings(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	(void)l;
	return take_int(value, 1, PINGS_MAX, &e->numpings);
}

static const char *
take_payload(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	(void)l;
	return take_int(value, 0, PAYLOAD_MAX, &e->payload);
}

static const char *
take_hops(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	(void)l;
	return take_int(value, 1, 255, &e->hops);
}

static const char *
take_flow(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	uint32_t v = 0;
	const char *why = take_int(value, 0, 9999, &v);

	(void)l;
	e->flow = (uint16_t)v;
	return why;
}

static const char *
take_json(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	(void)l;
	return take_bool(value, &e->json);
}

static const char *
take_timestamp(struct hostlist *l, struct hostlist_entry *e,
    const char *value)
{
	(void)l;
	return take_bool(value, &e->timestamp);
}

static const char *
take_family(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	(void)l;
	if (strcmp(value, "4") == 0 || strcmp(value, "6") == 0)
		e->family = (uint8_t)(value[0] - '0');
	else if (strcasecmp(value, "any") == 0)
		e->family = 0;
	else
		return "neither 4, 6 nor any";
	return NULL;
}

static const char *
take_proto(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	(void)l;
	e->udp = strcasecmp(value, "udp") == 0;
	return e->udp || strcasecmp(value, "icmp") == 0 ? NULL :
	    "neither icmp nor udp";
}

static void *
keep(struct hostlist *l, const void *bytes, size_t n)
{
	struct hostlist_text *t = malloc(sizeof *t + n);

	if (t == NULL)
		return NULL;
	t->next = l->texts;
	l->texts = t;
	return memcpy(t->bytes, bytes, n);
}

static const char *
take_ports(struct hostlist *l, struct hostlist_entry *e, const char *value)
{
	uint16_t ports[HOSTLIST_PORTS_MAX];
	unsigned n = 0;
	char *end;

	do {
		unsigned long v = strtoul(value, &end, 10);

		if (*value < '0' || *value > '9' || v < 1 || v > 65535 ||
		    (*end != ',' && *end != '\0'))
			return "not ports with commas between";
		if (n == HOSTLIST_PORTS_MAX)
			return "too many ports";
		ports[n++] = (uint16_t)v;
		value = end + 1;
	} while (*end == ',');
	e->nports = n;
	e->ports = keep(l, ports, n * sizeof *ports);
	return e->ports == NULL ? "no memory" : NULL;
}

static const struct option options[] = {
	{ "ping", take_ping }, { "numpings", take_numpings },
	{ "payload", take_payload }, { "trace", take_trace },
	{ "hops", take_hops }, { "scan", take_scan }, { "json", take_json },
	{ "timestamp", take_timestamp }, { "ports", take_ports },
	{ "family", take_family }, { "interval", take_interval },
	{ "proto", take_proto }, { "flow", take_flow },
};
#define OPTIONS	(sizeof options / sizeof *options)

/* Words. */

/* How many bytes of white space p[0..n) begins with, as Unicode's property
 * White_Space has it and Python's split() beside. */
static size_t
space(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	unsigned c;

	if (n == 0)
		return 0;
	if (u[0] < 0x80)
		return u[0] == ' ' || (u[0] >= '\t' && u[0] <= '\r') ||
		    (u[0] >= 0x1c && u[0] <= 0x1f);
	if (n >= 2 && u[0] == 0xc2)
		return u[1] == 0x85 || u[1] == 0xa0 ? 2 : 0;
	if (n < 3 || (u[0] & 0xf0) != 0xe0)
		return 0;
	c = (u[0] & 0xfu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
	return c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	    c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 ? 3 : 0;
}

/* The next word of *p, up to end; false where there is none, or a comment. */
static bool
next_word(const char **p, const char *end, struct word *w)
{
	size_t n;

	while ((n = space(*p, (size_t)(end - *p))) > 0)
		*p += n;
	w->p = *p;
	while (*p < end && space(*p, (size_t)(end - *p)) == 0)
		++*p;
	w->n = (size_t)(*p - w->p);
	return w->n > 0 && w->p[0] != '#';
}

static int
bad(struct hostlist *l, unsigned line, const struct word *w, const char *why)
{
	char shown[80];
	size_t n = w->n < sizeof shown - 1 ? w->n : sizeof shown - 1;

	for (size_t i = 0; i < n; i++)
		shown[i] = w->p[i] >= ' ' && w->p[i] <= '~' ? w->p[i] : '?';
	shown[n] = '\0';
	snprintf(l->error, sizeof l->error, "%u: %s: %s", line, shown, why);
	return -1;
}

static size_t
find(const char *name, size_t n)
{
	size_t i = 0;

	while (i < OPTIONS && (strlen(options[i].name) != n ||
	    strncasecmp(options[i].name, name, n) != 0))
		i++;
	return i;
}

/* seen: the options that this line had before, a bit each. */
static const char *
take_option(struct hostlist *l, struct hostlist_entry *e,
    const struct word *w, unsigned *seen)
{
	char value[VALUE_MAX + 1];
	const char *is = memchr(w->p, '=', w->n);
	size_t i, n;

	if (is == NULL)
		return "not an option, which is NAME=VALUE";
	if ((i = find(w->p, (size_t)(is - w->p))) == OPTIONS)
		return "unknown option";
	if (*seen & 1u << i)
		return "given twice";
	*seen |= 1u << i;
	n = w->n - (size_t)(is + 1 - w->p);
	if (n > VALUE_MAX)
		return "too long";
	memcpy(value, is + 1, n);
	value[n] = '\0';
	return strlen(value) == n ? options[i].take(l, e, value) :
	    "not a text";
}

static const char *
take_host(struct hostlist *l, struct hostlist_entry *e, const struct word *w)
{
	char name[WORD_MAX + 1];

	if (w->n > WORD_MAX)
		return "too long for the name of a host";
	memcpy(name, w->p, w->n);
	name[w->n] = '\0';
	for (const char *p = name; p < name + w->n; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '=')
			return "not the name of a host";
	e->host = keep(l, name, w->n + 1);
	return e->host == NULL ? "no memory" : NULL;
}

static struct hostlist_entry *
add(struct hostlist *l, unsigned line)
{
	struct hostlist_entry *bigger = l->entries;

	/* Full at each power of two. */
	if ((l->n & (l->n - 1)) == 0)
		bigger = realloc(l->entries,
		    (l->n > 0 ? 2 * l->n : 1) * sizeof *bigger);
	if (bigger == NULL)
		return NULL;
	l->entries = bigger;
	bigger[l->n] = (struct hostlist_entry){ .line = line,
	    .ping_ns = UINT64_C(500) * NS_PER_MS, .interval_ns = 10 * NS_PER_MS,
	    .numpings = 10, .payload = 41, .hops = 30, .timestamp = true,
	    .ports = usual_ports,
	    .nports = sizeof usual_ports / sizeof *usual_ports };
	return &bigger[l->n++];
}

static int
take_line(struct hostlist *l, unsigned line, const char *p, const char *end)
{
	struct hostlist_entry *e;
	struct word w;
	unsigned seen = 0;
	const char *why;

	if (!next_word(&p, end, &w))
		return 0;
	if ((e = add(l, line)) == NULL)
		return bad(l, line, &w, "no memory");
	if ((why = take_host(l, e, &w)) != NULL)
		return bad(l, line, &w, why);
	while (next_word(&p, end, &w))
		if ((why = take_option(l, e, &w, &seen)) != NULL)
			return bad(l, line, &w, why);
	return 0;
}

int
hostlist_parse(struct hostlist *l, const char *text, size_t n)
{
	const char *p = text, *end = text + n, *nl;
	unsigned line = 1;

	*l = (struct hostlist){ .n = 0 };
	for (; p < end; p = nl + 1, line++) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		if (take_line(l, line, p, nl) < 0)
			return -1;
	}
	return 0;
}

void
hostlist_free(struct hostlist *l)
{
	struct hostlist_text *t;

	while ((t = l->texts) != NULL) {
		l->texts = t->next;
		free(t);
	}
	free(l->entries);
	l->entries = NULL;
	l->n = 0;
}

static int
order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int
hostlist_order(const struct hostlist_entry *a,
    const struct hostlist_entry *b)
{
	const uint64_t pairs[][2] = {
		{ a->ping_ns, b->ping_ns }, { a->trace_ns, b->trace_ns },
		{ a->scan_ns, b->scan_ns },
		{ a->interval_ns, b->interval_ns },
		{ a->numpings, b->numpings }, { a->payload, b->payload },
		{ a->hops, b->hops }, { a->flow, b->flow },
		{ a->family, b->family }, { a->udp, b->udp },
		{ a->json, b->json }, { a->timestamp, b->timestamp },
		{ a->nports, b->nports },
	};
	int r = strcmp(a->host, b->host);

	for (size_t i = 0; r == 0 && i < sizeof pairs / sizeof *pairs; i++)
		r = order(pairs[i][0], pairs[i][1]);
	if (r != 0)
		return r;
	return memcmp(a->ports, b->ports, a->nports * sizeof *a->ports);
}

/* Milliseconds, with as many digits behind the point as there are. */
static void
put_ms(FILE *f, const char *name, uint64_t ns)
{
	char part[8];
	size_t n = 6;

	fprintf(f, "%s=%" PRIu64, name, ns / NS_PER_MS);
	if (ns % NS_PER_MS == 0)
		return;
	snprintf(part, sizeof part, "%06" PRIu64, ns % NS_PER_MS);
	while (part[n - 1] == '0')
		n--;
	fprintf(f, ".%.*s", (int)n, part);
}

char *
hostlist_options(const struct hostlist_entry *e)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		return NULL;
	put_ms(f, "ping", e->ping_ns);
	fprintf(f, " numpings=%" PRIu32 " payload=%" PRIu32, e->numpings,
	    e->payload);
	put_ms(f, " trace", e->trace_ns);
	fprintf(f, " hops=%" PRIu32, e->hops);
	put_ms(f, " scan", e->scan_ns);
	fprintf(f, " json=%d timestamp=%d ports=", e->json, e->timestamp);
	for (unsigned i = 0; i < e->nports; i++)
		fprintf(f, "%s%u", i > 0 ? "," : "", e->ports[i]);
	put_ms(f, " interval", e->interval_ns);
	fprintf(f, " family=%s proto=%s flow=%u",
	    e->family == 0 ? "any" : e->family == 4 ? "4" : "6",
	    e->udp ? "udp" : "icmp", e->flow);
	return fclose(f) == 0 ? text : NULL;
}
