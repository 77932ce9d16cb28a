/* Traces of hosts: sends the probes that probe/trace asks for, and reports the
 * hops, and the path if it changed. */
#ifndef PROBE_HOPS_H
#define PROBE_HOPS_H

#include "probe/monitor.h"

/* The task is due: go on with the trace, or begin one.  Returns 0, or -1 with
 * errno if memory or descriptors ran out. */
int hops_step(struct task *t, uint64_t now);

/* A probe of a trace was answered. */
void hops_outcome(struct host *h, const struct prober_outcome *o);

/* Drop the current trace without a report. */
void hops_stop(struct host *h);

#endif
