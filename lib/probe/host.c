#include "probe/host.h"

#include <err.h>
#include <stdlib.h>

#include "probe/address.h"
#include "probe/hops.h"
#include "probe/job.h"
#include "probe/ping.h"
#include "probe/scan.h"
#include "probe/tell.h"
#include "sys/clock.h"

/* Multiples of the golden ratio fill any period evenly. */
#define GOLDEN	UINT64_C(0x9e3779b97f4a7c15)

struct host *
host_new(struct monitor *m, const struct hostlist_entry *e)
{
	struct host *h = calloc(1, sizeof *h);

	if (h == NULL)
		err(1, NULL);
	h->m = m;
	h->e = e;
	h->number = e->line * GOLDEN;
	for (int k = 0; k <= JOB_NAME; k++)
		h->job[k] = (struct job){ .kind = (enum job_kind)k,
		    .host = h };
	h->known = address_scan(e, &h->peer);
	h->is_name = !h->known;
	return h;
}

void
host_start(struct host *h)
{
	tell_conf(h);
	if (h->known)
		host_begin(h);
	else
		address_ask(h);
}

void
host_begin(struct host *h)
{
	h->m->resolved++;
	h->start = clock_ns(CLOCK_MONOTONIC);
	for (int k = 0; k < JOB_RUNS; k++)
		job_start(&h->job[k], h->start);
}

void
host_stop(struct host *h)
{
	for (int k = 0; k < JOB_RUNS; k++)
		schedule_drop(&h->m->schedule, &h->job[k].due);
	ping_stop(h);
	hops_stop(h);
	ports_stop(h);
	if (h->udp.socket != NULL)
		prober_close_udp(h->udp.socket);
	h->udp.socket = NULL;
}

static bool
goes(const void *owner)
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
	for (int v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < m->prober.nlanes[v6]; i++)
			prober_forget(&m->prober.lane[v6][i], goes, forget);
}

void
host_free(struct host *h)
{
	schedule_drop(&h->m->schedule, &h->job[JOB_NAME].due);
	path_close(&h->path);
	free(h);
}

void
host_step(struct job *j, uint64_t now)
{
	switch (j->kind) {
	case JOB_PING:
		ping_step(j, now);
		break;
	case JOB_HOPS:
		hops_step(j, now);
		break;
	case JOB_PORTS:
		ports_step(j, now);
		break;
	case JOB_NAME:
		schedule_drop(&j->host->m->schedule, &j->due);
		address_ask(j->host);
		break;
	}
}

void
host_outcome(void *host, const struct prober_outcome *o)
{
	if (o->trace)
		hops_outcome(host, o);
	else
		ping_outcome(host, o);
}
