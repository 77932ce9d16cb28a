#include "probe/hops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "probe/record.h"
#include "probe/task.h"
#include "sys/clock.h"
#include "wire/icmp.h"
#include "wire/units.h"

#define SPACE_MIN	(10 * NS_PER_MS)	/* between probes of a trace */
#define UDP_PORT	33434			/* traceroute's */

/* Report hop i; why is set for the last one. */
static void
report_hop(const struct host *h, unsigned i, const char *why)
{
	const struct trace_hop *hop = &h->trace->hop[i];
	const struct trace_reply *r = &hop->reply;
	struct probe_record p = { .time = hop->stamp,
	    .run = h->task[TASK_TRACE].run, .index = i + 1,
	    .of = h->trace->last, .state = "lost",
	    .info = why == NULL && hop->shared ? "shared" : why };

	if (hop->answered) {
		p.time = r->stamp;
		p.has_rtt = true;
		p.rtt = r->rtt;
		p.from = &r->from;
		p.has_ttl = r->has_ttl;
		p.ttl = r->ttl;
		p.state = r->what == TRACE_UNREACH ? "unreach" : "ok";
	}
	record_probe(h, REC_hop, &p);
}

static int
report_route(struct host *h)
{
	struct path before;
	int r = path_update(&h->path, h->trace, &before);

	if (r <= 0)
		return r;
	record_route(h, h->trace_stamp, h->task[TASK_TRACE].run, &before,
	    &h->path);
	path_close(&before);
	return 0;
}

void
hops_stop(struct host *h)
{
	free(h->trace);
	h->trace = NULL;
}

/* What is shared with other hosts. */

/* The address of the router ttl hops away on the known path to a host; NULL if
 * unknown, or if that hop is the target. */
static const struct addr *
router_at(const struct host *h, unsigned ttl)
{
	const struct path *p = &h->path;

	if (ttl > p->n || !p->hop[ttl - 1].known ||
	    addr_equal(&p->hop[ttl - 1].addr, &h->peer.addr))
		return NULL;
	return &p->hop[ttl - 1].addr;
}

/* The router that a probe will reach, or NULL if that is unknown. */
static struct router *
expected(struct host *h, unsigned ttl)
{
	struct routers *rs = &h->m->routers;
	const struct addr *a = router_at(h, ttl);

	if (a != NULL)
		return routers_find(rs, a, ttl);
	return ttl == 1 ? routers_first(rs, h->peer.addr.v6) : NULL;
}

static bool
is_fresh(const struct router *r, uint64_t now)
{
	return now - r->seen < ROUTERS_SHARED_NS;
}

/* Instead of probing a router that would not answer now, use its last answer.
 * Returns false if hop ttl is to be probed. */
static bool
spare(struct host *h, unsigned ttl, uint64_t now)
{
	struct router *r = expected(h, ttl);

	if (r == NULL || router_may_probe(r, now))
		return false;
	trace_share(h->trace, ttl, is_fresh(r, now) ? &r->last : NULL);
	return true;
}

/* A hop was silent: its router limits its answers if it answers others. */
static void
share_silent(struct host *h, unsigned i, uint64_t now)
{
	struct trace *t = h->trace;
	struct router *r = expected(h, i + 1);

	if (r == NULL)
		return;
	if (t->hop[i].tries > 0)
		router_silent(r, h->id, t->hop[i].sent, now);
	if (r->interval != 0 && is_fresh(r, now))
		trace_share(t, i + 1, &r->last);
}

static int
ended(struct task *t, uint64_t now)
{
	struct host *h = t->host;
	const struct trace *trace = h->trace;
	int r;

	for (unsigned i = 0; i + 1 < trace->last; i++)
		if (!trace->hop[i].answered)
			share_silent(h, i, now);
	for (unsigned i = 0; i < trace->last; i++)
		report_hop(h, i, i + 1 == trace->last ?
		    trace_end_name(trace->end) : NULL);
	r = report_route(h);
	hops_stop(h);
	task_next(t, now);
	return r;
}

/* A probe could not be sent: the trace becomes this one record. */
static void
failed(struct task *t, int error, uint64_t now)
{
	struct host *h = t->host;
	struct probe_record p = { .time = h->trace_stamp, .run = t->run,
	    .index = 1, .of = 1, .state = "error", .info = strerror(error) };

	h->m->counts[COUNT_ERROR].value++;
	record_probe(h, REC_hop, &p);
	hops_stop(h);
	task_next(t, now);
}

