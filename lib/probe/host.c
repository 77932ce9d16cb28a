#include "probe/host.h"

#include <stdlib.h>

#include "probe/address.h"
#include "probe/hops.h"
#include "probe/ping.h"
#include "probe/record.h"
#include "probe/scan.h"
#include "probe/task.h"
#include "sys/clock.h"
#include "wire/units.h"

/* Multiples of the golden ratio fill any period evenly. */
#define GOLDEN	UINT64_C(0x9e3779b97f4a7c15)

/* When a name is looked up again: one that was found, since addresses change;
 * one that was not, first after RETRY, then after twice the time before. */
#define AGAIN	(300 * NS_PER_S)
#define RETRY	NS_PER_S

struct host *
host_new(struct monitor *m, const struct hostlist_entry *e)
{
	struct host *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->m = m;
	h->e = e;
	h->id = ++m->ids;
	h->number = h->id * GOLDEN;
	for (int k = 0; k < TASKS; k++)
		h->task[k] = (struct task){ .kind = (enum task_kind)k,
		    .host = h };
	h->known = address_scan(e, &h->peer);
	h->is_name = !h->known;
	return h;
}

void
host_free(struct host *h)
{
	schedule_drop(&h->m->schedule, &h->task[TASK_LOOKUP].due);
	path_close(&h->path);
	free(h);
}

/* Its address is known, for the first time or a new one. */
static void
begin(struct host *h)
{
	h->m->resolved++;
	h->start = clock_ns(CLOCK_MONOTONIC);
	for (int k = 0; k < TASK_RUNS; k++)
		task_start(&h->task[k], h->start);
}

void
host_start(struct host *h)
{
	record_conf(h);
	if (h->known)
		begin(h);
	else
		host_look_up(h);
}

void
host_stop(struct host *h)
{
	for (int k = 0; k < TASK_RUNS; k++)
		schedule_drop(&h->m->schedule, &h->task[k].due);
	ping_stop(h);
	hops_stop(h);
	scan_stop(h);
	if (h->udp.socket != NULL)
		prober_close_udp(h->udp.socket);
	h->udp.socket = NULL;
}

static bool
is_gone(const void *owner)
{
	return ((const struct host *)owner)->gone;
}

static void
forget(void *owner, const struct flight_probe *p)
{
	if (!p->trace)
		ping_forget(owner, p);
}

void
host_forget_gone(struct monitor *m)
{
	prober_forget(&m->prober, is_gone, forget);
}

/* Names. */

void
host_look_up_queued(struct monitor *m)
{
	struct host *h;

	while ((h = m->queued) != NULL && (h->gone || lookup_ask(&m->lookup,
	    (uintptr_t)h, h->e->family, h->e->host))) {
		if ((m->queued = h->next) == NULL)
			m->queue_end = &m->queued;
		if (h->gone)
			host_free(h);
	}
}

void
host_look_up(struct host *h)
{
	struct monitor *m = h->m;

	if (h->asked)
		return;
	h->asked = true;
	h->next = NULL;
	*m->queue_end = h;
	m->queue_end = &h->next;
	host_look_up_queued(m);
}

static void
look_up_after(struct host *h, uint64_t ns)
{
	if (!h->m->once)
		schedule_set(&h->m->schedule, &h->task[TASK_LOOKUP].due,
		    clock_ns(CLOCK_MONOTONIC) + ns);
}

static void
not_found(struct host *h, const char *why)
{
	if (!h->warned) {
		h->m->unresolved(h, why);
		if (!h->known)
			record_host(h, "unresolved", why);
	}
	h->warned = true;
	h->retry = h->retry == 0 ? RETRY : 2 * h->retry;
	if (h->retry > AGAIN)
		h->retry = AGAIN;
	look_up_after(h, h->retry);
}

/* Go on at another address.  Answers from the old one are not waited for: to
 * the prober the host is gone for a moment. */
static void
move(struct host *h, const struct peer *to)
{
	char before[ADDR_TEXT_MAX + 1];

	before[addr_fmt(before, &h->peer.addr)] = '\0';
	h->gone = true;
	host_forget_gone(h->m);
	h->gone = false;
	host_stop(h);
	path_close(&h->path);
	h->peer = *to;
	record_host(h, "changed", before);
	begin(h);
}

static void
found(struct host *h, const struct peer *to)
{
	const char *why = address_refusal(to);

	if (why != NULL) {
		not_found(h, why);
		return;
	}
	h->warned = false;
	h->retry = 0;
	if (!h->known) {
		h->known = true;
		h->peer = *to;
		record_host(h, "resolved", NULL);
		begin(h);
	} else if (!address_same(&h->peer, to))
		move(h, to);
	look_up_after(h, AGAIN);
}

void
host_answer(const struct lookup_answer *a)
{
	struct host *h = (struct host *)(uintptr_t)a->id;

	h->asked = false;
	if (h->gone)
		host_free(h);
	else if (a->found)
		found(h, &a->peer);
	else
		not_found(h, a->why);
}

/* What is due, and what came of it. */

int
host_step(struct task *t, uint64_t now)
{
	switch (t->kind) {
	case TASK_PING:
		ping_step(t, now);
		return 0;
	case TASK_TRACE:
		return hops_step(t, now);
	case TASK_SCAN:
		return scan_step(t, now);
	case TASK_LOOKUP:
		schedule_drop(&t->host->m->schedule, &t->due);
		host_look_up(t->host);
		return 0;
	}
	return 0;
}

void
host_outcome(void *host, const struct prober_outcome *o)
{
	if (o->trace)
		hops_outcome(host, o);
	else
		ping_outcome(host, o);
}
