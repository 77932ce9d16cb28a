/*
 * probesrc: pings, traces and port scans of a list of hosts, as records.  One
 * process and one loop, whatever the number of hosts: a heap says which job of
 * which host is due, a socket answers for many of them.
 *
 * What it may do narrows step by step, never back:
 *
 *	as started	the list and the sockets for ICMP are opened
 *	user		as the -Z user; helpers for names are started
 *	sandbox		reads the list and what comes, sends
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "conn/trace.h"
#include "rec/probe.h"
#include "rec/stage.h"
#include "sys/clock.h"
#include "sys/hostlist.h"
#include "sys/io.h"
#include "sys/names.h"
#include "sys/privilege.h"
#include "sys/prober.h"
#include "sys/sandbox.h"
#include "sys/schedule.h"
#include "sys/signals.h"
#include "sys/tcpprobe.h"
#include "wire/icmp.h"

#define MS			UINT64_C(1000000)
#define SECOND			UINT64_C(1000000000)
#define NEVER			SCHEDULE_NEVER
#define FIRST_WITHIN		(10 * SECOND)	/* a job has run once */
#define STOP_WAIT		SECOND
#define NAME_AGAIN		(300 * SECOND)	/* addresses may change */
#define NAME_RETRY		SECOND		/* doubled each time, up to it */
#define PACE_SLACK		(10 * MS)	/* what may be made up for */
#define SPACE_MIN		MS		/* between packets to a host */
#define TRACE_SPACE_MIN		(10 * MS)
#define SCAN_MAX		64		/* connections of a host at once */
#define EVENTS			64
/* With more than so many packets a second, they go and come in batches. */
#define BATCH_FROM		2500
#define BATCH_MAX		(4 * MS)
#define UDP_PORT		33434		/* traceroute's */

enum job_kind { JOB_PING, JOB_TRACE, JOB_SCAN, JOBS };

struct job {
	struct due due;
	enum job_kind kind;
	struct host *host;
	uint64_t begun;		/* when this run was due */
	uint32_t run, index;	/* index: probes of it sent */
};

/* What epoll(7) tells of: each begins with what it is. */
enum watch { WATCH_SIGNALS, WATCH_NAMES, WATCH_SOCKET, WATCH_PORT };

struct socket_watch {
	enum watch watch;
	struct prober_socket *socket;
};

struct scan_port {
	enum watch watch;
	struct host *host;
	int fd;			/* -1: before, and after */
	bool done;
	uint64_t sent, stamp;
};

struct scan {
	unsigned n, first;	/* all before the first are done */
	unsigned under_way;
	struct scan_port port[];
};

struct host {
	const struct hostlist_entry *e;
	struct peer peer;
	bool is_name, known;	/* known: peer is */
	bool gone, asking;	/* asking: a helper has its name */
	bool told;		/* that it has no address */
	uint64_t number;	/* chooses its lane, and its time in a period */
	uint64_t start;		/* when its jobs were made */
	struct job job[JOBS];
	struct job name;	/* when it is to be looked up again */
	uint64_t retry;
	struct host *next;	/* to be asked for */
	struct trace *trace;
	uint64_t trace_stamp;
	struct path path;
	struct scan *scan;
	struct socket_watch udp;	/* its own, for traces */
};

static struct {
	const char *file, *user;
	uint32_t rate;
	uint64_t wait;
	bool once;
} opt = { .rate = 1000, .wait = 2 * SECOND };

static struct stage st;
static const char *place;		/* what the list is called */
static struct hostlist list;
static struct host **hosts;		/* in hostlist_order() */
static size_t nhosts;
static uint32_t generation;

static struct prober prober;
static struct names names;
static struct host *ask_first, **ask_last = &ask_first;
static struct schedule schedule;
static int epoll;
static uint64_t batch;			/* how long to gather, ns; 0: not */
static uint64_t pace_next;		/* when the next packet may go */
static uint64_t waiting;		/* pings without an end */
static uint64_t stop_at = NEVER;
static unsigned resolved;		/* hosts that ever were */

enum {
	SENT, RECEIVED, LATE, DUP, LOST, UNREACH, ERROR, FOREIGN, UNSTAMPED,
	SKIPPED, COUNTS
};
static struct count counts[COUNTS] = {
	[SENT] = { "sent", 0 }, [RECEIVED] = { "received", 0 },
	[LATE] = { "late", 0 }, [DUP] = { "dup", 0 }, [LOST] = { "lost", 0 },
	[UNREACH] = { "unreach", 0 }, [ERROR] = { "error", 0 },
	[FOREIGN] = { "foreign", 0 }, [UNSTAMPED] = { "unstamped", 0 },
	[SKIPPED] = { "skipped", 0 },
};

/* Records. */

static struct probe_facts
facts_of(const struct host *h, uint64_t time)
{
	return (struct probe_facts){ .time = time, .host = h->e->host,
	    .addr = h->known ? &h->peer.addr : NULL, .line = h->e->line,
	    .run = generation };
}

static void
tell_conf(const struct host *h)
{
	struct probe_facts p = facts_of(h, clock_ns(CLOCK_REALTIME));
	char *options = hostlist_options(h->e);

	if (options == NULL)
		err(1, NULL);
	probe_begin(&st.out, REC_conf, &p);
	probe_put_word(&st.out, options);
	rec_end(&st.out);
	free(options);
}

