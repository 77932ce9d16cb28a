#include "probe/task.h"

#include "wire/units.h"

#define FIRST_WITHIN	(10 * NS_PER_S)	/* of the start, for first runs */
#define REST		NS_PER_MS	/* between packets to a host */

uint64_t
task_period(const struct hostlist_entry *e, enum task_kind kind)
{
	switch (kind) {
	case TASK_PING:
		return e->ping_ns == 0 ? 0 :
		    e->ping_ns + (e->numpings - 1) * e->interval_ns;
	case TASK_TRACE:
		return e->trace_ns;
	case TASK_SCAN:
		return e->scan_ns;
	default:
		return 0;
	}
}

/* The time from run to run of a task. */
static uint64_t
period_of(const struct task *t)
{
	const struct host *h = t->host;

	return (uint64_t)((double)task_period(h->e, t->kind) * h->m->stretch);
}

/* The host's place in a period of ns: all hosts are spread over it. */
static uint64_t
place_in(const struct host *h, uint64_t ns)
{
	return (uint64_t)((double)(h->number >> 11) * 0x1p-53 * (double)ns);
}

void
task_start(struct task *t, uint64_t now)
{
	const struct host *h = t->host;
	uint64_t period = period_of(t);

	if (period == 0)
		return;
	if (period > FIRST_WITHIN)
		period = FIRST_WITHIN;
	schedule_set(&h->m->schedule, &t->due,
	    h->m->once ? now : now + place_in(h, period));
}

void
task_start_now(struct task *t, uint64_t now)
{
	struct monitor *m = t->host->m;

	if (t->due.place == 0 && m->stop_at == MONITOR_NEVER)
		schedule_set(&m->schedule, &t->due, now);
}

void
task_begin(struct task *t)
{
	t->begun = t->due.at;
	t->run++;
}

/*
 * When the next run is due, however long this one took.  If the period is
 * long, the first run was early, and the second one goes to its place.
 */
static uint64_t
next_due(const struct task *t, uint64_t period)
{
	uint64_t next = t->begun + period;

	if (t->run > 1)
		return next;
	next = t->host->start + place_in(t->host, period);
	while (next < t->begun + period / 2)
		next += period;
	return next;
}

void
task_next(struct task *t, uint64_t now)
{
	struct monitor *m = t->host->m;
	uint64_t period = period_of(t), next;

	t->index = 0;
	if (m->once || m->stop_at != MONITOR_NEVER || period == 0) {
		schedule_drop(&m->schedule, &t->due);
		return;
	}
	next = next_due(t, period);
	if (next + period <= now) {
		m->counts[COUNT_SKIPPED].value += (now - next) / period;
		next += (now - next) / period * period;
	}
	schedule_set(&m->schedule, &t->due, next);
}

void
task_resume(struct task *t, uint64_t at, uint64_t now)
{
	schedule_set(&t->host->m->schedule, &t->due,
	    at > now + REST ? at : now + REST);
}
