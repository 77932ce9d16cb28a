/*
 * The state of probesrc: the hosts of the list with their tasks, and what all
 * hosts share.
 *
 * Only what works on hosts includes this header: record, task, ping, tcpping,
 * hops, scan, host and reload, which change it, and cmd/probesrc.c, which sets it
 * up and runs the loop.  The parts that it is made of (hostlist, schedule, prober,
 * trace, path, lookup) know nothing of hosts.
 */
#ifndef PROBE_MONITOR_H
#define PROBE_MONITOR_H

#include "probe/hostlist.h"
#include "probe/lookup.h"
#include "probe/outage.h"
#include "probe/path.h"
#include "probe/prober.h"
#include "probe/routers.h"
#include "probe/schedule.h"
#include "probe/trace.h"
#include "rec/write.h"
#include "stage/count.h"

#define MONITOR_NEVER	SCHEDULE_NEVER

/* What a host does periodically.  The first three have runs: a burst, a trace,
 * a scan; TASK_LOOKUP looks its name up again. */
enum task_kind { TASK_PING, TASK_TRACE, TASK_SCAN, TASK_LOOKUP };
#define TASK_RUNS	TASK_LOOKUP
#define TASKS		(TASK_LOOKUP + 1)

struct task {
	struct due due;		/* first: what the schedule has of a task */
	enum task_kind kind;
	struct host *host;
	uint64_t begun;		/* when this run was due, monotonic ns */
	uint32_t run;		/* its number, from 1 */
	uint32_t index;		/* probes of the run that were sent */
};

/* The kinds of descriptor that epoll(7) watches: what it points to begins with
 * one of these. */
enum watch { WATCH_SIGNALS, WATCH_OUTPUT, WATCH_LOOKUP, WATCH_SOCKET,
    WATCH_PORT, WATCH_TCP_PING };

struct socket_watch {
	enum watch watch;
	struct prober_socket *socket;
};

/* A port of a scan. */
struct scan_port {
	enum watch watch;
	struct host *host;
	int fd;			/* -1: not begun, or done */
	bool done;
	uint64_t sent;		/* monotonic, ns */
	uint64_t stamp;		/* wall clock, ns */
};

/* A ping by TCP. */
struct tcp_ping {
	enum watch watch;
	struct host *host;
	int fd;
	uint32_t run;
	uint16_t index;
	uint64_t sent;		/* monotonic, ns */
	uint64_t stamp;		/* wall clock, ns */
	struct tcp_ping *before, *after;	/* in the order of sending */
};

struct port_scan {
	unsigned n, first;	/* all ports before the first are done */
	unsigned open;		/* descriptors */
	struct scan_port port[];
};

struct host {
	struct monitor *m;
	const struct hostlist_entry *e;
	struct peer peer;
	bool is_name, known;	/* known: peer is its address */
	bool gone;		/* from the list: nothing is sent any more */
	bool asked;		/* its name is being looked up, or queued */
	bool warned;		/* that it has no address */
	uint64_t retry;		/* ns until a failed look-up is repeated */
	struct host *next;	/* in the queue of look-ups */
	struct host *sibling;	/* the next address of the same name */
	uint32_t id;		/* in records; stays when its line moves */
	const char *reason;	/* of losses: an ICMP error after a timeout */
	const char *why;	/* of the outage: the info of its pings */
	struct outage outage;
	bool serial;		/* send a trace's probes one at a time: routers
				 * quote too little to distinguish them */
	uint64_t traced;	/* when a loss started a trace, monotonic ns */
	uint32_t again;		/* the last run that sent a ping again */
	uint64_t number;	/* chooses its lane and place in a period */
	uint64_t start;		/* of its tasks, monotonic ns */
	struct task task[TASKS];
	struct trace *trace;	/* the current one, or NULL */
	uint64_t trace_stamp;	/* when it began, wall clock ns */
	struct path path;
	struct socket_watch udp;	/* its own socket, for traces */
	struct port_scan *scan;	/* the current one, or NULL */
};

enum monitor_count {
	COUNT_SENT, COUNT_RECEIVED, COUNT_LATE, COUNT_DUP, COUNT_LOST,
	COUNT_UNREACH, COUNT_ERROR, COUNT_FOREIGN, COUNT_UNSTAMPED,
	COUNT_SKIPPED, COUNT_HELD, COUNT_DROPPED, COUNTS
};

struct monitor {
	/* Set before the list is read. */
	uint32_t rate;		/* packets a second, at most */
	uint64_t wait;		/* ns for an answer */
	bool once;		/* one run of each task */
	struct rec_writer *out;
	/* Receives that a host has no address, and the reason: once, and again
	 * after it had one. */
	void (*unresolved)(const struct host *h, const char *why);
	/* Called if the list asks for more than rate: all periods are
	 * stretched. */
	void (*stretched)(const struct monitor *m);
	struct prober prober;
	struct lookup lookup;
	struct routers routers;
	int epoll;

	struct schedule schedule;
	struct hostlist list;
	uint32_t generation;	/* how often the list was read */
	uint32_t ids;		/* of hosts, so far */
	struct host **hosts;	/* in the list's order */
	size_t nhosts;
	size_t nsiblings;	/* further addresses of their names */
	double demand;		/* packets a second that the list asks for */
	double stretch;		/* of all periods, so that rate suffices */
	struct host *queued, **queue_end;	/* hosts to be looked up */

	uint64_t pace_next;	/* when the next packet may be sent */
	uint64_t pings;		/* without an outcome yet */
	struct tcp_ping *oldest, *newest;	/* waiting for an answer */
	uint64_t connections;	/* of scans, open */
	uint64_t stop_at;	/* MONITOR_NEVER: not stopping */
	unsigned resolved;	/* hosts that ever had an address */
	struct count counts[COUNTS];
};

/* May a packet be sent now, by the rate?  If not before, when may one? */
bool monitor_may_send(const struct monitor *m, uint64_t now);
uint64_t monitor_may_send_at(const struct monitor *m);

/* A packet was sent. */
void monitor_sent(struct monitor *m, uint64_t now);

/* Have epoll(7) watch a descriptor, for what begins with an enum watch.
 * Returns 0, or -1 with errno. */
int monitor_watch(struct monitor *m, int fd, void *what, uint32_t events);

#endif
