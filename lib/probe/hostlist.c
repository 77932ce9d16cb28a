#include "probe/hostlist.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/units.h"

#define PERIOD_MAX	1e11	/* ms: three years */
#define PERIOD_MIN	10	/* ms: a host is left alone for that long */
#define INTERVAL_MIN	1	/* ms */
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

/* An option of a host: how its value is parsed, and into which field. */
struct host_option {
	const char *name;
	bool (*parse)(const struct host_option *o, struct hostlist *l,
	    struct hostlist_entry *e, const char *value);
	size_t field;		/* its offset in the entry */
	uint32_t min, max;
	const char *must;	/* what its value must be */
};

static const uint16_t usual_ports[] = { 80, 443, 3306 };

/* Values.  Each parser returns false for a wrong value, or with errno ENOMEM
 * without memory. */

static void *
field_of(const struct host_option *o, struct hostlist_entry *e)
{
	return (char *)e + o->field;
}

/* Copy a number without the underscores that Python allows, one at a time,
 * between its digits. */
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

/* Milliseconds, 0 or at least the minimum, which smaller ones become. */
static bool
parse_ms(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	char text[WORD_MAX + 1], *end;
	uint64_t *ns = field_of(o, e);
	double v;

	(void)l;
	if (!copy_number(text, value) || text[strcspn(text, "xXpP(")] != '\0')
		return false;
	v = strtod(text, &end);
	if (end == text || *end != '\0' || !(v >= 0 && v <= PERIOD_MAX))
		return false;
	if (v > 0 && v < o->min)
		v = o->min;
	*ns = (uint64_t)(v * NS_PER_MS + 0.5);
	return true;
}

static bool
parse_interval(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	return parse_ms(o, l, e, value) && e->interval_ns != 0;
}

