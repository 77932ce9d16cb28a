/* Traces: the hops of a path. */
#ifndef PROBE_HOPS_H
#define PROBE_HOPS_H

#include "probe/monitor.h"

/* The job is due: go on with the trace, or begin one. */
void hops_step(struct job *j, uint64_t now);

/* What answered a probe of it. */
void hops_outcome(struct host *h, const struct prober_outcome *o);

/* The one under way is not told of. */
void hops_stop(struct host *h);

#endif