static void
tell_host(const struct host *h, const char *state, const char *info)
{
	struct probe_facts p = facts_of(h, clock_ns(CLOCK_REALTIME));

	probe_begin(&st.out, REC_host, &p);
	probe_put_word(&st.out, state);
	probe_put_word(&st.out, info);
	rec_end(&st.out);
}

static void
tell_ping(const struct host *h, struct probe_facts *p)
{
	p->of = h->e->numpings;
	probe_write(&st.out, REC_ping, p);
}

/* One that was not sent, or whose answer is not known. */
static void
ping_error(const struct host *h, uint64_t time, uint32_t run, uint32_t index,
    const char *why)
{
	struct probe_facts p = facts_of(h, time);

	p.run = run;
	p.index = index;
	p.state = "error";
	p.info = why;
	counts[ERROR].value++;
	tell_ping(h, &p);
}

/* Pace: how soon the next packet may go. */

static bool
pace_allows(uint64_t now)
{
	return now + PACE_SLACK >= pace_next;
}

static void
pace_sent(uint64_t now)
{
	pace_next = (pace_next > now ? pace_next : now) + SECOND / opt.rate;
}

/* Runs of jobs, each due at its own time of the period. */

static uint64_t
period_of(const struct job *j)
{
	const struct hostlist_entry *e = j->host->e;

	switch (j->kind) {
	case JOB_PING:
		return e->ping_ns == 0 ? 0 :
		    e->ping_ns + (e->numpings - 1) * e->interval_ns;
	case JOB_TRACE:
		return e->trace_ns;
	default:
		return e->scan_ns;
	}
}

/* The part of ns that is this host's, so that they are spread over it. */
static uint64_t
share_of(const struct host *h, uint64_t ns)
{
	return (uint64_t)((h->number >> 11) * 0x1p-53 * (double)ns);
}

/*
 * The next run is due a period after this one was, however long it took.  The
 * first was early where the period is long; the second goes to its place.
 */
static void
next_run(struct job *j, uint64_t now)
{
	uint64_t period = period_of(j), next = j->begun + period;
	const struct host *h = j->host;

	j->index = 0;
	if (opt.once || stop_at != NEVER) {
		schedule_drop(&schedule, &j->due);
		return;
	}
	if (j->run == 1) {
		next = h->start + share_of(h, period);
		while (next < j->begun + period / 2)
			next += period;
	}
	if (next + period <= now) {
		counts[SKIPPED].value += (now - next) / period;
		next += (now - next) / period * period;
	}
	schedule_set(&schedule, &j->due, next);
}

static void
begin_run(struct job *j)
{
	j->begun = j->due.at;
	j->run++;
}

/* Not before the host had its rest. */
static void
again_at(struct job *j, uint64_t at, uint64_t now)
{
	uint64_t soonest = now + SPACE_MIN;

	schedule_set(&schedule, &j->due, at > soonest ? at : soonest);
}

/* Pings. */

static struct prober_lane *
lane_of(const struct host *h)
{
	return prober_lane(&prober, h->peer.addr.v6, h->number);
}

static void
ping_step(struct job *j, uint64_t now)
{
	struct host *h = j->host;
	struct prober_lane *lane = lane_of(h);
	uint64_t stamp = clock_ns(CLOCK_REALTIME);
	struct prober_probe probe = { .to = &h->peer, .flow = h->e->flow,
	    .payload = h->e->payload, .owner = h };
	int error = EAFNOSUPPORT;

	if (j->index == 0)
		begin_run(j);
	probe.run = j->run;
	probe.index = (uint16_t)++j->index;
	if (lane != NULL)
		error = prober_send(&prober, lane, &probe, now, &stamp);
	pace_sent(now);
	if (error != 0)
		ping_error(h, stamp, j->run, j->index, strerror(error));
	else
		waiting++;
	if (j->index == h->e->numpings)
		next_run(j, now);
	else
		again_at(j, j->begun + j->index * h->e->interval_ns, now);
}

static const char *
icmp_name(const struct prober_outcome *o)
{
	bool v6 = o->from.v6;
	int kind = icmp_kind_of(v6, o->type);

	return kind < 0 ? "other" :
	    icmp_why_name(v6, (enum icmp_kind)kind, o->code);
}

static void
ping_outcome(struct host *h, const struct prober_outcome *o)
{
	static const struct {
		const char *state;
		int count;
	} words[] = {
		[PROBER_ANSWERED] = { "ok", -1 },
		[PROBER_ICMP] = { "unreach", UNREACH },
		[PROBER_LOST] = { "lost", LOST },
		[PROBER_OVERFLOW] = { "error", ERROR },
		[PROBER_LATE] = { "late", LATE }, [PROBER_DUP] = { "dup", DUP },
	};
	struct probe_facts p = facts_of(h, o->stamp);
	bool answered = o->what != PROBER_LOST && o->what != PROBER_OVERFLOW;

	p.run = o->run;
	p.index = o->index;
	p.has_rtt = answered;
	p.rtt = o->rtt;
	p.from = answered ? &o->from : NULL;
	p.has_ttl = answered && o->has_ttl;
	p.ttl = o->ttl;
	p.state = words[o->what].state;
	if (o->what == PROBER_ICMP)
		p.info = icmp_name(o);
	else if (o->what == PROBER_OVERFLOW)
		p.info = "receive queue overflow";
	if (words[o->what].count >= 0)
		counts[words[o->what].count].value++;
	if (o->what <= PROBER_OVERFLOW)
		waiting--;
	tell_ping(h, &p);
}

/* Traces. */

