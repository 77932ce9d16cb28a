/*
 * Vitals of hosts: the results of probes, gathered into runs, which are bursts
 * of pings, traces and scans of ports.  Pure: no clock, no I/O.
 *
 * A run is complete when each of its probes has its final result.  Late and
 * duplicate answers arrive after a final result and belong to no run: they are
 * counted for their line of the host list.
 */
#ifndef VITALS_VITALS_H
#define VITALS_VITALS_H

#include "conn/flow.h"
#include "wire/addr.h"

#define VITALS_HOPS_MAX	255	/* of a trace: a TTL has 8 bits */

enum vitals_kind { VITALS_PING, VITALS_TRACE, VITALS_SCAN, VITALS_KINDS };

enum vitals_state {
	VITALS_NONE,		/* no result yet */
	VITALS_OK, VITALS_LOST, VITALS_UNREACH, VITALS_ERROR,
	VITALS_OPEN, VITALS_CLOSED, VITALS_FILTERED,
	VITALS_LATE, VITALS_DUP,
	VITALS_STATES
};

/* The result of a probe. */
struct vitals_probe {
	uint64_t rtt;		/* ns */
	uint64_t wait;		/* ns for the answer of a service; 0: unknown */
	struct addr from;
	enum vitals_state state;
	bool has_rtt, has_from, has_ttl;
	uint8_t ttl;
	uint16_t port;		/* of a scan */
	char *info;		/* NULL: none */
};

/* Which probe a result is of. */
struct vitals_place {
	const char *host;
	uint64_t line;		/* of the host list */
	enum vitals_kind kind;
	uint32_t run, index, of;	/* index is 1 to of */
};

struct vitals_hop {
	struct addr addr;
	bool known;
};

struct vitals_run {
	enum vitals_kind kind;
	uint32_t of, got;	/* probes, and how many have a result */
	struct vitals_probe *probe;
};

/* A line of the host list. */
struct vitals_line {
	char *host;
	uint64_t number;
	struct addr addr;	/* in the newest result */
	bool json, no_stamp;	/* the format that the list asks for */
	uint32_t late, dup;	/* since the caller set them to 0 */
	struct vitals_hop *path;	/* of the last trace kept */
	uint32_t hops;
	bool reached;		/* its last hop answered */
	bool cut_off;		/* later traces ended before it */
	struct vitals_run newest[VITALS_KINDS];	/* if runs are kept */
};

struct vitals {
	struct flow_table lines, runs;
	uint32_t max, probes;	/* results that may be held, and are */
	bool keep;		/* each line keeps its newest runs */
	uint64_t forgotten;	/* runs dropped for lack of room */
	/* Receives each complete run. */
	void (*done)(void *arg, struct vitals_line *l, struct vitals_run *r);
	void *arg;
};

/* What vitals_add() found wrong. */
enum vitals_fault {
	VITALS_FINE,
	VITALS_INDEX,		/* the index is not within its run */
	VITALS_OF,		/* another size than the run's, or above max */
	VITALS_AGAIN,		/* the probe had its final result */
	VITALS_MEMORY
};

const char *vitals_state_name(enum vitals_state state);

/* The state with this name, or VITALS_NONE. */
enum vitals_state vitals_state_named(const char *name, size_t n);

/* For at most max results, and as many lines.  0, or -1 with errno. */
int vitals_open(struct vitals *v, uint32_t max, uint64_t seed);
void vitals_close(struct vitals *v);

/* The line with this number and host; NULL without memory. */
struct vitals_line *vitals_line(struct vitals *v, const char *host,
    uint64_t number);

/* Add the result of a probe to addr; p->info is copied. */
enum vitals_fault vitals_add(struct vitals *v, const struct vitals_place *at,
    const struct addr *addr, const struct vitals_probe *p);

/* Call each() for each line, in the order of the list.  False without
 * memory. */
bool vitals_each(struct vitals *v,
    void (*each)(void *arg, struct vitals_line *l), void *arg);

/* Was a probe stopped, since the prober ended or dropped its host? */
bool vitals_is_stopped(const struct vitals_probe *p);

/* Does a run have stopped probes and so no meaning: a burst without an answer,
 * a scan? */
bool vitals_is_cut(const struct vitals_run *r);

/*
 * Does a trace show another path than the one kept, or more of it?  A hop that
 * is silent in the trace is no difference.  It is one if the trace got further
 * than before, if it ended with an answer before a hop that was known, or if a
 * hop that was silent has answered.  An outage is one, too, and so is its end,
 * but not what comes between: after a trace whose last hop answered, one that
 * ends VITALS_SILENT hops after a hop before that.
 */
#define VITALS_SILENT	5
bool vitals_path_changed(const struct vitals_line *l,
    const struct vitals_run *r);

/* Keep the path of a trace, and the hops known before if it is the same one; in
 * an outage the path before.  False without memory. */
bool vitals_keep_path(struct vitals_line *l, const struct vitals_run *r);

#endif
