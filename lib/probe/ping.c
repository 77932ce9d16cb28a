#include "probe/ping.h"

#include <errno.h>
#include <string.h>

#include "probe/record.h"
#include "probe/task.h"
#include "sys/clock.h"
#include "wire/icmp.h"

/* Report a ping that was not sent, or whose answer is unknown. */
static void
failed(const struct host *h, uint64_t time, uint32_t run, uint32_t index,
    const char *why)
{
	struct probe_record p = { .time = time, .run = run, .index = index,
	    .of = h->e->numpings, .state = "error", .info = why };

	h->m->counts[COUNT_ERROR].value++;
	record_probe(h, REC_ping, &p);
}

/* Send ping number index of the burst.  Returns 0 or an errno. */
static int
send_ping(struct host *h, uint32_t run, uint16_t index, uint64_t now,
    uint64_t *stamp)
{
	struct monitor *m = h->m;
	struct prober_lane *lane = prober_lane(&m->prober, h->peer.addr.v6,
	    h->number);
	struct prober_probe probe = { .to = &h->peer,
	    .flow = (uint16_t)h->e->flow, .payload = h->e->payload,
	    .owner = h, .run = run, .index = index };

	monitor_sent(m, now);
	*stamp = clock_ns(CLOCK_REALTIME);
	if (lane == NULL)
		return EAFNOSUPPORT;
	return prober_send(&m->prober, lane, &probe, now, stamp);
}

void
ping_step(struct task *t, uint64_t now)
{
	const struct host *h = t->host;
	uint64_t stamp;
	int error;

	if (t->index == 0)
		task_begin(t);
	error = send_ping(t->host, t->run, (uint16_t)++t->index, now, &stamp);
	if (error != 0)
		failed(h, stamp, t->run, t->index, strerror(error));
	else
		h->m->pings++;
	if (t->index == h->e->numpings)
		task_next(t, now);
	else
		task_resume(t, t->begun + t->index * h->e->interval_ns, now);
}

/* Destination unreachable, fragmentation needed (RFC 792); packet too big
 * (RFC 4443). */
static bool
is_too_big(const struct prober_outcome *o)
{
	int kind = icmp_kind_of(o->from.v6, o->type);

	return kind == ICMP_TOOBIG ||
	    (kind == ICMP_UNREACH && !o->from.v6 && o->code == 4);
}

/*
 * A router cannot forward a ping, which is too large for what the kernel took
 * for the path's MTU.  Now that it knows better it fragments: send that ping
 * again, once a burst.  False if it was not.
 */
static bool
send_again(struct host *h, const struct prober_outcome *o)
{
	uint64_t stamp;

	if (o->what != PROBER_ICMP || h->again == o->run || !is_too_big(o))
		return false;
	h->again = o->run;
	return send_ping(h, o->run, o->index, clock_ns(CLOCK_MONOTONIC),
	    &stamp) == 0;
}

/* What the record of a ping says beside its state. */
static const char *
info_of(struct host *h, const struct prober_outcome *o)
{
	switch (o->what) {
	case PROBER_ICMP:
		return record_icmp_name(&o->from, o->type, o->code);
	case PROBER_OVERFLOW:
		return "receive queue overflow";
	case PROBER_LOST:
		return h->reason;
	case PROBER_ANSWERED:
		h->reason = NULL;
		h->m->counts[COUNT_HELD].value += o->held;
		return o->held ? "held" : NULL;
	default:
		return NULL;
	}
}

void
ping_outcome(struct host *h, const struct prober_outcome *o)
{
	static const struct {
		const char *state;
		enum monitor_count count;
	} states[] = {
		[PROBER_ANSWERED] = { "ok", COUNTS },
		[PROBER_ICMP] = { "unreach", COUNT_UNREACH },
		[PROBER_LOST] = { "lost", COUNT_LOST },
		[PROBER_OVERFLOW] = { "error", COUNT_ERROR },
		[PROBER_LATE] = { "late", COUNT_LATE },
		[PROBER_DUP] = { "dup", COUNT_DUP },
	};
	struct probe_record p = { .time = o->stamp, .run = o->run,
	    .index = o->index, .of = h->e->numpings };

	if (o->what == PROBER_REASON) {
		h->reason = record_icmp_name(&o->from, o->type, o->code);
		return;
	}
	if (send_again(h, o))
		return;
	p.state = states[o->what].state;
	if (states[o->what].count < COUNTS)
		h->m->counts[states[o->what].count].value++;
	if (o->what <= PROBER_OVERFLOW)
		h->m->pings--;
	p.info = info_of(h, o);
	if (o->what != PROBER_LOST && o->what != PROBER_OVERFLOW) {
		p.has_rtt = true;
		p.rtt = o->rtt;
		p.from = &o->from;
		p.has_ttl = o->has_ttl;
		p.ttl = o->ttl;
	}
	record_probe(h, REC_ping, &p);
}

void
ping_forget(struct host *h, const struct flight_probe *p)
{
	h->m->pings--;
	failed(h, p->stamp, p->run, p->index, "stopped");
}

void
ping_stop(struct host *h)
{
	struct task *t = &h->task[TASK_PING];

	while (t->index > 0 && t->index < h->e->numpings)
		failed(h, clock_ns(CLOCK_REALTIME), t->run, ++t->index,
		    "stopped");
	t->index = 0;
}