static void
tell_hop(const struct host *h, unsigned i, const char *last)
{
	const struct trace_hop *hop = &h->trace->hop[i];
	const struct trace_reply *r = &hop->reply;
	struct probe_facts p = facts_of(h, hop->stamp);

	p.run = h->job[JOB_TRACE].run;
	p.index = i + 1;
	p.of = h->trace->last;
	p.state = "lost";
	p.info = last;
	if (hop->answered) {
		p.time = r->stamp;
		p.has_rtt = true;
		p.rtt = r->rtt;
		p.from = &r->from;
		p.has_ttl = r->has_ttl;
		p.ttl = r->ttl;
		p.state = r->what == TRACE_UNREACH ? "unreach" : "ok";
	}
	probe_write(&st.out, REC_hop, &p);
}

static void
put_path(const struct path *path)
{
	char text[ADDR_TEXT_MAX];

	if (path->n == 0) {
		rec_put_none(&st.out);
		return;
	}
	rec_put_tab(&st.out);
	for (unsigned i = 0; i < path->n; i++) {
		if (i > 0)
			rec_add(&st.out, ",", 1);
		if (path->hop[i].known)
			rec_add(&st.out, text,
			    addr_fmt(text, &path->hop[i].addr));
		else
			rec_add(&st.out, "*", 1);
	}
}

static void
tell_route(struct host *h)
{
	struct probe_facts p = facts_of(h, h->trace_stamp);
	struct path was;
	int r = path_take(&h->path, h->trace, &was);

	if (r < 0)
		err(1, NULL);
	if (r == 0)
		return;
	p.run = h->job[JOB_TRACE].run;
	probe_begin(&st.out, REC_route, &p);
	put_path(&was);
	put_path(&h->path);
	rec_end(&st.out);
	path_close(&was);
}

static void
trace_ended(struct job *j, uint64_t now)
{
	struct host *h = j->host;
	const struct trace *t = h->trace;

	for (unsigned i = 0; i < t->last; i++)
		tell_hop(h, i, i + 1 == t->last ? trace_end_name(t->end) :
		    NULL);
	tell_route(h);
	free(h->trace);
	h->trace = NULL;
	next_run(j, now);
}

/* It could not be sent: the trace is this record. */
static void
trace_failed(struct job *j, unsigned ttl, int error, uint64_t now)
{
	struct host *h = j->host;
	struct probe_facts p = facts_of(h, h->trace_stamp);

	p.run = j->run;
	p.index = p.of = ttl;
	p.state = "error";
	p.info = strerror(error);
	counts[ERROR].value++;
	probe_write(&st.out, REC_hop, &p);
	free(h->trace);
	h->trace = NULL;
	next_run(j, now);
}

static void
watch(int fd, void *what, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = what };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		err(1, "epoll");
}

/* The lane of a trace by UDP is the host's own, so its ports stay. */
static struct prober_lane *
udp_lane(struct host *h, uint64_t now)
{
	if (h->udp.socket == NULL) {
		h->udp.watch = WATCH_SOCKET;
		h->udp.socket = prober_open_udp(h->peer.addr.v6);
		if (h->udp.socket == NULL)
			return NULL;
		watch(h->udp.socket->sock.fd, &h->udp, EPOLLIN);
	}
	prober_expire(&prober, h->udp.socket->lane, now);
	return h->udp.socket->lane;
}

static int
trace_send(struct job *j, unsigned ttl, uint64_t now, uint64_t *stamp)
{
	struct host *h = j->host;
	struct prober_lane *lane = h->e->udp ? udp_lane(h, now) : lane_of(h);
	struct prober_probe probe = { .to = &h->peer, .flow = h->e->flow,
	    .port = (uint16_t)(UDP_PORT + h->e->flow),
	    .payload = h->e->payload, .ttl = (uint8_t)ttl, .owner = h,
	    .run = j->run, .index = (uint16_t)ttl, .trace = true };

	pace_sent(now);
	if (lane == NULL)
		return EAFNOSUPPORT;
	return prober_send(&prober, lane, &probe, now, stamp);
}

static void
trace_begin(struct job *j)
{
	struct host *h = j->host;
	uint64_t space = h->e->interval_ns;

	begin_run(j);
	h->trace_stamp = clock_ns(CLOCK_REALTIME);
	h->trace = trace_new(h->e->hops,
	    space > TRACE_SPACE_MIN ? space : TRACE_SPACE_MIN);
	if (h->trace == NULL)
		err(1, NULL);
}

static void
trace_step_due(struct job *j, uint64_t now)
{
	struct host *h = j->host;
	uint64_t due, stamp;
	unsigned ttl;
	int error;

	if (h->trace == NULL)
		trace_begin(j);
	ttl = trace_step(h->trace, now, &due);
	if (h->trace->end != TRACE_RUNNING) {
		trace_ended(j, now);
		return;
	}
	if (ttl != 0) {
		if ((error = trace_send(j, ttl, now, &stamp)) != 0) {
			trace_failed(j, ttl, error, now);
			return;
		}
		trace_sent(h->trace, ttl, now, stamp);
		due = h->trace->next;
	}
	schedule_set(&schedule, &j->due, due);
}

static bool
is_unreach(const struct prober_outcome *o)
{
	return icmp_kind_of(o->from.v6, o->type) != ICMP_TIMEX;
}

