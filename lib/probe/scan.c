#include "probe/scan.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "probe/job.h"
#include "probe/tell.h"
#include "sys/clock.h"
#include "probe/connect.h"

#define SCAN_MAX	64	/* connections of a host at once */

static void
tell(const struct host *h, unsigned i, const struct tcpprobe_result *r,
    const char *error)
{
	static const char *const words[] = {
		[TCPPROBE_OPEN] = "open", [TCPPROBE_CLOSED] = "closed",
		[TCPPROBE_UNREACH] = "unreach",
		[TCPPROBE_FILTERED] = "filtered", [TCPPROBE_FAILED] = "error",
	};
	struct probe_facts p = tell_facts(h, h->scan->port[i].stamp);

	p.run = h->job[JOB_PORTS].run;
	p.index = i + 1;
	p.of = h->e->nports;
	p.port = h->e->ports[i];
	p.has_rtt = r->has_rtt;
	p.rtt = r->rtt;
	p.state = words[r->state];
	if (r->has_from) {
		p.from = &r->from;
		p.info = tell_icmp_name(&r->from, r->type, r->code);
	} else if (r->state == TCPPROBE_OPEN || r->state == TCPPROBE_CLOSED)
		p.from = &h->peer.addr;
	else if (r->state != TCPPROBE_FILTERED)
		p.info = error != NULL ? error : strerror(r->error);
	if (r->state == TCPPROBE_FAILED)
		h->m->counts[COUNT_ERROR].value++;
	probe_write(h->m->out, REC_port, &p);
}

static void
ended(struct host *h, unsigned i, const struct tcpprobe_result *r)
{
	struct scan *s = h->scan;
	struct scan_port *port = &s->port[i];

	if (port->fd >= 0) {
		close(port->fd);
		port->fd = -1;
		s->under_way--;
	}
	port->done = true;
	while (s->first < s->n && s->port[s->first].done)
		s->first++;
	tell(h, i, r, NULL);
}

static void
send_next(struct job *j, uint64_t now)
{
	struct host *h = j->host;
	unsigned i = j->index++;
	struct scan_port *port = &h->scan->port[i];
	struct tcpprobe_result r;

	port->sent = now;
	port->stamp = clock_ns(CLOCK_REALTIME);
	port->fd = tcpprobe_open(&h->peer, h->e->ports[i], &r);
	job_sent(h->m, now);
	h->m->prober.sent++;
	if (port->fd < 0) {
		ended(h, i, &r);
		return;
	}
	h->scan->under_way++;
	job_watch(h->m, port->fd, port, EPOLLOUT);
}

void
ports_ready(struct scan_port *port)
{
	struct host *h = port->host;
	struct job *j = &h->job[JOB_PORTS];
	struct tcpprobe_result r;

	if (port->fd < 0)
		return;
	tcpprobe_look(port->fd, h->peer.addr.v6, &r);
	if (r.state == TCPPROBE_WAITING)
		return;
	ended(h, (unsigned)(port - h->scan->port), &r);
	/* It is over, or there is room for one more. */
	if (h->scan->first == h->scan->n ||
	    h->scan->under_way == SCAN_MAX - 1)
		schedule_set(&h->m->schedule, &j->due,
		    clock_ns(CLOCK_MONOTONIC));
}

static struct scan *
begin(struct job *j)
{
	struct host *h = j->host;
	unsigned n = h->e->nports;
	struct scan *s = calloc(1, sizeof *s + n * sizeof s->port[0]);

	if (s == NULL)
		err(1, NULL);
	job_begin(j);
	s->n = n;
	for (unsigned i = 0; i < n; i++)
		s->port[i] = (struct scan_port){ .watch = WATCH_PORT,
		    .host = h, .fd = -1 };
	h->scan = s;
	return s;
}

/* Ports that nobody answered for, as far as is seen now. */
static void
expire(struct host *h, const struct scan *s, uint64_t now)
{
	struct tcpprobe_result r;

	for (unsigned i = s->first; i < h->job[JOB_PORTS].index; i++) {
		if (s->port[i].done || s->port[i].sent + h->m->wait > now)
			continue;
		tcpprobe_look(s->port[i].fd, h->peer.addr.v6, &r);
		if (r.state == TCPPROBE_WAITING)
			r.state = TCPPROBE_FILTERED;
		ended(h, i, &r);
	}
}

void
ports_step(struct job *j, uint64_t now)
{
	struct host *h = j->host;
	struct scan *s = h->scan != NULL ? h->scan : begin(j);
	uint64_t due = MONITOR_NEVER, limit;

	expire(h, s, now);
	if (j->index < s->n && s->under_way < SCAN_MAX) {
		send_next(j, now);
		due = now + h->e->interval_ns;
	}
	if (s->first == s->n) {
		free(s);
		h->scan = NULL;
		job_next(j, now);
		return;
	}
	limit = s->port[s->first].sent + h->m->wait;
	if (s->first < j->index && limit < due)
		due = limit;
	schedule_set(&h->m->schedule, &j->due, due);
}

unsigned
ports_under_way(const struct host *h)
{
	return h->scan != NULL ? h->scan->under_way : 0;
}

void
ports_stop(struct host *h)
{
	static const struct tcpprobe_result stopped = {
		.state = TCPPROBE_FAILED };
	struct scan *s = h->scan;

	h->job[JOB_PORTS].index = 0;
	if (s == NULL)
		return;
	for (unsigned i = s->first; i < s->n; i++) {
		struct scan_port *port = &s->port[i];

		if (port->done)
			continue;
		if (port->fd >= 0)
			close(port->fd);
		if (port->stamp == 0)
			port->stamp = clock_ns(CLOCK_REALTIME);
		tell(h, i, &stopped, "stopped");
	}
	free(s);
	h->scan = NULL;
}
