/* Pings: bursts of echo requests. */
#ifndef PROBE_PING_H
#define PROBE_PING_H

#include "probe/monitor.h"

/* The task is due: send the next ping of the burst. */
void ping_step(struct task *t, uint64_t now);

/* Report what became of a ping. */
void ping_outcome(struct host *h, const struct prober_outcome *o);

/* Report a ping that was waiting for its answer as stopped. */
void ping_forget(struct host *h, uint64_t stamp, uint32_t run, uint32_t index);

/* End the current burst: report its pings by TCP that wait, and all that were
 * not sent, as stopped. */
void ping_stop(struct host *h);

#endif
