#include "probe/tcpping.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "probe/ping.h"
#include "probe/tcpprobe.h"
#include "sys/clock.h"

/* Append to the queue, which is in the order of sending. */
static void
append(struct monitor *m, struct tcp_ping *p)
{
	p->before = m->newest;
	p->after = NULL;
	if (m->newest != NULL)
		m->newest->after = p;
	else
		m->oldest = p;
	m->newest = p;
}

static void
drop(struct monitor *m, struct tcp_ping *p)
{
	if (p->before != NULL)
		p->before->after = p->after;
	else
		m->oldest = p->after;
	if (p->after != NULL)
		p->after->before = p->before;
	else
		m->newest = p->before;
	close(p->fd);
	free(p);
}

int
tcpping_send(struct host *h, uint32_t run, uint16_t index, uint64_t now,
    uint64_t *stamp)
{
	struct monitor *m = h->m;
	struct tcp_ping *p = malloc(sizeof *p);
	struct tcpprobe_result r;
	int keep;

	*stamp = clock_ns(CLOCK_REALTIME);
	if (p == NULL)
		return ENOMEM;
	*p = (struct tcp_ping){ .watch = WATCH_TCP_PING, .host = h,
	    .run = run, .index = index, .sent = now, .stamp = *stamp };
	p->fd = tcpprobe_open(&h->peer, (uint16_t)h->e->port, &h->e->how, &r);
	if (p->fd < 0) {
		free(p);
		return r.error;
	}
	append(m, p);
	m->prober.sent++;
	if (monitor_watch(m, p->fd, p, EPOLLOUT) == 0)
		return 0;
	keep = errno;
	drop(m, p);
	return keep;
}

/* The outcome of a ping: if the SYN was sent again, the ping was lost. */
static enum prober_what
meaning(const struct tcpprobe_result *r)
{
	if (r->has_from)
		return PROBER_ICMP;
	if (r->state == TCPPROBE_OPEN && !r->again)
		return PROBER_ANSWERED;
	return r->state == TCPPROBE_CLOSED ? PROBER_REFUSED : PROBER_LOST;
}

static void
end(struct tcp_ping *p, const struct tcpprobe_result *r)
{
	struct host *h = p->host;
	struct prober_outcome o = { .what = meaning(r), .run = p->run,
	    .index = p->index, .stamp = p->stamp, .from = h->peer.addr,
	    .rtt = r->has_rtt ? r->rtt : clock_ns(CLOCK_MONOTONIC) - p->sent,
	    .type = r->type, .code = r->code };

	if (r->has_from)
		o.from = r->from;
	if (o.what != PROBER_LOST)
		h->m->prober.received++;
	drop(h->m, p);
	ping_outcome(h, &o);
}

void
tcpping_ready(struct tcp_ping *p)
{
	struct tcpprobe_result r;

	tcpprobe_check(p->fd, p->host->peer.addr.v6, &r);
	if (r.state != TCPPROBE_WAITING)
		end(p, &r);
}

uint64_t
tcpping_expire(struct monitor *m, uint64_t now)
{
	static const struct tcpprobe_result silent = {
		.state = TCPPROBE_FILTERED };

	while (m->oldest != NULL && m->oldest->sent + m->wait <= now) {
		struct tcp_ping *p = m->oldest;
		struct tcpprobe_result r;

		tcpprobe_check(p->fd, p->host->peer.addr.v6, &r);
		end(p, r.state == TCPPROBE_WAITING ? &silent : &r);
	}
	return m->oldest != NULL ? m->oldest->sent + m->wait : MONITOR_NEVER;
}

void
tcpping_forget(struct host *h)
{
	struct tcp_ping *p, *after;

	for (p = h->e->tcp ? h->m->oldest : NULL; p != NULL; p = after) {
		after = p->after;
		if (p->host != h)
			continue;
		ping_forget(h, p->stamp, p->run, p->index);
		drop(h->m, p);
	}
}