static void
trace_outcome(struct host *h, const struct prober_outcome *o)
{
	struct job *j = &h->job[JOB_TRACE];
	struct trace_reply r = { .what = TRACE_PASSED, .from = o->from,
	    .stamp = o->stamp, .rtt = o->rtt, .has_ttl = o->has_ttl,
	    .ttl = o->ttl };

	if (h->trace == NULL || o->run != j->run)
		return;
	if (o->what == PROBER_ANSWERED ||
	    (h->e->udp && is_unreach(o) &&
	    memcmp(&o->from, &h->peer.addr, sizeof o->from) == 0))
		r.what = TRACE_REACHED;
	else if (is_unreach(o)) {
		r.what = TRACE_UNREACH;
		counts[UNREACH].value++;
	}
	trace_answer(h->trace, o->index, &r);
	schedule_set(&schedule, &j->due, clock_ns(CLOCK_MONOTONIC));
}

static void
outcome(void *owner, const struct prober_outcome *o)
{
	if (o->trace)
		trace_outcome(owner, o);
	else
		ping_outcome(owner, o);
}

/* Scans. */

static void
tell_port(const struct host *h, unsigned i, const struct tcpprobe_result *r,
    const char *error)
{
	static const char *const words[] = {
		[TCPPROBE_OPEN] = "open", [TCPPROBE_CLOSED] = "closed",
		[TCPPROBE_UNREACH] = "unreach",
		[TCPPROBE_FILTERED] = "filtered", [TCPPROBE_FAILED] = "error",
	};
	struct probe_facts p = facts_of(h, h->scan->port[i].stamp);
	struct prober_outcome icmp = { .from = r->from, .type = r->type,
	    .code = r->code };

	p.run = h->job[JOB_SCAN].run;
	p.index = i + 1;
	p.of = h->e->nports;
	p.port = h->e->ports[i];
	p.has_rtt = r->has_rtt;
	p.rtt = r->rtt;
	p.state = words[r->state];
	if (r->has_from) {
		p.from = &r->from;
		p.info = icmp_name(&icmp);
	} else if (r->state == TCPPROBE_OPEN || r->state == TCPPROBE_CLOSED)
		p.from = &h->peer.addr;
	else if (r->state != TCPPROBE_FILTERED)
		p.info = error != NULL ? error : strerror(r->error);
	if (r->state == TCPPROBE_FAILED)
		counts[ERROR].value++;
	probe_write(&st.out, REC_port, &p);
}

static void
port_ended(struct host *h, unsigned i, const struct tcpprobe_result *r)
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
	tell_port(h, i, r, NULL);
}

static void
port_send(struct job *j, uint64_t now)
{
	struct host *h = j->host;
	unsigned i = j->index++;
	struct scan_port *port = &h->scan->port[i];
	struct tcpprobe_result r;

	port->sent = now;
	port->stamp = clock_ns(CLOCK_REALTIME);
	port->fd = tcpprobe_open(&h->peer, h->e->ports[i], &r);
	pace_sent(now);
	prober.sent++;
	if (port->fd < 0) {
		port_ended(h, i, &r);
		return;
	}
	h->scan->under_way++;
	watch(port->fd, port, EPOLLOUT);
}

static void
port_ready(struct scan_port *port)
{
	struct host *h = port->host;
	struct job *j = &h->job[JOB_SCAN];
	struct tcpprobe_result r;

	if (port->fd < 0)
		return;
	tcpprobe_look(port->fd, h->peer.addr.v6, &r);
	if (r.state == TCPPROBE_WAITING)
		return;
	port_ended(h, (unsigned)(port - h->scan->port), &r);
	if (h->scan->first == h->scan->n || h->scan->under_way == SCAN_MAX - 1)
		schedule_set(&schedule, &j->due, clock_ns(CLOCK_MONOTONIC));
}

static void
scan_begin(struct job *j)
{
	struct host *h = j->host;
	unsigned n = h->e->nports;

	begin_run(j);
	h->scan = calloc(1, sizeof *h->scan + n * sizeof h->scan->port[0]);
	if (h->scan == NULL)
		err(1, NULL);
	h->scan->n = n;
	for (unsigned i = 0; i < n; i++)
		h->scan->port[i] = (struct scan_port){ .watch = WATCH_PORT,
		    .host = h, .fd = -1 };
}

/* Ports that nobody answered for, as far as is seen now. */
static void
scan_expire(struct host *h, uint64_t now)
{
	struct scan *s = h->scan;
	struct tcpprobe_result r;

	for (unsigned i = s->first; i < h->job[JOB_SCAN].index; i++) {
		if (s->port[i].done || s->port[i].sent + opt.wait > now)
			continue;
		tcpprobe_look(s->port[i].fd, h->peer.addr.v6, &r);
		if (r.state == TCPPROBE_WAITING)
			r.state = TCPPROBE_FILTERED;
		port_ended(h, i, &r);
	}
}

static void
scan_step(struct job *j, uint64_t now)
{
	struct host *h = j->host;
	uint64_t due = NEVER;

	if (h->scan == NULL)
		scan_begin(j);
	scan_expire(h, now);
	if (j->index < h->scan->n && h->scan->under_way < SCAN_MAX) {
		port_send(j, now);
		due = now + h->e->interval_ns;
	}
	if (h->scan->first == h->scan->n) {
		free(h->scan);
		h->scan = NULL;
		next_run(j, now);
		return;
	}
	if (h->scan->first < j->index &&
	    h->scan->port[h->scan->first].sent + opt.wait < due)
		due = h->scan->port[h->scan->first].sent + opt.wait;
	schedule_set(&schedule, &j->due, due);
}

/* Hosts. */

