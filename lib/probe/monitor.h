/*
 * What is probed, and how far it has come: hosts with their jobs, each due at
 * its own time, and all that they share.
 */
#ifndef PROBE_MONITOR_H
#define PROBE_MONITOR_H

#include "probe/trace.h"
#include "stage/count.h"
#include "rec/write.h"
#include "probe/hostlist.h"
#include "probe/lookup.h"
#include "probe/prober.h"
#include "probe/schedule.h"

#define MONITOR_NEVER	SCHEDULE_NEVER

/* JOB_NAME is to be looked up again; it has no runs. */
enum job_kind { JOB_PING, JOB_HOPS, JOB_PORTS, JOB_NAME };
#define JOB_RUNS	JOB_NAME

struct job {
	struct due due;		/* first: the schedule has it */
	enum job_kind kind;
	struct host *host;
	uint64_t begun;		/* when this run was due */
	uint32_t run, index;	/* index: probes of it sent */
};

/* What epoll(7) tells of begins with what it is. */
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
	uint64_t sent, stamp;	/* stamp by the wall clock */
};

struct scan {
	unsigned n, first;	/* all before the first are done */
	unsigned under_way;
	struct scan_port port[];
};

struct host {
	struct monitor *m;
	const struct hostlist_entry *e;
	struct peer peer;
	bool is_name, known;	/* known: peer is */
	bool gone, asking;	/* asking: for its name, which holds it */
	bool told;		/* that it has no address */
	uint64_t number;	/* chooses its lane, and its time in a period */
	uint64_t start;		/* when its jobs were */
	struct job job[JOB_NAME + 1];
	uint64_t retry;
	struct host *next;	/* to be asked for */
	struct trace *trace;	/* the one under way */
	uint64_t trace_stamp;	/* and when it began, by the wall clock */
	struct path path;
	struct scan *scan;
	struct socket_watch udp;	/* its own, for traces */
};

enum monitor_count {
	COUNT_SENT, COUNT_RECEIVED, COUNT_LATE, COUNT_DUP, COUNT_LOST,
	COUNT_UNREACH, COUNT_ERROR, COUNT_FOREIGN, COUNT_UNSTAMPED,
	COUNT_SKIPPED, COUNTS
};

struct monitor {
	const char *place;	/* what the list is called */
	uint32_t rate;		/* packets a second */
	uint64_t wait;		/* for an answer, ns */
	bool once;
	struct rec_writer *out;
	struct prober prober;
	struct lookup lookup;
	struct schedule schedule;
	int epoll;

	struct hostlist list;
	uint32_t generation;	/* how often it was read */
	struct host **hosts;	/* in its order */
	size_t nhosts;
	double demand;		/* packets a second that they ask for */
	/* Whose names wait to be asked for. */
	struct host *ask_first, **ask_last;

	uint64_t pace_next;	/* when the next packet may go */
	uint64_t waiting;	/* pings without an end */
	uint64_t stop_at;	/* MONITOR_NEVER: goes on */
	unsigned resolved;	/* hosts that ever had an address */
	struct count counts[COUNTS];
};

#endif
