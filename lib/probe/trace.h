/*
 * The path to a host, by probes of growing time to live.  A few are under way
 * at once; one that stays silent is asked again; it ends at the target, where
 * a router says that it cannot be reached, where the path comes back to
 * itself, and after five that are silent, one after the other.
 */
#ifndef PROBE_TRACE_H
#define PROBE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"
#include "wire/units.h"

#define TRACE_HOPS_MAX	255
#define TRACE_TRIES	3	/* before a hop is taken as silent */
#define TRACE_SILENT	5	/* such hops in a row end it */
#define TRACE_WINDOW	5	/* hops under way at once: all of those */
/* An answer is waited for as long as four of the longest round trip so far. */
#define TRACE_WAIT_FIRST_NS	NS_PER_S
#define TRACE_WAIT_MIN_NS	UINT64_C(200000000)
#define TRACE_WAIT_MAX_NS	UINT64_C(2000000000)

enum trace_answer {
	TRACE_PASSED,		/* a router on the way */
	TRACE_REACHED,		/* the target */
	TRACE_UNREACH		/* a router that knows no further */
};

enum trace_end {
	TRACE_RUNNING, TRACE_END_REACHED, TRACE_END_SILENT, TRACE_END_LOOP,
	TRACE_END_UNREACH, TRACE_END_MAX
};

/* An answer to a probe. */
struct trace_reply {
	enum trace_answer what;
	struct addr from;
	uint64_t stamp;		/* when the probe was sent, wall clock */
	uint64_t rtt;
	bool has_ttl;
	uint8_t ttl;		/* of the answer */
	const char *why;	/* of TRACE_UNREACH: what the error says */
};

struct trace_hop {
	uint64_t sent;		/* the last try, ns */
	uint64_t stamp;		/* the same by the wall clock */
	uint8_t tries;
	bool answered, silent;	/* then it is settled */
	struct trace_reply reply;
};

struct trace {
	unsigned last;		/* hops: the most, then what it has */
	enum trace_end why;	/* it ends with that one */
	enum trace_end end;	/* decided, once all up to it are settled */
	uint64_t interval;	/* between probes, ns */
	uint64_t next;		/* none is sent before */
	uint64_t longest;	/* round trip */
	struct trace_hop hop[];	/* of time to live i + 1 */
};

/* A trace of up to max hops, whose probes are interval ns apart; to be freed.
 * NULL with errno. */
struct trace *trace_new(unsigned max, uint64_t interval);

/*
 * The time to live of the probe to be sent now, for trace_sent(); 0 for none
 * before *due.  After it t->end may be decided.
 */
unsigned trace_step(struct trace *t, uint64_t now, uint64_t *due);
void trace_sent(struct trace *t, unsigned ttl, uint64_t now, uint64_t stamp);

/* One of the probes of that time to live was answered. */
void trace_answer(struct trace *t, unsigned ttl, const struct trace_reply *r);

/* The word for it: reached, silent, loop, unreach, max. */
const char *trace_end_name(enum trace_end end);

/*
 * A path as it is known from traces.  A silent hop is no difference: what was
 * known of it stays.
 */
struct path {
	struct path_hop {
		struct addr addr;
		bool known;
	} *hop;			/* owned */
	unsigned n;		/* 0: none yet */
	bool reached;		/* n is the target's distance */
};

/*
 * Take in a trace that has ended.  1 where the path is the first, or another
 * than before, which is then in *was and the caller's to close; 0 where not;
 * -1 without memory.
 */
int path_take(struct path *p, const struct trace *t, struct path *was);
void path_close(struct path *p);

#endif
