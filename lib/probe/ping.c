#include "probe/ping.h"

#include <errno.h>
#include <string.h>

#include "probe/record.h"
#include "probe/task.h"
#include "sys/clock.h"

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

/* Send the next of the burst.  Returns 0 or an errno. */
static int
send_next(struct task *t, uint64_t now, uint64_t *stamp)
{
	struct host *h = t->host;
	struct monitor *m = h->m;
	struct prober_lane *lane = prober_lane(&m->prober, h->peer.addr.v6,
	    h->number);
	struct prober_probe probe = { .to = &h->peer,
	    .flow = (uint16_t)h->e->flow, .payload = h->e->payload,
	    .owner = h, .run = t->run, .index = (uint16_t)++t->index };

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
	error = send_next(t, now, &stamp);
	if (error != 0)
		failed(h, stamp, t->run, t->index, strerror(error));
	else
		h->m->pings++;
	if (t->index == h->e->numpings)
		task_next(t, now);
	else
		task_resume(t, t->begun + t->index * h->e->interval_ns, now);
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
	    .index = o->index, .of = h->e->numpings,
	    .state = states[o->what].state };

	if (states[o->what].count < COUNTS)
		h->m->counts[states[o->what].count].value++;
	if (o->what <= PROBER_OVERFLOW)
		h->m->pings--;
	if (o->what == PROBER_ICMP)
		p.info = record_icmp_name(&o->from, o->type, o->code);
	else if (o->what == PROBER_OVERFLOW)
		p.info = "receive queue overflow";
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