/* Open the host's own socket, so that its traces keep their source port. */
static int
open_udp(struct host *h)
{
	struct prober_socket *s = prober_open_udp(h->peer.addr.v6);

	if (s == NULL)
		return -1;
	h->udp = (struct socket_watch){ WATCH_SOCKET, s };
	if (monitor_watch(h->m, s->sock.fd, &h->udp, EPOLLIN) == 0)
		return 0;
	prober_close_udp(s);
	h->udp.socket = NULL;
	return -1;
}

/* The lane for the probes of a trace; NULL with errno. */
static struct prober_lane *
lane_of(struct host *h, uint64_t now)
{
	errno = EAFNOSUPPORT;
	if (!h->e->udp)
		return prober_lane(&h->m->prober, h->peer.addr.v6, h->number);
	if (h->udp.socket == NULL && open_udp(h) < 0)
		return NULL;
	prober_expire(&h->m->prober, h->udp.socket->lane, now);
	return h->udp.socket->lane;
}

/* Returns 0 or an errno. */
static int
send_probe(struct task *t, unsigned ttl, uint64_t now, uint64_t *stamp)
{
	struct host *h = t->host;
	struct prober_lane *lane = lane_of(h, now);
	struct prober_probe probe = { .to = &h->peer,
	    .flow = (uint16_t)h->e->flow, .how = &h->e->how,
	    .port = (uint16_t)(UDP_PORT + h->e->flow),
	    .payload = h->e->payload, .ttl = (uint8_t)ttl, .owner = h,
	    .run = t->run, .index = (uint16_t)ttl, .trace = true,
	    .alone = h->trace->window == 1 };

	monitor_sent(h->m, now);
	if (lane == NULL)
		return errno;
	return prober_send(&h->m->prober, lane, &probe, now, stamp);
}

static struct trace *
begin(struct task *t)
{
	struct host *h = t->host;
	uint64_t space = h->e->interval_ns;

	task_begin(t);
	h->trace_stamp = clock_ns(CLOCK_REALTIME);
	h->trace = trace_new(h->e->hops,
	    space > SPACE_MIN ? space : SPACE_MIN);
	if (h->trace != NULL)
		h->trace->thorough = h->m->once || h->serial;
	if (h->trace != NULL && h->serial)
		h->trace->window = 1;
	return h->trace;
}

int
hops_step(struct task *t, uint64_t now)
{
	struct host *h = t->host;
	struct trace *trace = h->trace != NULL ? h->trace : begin(t);
	uint64_t due, stamp = 0;
	unsigned ttl;
	int error;

	if (trace == NULL)
		return -1;
	while ((ttl = trace_step(trace, now, &due)) != 0 && spare(h, ttl, now))
		continue;
	if (trace->end != TRACE_RUNNING)
		return ended(t, now);
	if (ttl != 0) {
		if ((error = send_probe(t, ttl, now, &stamp)) != 0) {
			failed(t, error, now);
			return 0;
		}
		trace_sent(trace, ttl, now, stamp);
		due = trace->next;
	}
	schedule_set(&h->m->schedule, &t->due, due);
	return 0;
}

/* Has an ICMP error, if that was the answer, another cause than the TTL? */
static bool
is_unreach(const struct prober_outcome *o)
{
	return icmp_kind_of(o->from.v6, o->type) != ICMP_TIMEX;
}

void
hops_outcome(struct host *h, const struct prober_outcome *o)
{
	struct task *t = &h->task[TASK_TRACE];
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct trace_reply r = { .what = TRACE_PASSED, .from = o->from,
	    .stamp = o->stamp, .rtt = o->rtt, .has_ttl = o->has_ttl,
	    .ttl = o->ttl };

	if (h->trace == NULL || o->run != t->run)
		return;
	if (o->what == PROBER_UNCLEAR) {
		h->serial = h->trace->thorough = true;
		h->trace->window = 1;
		return;
	}
	if (o->what == PROBER_ANSWERED || (h->e->udp && is_unreach(o) &&
	    addr_equal(&o->from, &h->peer.addr)))
		r.what = TRACE_REACHED;
	else if (is_unreach(o)) {
		r.what = TRACE_UNREACH;
		h->m->counts[COUNT_UNREACH].value++;
	}
	if (r.what == TRACE_PASSED)
		routers_answered(&h->m->routers, o->index, &r, h->id, now);
	trace_answer(h->trace, o->index, &r);
	schedule_set(&h->m->schedule, &t->due, now);
}
