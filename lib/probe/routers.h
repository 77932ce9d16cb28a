/*
 * The routers that traces to any host have shown, shared by all traces.  Routers
 * limit how many ICMP errors they send (Linux: one a second to a host, after a
 * burst of six), so a hundred traces cannot each probe the router next to us.
 *
 * A router is known by its address and distance.  It counts as limited once it
 * did not answer although it answered others at that time; from then on it is
 * probed at intervals, and traces in between use its last answer.  Traces that
 * do not know the router on their way yet probe it all the same, and some of those
 * probes are answered.  Pure: no clock, no I/O.
 */
#ifndef PROBE_ROUTERS_H
#define PROBE_ROUTERS_H

#include "conn/flow.h"
#include "probe/trace.h"

#define ROUTERS_MAX	65536
#define ROUTERS_SHARED_NS (60 * NS_PER_S)	/* age of answers that are used */

struct router {
	struct trace_reply last;	/* its last answer */
	uint64_t seen;		/* when that arrived, monotonic ns */
	uint32_t asker;		/* the host whose trace it was for */
	uint64_t interval;	/* between probes, ns; 0: not limited */
	uint64_t next;		/* when it may be probed */
	unsigned answered;	/* probes in a row */
};

struct routers {
	struct flow_table table;
	/* The first router of all traces, for IPv4 and IPv6; several: there is
	 * more than one. */
	struct {
		struct addr addr;
		bool known, several;
	} first[2];
};

/* Returns 0, or -1 with errno. */
int routers_open(struct routers *rs, uint64_t seed);

/* The router of that address, ttl hops away, or NULL if none has answered. */
struct router *routers_find(struct routers *rs, const struct addr *a,
    unsigned ttl);

/* The router that every trace so far has seen as the first hop, or NULL. */
struct router *routers_first(struct routers *rs, bool v6);

/* A router ttl hops away answered the trace of that host. */
void routers_answered(struct routers *rs, unsigned ttl,
    const struct trace_reply *r, uint32_t asker, uint64_t now);

/* It did not answer a probe of that host's trace, which was sent then and must
 * have reached it. */
void router_silent(struct router *r, uint32_t asker, uint64_t sent,
    uint64_t now);

/* May it be probed by a trace that knows it?  If so, the caller does that. */
bool router_may_probe(struct router *r, uint64_t now);

#endif
