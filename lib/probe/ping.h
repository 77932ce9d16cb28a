/* Pings in bursts. */
#ifndef PROBE_PING_H
#define PROBE_PING_H

#include "probe/monitor.h"

/* The job is due: send one. */
void ping_step(struct job *j, uint64_t now);

/* What became of one. */
void ping_outcome(struct host *h, const struct prober_outcome *o);

/* One that is not waited for any more; those of the burst that are not sent. */
void ping_forget(struct host *h, const struct flight_probe *p);
void ping_stop(struct host *h);

#endif