static void
start_jobs(struct host *h)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), period;

	h->start = now;
	for (int k = 0; k < JOBS; k++) {
		struct job *j = &h->job[k];

		if ((period = period_of(j)) == 0)
			continue;
		if (period > FIRST_WITHIN)
			period = FIRST_WITHIN;
		schedule_set(&schedule, &j->due,
		    opt.once ? now : now + share_of(h, period));
	}
}

static void
ping_stopped(void *owner, const struct flight_probe *p)
{
	if (p->trace)
		return;
	waiting--;
	ping_error(owner, p->stamp, p->run, p->index, "stopped");
}

static void
stop_ports(struct host *h)
{
	static const struct tcpprobe_result stopped = {
		.state = TCPPROBE_FAILED };

	for (unsigned i = h->scan->first; i < h->scan->n; i++) {
		struct scan_port *port = &h->scan->port[i];

		if (port->done)
			continue;
		if (port->fd >= 0)
			close(port->fd);
		if (port->stamp == 0)
			port->stamp = clock_ns(CLOCK_REALTIME);
		tell_port(h, i, &stopped, "stopped");
	}
	free(h->scan);
	h->scan = NULL;
}

/* End what it has begun, so that each run is whole. */
static void
stop_jobs(struct host *h)
{
	struct job *ping = &h->job[JOB_PING];

	for (int k = 0; k < JOBS; k++)
		schedule_drop(&schedule, &h->job[k].due);
	while (ping->index > 0 && ping->index < h->e->numpings)
		ping_error(h, clock_ns(CLOCK_REALTIME), ping->run,
		    ++ping->index, "stopped");
	ping->index = 0;
	if (h->scan != NULL)
		stop_ports(h);
	h->job[JOB_SCAN].index = 0;
	free(h->trace);
	h->trace = NULL;
	if (h->udp.socket != NULL)
		prober_close_udp(h->udp.socket);
	h->udp.socket = NULL;
}

static bool
goes(const void *owner)
{
	return ((const struct host *)owner)->gone;
}

/* The probes of hosts that are marked gone. */
static void
forget_probes(void)
{
	for (int v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < prober.nlanes[v6]; i++)
			prober_forget(&prober.lane[v6][i], goes, ping_stopped);
}

static void
host_free(struct host *h)
{
	schedule_drop(&schedule, &h->name.due);
	path_close(&h->path);
	free(h);
}

/* Addresses. */

static const char *
refusal(const struct peer *p)
{
	switch (probesock_refuse(p)) {
	case 0:
		return NULL;
	case EACCES:
		return "a broadcast address";
	default:
		return "not the address of one host";
	}
}

static bool
scan_addr(const char *text, struct addr *a)
{
	char padded[ADDR_TEXT_MAX + 2 * ADDR_PADDING] = "";
	size_t n = strlen(text);

	if (n >= ADDR_TEXT_MAX)
		return false;
	memcpy(padded + ADDR_PADDING, text, n);
	return addr_scan(padded + ADDR_PADDING, n, a) == n;
}

static void
ask_now(void)
{
	struct host *h;

	while ((h = ask_first) != NULL && (h->gone || names_ask(&names,
	    (uintptr_t)h, h->e->family, h->e->host))) {
		if ((ask_first = h->next) == NULL)
			ask_last = &ask_first;
		if (h->gone)
			host_free(h);
	}
}

static void
ask(struct host *h)
{
	if (h->asking)
		return;
	h->asking = true;
	h->next = NULL;
	*ask_last = h;
	ask_last = &h->next;
	ask_now();
}

/* Said once, and again when it had been known between. */
static void
not_found(struct host *h, const char *why)
{
	if (!h->told)
		warnx("%s:%u: %s: %s", place, h->e->line, h->e->host, why);
	if (!h->told && !h->known)
		tell_host(h, "unresolved", why);
	h->told = true;
	if (opt.once)
		return;
	schedule_set(&schedule, &h->name.due,
	    clock_ns(CLOCK_MONOTONIC) + h->retry);
	h->retry = 2 * h->retry < NAME_AGAIN ? 2 * h->retry : NAME_AGAIN;
}

static void
moved(struct host *h, const struct peer *to)
{
	char before[ADDR_TEXT_MAX + 1];

	before[addr_fmt(before, &h->peer.addr)] = '\0';
	h->gone = true;
	forget_probes();
	h->gone = false;
	stop_jobs(h);
	path_close(&h->path);
	h->peer = *to;
	tell_host(h, "changed", before);
	start_jobs(h);
}

static void
found(struct host *h, const struct peer *to)
{
	bool same = memcmp(&h->peer, to, sizeof *to) == 0;
	const char *why = refusal(to);

	if (why != NULL) {
		not_found(h, why);
		return;
	}
	h->told = false;
	h->retry = NAME_RETRY;
	if (!h->known) {
		h->known = true;
		h->peer = *to;
		resolved++;
		tell_host(h, "resolved", NULL);
		start_jobs(h);
	} else if (!same)
		moved(h, to);
	if (!opt.once)
		schedule_set(&schedule, &h->name.due,
		    clock_ns(CLOCK_MONOTONIC) + NAME_AGAIN);
}

static void
answered(const struct names_answer *a)
{
	struct host *h = (struct host *)(uintptr_t)a->id;

	h->asking = false;
	if (h->gone)
		host_free(h);
	else if (a->found)
		found(h, &a->peer);
	else
		not_found(h, a->why);
}

/* The list. */

