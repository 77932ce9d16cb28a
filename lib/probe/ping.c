#include "probe/ping.h"

#include <errno.h>
#include <string.h>

#include "probe/job.h"
#include "probe/tell.h"
#include "sys/clock.h"

static void
tell(const struct host *h, struct probe_facts *p, uint32_t run,
    uint32_t index)
{
	p->run = run;
	p->index = index;
	p->of = h->e->numpings;
	probe_write(h->m->out, REC_ping, p);
}

/* One that was not sent, or whose answer is not known. */
static void
failed(const struct host *h, uint64_t time, uint32_t run, uint32_t index,
    const char *why)
{
	struct probe_facts p = tell_facts(h, time);

	p.state = "error";
	p.info = why;
	h->m->counts[COUNT_ERROR].value++;
	tell(h, &p, run, index);
}

/* Send the next of the burst: 0 or an errno. */
static int
send_next(struct job *j, uint64_t now, uint64_t *stamp)
{
	struct host *h = j->host;
	struct monitor *m = h->m;
	struct prober_lane *lane = prober_lane(&m->prober, h->peer.addr.v6,
	    h->number);
	struct prober_probe probe = { .to = &h->peer, .flow = h->e->flow,
	    .payload = h->e->payload, .owner = h, .run = j->run,
	    .index = (uint16_t)++j->index };

	job_sent(m, now);
	*stamp = clock_ns(CLOCK_REALTIME);
	if (lane == NULL)
		return EAFNOSUPPORT;
	return prober_send(&m->prober, lane, &probe, now, stamp);
}

void
ping_step(struct job *j, uint64_t now)
{
	const struct host *h = j->host;
	uint64_t stamp;
	int error;

	if (j->index == 0)
		job_begin(j);
	error = send_next(j, now, &stamp);
	if (error != 0)
		failed(h, stamp, j->run, j->index, strerror(error));
	else
		h->m->waiting++;
	if (j->index == h->e->numpings)
		job_next(j, now);
	else
		job_again(j, j->begun + j->index * h->e->interval_ns, now);
}

void
ping_outcome(struct host *h, const struct prober_outcome *o)
{
	static const struct {
		const char *state;
		enum monitor_count count;
	} words[] = {
		[PROBER_ANSWERED] = { "ok", COUNTS },
		[PROBER_ICMP] = { "unreach", COUNT_UNREACH },
		[PROBER_LOST] = { "lost", COUNT_LOST },
		[PROBER_OVERFLOW] = { "error", COUNT_ERROR },
		[PROBER_LATE] = { "late", COUNT_LATE },
		[PROBER_DUP] = { "dup", COUNT_DUP },
	};
	struct probe_facts p = tell_facts(h, o->stamp);

	p.state = words[o->what].state;
	if (words[o->what].count < COUNTS)
		h->m->counts[words[o->what].count].value++;
	if (o->what <= PROBER_OVERFLOW)
		h->m->waiting--;
	if (o->what == PROBER_ICMP)
		p.info = tell_icmp_name(&o->from, o->type, o->code);
	else if (o->what == PROBER_OVERFLOW)
		p.info = "receive queue overflow";
	if (o->what != PROBER_LOST && o->what != PROBER_OVERFLOW) {
		p.has_rtt = true;
		p.rtt = o->rtt;
		p.from = &o->from;
		p.has_ttl = o->has_ttl;
		p.ttl = o->ttl;
	}
	tell(h, &p, o->run, o->index);
}

void
ping_forget(struct host *h, const struct flight_probe *p)
{
	h->m->waiting--;
	failed(h, p->stamp, p->run, p->index, "stopped");
}

void
ping_stop(struct host *h)
{
	struct job *j = &h->job[JOB_PING];

	while (j->index > 0 && j->index < h->e->numpings)
		failed(h, clock_ns(CLOCK_REALTIME), j->run, ++j->index,
		    "stopped");
	j->index = 0;
}
