/*
 * A trace: the hops to a host, by probes of increasing time to live.  Pure: the
 * caller sends and receives.
 *
 * Up to TRACE_WINDOW hops are probed at once; a silent one is probed again, at
 * most TRACE_TRIES times, unless a router farther away has answered: then the
 * silent one limits its answers, and the next trace probes it again.  A trace
 * ends at the target, at a router that reports the target unreachable, when an
 * address occurs again with another one in between, and after TRACE_SILENT silent
 * hops in a row.
 */
#ifndef PROBE_TRACE_H
#define PROBE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/addr.h"
#include "wire/units.h"

#define TRACE_TRIES	3	/* probes of a hop before it counts as silent */
#define TRACE_SILENT	5	/* silent hops in a row that end a trace */
#define TRACE_WINDOW	5	/* hops probed at once: all of those */
/* The time to wait for an answer: before there was one, and then four times the
 * longest round trip so far, within bounds. */
#define TRACE_WAIT_FIRST_NS	NS_PER_S
#define TRACE_WAIT_MIN_NS	(200 * NS_PER_MS)
#define TRACE_WAIT_MAX_NS	(2 * NS_PER_S)

enum trace_answer {
	TRACE_PASSED,		/* by a router on the path */
	TRACE_REACHED,		/* by the target */
	TRACE_UNREACH		/* by a router: target unreachable */
};

enum trace_end {
	TRACE_RUNNING, TRACE_END_REACHED, TRACE_END_SILENT, TRACE_END_LOOP,
	TRACE_END_UNREACH, TRACE_END_MAX
};

/* An answer to a probe. */
struct trace_reply {
	enum trace_answer what;
	struct addr from;
	uint64_t stamp;		/* when the probe was sent, wall clock ns */
	uint64_t rtt;
	bool has_ttl;
	uint8_t ttl;		/* of the answer */
};

struct trace_hop {
	uint64_t sent;		/* the last try, monotonic ns */
	uint64_t stamp;		/* the last try, wall clock ns */
	uint8_t tries;
	bool answered, silent;	/* one of them: it is settled */
	bool shared;		/* answered a probe of another trace */
	struct trace_reply reply;
};

struct trace {
	unsigned last;		/* the last hop, from 1, as far as is known */
	enum trace_end why;	/* why it is the last */
	enum trace_end end;	/* the same, once all hops are settled */
	bool thorough;		/* there is no next trace: always try again */
	unsigned window;	/* hops probed at once: TRACE_WINDOW, or 1 */
	uint64_t interval;	/* between probes, ns */
	uint64_t next;		/* when the next probe may be sent */
	uint64_t longest;	/* round trip */
	struct trace_hop hop[];	/* by time to live - 1 */
};

/* A trace of at most max hops, whose probes are interval ns apart; the caller
 * frees it.  NULL with errno. */
struct trace *trace_new(unsigned max, uint64_t interval);

/*
 * The time to live of the probe to send now; the caller sends it and calls
 * trace_sent().  0 if none is to be sent before *due.  Sets t->end when the
 * trace is over.
 */
unsigned trace_step(struct trace *t, uint64_t now, uint64_t *due);
void trace_sent(struct trace *t, unsigned ttl, uint64_t now, uint64_t stamp);

/* A probe of that time to live was answered. */
void trace_answer(struct trace *t, unsigned ttl, const struct trace_reply *r);

/* Settle a hop without a probe, or after its probes were not answered: by the
 * answer that its router gave to another trace, or by NULL as silent. */
void trace_share(struct trace *t, unsigned ttl, const struct trace_reply *r);

/* "reached", "silent", "loop", "unreach" or "max". */
const char *trace_end_name(enum trace_end end);

#endif
