/* Port scans of hosts: which ports accept a connection. */
#ifndef PROBE_SCAN_H
#define PROBE_SCAN_H

#include "probe/monitor.h"

/* The task is due: connect to the next port, and time out silent ones.
 * Returns 0, or -1 without memory. */
int scan_step(struct task *t, uint64_t now);

/* A connection was established, or failed. */
void scan_ready(struct scan_port *port);

/* Report the ports that have no result as stopped. */
void scan_stop(struct host *h);

#endif