static char *
read_all(int fd, size_t *n)
{
	char *text = NULL, *bigger;
	size_t cap = 0;
	ssize_t r = -1;

	*n = 0;
	do {
		if (*n == cap) {
			cap = cap == 0 ? 65536 : 2 * cap;
			if ((bigger = realloc(text, cap)) == NULL)
				break;
			text = bigger;
		}
		r = read(fd, text + *n, cap - *n);
		if (r > 0)
			*n += (size_t)r;
	} while (r > 0 || (r < 0 && errno == EINTR));
	if (r == 0)
		return text;
	free(text);
	return NULL;
}

static bool
has_addr(const struct hostlist_entry *e, struct peer *peer)
{
	*peer = (struct peer){ .scope = 0 };
	return scan_addr(e->host, &peer->addr) && (e->family == 0 ||
	    (e->family == 6) == peer->addr.v6);
}

/* Packets a second that an entry asks for, at the most. */
static double
demand_of(const struct hostlist_entry *e)
{
	struct host h = { .e = e };
	const uint32_t packets[JOBS] = { e->numpings, e->hops, e->nports };
	double sum = 0;

	for (int k = 0; k < JOBS; k++) {
		struct job j = { .kind = (enum job_kind)k, .host = &h };
		uint64_t period = period_of(&j);

		if (period > 0)
			sum += packets[k] * (double)SECOND / (double)period;
	}
	return sum;
}

/* Can the list be done?  Says why not. */
static bool
can_do(const struct hostlist *l)
{
	struct peer peer;
	double demand = 0;
	const char *why;

	if (l->n == 0) {
		warnx("%s: no hosts", place);
		return false;
	}
	for (size_t i = 0; i < l->n; i++) {
		const struct hostlist_entry *e = &l->entries[i];

		demand += demand_of(e);
		if (has_addr(e, &peer) && (why = refusal(&peer)) != NULL) {
			warnx("%s:%u: %s: %s", place, e->line, e->host, why);
			return false;
		}
	}
	if (opt.once || demand <= opt.rate)
		return true;
	warnx("%s: asks for %.0f packets a second, -r allows %" PRIu32, place,
	    demand, opt.rate);
	return false;
}

/* 0; -1 where it cannot be read, understood or done, which was said. */
static int
read_list(int fd, struct hostlist *l)
{
	size_t n;
	char *text = read_all(fd, &n);
	int r;

	if (text == NULL) {
		warn("%s", place);
		return -1;
	}
	r = hostlist_parse(l, text, n);
	free(text);
	if (r < 0)
		warnx("%s:%s", place, l->error);
	if (r == 0 && can_do(l))
		return 0;
	hostlist_free(l);
	return -1;
}

/* Times to the golden ratio fill any period evenly. */
static struct host *
host_new(const struct hostlist_entry *e)
{
	struct host *h = calloc(1, sizeof *h);

	if (h == NULL)
		err(1, NULL);
	h->e = e;
	h->number = e->line * UINT64_C(0x9e3779b97f4a7c15);
	h->retry = NAME_RETRY;
	for (int k = 0; k < JOBS; k++)
		h->job[k] = (struct job){ .kind = (enum job_kind)k,
		    .host = h };
	h->name = (struct job){ .kind = JOBS, .host = h };
	h->known = has_addr(e, &h->peer);
	h->is_name = !h->known;
	return h;
}

static void
host_start(struct host *h)
{
	tell_conf(h);
	if (!h->known) {
		ask(h);
		return;
	}
	resolved++;
	start_jobs(h);
}

/* An entry of the new list and, where it asks for the same, its host. */
struct pair {
	const struct hostlist_entry *e;
	struct host *h;
};

static int
order_pairs(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;
	int r = hostlist_order(p->e, q->e);

	return r != 0 ? r : p->e->line < q->e->line ? -1 :
	    p->e->line > q->e->line;
}

static struct pair *
new_pairs(size_t n)
{
	struct pair *p = calloc(n + 1, sizeof *p);

	if (p == NULL)
		err(1, NULL);
	return p;
}

/* Give entries of now the hosts of before that ask for the same. */
static void
match(struct pair *before, size_t nbefore, struct pair *now, size_t nnow)
{
	size_t i = 0, k = 0;

	qsort(before, nbefore, sizeof *before, order_pairs);
	qsort(now, nnow, sizeof *now, order_pairs);
	while (i < nbefore && k < nnow) {
		int r = hostlist_order(before[i].e, now[k].e);

		if (r == 0) {
			now[k].h = before[i].h;
			before[i].h = NULL;
		}
		i += r <= 0;
		k += r >= 0;
	}
}

static void
drop_hosts(const struct pair *before, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++)
		if (before[i].h != NULL)
			any = before[i].h->gone = true;
	if (any)
		forget_probes();
	for (size_t i = 0; i < n; i++) {
		struct host *h = before[i].h;

		if (h == NULL)
			continue;
		stop_jobs(h);
		tell_host(h, "gone", NULL);
		schedule_drop(&schedule, &h->name.due);
		if (!h->asking)
			host_free(h);
	}
}

static int
order_lines(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;

	return p->e->line < q->e->line ? -1 : p->e->line > q->e->line;
}

/* The hosts of the list from now on, in its order. */
static void
take_hosts(struct pair *now, size_t n)
{
	struct host **all = calloc(n, sizeof *all);

	if (all == NULL || schedule_reserve(&schedule,
	    (uint32_t)(n * (JOBS + 1))) < 0)
		err(1, NULL);
	qsort(now, n, sizeof *now, order_lines);
	for (size_t i = 0; i < n; i++) {
		struct host *h = now[i].h;
		bool same = h != NULL && h->e->line == now[i].e->line;

		all[i] = h != NULL ? h : host_new(now[i].e);
		all[i]->e = now[i].e;
		if (h == NULL) {
			host_start(all[i]);
			continue;
		}
		if (!same)
			tell_conf(h);
		if (h->is_name)
			ask(h);
	}
	free(hosts);
	hosts = all;
	nhosts = n;
}

