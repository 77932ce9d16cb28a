/*
 * The results of probes, gathered into runs: bursts of pings, traces, scans
 * of ports; and what a run says.  Pure: no clock, no I/O.
 *
 * A run is over when it has the final result of each of its probes.  Results
 * that come after the final one, late and dup, belong to no run: they are
 * counted for their line of the host list.
 */
#ifndef VITALS_VITALS_H
#define VITALS_VITALS_H

#include "conn/flow.h"
#include "wire/addr.h"

#define VITALS_HOPS_MAX	255	/* of a trace: a TTL has 8 bits */

enum vitals_kind { VITALS_PING, VITALS_TRACE, VITALS_SCAN, VITALS_KINDS };

enum vitals_state {
	VITALS_NONE,		/* not known yet */
	VITALS_OK, VITALS_LOST, VITALS_UNREACH, VITALS_ERROR,
	VITALS_OPEN, VITALS_CLOSED, VITALS_FILTERED,
	VITALS_LATE, VITALS_DUP,
	VITALS_STATES
};

struct vitals_probe {
	uint64_t rtt;		/* ns */
	struct addr from;
	enum vitals_state state;
	bool has_rtt, has_from, has_ttl;
	uint8_t ttl;
	uint16_t port;
	char *info;		/* NULL for none */
};

/* Where a result belongs. */
struct vitals_place {
	const char *host;
	uint64_t line;		/* of the host list */
	enum vitals_kind kind;
	uint32_t run, index, of;	/* index from 1 to of */
};

struct vitals_hop {
	struct addr addr;
	bool known;
};

struct vitals_run {
	enum vitals_kind kind;
	uint32_t of, got;	/* probes, and those that are known */
	struct vitals_probe *probe;
};

/* A line of the host list. */
struct vitals_line {
	char *host;
	uint64_t number;
	struct addr addr;	/* of its newest result */
	bool json, no_stamp;	/* as it asks for its output */
	uint32_t late, dup;	/* since the user set them to 0 */
	struct vitals_hop *path;	/* the last that was kept */
	uint32_t hops;
	struct vitals_run newest[VITALS_KINDS];	/* where runs are kept */
};

struct vitals {
	struct flow_table lines, runs;
	uint32_t max, probes;	/* may be held, and are */
	bool keep;		/* the newest run of each kind, in its line */
	uint64_t forgotten;	/* runs, for lack of room */
	/* A run is over. */
	void (*done)(void *arg, struct vitals_line *l, struct vitals_run *r);
	void *arg;
};

enum vitals_fault {
	VITALS_FINE,
	VITALS_INDEX,		/* is not within its run */
	VITALS_OF,		/* is not that of the run, or too many */
	VITALS_AGAIN,		/* has had its final result */
	VITALS_MEMORY
};

const char *vitals_state_name(enum vitals_state state);

/* The state with this name, or VITALS_NONE. */
enum vitals_state vitals_state_named(const char *name, size_t n);

/* For up to max probes and as many lines.  0, or -1 with errno. */
int vitals_open(struct vitals *v, uint32_t max, uint64_t seed);
void vitals_close(struct vitals *v);

/* The line with this number and host; NULL without memory. */
struct vitals_line *vitals_line(struct vitals *v, const char *host,
    uint64_t number);

/* Take a result of a probe to addr; p->info is copied. */
enum vitals_fault vitals_result(struct vitals *v,
    const struct vitals_place *at, const struct addr *addr,
    const struct vitals_probe *p);

/* Each line to take(), in the order of the list; false without memory. */
bool vitals_each(struct vitals *v,
    void (*take)(void *arg, struct vitals_line *l), void *arg);

/* Was the prober, or its host, at its end before the probe was? */
bool vitals_is_stopped(const struct vitals_probe *p);

/*
 * Was it cut short by that, so that it says nothing: a burst without an answer,
 * a scan without all its ports?
 */
bool vitals_is_cut(const struct vitals_run *r);

/* What a burst says.  Times are in ms, and -1 where nothing was answered. */
struct vitals_burst {
	double min, avg, max;
	double std;		/* of the sample; 0 for one answer */
	double p50, p90, p99;	/* exact, by nearest rank */
	double jitter;		/* mean difference of successive answers */
	double loss;		/* %, of what could be sent and heard */
	uint32_t errors;	/* pings that are neither ok nor lost */
	const char *error;	/* the last one's reason, or NULL */
	const struct vitals_probe *last;	/* answered, or NULL */
};

/* False without memory. */
bool vitals_burst(const struct vitals_run *r, struct vitals_burst *b);

/*
 * Does a trace show another path than the one that was kept?  A hop that is
 * silent in either is no difference; to come further than before is one, and
 * so is an end before a hop that was known.  Where there is no difference,
 * hops that were silent and now are not are kept.
 */
bool vitals_differs(struct vitals_line *l, const struct vitals_run *r);

/* Keep the path of a trace; false without memory. */
bool vitals_keep(struct vitals_line *l, const struct vitals_run *r);

#endif
