#include "probe/record.h"

#include <string.h>

#include "sys/clock.h"
#include "wire/icmp.h"

/* Columns of port records that portid fills. */
#define PORT_ASKED	(port_days - port_connect + 1)

static void
put_word(struct rec_writer *w, const char *word)
{
	if (word != NULL)
		rec_put_text(w, word, strlen(word));
	else
		rec_put_none(w);
}

static void
put_addr(struct rec_writer *w, const struct addr *a)
{
	if (a != NULL)
		rec_put_addr(w, a);
	else
		rec_put_none(w);
}

/* The columns that all kinds begin with. */
static struct rec_writer *
begin(const struct host *h, enum rec_kind kind, uint64_t time, uint32_t run)
{
	struct rec_writer *w = h->m->out;

	rec_begin(w, kind);
	rec_put_ns(w, time);
	put_word(w, h->e->host);
	put_addr(w, h->known ? &h->peer.addr : NULL);
	rec_put_num(w, h->e->line);
	rec_put_num(w, run);
	return w;
}

/* The columns that say whose record it is. */
static void
put_identity(struct rec_writer *w, const struct host *h)
{
	rec_put_num(w, h->id);
	put_word(w, h->e->group);
	put_word(w, h->e->labels);
}

/* The time from since until now: records are written in the order in which they
 * end. */
static void
put_took(struct rec_writer *w, uint64_t since)
{
	uint64_t now = clock_ns(CLOCK_REALTIME);

	rec_put_ns(w, now > since ? now - since : 0);
}

void
record_probe(const struct host *h, enum rec_kind kind,
    const struct probe_record *p)
{
	struct rec_writer *w = begin(h, kind, p->time, p->run);

	rec_put_num(w, p->index);
	rec_put_num(w, p->of);
	rec_put_ns_if(w, p->has_rtt, p->rtt);
	put_addr(w, p->from);
	rec_put_num_if(w, p->has_ttl, p->ttl);
	if (kind == REC_port)
		rec_put_num(w, p->port);
	put_word(w, p->state);
	put_word(w, p->info);
	put_took(w, p->time);
	put_identity(w, h);
	for (int i = 0; kind == REC_port && i < PORT_ASKED; i++)
		rec_put_none(w);
	rec_end(w);
}

/* Hops separated by commas, '*' for a silent one. */
static void
put_path(struct rec_writer *w, const struct path *path)
{
	char text[ADDR_TEXT_MAX];

	if (path->n == 0) {
		rec_put_none(w);
		return;
	}
	rec_put_tab(w);
	for (unsigned i = 0; i < path->n; i++) {
		if (i > 0)
			rec_add(w, ",", 1);
		if (path->hop[i].known)
			rec_add(w, text, addr_fmt(text, &path->hop[i].addr));
		else
			rec_add(w, "*", 1);
	}
}

void
record_route(const struct host *h, uint64_t time, uint32_t run,
    const struct path *before, const struct path *now)
{
	struct rec_writer *w = begin(h, REC_route, time, run);

	put_path(w, before);
	put_path(w, now);
	put_identity(w, h);
	rec_end(w);
}

void
record_outage(const struct host *h, const char *state, uint64_t end)
{
	const struct outage *o = &h->outage;
	struct rec_writer *w = h->m->out;

	rec_begin(w, REC_outage);
	rec_put_ns(w, o->begin);
	put_word(w, h->e->host);
	put_addr(w, &h->peer.addr);
	rec_put_num(w, h->e->line);
	put_word(w, state);
	rec_put_ns(w, end > o->begin ? end - o->begin : 0);
	rec_put_num(w, o->lost);
	rec_put_num(w, outage_recent(o));
	put_word(w, h->why);
	put_path(w, &h->path);
	put_took(w, o->begin);
	put_identity(w, h);
	rec_end(w);
}

/* Records of the list have the number of the reading as their run. */
static struct rec_writer *
begin_now(const struct host *h, enum rec_kind kind)
{
	return begin(h, kind, clock_ns(CLOCK_REALTIME), h->m->generation);
}

void
record_conf(const struct host *h)
{
	struct rec_writer *w = begin_now(h, REC_conf);
	char options[HOSTLIST_OPTIONS_MAX];

	hostlist_options(h->e, options);
	put_word(w, options);
	put_identity(w, h);
	rec_end(w);
}

void
record_host(const struct host *h, const char *state, const char *info)
{
	struct rec_writer *w = begin_now(h, REC_host);

	put_word(w, state);
	put_word(w, info);
	put_identity(w, h);
	rec_end(w);
}

const char *
record_icmp_name(const struct addr *from, uint8_t type, uint8_t code)
{
	int kind = icmp_kind_of(from->v6, type);

	return kind < 0 ? "other" :
	    icmp_why_name(from->v6, (enum icmp_kind)kind, code);
}
