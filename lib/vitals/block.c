#include "vitals/block.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rec/text.h"
#include "vitals/burst.h"
#include "wire/units.h"

#define MYSQL_VERSION	5	/* characters of it that are printed */

/* A block being written. */
struct out {
	FILE *f;
	const struct block_form *form;
	const struct vitals_line *line;
	bool failed;		/* out of memory */
};

const char *
block_addr(const struct addr *a)
{
	static char text[2][ADDR_TEXT_MAX + 1];
	static unsigned turn;
	char *out = text[turn++ % 2];

	out[addr_fmt(out, a)] = '\0';
	return out;
}

const char *
block_date(uint64_t ns)
{
	static char text[64];
	time_t t = (time_t)(ns / NS_PER_S);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &tm) == 0)
		return "-";
	return text;
}

static double
ms(const struct vitals_probe *p)
{
	return p->has_rtt ? (double)p->rtt / NS_PER_MS : -1;
}

/* How long a service took to answer; its round trip, if that is unknown. */
static double
wait_ms(const struct vitals_probe *p)
{
	return p->wait > 0 ? (double)p->wait / NS_PER_MS : ms(p);
}

/* The text of a record as a JSON string; escaped if it is not UTF-8. */
static void
put_string(struct out *o, const char *text, size_t n)
{
	json_t *j = json_stringn(text, n);
	char *escaped = NULL;

	if (j == NULL && (escaped = malloc(n * TEXT_ESCAPED_MAX)) != NULL)
		j = json_stringn(escaped, text_escape(escaped, text, n));
	if (j == NULL || json_dumpf(j, o->f, JSON_ENCODE_ANY) < 0)
		o->failed = true;
	json_decref(j);
	free(escaped);
}

static void
put_string_if(struct out *o, const char *text)
{
	if (text == NULL)
		fputs("null", o->f);
	else
		put_string(o, text, strlen(text));
}

static void
ping_text(struct out *o, const struct vitals_run *r)
{
	struct burst b;

	o->failed |= !burst_compute(&b, r);
	fprintf(o->f, "%.3f\t%.3f\t%.3f\t%.3f\t%.3f", b.min, b.avg, b.max,
	    b.std, b.loss);
	if (!o->form->extended)
		return;
	fprintf(o->f, "\t%.3f\t%.3f\t%.3f\t%.3f\t%" PRIu32 "\t%" PRIu32, b.p50,
	    b.p90, b.p99, b.jitter, o->line->dup, o->line->late);
	if (b.last != NULL && b.last->has_ttl)
		fprintf(o->f, "\t%u", b.last->ttl);
	else
		fputs("\t-", o->f);
	fprintf(o->f, "\t%" PRIu32 "\t%s", b.errors,
	    b.error != NULL ? b.error : "-");
}

static void
ping_json(struct out *o, const struct vitals_run *r)
{
	struct burst b;

	o->failed |= !burst_compute(&b, r);
	fprintf(o->f, "{\"min\":%f,\"avg\":%f,\"max\":%f,\"std\":%f,"
	    "\"loss\":%f", b.min, b.avg, b.max, b.std, b.loss);
	if (o->form->extended) {
		fprintf(o->f, ",\"p50\":%f,\"p90\":%f,\"p99\":%f,\"jitter\":%f,"
		    "\"dup\":%" PRIu32 ",\"late\":%" PRIu32, b.p50, b.p90,
		    b.p99, b.jitter, o->line->dup, o->line->late);
		if (b.last != NULL && b.last->has_ttl)
			fprintf(o->f, ",\"ttl\":%u", b.last->ttl);
		else
			fputs(",\"ttl\":null", o->f);
		fprintf(o->f, ",\"errors\":%" PRIu32 ",\"error\":", b.errors);
		put_string_if(o, b.error);
	}
	putc('}', o->f);
}

/* Why a trace ended: the info of its last hop. */
static const char *
end_of(const struct vitals_run *r)
{
	return r->probe[r->of - 1].info;
}

static const char *
hop_name(bool known, const struct addr *a)
{
	return known ? block_addr(a) : "*";
}

static void
trace_text(struct out *o, const struct vitals_run *r)
{
	const struct vitals_line *l = o->line;

	for (uint32_t i = 0; i < r->of; i++) {
		const struct vitals_probe *p = &r->probe[i];

		fprintf(o->f, "%s%s", i > 0 ? "\n" : "",
		    hop_name(p->has_from, &p->from));
		if (p->has_from)
			fprintf(o->f, "\t%.3f", ms(p));
	}
	if (!o->form->extended)
		return;
	fprintf(o->f, "\nend\t%s", end_of(r) != NULL ? end_of(r) : "-");
	for (uint32_t i = 0; i < l->hops; i++)
		fprintf(o->f, "%s%s", i > 0 ? "," : "\nwas\t",
		    hop_name(l->path[i].known, &l->path[i].addr));
}

