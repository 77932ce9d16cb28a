#include "probe/hops.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "probe/job.h"
#include "probe/tell.h"
#include "sys/clock.h"
#include "wire/icmp.h"
#include "wire/units.h"

#define SPACE_MIN	(10 * NS_PER_MS)	/* between probes of a trace */
#define UDP_PORT	33434			/* traceroute's */

static void
tell_hop(const struct host *h, unsigned i, const char *last)
{
	const struct trace_hop *hop = &h->trace->hop[i];
	const struct trace_reply *r = &hop->reply;
	struct probe_facts p = tell_facts(h, hop->stamp);

	p.run = h->job[JOB_HOPS].run;
	p.index = i + 1;
	p.of = h->trace->last;
	p.state = "lost";
	p.info = last;
	if (hop->answered) {
		p.time = r->stamp;
		p.has_rtt = true;
		p.rtt = r->rtt;
		p.from = &r->from;
		p.has_ttl = r->has_ttl;
		p.ttl = r->ttl;
		p.state = r->what == TRACE_UNREACH ? "unreach" : "ok";
	}
	probe_write(h->m->out, REC_hop, &p);
}

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

static void
tell_route(struct host *h)
{
	struct probe_facts p = tell_facts(h, h->trace_stamp);
	struct path was;
	int r = path_take(&h->path, h->trace, &was);

	if (r < 0)
		err(1, NULL);
	if (r == 0)
		return;
	p.run = h->job[JOB_HOPS].run;
	probe_begin(h->m->out, REC_route, &p);
	put_path(h->m->out, &was);
	put_path(h->m->out, &h->path);
	rec_end(h->m->out);
	path_close(&was);
}

void
hops_stop(struct host *h)
{
	free(h->trace);
	h->trace = NULL;
}

static void
ended(struct job *j, uint64_t now)
{
	struct host *h = j->host;
	const struct trace *t = h->trace;

	for (unsigned i = 0; i < t->last; i++)
		tell_hop(h, i, i + 1 == t->last ? trace_end_name(t->end) :
		    NULL);
	tell_route(h);
	hops_stop(h);
	job_next(j, now);
}

/* It could not be sent: the trace is this record alone. */
static void
failed(struct job *j, int error, uint64_t now)
{
	struct host *h = j->host;
	struct probe_facts p = tell_facts(h, h->trace_stamp);

	p.run = j->run;
	p.index = p.of = 1;
	p.state = "error";
	p.info = strerror(error);
	h->m->counts[COUNT_ERROR].value++;
	probe_write(h->m->out, REC_hop, &p);
	hops_stop(h);
	job_next(j, now);
}

/* The lane of a trace by UDP is the host's own, so its ports stay. */
static struct prober_lane *
udp_lane(struct host *h, uint64_t now)
{
	if (h->udp.socket == NULL) {
		h->udp.watch = WATCH_SOCKET;
		h->udp.socket = prober_open_udp(h->peer.addr.v6);
		if (h->udp.socket == NULL)
			return NULL;
		job_watch(h->m, h->udp.socket->sock.fd, &h->udp, EPOLLIN);
	}
	prober_expire(&h->m->prober, h->udp.socket->lane, now);
	return h->udp.socket->lane;
}

static int
send_probe(struct job *j, unsigned ttl, uint64_t now, uint64_t *stamp)
{
	struct host *h = j->host;
	struct prober_lane *lane = h->e->udp ? udp_lane(h, now) :
	    prober_lane(&h->m->prober, h->peer.addr.v6, h->number);
	struct prober_probe probe = { .to = &h->peer, .flow = h->e->flow,
	    .port = (uint16_t)(UDP_PORT + h->e->flow),
	    .payload = h->e->payload, .ttl = (uint8_t)ttl, .owner = h,
	    .run = j->run, .index = (uint16_t)ttl, .trace = true };

	job_sent(h->m, now);
	if (lane == NULL)
		return EAFNOSUPPORT;
	return prober_send(&h->m->prober, lane, &probe, now, stamp);
}

static struct trace *
begin(struct job *j)
{
	struct host *h = j->host;
	uint64_t space = h->e->interval_ns;

	job_begin(j);
	h->trace_stamp = clock_ns(CLOCK_REALTIME);
	h->trace = trace_new(h->e->hops,
	    space > SPACE_MIN ? space : SPACE_MIN);
	if (h->trace == NULL)
		err(1, NULL);
	return h->trace;
}

void
hops_step(struct job *j, uint64_t now)
{
	struct host *h = j->host;
	struct trace *t = h->trace != NULL ? h->trace : begin(j);
	uint64_t due, stamp;
	unsigned ttl;
	int error;

	ttl = trace_step(t, now, &due);
	if (t->end != TRACE_RUNNING) {
		ended(j, now);
		return;
	}
	if (ttl != 0) {
		if ((error = send_probe(j, ttl, now, &stamp)) != 0) {
			failed(j, error, now);
			return;
		}
		trace_sent(t, ttl, now, stamp);
		due = t->next;
	}
	schedule_set(&h->m->schedule, &j->due, due);
}

static bool
is_unreach(const struct prober_outcome *o)
{
	return icmp_kind_of(o->from.v6, o->type) != ICMP_TIMEX;
}

void
hops_outcome(struct host *h, const struct prober_outcome *o)
{
	struct job *j = &h->job[JOB_HOPS];
	struct trace_reply r = { .what = TRACE_PASSED, .from = o->from,
	    .stamp = o->stamp, .rtt = o->rtt, .has_ttl = o->has_ttl,
	    .ttl = o->ttl };

	if (h->trace == NULL || o->run != j->run)
		return;
	if (o->what == PROBER_ANSWERED ||
	    (h->e->udp && is_unreach(o) &&
	    memcmp(&o->from, &h->peer.addr, sizeof o->from) == 0))
		r.what = TRACE_REACHED;
	else if (is_unreach(o)) {
		r.what = TRACE_UNREACH;
		h->m->counts[COUNT_UNREACH].value++;
	}
	trace_answer(h->trace, o->index, &r);
	schedule_set(&h->m->schedule, &j->due, clock_ns(CLOCK_MONOTONIC));
}
