/* Pings: bursts of echo requests. */
#ifndef PROBE_PING_H
#define PROBE_PING_H

#include "probe/monitor.h"

/* The task is due: send the next ping of the burst. */
void ping_step(struct task *t, uint64_t now);

/* Report what became of a ping. */
void ping_outcome(struct host *h, const struct prober_outcome *o);

/* Report a ping that was waiting as stopped; and those of the current burst
 * that were not sent. */
void ping_forget(struct host *h, const struct flight_probe *p);
void ping_stop(struct host *h);

#endif
