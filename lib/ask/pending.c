#include "ask/pending.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rec/text.h"
#include "wire/units.h"

/* More than that between the two clocks is not a delay of this record. */
#define LATER_MAX	NS_PER_S

/* What replaces a field; empty if the field stays. */
struct value {
	char text[ASK_INFO_MAX * TEXT_ESCAPED_MAX];
	size_t n;
};

/* Copy text[0..n) and a NUL to *to, which then points to what follows.  Returns
 * the copy. */
static const char *
copy(char **to, const char *text, size_t n)
{
	char *at = *to;

	memcpy(at, text, n);
	at[n] = '\0';
	*to += n + 1;
	return at;
}

uint64_t
pending_time(const struct rec *rec, enum rec_col c)
{
	size_t n;
	const char *text = rec_field(rec, c, &n);
	uint64_t ns = 0;

	return rec_has(rec, c) && ns_scan(text, n, &ns) == n ? ns : 0;
}

struct pending *
pending_new(const struct rec *rec, uint64_t since)
{
	static const enum rec_col columns[PENDING_COLUMNS] = { port_info,
	    port_took, port_connect, port_tls, port_wait, port_days };
	size_t nhost, nhead = strlen(rec->head->text);
	const char *host = rec_field(rec, port_host, &nhost);
	struct pending *p = malloc(sizeof *p + nhead + nhost + rec->len + 3);
	char *to = (char *)(p + 1);

	if (p == NULL)
		return NULL;
	*p = (struct pending){ .since = since, .nhost = nhost,
	    .nline = rec->len, .time = pending_time(rec, port_time),
	    .took = pending_time(rec, port_took) };
	for (int i = 0; i < PENDING_COLUMNS; i++)
		p->at[i] = rec->at[columns[i]];
	p->head = copy(&to, rec->head->text, nhead);
	p->host = copy(&to, host, nhost);
	p->line = copy(&to, rec->line, rec->len);
	return p;
}

static void
set_ns(struct value *v, uint64_t ns)
{
	v->n = ns_fmt(v->text, ns);
}

/* The time from the probe until now, or until latest if that is just later. */
static uint64_t
took(const struct pending *p, uint64_t now, uint64_t latest)
{
	uint64_t ns = p->took + (now - p->since), end = p->time + ns;

	return latest > end && latest - end < LATER_MAX ? latest - p->time : ns;
}

static void
set_times(struct value v[PENDING_COLUMNS], const struct ask *a)
{
	if (a->connect != 0)
		set_ns(&v[PENDING_CONNECT], a->connect);
	if (a->tls_took != 0)
		set_ns(&v[PENDING_TLS], a->tls_took);
	if (a->wait != 0)
		set_ns(&v[PENDING_WAIT], a->wait);
	if (a->has_days)
		v[PENDING_DAYS].n = (size_t)snprintf(v[PENDING_DAYS].text,
		    sizeof v->text, "%d", a->days);
}

/* The new value for field number f of the line, or NULL to leave it. */
static const struct value *
value_for(const struct pending *p, const struct value v[PENDING_COLUMNS],
    unsigned f)
{
	for (int i = 0; i < PENDING_COLUMNS; i++)
		if (p->at[i] == f && v[i].n > 0)
			return &v[i];
	return NULL;
}

/* Append a field to line[0..n).  Returns the new length. */
static size_t
append(char *line, size_t n, const char *text, size_t ntext)
{
	memcpy(line + n, text, ntext);
	return n + ntext;
}

/* The line with these values; returns its length. */
static size_t
fill(const struct pending *p, const struct value v[PENDING_COLUMNS],
    char *line)
{
	const char *from = p->line, *end = from + p->nline, *next;
	size_t n = 0;

	for (unsigned f = 0; from <= end; f++, from = next + 1) {
		const struct value *is = f > 0 ? value_for(p, v, f) : NULL;

		if ((next = memchr(from, '\t', (size_t)(end - from))) == NULL)
			next = end;
		if (f > 0)
			line[n++] = '\t';
		n = is != NULL ? append(line, n, is->text, is->n) :
		    append(line, n, from, (size_t)(next - from));
	}
	return n;
}

bool
pending_write(const struct pending *p, struct rec_writer *w,
    const struct ask *a, const char *info, size_t ninfo, uint64_t now,
    uint64_t latest)
{
	static struct value v[PENDING_COLUMNS];
	char *line = malloc(p->nline + sizeof v);

	if (line == NULL)
		return false;
	for (int i = 0; i < PENDING_COLUMNS; i++)
		v[i].n = 0;
	v[PENDING_INFO].n = text_escape(v[PENDING_INFO].text, info, ninfo);
	if (p->took > 0)
		set_ns(&v[PENDING_TOOK], took(p, now, latest));
	if (a != NULL)
		set_times(v, a);
	rec_pass(w, REC_port, p->head, line, fill(p, v, line));
	free(line);
	return true;
}
