#include "probe/ping.h"

#include <errno.h>
#include <string.h>

#include "probe/record.h"
#include "probe/task.h"
#include "probe/tcpping.h"
#include "sys/clock.h"
#include "wire/icmp.h"
#include "wire/units.h"

/* Outages. */

#define TRACE_REST	(10 * NS_PER_S)	/* between traces begun by losses */

static void
trace_loss(struct host *h)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!h->e->on_loss || (h->traced != 0 && now < h->traced + TRACE_REST))
		return;
	h->traced = now;
	task_start_now(&h->task[TASK_TRACE], now);
}

static uint64_t
number_of(const struct host *h, uint32_t run, uint32_t index)
{
	return (uint64_t)run * h->e->numpings + index;
}

/* A ping has its outcome: report an outage that begins or ends. */
static void
judge(struct host *h, uint32_t run, uint32_t index, enum outage_ping what,
    uint64_t time)
{
	enum outage_change change;

	outage_add(&h->outage, number_of(h, run, index), what, time);
	while ((change = outage_next(&h->outage)) != OUTAGE_NONE) {
		if (change == OUTAGE_UP) {
			record_outage(h, "up", h->outage.end);
			h->why = NULL;
		} else if (change == OUTAGE_DOWN)
			record_outage(h, "down", clock_ns(CLOCK_REALTIME));
		if (change != OUTAGE_UP)
			trace_loss(h);
	}
}

/* Report a ping that was not sent, or whose answer is unknown. */
static void
failed(struct host *h, uint64_t time, uint32_t run, uint32_t index,
    const char *why)
{
	struct probe_record p = { .time = time, .run = run, .index = index,
	    .of = h->e->numpings, .state = "error", .info = why };

	h->m->counts[COUNT_ERROR].value++;
	record_probe(h, REC_ping, &p);
	judge(h, run, index, OUTAGE_NOTHING, time);
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
	    .flow = (uint16_t)h->e->flow, .how = &h->e->how,
	    .ttl = h->e->how.ttl, .payload = h->e->payload,
	    .owner = h, .run = run, .index = index };

	monitor_sent(m, now);
	if (h->e->tcp)
		return tcpping_send(h, run, index, now, stamp);
	*stamp = clock_ns(CLOCK_REALTIME);
	if (lane == NULL)
		return EAFNOSUPPORT;
	return prober_send(&m->prober, lane, &probe, now, stamp);
}

void
ping_step(struct task *t, uint64_t now)
{
	struct host *h = t->host;
	uint64_t stamp;
	int error;

	if (t->index == 0)
		task_begin(t);
	outage_start(&h->outage, number_of(h, t->run, t->index + 1));
	error = send_ping(h, t->run, (uint16_t)++t->index, now, &stamp);
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
 * If a router could not forward a ping that is larger than the path's MTU, the
 * kernel knows that MTU now and fragments: send the ping again, once a burst.
 * False if it was not sent again.
 */
static bool
send_again(struct host *h, const struct prober_outcome *o)
{
	uint64_t stamp;

	if (o->what != PROBER_ICMP || h->again == o->run || h->e->how.df ||
	    !is_too_big(o))
		return false;
	h->again = o->run;
	return send_ping(h, o->run, o->index, clock_ns(CLOCK_MONOTONIC),
	    &stamp) == 0;
}

/* The info column of a ping's record; NULL: none. */
static const char *
info_of(struct host *h, const struct prober_outcome *o)
{
	switch (o->what) {
	case PROBER_ICMP:
		return record_icmp_name(&o->from, o->type, o->code);
	case PROBER_REFUSED:
		return "refused";
	case PROBER_OVERFLOW:
		return "receive queue overflow";
	case PROBER_LOST:
		return h->reason;
	case PROBER_ANSWERED:
		h->m->counts[COUNT_HELD].value += o->held;
		return o->held ? "held" : NULL;
	default:
		return NULL;
	}
}

/* Update the outage by an outcome, whose record had that info. */
static void
settle(struct host *h, const struct prober_outcome *o, const char *info)
{
	static const enum outage_ping is[] = {
		[PROBER_ANSWERED] = OUTAGE_ANSWERED,
		[PROBER_ICMP] = OUTAGE_UNANSWERED,
		[PROBER_REFUSED] = OUTAGE_UNANSWERED,
		[PROBER_LOST] = OUTAGE_UNANSWERED,
		[PROBER_OVERFLOW] = OUTAGE_NOTHING,
	};

	if (o->what > PROBER_OVERFLOW)
		return;
	if (is[o->what] == OUTAGE_UNANSWERED &&
	    (o->what != PROBER_LOST || h->outage.lost == 0))
		h->why = info;
	judge(h, o->run, o->index, is[o->what],
	    o->what == PROBER_ANSWERED ? o->stamp + o->rtt : o->stamp);
	if (o->what == PROBER_ANSWERED)
		h->reason = NULL;
}

/* What outcomes are called in records, and where they are counted, if at all. */
static const struct {
	const char *state;
	enum monitor_count count;
} states[] = {
	[PROBER_ANSWERED] = { "ok", COUNTS },
	[PROBER_ICMP] = { "unreach", COUNT_UNREACH },
	[PROBER_REFUSED] = { "unreach", COUNT_UNREACH },
	[PROBER_LOST] = { "lost", COUNT_LOST },
	[PROBER_OVERFLOW] = { "error", COUNT_ERROR },
	[PROBER_LATE] = { "late", COUNT_LATE },
	[PROBER_DUP] = { "dup", COUNT_DUP },
};

static void
report(const struct host *h, const struct prober_outcome *o, const char *info)
{
	struct probe_record p = { .time = o->stamp, .run = o->run,
	    .index = o->index, .of = h->e->numpings,
	    .state = states[o->what].state, .info = info };

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
ping_outcome(struct host *h, const struct prober_outcome *o)
{
	const char *info;

	if (o->what == PROBER_REASON) {
		h->reason = h->why = record_icmp_name(&o->from, o->type,
		    o->code);
		return;
	}
	if (send_again(h, o))
		return;
	if (states[o->what].count < COUNTS)
		h->m->counts[states[o->what].count].value++;
	if (o->what <= PROBER_OVERFLOW)
		h->m->pings--;
	info = info_of(h, o);
	report(h, o, info);
	settle(h, o, info);
}

void
ping_forget(struct host *h, uint64_t stamp, uint32_t run, uint32_t index)
{
	h->m->pings--;
	failed(h, stamp, run, index, "stopped");
}

void
ping_stop(struct host *h)
{
	struct task *t = &h->task[TASK_PING];

	tcpping_forget(h);
	while (t->index > 0 && t->index < h->e->numpings)
		failed(h, clock_ns(CLOCK_REALTIME), t->run, ++t->index,
		    "stopped");
	t->index = 0;
	if (outage_is_down(&h->outage))
		record_outage(h, "stopped", clock_ns(CLOCK_REALTIME));
	outage_stop(&h->outage);
}