/*
 * The more there is to do, the more is done at once, which costs less: the
 * kernel keeps what comes, with its stamps, and a few milliseconds after it
 * was due is soon enough for a probe.
 */
static void
choose_batch(const struct hostlist *l)
{
	double demand = 0;

	for (size_t i = 0; i < l->n; i++)
		demand += demand_of(&l->entries[i]);
	batch = (uint64_t)(demand / BATCH_FROM * (double)MS);
	if (batch < MS)
		batch = 0;
	else if (batch > BATCH_MAX)
		batch = BATCH_MAX;
}

/* Change what has changed, and nothing else. */
static void
take_list(struct hostlist *l)
{
	struct pair *before = new_pairs(nhosts), *now = new_pairs(l->n);
	size_t nbefore = nhosts;

	for (size_t i = 0; i < nhosts; i++)
		before[i] = (struct pair){ hosts[i]->e, hosts[i] };
	for (size_t i = 0; i < l->n; i++)
		now[i].e = &l->entries[i];
	match(before, nbefore, now, l->n);
	drop_hosts(before, nbefore);
	generation++;
	take_hosts(now, l->n);
	choose_batch(l);
	free(before);
	free(now);
	hostlist_free(&list);
	list = *l;
}

/* The list again: its file comes from the helpers, by SIGHUP. */
static void
reload(const struct names_answer *a)
{
	struct hostlist l;

	if (!a->found) {
		warnx("%s: %s; the old list goes on", place, a->why);
		return;
	}
	if (read_list(a->file, &l) == 0)
		take_list(&l);
	else
		warnx("%s: the old list goes on", place);
	close(a->file);
}

/* The loop. */

static void
take_names(void)
{
	struct names_answer a;

	while (names_next(&names, &a))
		if (a.id == 0)
			reload(&a);
		else
			answered(&a);
	if (names.ended)
		errx(1, "the helpers for names have ended");
	ask_now();
}

/* What came; true where some of it is the helpers'. */
static bool
take_events(const struct epoll_event *ev, int n)
{
	bool any_names = false;

	for (int i = 0; i < n; i++) {
		enum watch *what = ev[i].data.ptr;

		switch (*what) {
		case WATCH_SIGNALS:
			signals_drain();
			break;
		case WATCH_NAMES:
			any_names = true;
			break;
		case WATCH_SOCKET:
			prober_read(&prober,
			    ((struct socket_watch *)ev[i].data.ptr)->socket);
			break;
		case WATCH_PORT:
			port_ready(ev[i].data.ptr);
			break;
		}
	}
	return any_names;
}

static void
run_job(struct job *j, uint64_t now)
{
	switch (j->kind) {
	case JOB_PING:
		ping_step(j, now);
		break;
	case JOB_TRACE:
		trace_step_due(j, now);
		break;
	case JOB_SCAN:
		scan_step(j, now);
		break;
	case JOBS:
		schedule_drop(&schedule, &j->due);
		ask(j->host);
		break;
	}
}

static void
run_due(void)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct due *d;

	while (stop_at == NEVER && (d = schedule_first(&schedule)) != NULL &&
	    d->at <= now && pace_allows(now))
		run_job((struct job *)d, now);
}

/* For each lane of ICMP: what is given up by now; and when the next is. */
static uint64_t
expire(void)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), due = NEVER, at;

	for (int v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < prober.nlanes[v6]; i++) {
			struct prober_lane *l = &prober.lane[v6][i];

			prober_expire(&prober, l, now);
			at = prober_due(&prober, l);
			if (at < due)
				due = at;
		}
	return due;
}

/* Milliseconds to wait, until the next is given up or due. */
static int
patience(uint64_t due)
{
	const struct due *d = schedule_first(&schedule);
	uint64_t now = clock_ns(CLOCK_MONOTONIC), at = due;

	if (d != NULL && stop_at == NEVER) {
		uint64_t next = d->at;

		if (next + PACE_SLACK < pace_next)
			next = pace_next - PACE_SLACK;
		if (next < at)
			at = next;
	}
	if (stop_at < at)
		at = stop_at;
	if (at == NEVER)
		return -1;
	return at <= now ? 0 : (int)((at - now + MS - 1) / MS);
}

static unsigned
ports_under_way(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < nhosts; i++)
		if (hosts[i]->scan != NULL)
			n += hosts[i]->scan->under_way;
	return n;
}

static bool
finished(void)
{
	if (stop_at != NEVER)
		return clock_ns(CLOCK_MONOTONIC) >= stop_at ||
		    (waiting == 0 && ports_under_way() == 0);
	return opt.once && waiting == 0 && schedule.n == 0 &&
	    names.waiting == 0 && ask_first == NULL;
}

static void
sum_up(void)
{
	counts[SENT].value = prober.sent;
	counts[RECEIVED].value = prober.received;
	counts[FOREIGN].value = prober.foreign;
	counts[UNSTAMPED].value = prober.unstamped;
}

