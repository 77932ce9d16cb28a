/* Scans: which ports are open. */
#ifndef PROBE_SCAN_H
#define PROBE_SCAN_H

#include "probe/monitor.h"

/* The job is due: connect to the next port, give up those that are silent. */
void ports_step(struct job *j, uint64_t now);

/* A connection stands, or failed. */
void ports_ready(struct scan_port *port);

/* How many are under way? */
unsigned ports_under_way(const struct host *h);

/* What was begun ends, so that the scan is whole. */
void ports_stop(struct host *h);

#endif
