#include "probe/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "probe/record.h"
#include "probe/task.h"
#include "probe/tcpprobe.h"
#include "sys/clock.h"

#define SCAN_MAX	64	/* connections to a host at once */

/* Report port i; error stands for the result's errno unless it is NULL. */
static void
report(const struct host *h, unsigned i, const struct tcpprobe_result *r,
    const char *error)
{
	static const char *const states[] = {
		[TCPPROBE_OPEN] = "open", [TCPPROBE_CLOSED] = "closed",
		[TCPPROBE_UNREACH] = "unreach",
		[TCPPROBE_FILTERED] = "filtered", [TCPPROBE_FAILED] = "error",
	};
	struct probe_record p = { .time = h->scan->port[i].stamp,
	    .run = h->task[TASK_SCAN].run, .index = i + 1,
	    .of = h->e->nports, .has_rtt = r->has_rtt, .rtt = r->rtt,
	    .port = h->e->ports[i], .state = states[r->state] };

	if (r->has_from) {
		p.from = &r->from;
		p.info = record_icmp_name(&r->from, r->type, r->code);
	} else if (r->state == TCPPROBE_OPEN || r->state == TCPPROBE_CLOSED)
		p.from = &h->peer.addr;
	else if (r->state != TCPPROBE_FILTERED)
		p.info = error != NULL ? error : strerror(r->error);
	if (r->state == TCPPROBE_FAILED)
		h->m->counts[COUNT_ERROR].value++;
	record_probe(h, REC_port, &p);
}

static void
close_port(struct host *h, struct scan_port *port)
{
	if (port->fd < 0)
		return;
	close(port->fd);
	port->fd = -1;
	h->scan->open--;
	h->m->connections--;
}

static void
ended(struct host *h, struct scan_port *port, const struct tcpprobe_result *r)
{
	struct port_scan *s = h->scan;

	close_port(h, port);
	port->done = true;
	while (s->first < s->n && s->port[s->first].done)
		s->first++;
	report(h, (unsigned)(port - s->port), r, NULL);
}

static void
send_next(struct task *t, uint64_t now)
{
	struct host *h = t->host;
	unsigned i = t->index++;
	struct scan_port *port = &h->scan->port[i];
	struct tcpprobe_result r;

	port->sent = now;
	port->stamp = clock_ns(CLOCK_REALTIME);
	port->fd = tcpprobe_open(&h->peer, h->e->ports[i], &h->e->how, &r);
	monitor_sent(h->m, now);
	h->m->prober.sent++;
	if (port->fd >= 0) {
		h->scan->open++;
		h->m->connections++;
		if (monitor_watch(h->m, port->fd, port, EPOLLOUT) == 0)
			return;
		r = (struct tcpprobe_result){ .state = TCPPROBE_FAILED,
		    .error = errno };
	}
	ended(h, port, &r);
}

void
scan_ready(struct scan_port *port)
{
	struct host *h = port->host;
	struct tcpprobe_result r;

	if (port->fd < 0)
		return;
	tcpprobe_check(port->fd, h->peer.addr.v6, &r);
	if (r.state == TCPPROBE_WAITING)
		return;
	ended(h, port, &r);
	/* The scan is over, or may open one more connection. */
	if (h->scan->first == h->scan->n || h->scan->open == SCAN_MAX - 1)
		schedule_set(&h->m->schedule, &h->task[TASK_SCAN].due,
		    clock_ns(CLOCK_MONOTONIC));
}

static struct port_scan *
begin(struct task *t)
{
	struct host *h = t->host;
	unsigned n = h->e->nports;
	struct port_scan *s = calloc(1, sizeof *s + n * sizeof s->port[0]);

	if (s == NULL)
		return NULL;
	task_begin(t);
	s->n = n;
	for (unsigned i = 0; i < n; i++)
		s->port[i] = (struct scan_port){ .watch = WATCH_PORT,
		    .host = h, .fd = -1 };
	h->scan = s;
	return s;
}

/* End the ports that have waited long enough, after a last look. */
static void
expire(struct host *h, struct port_scan *s, uint64_t now)
{
	struct tcpprobe_result r;

	for (unsigned i = s->first; i < h->task[TASK_SCAN].index; i++) {
		if (s->port[i].done || s->port[i].sent + h->m->wait > now)
			continue;
		tcpprobe_check(s->port[i].fd, h->peer.addr.v6, &r);
		if (r.state == TCPPROBE_WAITING)
			r.state = TCPPROBE_FILTERED;
		ended(h, &s->port[i], &r);
	}
}

int
scan_step(struct task *t, uint64_t now)
{
	struct host *h = t->host;
	struct port_scan *s = h->scan != NULL ? h->scan : begin(t);
	uint64_t due = MONITOR_NEVER, limit;

	if (s == NULL)
		return -1;
	expire(h, s, now);
	if (t->index < s->n && s->open < SCAN_MAX) {
		send_next(t, now);
		due = now + h->e->interval_ns;
	}
	if (s->first == s->n) {
		free(s);
		h->scan = NULL;
		task_next(t, now);
		return 0;
	}
	limit = s->port[s->first].sent + h->m->wait;
	if (s->first < t->index && limit < due)
		due = limit;
	schedule_set(&h->m->schedule, &t->due, due);
	return 0;
}

void
scan_stop(struct host *h)
{
	static const struct tcpprobe_result stopped = {
		.state = TCPPROBE_FAILED };
	struct port_scan *s = h->scan;

	h->task[TASK_SCAN].index = 0;
	if (s == NULL)
		return;
	for (unsigned i = s->first; i < s->n; i++) {
		struct scan_port *port = &s->port[i];

		if (port->done)
			continue;
		close_port(h, port);
		if (port->stamp == 0)
			port->stamp = clock_ns(CLOCK_REALTIME);
		report(h, i, &stopped, "stopped");
	}
	free(s);
	h->scan = NULL;
}
