/*
 * The path to a host as far as traces have shown it.  A hop that is silent in a
 * trace is no change: what was known of it stays known.
 */
#ifndef PROBE_PATH_H
#define PROBE_PATH_H

#include "probe/trace.h"

struct path {
	struct path_hop {
		struct addr addr;
		bool known;
	} *hop;			/* owned */
	unsigned n;		/* 0: no trace yet */
	bool reached;		/* the last hop is the target */
};

/*
 * Update a path by a trace that has ended.  Returns 1 if the path is the first,
 * has changed, or has more known hops: *old is then the path before, which the
 * caller closes.  Returns 0 if none of this is so, -1 without memory.
 */
int path_update(struct path *p, const struct trace *t, struct path *old);
void path_close(struct path *p);

#endif
