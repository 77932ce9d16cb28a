#include "probe/job.h"

#include <err.h>
#include <sys/epoll.h>

#include "wire/units.h"

#define FIRST_WITHIN	(10 * NS_PER_S)	/* a job has run once */
#define SLACK		(10 * NS_PER_MS)	/* what may be made up for */
#define REST		NS_PER_MS		/* of a host after a packet */

uint64_t
job_period(const struct hostlist_entry *e, enum job_kind kind)
{
	switch (kind) {
	case JOB_PING:
		return e->ping_ns == 0 ? 0 :
		    e->ping_ns + (e->numpings - 1) * e->interval_ns;
	case JOB_HOPS:
		return e->trace_ns;
	case JOB_PORTS:
		return e->scan_ns;
	default:
		return 0;
	}
}

/* The part of ns that is this host's, so that they are spread over it. */
static uint64_t
share(const struct host *h, uint64_t ns)
{
	return (uint64_t)((double)(h->number >> 11) * 0x1p-53 * (double)ns);
}

void
job_start(struct job *j, uint64_t now)
{
	const struct host *h = j->host;
	uint64_t period = job_period(h->e, j->kind);

	if (period == 0)
		return;
	if (period > FIRST_WITHIN)
		period = FIRST_WITHIN;
	schedule_set(&h->m->schedule, &j->due,
	    h->m->once ? now : now + share(h, period));
}

void
job_begin(struct job *j)
{
	j->begun = j->due.at;
	j->run++;
}

/*
 * However long this run took.  The first was early where the period is long;
 * the second goes to its place.
 */
static uint64_t
next_due(const struct job *j, uint64_t period)
{
	uint64_t next = j->begun + period;

	if (j->run > 1)
		return next;
	next = j->host->start + share(j->host, period);
	while (next < j->begun + period / 2)
		next += period;
	return next;
}

void
job_next(struct job *j, uint64_t now)
{
	struct monitor *m = j->host->m;
	uint64_t period = job_period(j->host->e, j->kind), next;

	j->index = 0;
	if (m->once || m->stop_at != MONITOR_NEVER || period == 0) {
		schedule_drop(&m->schedule, &j->due);
		return;
	}
	next = next_due(j, period);
	if (next + period <= now) {
		m->counts[COUNT_SKIPPED].value += (now - next) / period;
		next += (now - next) / period * period;
	}
	schedule_set(&m->schedule, &j->due, next);
}

void
job_again(struct job *j, uint64_t at, uint64_t now)
{
	schedule_set(&j->host->m->schedule, &j->due,
	    at > now + REST ? at : now + REST);
}

bool
job_may_send(const struct monitor *m, uint64_t now)
{
	return now + SLACK >= m->pace_next;
}

uint64_t
job_may_send_at(const struct monitor *m)
{
	return m->pace_next > SLACK ? m->pace_next - SLACK : 0;
}

void
job_sent(struct monitor *m, uint64_t now)
{
	m->pace_next = (m->pace_next > now ? m->pace_next : now) +
	    NS_PER_S / m->rate;
}

void
job_watch(struct monitor *m, int fd, void *what, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = what };

	if (epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		err(1, "epoll");
}