/* Besides a period, "on-loss". */
static bool
parse_trace(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	e->on_loss = strcasecmp(value, "on-loss") == 0;
	return e->on_loss || parse_ms(o, l, e, value);
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

/* A number within the bounds of the option. */
static bool
scan_bounded(const struct host_option *o, const char *value, long long *v)
{
	return scan_int(value, v) && *v >= o->min && *v <= o->max;
}

static bool
parse_number(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	uint32_t *number = field_of(o, e);
	long long v;

	(void)l;
	if (!scan_bounded(o, value, &v))
		return false;
	*number = (uint32_t)v;
	return true;
}

static bool
parse_bool(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	bool *flag = field_of(o, e);
	long long v = 0;

	(void)l;
	if (strcasecmp(value, "true") != 0 &&
	    strcasecmp(value, "false") != 0 && !scan_int(value, &v))
		return false;
	*flag = v != 0 || strcasecmp(value, "true") == 0;
	return true;
}

static bool
parse_family(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	(void)o;
	(void)l;
	e->family = strcmp(value, "4") == 0 ? 4 : strcmp(value, "6") == 0 ?
	    6 : 0;
	return e->family != 0 || strcasecmp(value, "any") == 0;
}

static bool
parse_proto(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	(void)o;
	(void)l;
	e->udp = strcasecmp(value, "udp") == 0;
	e->tcp = strcasecmp(value, "tcp") == 0;
	return e->udp || e->tcp || strcasecmp(value, "icmp") == 0;
}

static bool
parse_addr(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	(void)o;
	(void)l;
	e->all = strcasecmp(value, "all") == 0;
	return e->all || strcasecmp(value, "one") == 0;
}

static bool
parse_byte(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	uint8_t *number = field_of(o, e);
	long long v;

	(void)l;
	if (!scan_bounded(o, value, &v))
		return false;
	*number = (uint8_t)v;
	return true;
}

static bool
parse_src(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	char text[ADDR_PADDING + ADDR_TEXT_MAX + ADDR_PADDING] = "";
	size_t n = strlen(value);

	(void)o;
	(void)l;
	if (n >= ADDR_TEXT_MAX)
		return false;
	memcpy(text + ADDR_PADDING, value, n + 1);
	if (addr_scan(text + ADDR_PADDING, n, &e->how.src) != n)
		return false;
	e->how.has_src = true;
	if (e->family == 0)
		e->family = e->how.src.v6 ? 6 : 4;
	return true;
}

/* Store bytes for as long as the list; NULL without memory. */
static void *
store(struct hostlist *l, const void *bytes, size_t n)
{
	struct hostlist_text *t = malloc(sizeof *t + n);

	if (t == NULL)
		return NULL;
	t->next = l->texts;
	l->texts = t;
	return memcpy(t->bytes, bytes, n);
}

/* A port at *text, which then points to what follows it. */
static bool
scan_port(const char **text, unsigned *port)
{
	char *end;
	unsigned long v = strtoul(*text, &end, 10);

	if (**text < '0' || **text > '9' || v < 1 || v > 65535)
		return false;
	*text = end;
	*port = (unsigned)v;
	return true;
}

static bool
parse_ports(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	uint16_t ports[HOSTLIST_PORTS_MAX];
	unsigned n = 0;

	(void)o;
	do {
		unsigned first, last;

		if (!scan_port(&value, &first))
			return false;
		last = first;
		if (*value == '-' && (value++, !scan_port(&value, &last)))
			return false;
		if (last < first || last - first >= HOSTLIST_PORTS_MAX - n)
			return false;
		while (first <= last)
			ports[n++] = (uint16_t)first++;
	} while (*value++ == ',');
	if (value[-1] != '\0')
		return false;
	e->nports = n;
	e->ports = store(l, ports, n * sizeof *ports);
	return e->ports != NULL;
}

/* A word, kept as typed: an interface, or text for columns of records. */
static bool
parse_word(const struct host_option *o, struct hostlist *l,
    struct hostlist_entry *e, const char *value)
{
	const char **word = field_of(o, e);
	size_t n = strlen(value);

	if (n == 0 || n > o->max)
		return false;
	*word = store(l, value, n + 1);
	return *word != NULL;
}

#define FIELD(f)	offsetof(struct hostlist_entry, f)
#define MUST_PERIOD	"must be a time in milliseconds, 0 to 1e11"
#define MUST_WORD	"must be a word of at most 255 bytes"
#define MUST_BOOL	"must be TRUE, FALSE or a whole number"

static const struct host_option options[] = {
	{ "ping", parse_ms, FIELD(ping_ns), PERIOD_MIN, 0, MUST_PERIOD },
	{ "numpings", parse_number, FIELD(numpings), 1, 65535,
	    "must be a whole number from 1 to 65535" },
	{ "payload", parse_number, FIELD(payload), 0, 65507,
	    "must be a whole number from 0 to 65507" },
	{ "trace", parse_trace, FIELD(trace_ns), PERIOD_MIN, 0,
	    MUST_PERIOD ", or on-loss" },
	{ "hops", parse_number, FIELD(hops), 1, 255,
	    "must be a whole number from 1 to 255" },
	{ "scan", parse_ms, FIELD(scan_ns), PERIOD_MIN, 0, MUST_PERIOD },
	{ "json", parse_bool, FIELD(json), 0, 0, MUST_BOOL },
	{ "timestamp", parse_bool, FIELD(timestamp), 0, 0, MUST_BOOL },
	{ "ports", parse_ports, 0, 0, 0,
	    "must be up to 1024 ports or ranges, separated by commas" },
	{ "family", parse_family, 0, 0, 0, "must be 4, 6 or any" },
	{ "interval", parse_interval, FIELD(interval_ns), INTERVAL_MIN, 0,
	    "must be a time in milliseconds, more than 0 and at most 1e11" },
	{ "proto", parse_proto, 0, 0, 0, "must be icmp, udp or tcp" },
	{ "flow", parse_number, FIELD(flow), 0, 9999,
	    "must be a whole number from 0 to 9999" },
	{ "port", parse_number, FIELD(port), 1, 65535,
	    "must be a whole number from 1 to 65535" },
	{ "addr", parse_addr, 0, 0, 0, "must be one or all" },
	{ "src", parse_src, 0, 0, 0, "must be an address of this machine" },
	{ "dev", parse_word, FIELD(dev), 0, 15,
	    "must be the name of an interface" },
	{ "dscp", parse_byte, FIELD(how.dscp), 0, 63,
	    "must be a whole number from 0 to 63" },
	{ "ttl", parse_byte, FIELD(how.ttl), 1, 255,
	    "must be a whole number from 1 to 255" },
	{ "df", parse_bool, FIELD(how.df), 0, 0, MUST_BOOL },
	{ "group", parse_word, FIELD(group), 0, WORD_MAX, MUST_WORD },
	{ "labels", parse_word, FIELD(labels), 0, WORD_MAX, MUST_WORD },
};
#define OPTIONS	(sizeof options / sizeof *options)

/* Words. */

/*
 * The length of the white space character at the start of p[0..n), or 0: what
 * has Unicode's property White_Space, and 0x1c to 0x1f, which Python's split()
 * counts as well.
 */
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

/* The next word from *p to end; false at the end or at a comment. */
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
refuse(struct hostlist *l, unsigned line, const struct word *w,
    const char *why)
{
	struct hostlist_error *e = &l->error;
	char shown[80];
	size_t n = w->n < sizeof shown - 1 ? w->n : sizeof shown - 1;

	for (size_t i = 0; i < n; i++)
		shown[i] = w->p[i] >= ' ' && w->p[i] <= '~' ? w->p[i] : '?';
	shown[n] = '\0';
	e->line = line;
	snprintf(e->text, sizeof e->text, "%s: %s", shown, why);
	return -1;
}

/* The index of an option in the table; OPTIONS for an unknown name. */
static size_t
find_option(const char *name, size_t n)
{
	size_t i = 0;

	while (i < OPTIONS && (strlen(options[i].name) != n ||
	    strncasecmp(options[i].name, name, n) != 0))
		i++;
	return i;
}

/* The value of option o, at p[0..n): NULL, or why it is wrong. */
static const char *
parse_value(struct hostlist *l, struct hostlist_entry *e,
    const struct host_option *o, const char *p, size_t n)
{
	char value[VALUE_MAX + 1];

	if (n > VALUE_MAX)
		return "too long";
	memcpy(value, p, n);
	value[n] = '\0';
	errno = 0;
	if (strlen(value) == n && o->parse(o, l, e, value))
		return NULL;
	return errno == ENOMEM ? "out of memory" : o->must;
}

/* seen has a bit for each option that the line had before. */
static const char *
parse_option(struct hostlist *l, struct hostlist_entry *e,
    const struct word *w, unsigned *seen)
{
	const char *is = memchr(w->p, '=', w->n);
	size_t i;

	if (is == NULL)
		return "not an option, which is NAME=VALUE";
	if ((i = find_option(w->p, (size_t)(is - w->p))) == OPTIONS)
		return "unknown option";
	if (*seen & 1u << i)
		return "given twice";
	*seen |= 1u << i;
	return parse_value(l, e, &options[i], is + 1,
	    w->n - (size_t)(is + 1 - w->p));
}

static const char *
parse_host(struct hostlist *l, struct hostlist_entry *e, const struct word *w)
{
	char name[WORD_MAX + 1];

	if (w->n > WORD_MAX)
		return "too long for a host name";
	memcpy(name, w->p, w->n);
	name[w->n] = '\0';
	for (const char *p = name; p < name + w->n; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '=')
			return "not a host name";
	e->host = store(l, name, w->n + 1);
	return e->host == NULL ? "out of memory" : NULL;
}

static const struct hostlist_entry usual = {
	.ping_ns = 500 * NS_PER_MS, .interval_ns = 10 * NS_PER_MS,
	.numpings = 10, .payload = 41, .hops = 30, .port = 443,
	.timestamp = true,
	.ports = usual_ports, .nports = sizeof usual_ports / sizeof *usual_ports
};

static struct hostlist_entry *
add_entry(struct hostlist *l)
{
	struct hostlist_entry *bigger = l->entries;

	/* Full at each power of two. */
	if ((l->n & (l->n - 1)) == 0)
		bigger = realloc(l->entries,
		    (l->n > 0 ? 2 * l->n : 1) * sizeof *bigger);
	if (bigger == NULL)
		return NULL;
	l->entries = bigger;
	return &bigger[l->n++];
}

/* The options of a line, from *p to end. */
static int
parse_options(struct hostlist *l, struct hostlist_entry *e, const char **p,
    const char *end)
{
	struct word w;
	unsigned seen = 0;
	const char *why;

	while (next_word(p, end, &w))
		if ((why = parse_option(l, e, &w, &seen)) != NULL)
			return refuse(l, e->line, &w, why);
	return 0;
}

/* A host, or in place of it '*': options for the lines that follow. */
static int
parse_line(struct hostlist *l, struct hostlist_entry *defaults, unsigned line,
    const char *p, const char *end)
{
	struct hostlist_entry *e;
	struct word w;
	const char *why;

	defaults->line = line;
	if (!next_word(&p, end, &w))
		return 0;
	if (w.n == 1 && *w.p == '*')
		return parse_options(l, defaults, &p, end);
	if ((e = add_entry(l)) == NULL)
		return refuse(l, line, &w, "out of memory");
	*e = *defaults;
	if ((why = parse_host(l, e, &w)) != NULL)
		return refuse(l, line, &w, why);
	return parse_options(l, e, &p, end);
}

int
hostlist_parse(struct hostlist *l, const char *text, size_t n)
{
	const char *p = text, *end = text + n, *nl;
	struct hostlist_entry defaults = usual;
	unsigned line = 1;

	*l = (struct hostlist){ .n = 0 };
	for (; p < end; p = nl + 1, line++) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		if (parse_line(l, &defaults, line, p, nl) < 0)
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
compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_words(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

int
hostlist_compare(const struct hostlist_entry *a,
    const struct hostlist_entry *b)
{
	const uint64_t pairs[][2] = {
		{ a->ping_ns, b->ping_ns }, { a->trace_ns, b->trace_ns },
		{ a->scan_ns, b->scan_ns },
		{ a->interval_ns, b->interval_ns },
		{ a->numpings, b->numpings }, { a->payload, b->payload },
		{ a->hops, b->hops }, { a->flow, b->flow },
		{ a->family, b->family }, { a->udp, b->udp },
		{ a->tcp, b->tcp }, { a->port, b->port },
		{ a->all, b->all }, { a->on_loss, b->on_loss },
		{ a->how.dscp, b->how.dscp }, { a->how.ttl, b->how.ttl },
		{ a->how.df, b->how.df }, { a->how.has_src, b->how.has_src },
		{ a->how.ifindex, b->how.ifindex },
		{ a->json, b->json }, { a->timestamp, b->timestamp },
		{ a->nports, b->nports },
	};
	int r = strcmp(a->host, b->host);

	if (r == 0)
		r = compare_words(a->group, b->group);
	if (r == 0)
		r = compare_words(a->labels, b->labels);
	if (r == 0)
		r = compare_words(a->dev, b->dev);
	if (r == 0)
		r = memcmp(&a->how.src, &b->how.src, sizeof a->how.src);
	for (size_t i = 0; r == 0 && i < sizeof pairs / sizeof *pairs; i++)
		r = compare(pairs[i][0], pairs[i][1]);
	if (r != 0)
		return r;
	return memcmp(a->ports, b->ports, a->nports * sizeof *a->ports);
}

/* Write milliseconds to out[0..n), with as many decimals as they need.  Returns
 * the length. */
static int
put_ms(char *out, size_t n, const char *name, uint64_t ns)
{
	char part[8] = "";
	size_t digits = 6;

	if (ns % NS_PER_MS != 0)
		snprintf(part, sizeof part, ".%06" PRIu64, ns % NS_PER_MS);
	while (part[0] != '\0' && part[digits] == '0')
		part[digits--] = '\0';
	return snprintf(out, n, "%s=%" PRIu64 "%s", name, ns / NS_PER_MS, part);
}

/* The same for ports, separated by commas. */
static int
put_ports(char *out, size_t n, const struct hostlist_entry *e)
{
	int len = snprintf(out, n, " ports=");

	for (unsigned i = 0; i < e->nports; i++)
		len += snprintf(out + len, n - (size_t)len, "%s%u",
		    i > 0 ? "," : "", e->ports[i]);
	return len;
}

/* The same for what differs from the system's choice. */
static int
put_how(char *out, size_t n, const struct hostlist_entry *e)
{
	char addr[ADDR_TEXT_MAX + 1] = "";
	int len = 0;

	if (e->how.has_src) {
		addr[addr_fmt(addr, &e->how.src)] = '\0';
		len += snprintf(out, n, " src=%s", addr);
	}
	if (e->dev != NULL)
		len += snprintf(out + len, n - (size_t)len, " dev=%s", e->dev);
	if (e->how.dscp != 0)
		len += snprintf(out + len, n - (size_t)len, " dscp=%u",
		    e->how.dscp);
	if (e->how.ttl != 0)
		len += snprintf(out + len, n - (size_t)len, " ttl=%u",
		    e->how.ttl);
	if (e->how.df)
		len += snprintf(out + len, n - (size_t)len, " df=1");
	return len;
}

void
hostlist_options(const struct hostlist_entry *e,
    char out[HOSTLIST_OPTIONS_MAX])
{
	char *p = out, *end = out + HOSTLIST_OPTIONS_MAX;

	p += put_ms(p, (size_t)(end - p), "ping", e->ping_ns);
	p += snprintf(p, (size_t)(end - p), " numpings=%" PRIu32 " payload=%"
	    PRIu32, e->numpings, e->payload);
	if (e->on_loss)
		p += snprintf(p, (size_t)(end - p), " trace=on-loss");
	else
		p += put_ms(p, (size_t)(end - p), " trace", e->trace_ns);
	p += snprintf(p, (size_t)(end - p), " hops=%" PRIu32, e->hops);
	p += put_ms(p, (size_t)(end - p), " scan", e->scan_ns);
	p += snprintf(p, (size_t)(end - p), " json=%d timestamp=%d", e->json,
	    e->timestamp);
	p += put_ports(p, (size_t)(end - p), e);
	p += put_ms(p, (size_t)(end - p), " interval", e->interval_ns);
	p += snprintf(p, (size_t)(end - p), " family=%s proto=%s flow=%" PRIu32,
	    e->family == 0 ? "any" : e->family == 4 ? "4" : "6",
	    e->udp ? "udp" : e->tcp ? "tcp" : "icmp", e->flow);
	if (e->tcp)
		p += snprintf(p, (size_t)(end - p), " port=%" PRIu32, e->port);
	if (e->all)
		p += snprintf(p, (size_t)(end - p), " addr=all");
	p += put_how(p, (size_t)(end - p), e);
	if (e->group != NULL)
		p += snprintf(p, (size_t)(end - p), " group=%s", e->group);
	if (e->labels != NULL)
		snprintf(p, (size_t)(end - p), " labels=%s", e->labels);
}