/* The path before, and the path now. */
static void
put_change(struct out *o, const struct vitals_run *r)
{
	const struct vitals_line *l = o->line;

	fputs(",\"path_changed\":[[", o->f);
	for (uint32_t i = 0; i < l->hops; i++)
		fprintf(o->f, "%s\"%s\"", i > 0 ? "," : "",
		    hop_name(l->path[i].known, &l->path[i].addr));
	fputs("],[", o->f);
	for (uint32_t i = 0; i < r->of; i++)
		fprintf(o->f, "%s\"%s\"", i > 0 ? "," : "",
		    hop_name(r->probe[i].has_from, &r->probe[i].from));
	fputs("]]", o->f);
}

static void
trace_json(struct out *o, const struct vitals_run *r)
{
	for (uint32_t i = 0; i < r->of; i++) {
		const struct vitals_probe *p = &r->probe[i];

		fprintf(o->f, "%c[\"%s\"", i > 0 ? ',' : '[',
		    hop_name(p->has_from, &p->from));
		if (p->has_from)
			fprintf(o->f, ", %f", ms(p));
		putc(']', o->f);
	}
	putc(']', o->f);
	if (!o->form->extended)
		return;
	fputs(",\"end\":", o->f);
	put_string_if(o, end_of(r));
	if (o->line->hops > 0)
		put_change(o, r);
}

/* The ports with a fixed place in a block. */
static const struct fixed_port {
	const char *name;
	uint16_t port;
} fixed[] = { { "http", 80 }, { "https", 443 }, { "mysql", 3306 } };

#define FIXED	(sizeof fixed / sizeof fixed[0])
#define MYSQL	2

static const struct vitals_probe *
probe_of(const struct vitals_run *r, uint16_t port)
{
	for (uint32_t i = 0; i < r->of; i++)
		if (r->probe[i].port == port)
			return &r->probe[i];
	return NULL;
}

/* The text after a prefix, or NULL if it does not begin with that. */
static const char *
after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* The version in "mysql 5.7.42-log", or NULL. */
static const char *
mysql_of(const char *info)
{
	const char *version = after(info, "mysql ");

	return version == NULL || after(version, "error ") != NULL ? NULL :
	    version;
}

/* "200 nginx" in "http 200 nginx" or "tls1.3 cn=a.org http 200 nginx". */
static const char *
http_of(const char *info)
{
	static const char *const before[] = { "tls", "cn=" };
	const char *space, *answer;

	for (int i = 0; i < 2; i++)
		if (after(info, before[i]) != NULL &&
		    (space = strchr(info, ' ')) != NULL)
			info = space + 1;
	answer = after(info, "http ");
	return answer != NULL && strspn(answer, "0123456789") == 3 ? answer :
	    NULL;
}

/* What answers at fixed port s, or NULL. */
static const char *
answer_of(const struct vitals_run *r, unsigned s)
{
	const struct vitals_probe *p = probe_of(r, fixed[s].port);

	if (p == NULL || p->state != VITALS_OPEN || p->info == NULL)
		return NULL;
	return s == MYSQL ? mysql_of(p->info) : http_of(p->info);
}

/* The server in "200 nginx"; "Unkown" is the original's spelling. */
static const char *
server_of(const char *http)
{
	return http[3] == ' ' ? http + 4 : "Unkown";
}

/* Is a port listed by its number? */
static bool
is_listed(const struct out *o, const struct vitals_probe *p)
{
	for (unsigned s = 0; s < FIXED; s++)
		if (p->port == fixed[s].port)
			return o->form->extended;
	return true;
}

static void
service_text(struct out *o, const struct vitals_run *r, unsigned s)
{
	const char *answer = answer_of(r, s);

	if (answer == NULL) {
		fputs("None", o->f);
		return;
	}
	fprintf(o->f, "%.3f, ", wait_ms(probe_of(r, fixed[s].port)));
	if (s == MYSQL)
		fprintf(o->f, "%.*s", MYSQL_VERSION, answer);
	else
		fprintf(o->f, "%.3s, %s", answer, server_of(answer));
}

static void
port_text(struct out *o, const struct vitals_probe *p)
{
	fprintf(o->f, "\t%u %s", p->port, vitals_state_name(p->state));
	if (p->has_rtt)
		fprintf(o->f, " %.3f", ms(p));
	if (p->info != NULL)
		fprintf(o->f, " %s", p->info);
}