static void
heed_signals(void)
{
	if (signals_counts()) {
		sum_up();
		count_print("probesrc", counts, COUNTS);
	}
	if (signals_reload() && stop_at == NEVER && !names_ask_list(&names, 0))
		warn("%s", place);
	if (signals_stop() && stop_at == NEVER)
		stop_at = clock_ns(CLOCK_MONOTONIC) + STOP_WAIT;
}

/* Sleep until the batch that began then is full; a signal is enough. */
static void
gather(uint64_t since)
{
	uint64_t until = since + batch;
	struct timespec t = { .tv_sec = (time_t)(until / SECOND),
	    .tv_nsec = (long)(until % SECOND) };

	if (batch > 0 && stop_at == NEVER)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void
run(void)
{
	struct epoll_event ev[EVENTS];
	uint64_t due, since;
	int n;

	for (;;) {
		since = clock_ns(CLOCK_MONOTONIC);
		run_due();
		due = expire();
		stage_flush(&st.out);
		if (finished())
			break;
		gather(since);
		n = epoll_wait(epoll, ev, EVENTS, patience(due));
		if (take_events(ev, n))
			take_names();
		heed_signals();
	}
}

/* What was begun and is not over. */
static void
end_all(void)
{
	for (size_t i = 0; i < nhosts; i++)
		hosts[i]->gone = true;
	forget_probes();
	for (size_t i = 0; i < nhosts; i++) {
		stop_jobs(hosts[i]);
		host_free(hosts[i]);
	}
	free(hosts);
	hostlist_free(&list);
	schedule_close(&schedule);
}

/* Setting up, in the order of the steps at the top. */

static int
open_list(void)
{
	int fd;

	place = opt.file != NULL ? opt.file : "stdin";
	if (opt.file == NULL) {
		if (isatty(STDIN_FILENO))
			errx(2, "standard input is a terminal: "
			    "name a file of hosts or pipe it in");
		return STDIN_FILENO;
	}
	if ((fd = open(opt.file, O_RDONLY | O_CLOEXEC)) < 0)
		err(1, "%s", opt.file);
	return fd;
}

static void
watch_sockets(void)
{
	static struct socket_watch *watches;
	size_t n = 0;

	watches = calloc(prober.nsockets[0] + prober.nsockets[1],
	    sizeof *watches);
	if (watches == NULL)
		err(1, NULL);
	for (int v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < prober.nsockets[v6]; i++) {
			struct prober_socket *s = &prober.socket[v6][i];

			watches[n] = (struct socket_watch){ WATCH_SOCKET, s };
			watch(s->sock.fd, &watches[n++], EPOLLIN);
		}
}

static void
open_all(void)
{
	static enum watch signals_watch = WATCH_SIGNALS;
	static enum watch names_watch = WATCH_NAMES;
	char why[160];

	io_raise_file_limit();
	io_widen_pipe(STDOUT_FILENO);
	if (prober_open(&prober, opt.rate, opt.wait, stage_seed()) < 0)
		err(1, "a socket for ICMP, for which the group is not in "
		    "net.ipv4.ping_group_range and CAP_NET_RAW is not there");
	prober.tell = outcome;
	if (privilege_drop(opt.user, NULL, why, sizeof why) < 0)
		errx(1, "%s", why);
	if (names_open(&names, opt.file) < 0)
		err(1, "helpers for names");
	if ((epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		err(1, "epoll");
	if (signals_setup() < 0 || signals_take_reload() < 0)
		err(1, "signals");
	watch_sockets();
	watch(signals_fd(), &signals_watch, EPOLLIN);
	watch(names.fd, &names_watch, EPOLLIN);
	if (sandbox_enter(SANDBOX_PROBE) < 0)
		err(1, "sandbox");
}

/* Options. */

static void
print_columns(void)
{
	static const enum rec_kind kinds[] = { REC_ping, REC_hop, REC_port,
	    REC_route, REC_conf, REC_host, REC_count };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		rec_kind_print(stdout, kinds[i]);
	exit(0);
}

static void
option(int c)
{
	switch (c) {
	case '1':
		opt.once = true;
		break;
	case 'F':
		print_columns();
		break;
	case 'r':
		opt.rate = stage_number(c, optarg, 1, 1000000);
		break;
	case 'w':
		opt.wait = stage_seconds(c, optarg, 60);
		break;
	case 'Z':
		opt.user = optarg;
		break;
	default:
		stage_option(&st, c);
	}
}

int
main(int argc, char **argv)
{
	struct hostlist l;
	int c, fd;

	stage_open(&st, "probesrc");
	st.synopsis = "probesrc [-1FhV] [-r packets] [-w seconds] [-Z user] "
	    "[file]";
	st.help =
	    "  -1          run every probe of the list once, and end\n"
	    "  -r packets  send at most so many a second; 1000\n"
	    "  -w seconds  wait so long for an answer; 2\n"
	    "  -Z user     become this user; nobody\n"
	    "  -F          print the columns it writes\n"
	    "  -h          this help\n"
	    "  -V          the version\n";
	while ((c = getopt(argc, argv, ":1Fhr:Vw:Z:")) != -1)
		option(c);
	if (argc - optind > 1) {
		warnx("more than one list");
		stage_option(&st, '?');
	}
	opt.file = argv[optind];
	fd = open_list();
	open_all();
	if (read_list(fd, &l) < 0)
		return 1;
	if (opt.file != NULL)
		close(fd);
	take_list(&l);
	run();
	end_all();
	sum_up();
	count_write(&st.out, "probesrc", clock_ns(CLOCK_REALTIME), counts,
	    COUNTS);
	stage_finish(&st.out);
	return opt.once && resolved == 0;
}
