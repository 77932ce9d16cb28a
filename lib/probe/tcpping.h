/*
 * Pings by TCP: from the SYN to its SYN/ACK, by the kernel's time; the
 * connection is reset as soon as it is established.
 */
#ifndef PROBE_TCPPING_H
#define PROBE_TCPPING_H

#include "probe/monitor.h"

/* Send a SYN.  Returns 0 if ping_outcome() or ping_forget() will be called for
 * it, once, else an errno. */
int tcpping_send(struct host *h, uint32_t run, uint16_t index, uint64_t now,
    uint64_t *stamp);

/* A connection was established, or failed. */
void tcpping_ready(struct tcp_ping *p);

/* Time out the pings that have waited long enough.  Returns when the next one
 * times out; MONITOR_NEVER if none waits. */
uint64_t tcpping_expire(struct monitor *m, uint64_t now);

/* Close the unanswered pings of a host, each after ping_forget(). */
void tcpping_forget(struct host *h);

#endif