static void
scan_text(struct out *o, const struct vitals_run *r)
{
	for (unsigned s = 0; s < FIXED; s++) {
		fputs(s > 0 ? "\t" : "", o->f);
		service_text(o, r, s);
	}
	for (uint32_t i = 0; i < r->of; i++)
		if (is_listed(o, &r->probe[i]))
			port_text(o, &r->probe[i]);
}

static void
service_json(struct out *o, const struct vitals_run *r, unsigned s)
{
	const char *answer = answer_of(r, s), *server;

	fprintf(o->f, "\"%s\":", fixed[s].name);
	if (answer == NULL) {
		fputs("\"None\"", o->f);
		return;
	}
	fprintf(o->f, "{\"rtt\":%f,", wait_ms(probe_of(r, fixed[s].port)));
	if (s == MYSQL) {
		fputs("\"version\":", o->f);
		put_string(o, answer, strnlen(answer, MYSQL_VERSION));
	} else {
		server = server_of(answer);
		fprintf(o->f, "\"response code\":\"%.3s\",\"server\":", answer);
		put_string(o, server, strlen(server));
	}
	putc('}', o->f);
}

static void
port_json(struct out *o, const struct vitals_probe *p)
{
	fprintf(o->f, "\"%u\":{\"state\":\"%s\",\"rtt\":", p->port,
	    vitals_state_name(p->state));
	if (p->has_rtt)
		fprintf(o->f, "%f", ms(p));
	else
		fputs("null", o->f);
	fputs(",\"info\":", o->f);
	put_string_if(o, p->info);
	putc('}', o->f);
}

static void
scan_json(struct out *o, const struct vitals_run *r)
{
	unsigned listed = 0;

	for (unsigned s = 0; s < FIXED; s++) {
		putc(s > 0 ? ',' : '{', o->f);
		service_json(o, r, s);
	}
	for (uint32_t i = 0; i < r->of; i++)
		if (is_listed(o, &r->probe[i])) {
			fputs(listed++ > 0 ? "," : ",\"ports\":{", o->f);
			port_json(o, &r->probe[i]);
		}
	fputs(listed > 0 ? "}}" : "}", o->f);
}

static const struct {
	const char *name;
	void (*text)(struct out *o, const struct vitals_run *r);
	void (*json)(struct out *o, const struct vitals_run *r);
} parts[VITALS_KINDS] = {
	[VITALS_PING] = { "ping", ping_text, ping_json },
	[VITALS_TRACE] = { "trace", trace_text, trace_json },
	[VITALS_SCAN] = { "scan", scan_text, scan_json },
};

static void
print_text(struct out *o, const struct vitals_run *runs, unsigned n)
{
	const struct vitals_line *l = o->line;
	const char *addr = block_addr(&l->addr);

	fputs(l->host, o->f);
	if (strcmp(l->host, addr) != 0)
		fprintf(o->f, o->form->bundle ? " (%s)" : " %s", addr);
	if (!o->form->bundle && !l->no_stamp)
		fprintf(o->f, "\n%s", block_date(o->form->now));
	for (unsigned i = 0; i < n; i++)
		if (runs[i].probe != NULL) {
			putc('\n', o->f);
			parts[runs[i].kind].text(o, &runs[i]);
		}
	putc('\n', o->f);
}

/* The original writes blanks after commas if it writes no time, but not in a
 * bundle. */
static void
print_json(struct out *o, const struct vitals_run *runs, unsigned n)
{
	const struct vitals_line *l = o->line;
	uint64_t now = o->form->now;
	const char *blank = !o->form->bundle && l->no_stamp ? " " : "";

	fprintf(o->f, "{\"addr\":\"%s\",%s\"name\":", block_addr(&l->addr),
	    blank);
	put_string(o, l->host, strlen(l->host));
	if (!o->form->bundle && !l->no_stamp)
		fprintf(o->f, ",\"timestamp\":%" PRIu64 ".%06" PRIu64,
		    now / NS_PER_MS, now % NS_PER_MS);
	for (unsigned i = 0; i < n; i++)
		if (runs[i].probe != NULL) {
			fprintf(o->f, ",%s\"%s\":", blank,
			    parts[runs[i].kind].name);
			parts[runs[i].kind].json(o, &runs[i]);
		}
	fputs("}\n", o->f);
}

bool
block_print(FILE *f, const struct block_form *form,
    const struct vitals_line *l, const struct vitals_run *runs, unsigned n)
{
	struct out o = { .f = f, .form = form, .line = l };

	if (l->json)
		print_json(&o, runs, n);
	else
		print_text(&o, runs, n);
	return !o.failed;
}
