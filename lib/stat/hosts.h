/*
 * Gauges of probed hosts, for metrics: from ping records, for the hosts that
 * conf records name, so that counters start at 0 when a host is configured.
 * A host that left the list has no lines any more; any other has at most eight:
 *
 *	connpipe_up{host="a"} 1			0 after three losses in a row
 *	connpipe_loss_ratio{host="a"} 0.01	of the last 100 pings
 *	connpipe_rtt_seconds{host="a",quantile="0.5"} 0.012	0.99, too
 *	connpipe_last_seen_seconds{host="a"} 1795147457.2	the last answer
 *	connpipe_pings_total{host="a",state="lost"} 5	and ok, unreach
 */
#ifndef STAT_HOSTS_H
#define STAT_HOSTS_H

#include <stdint.h>
#include <stdio.h>

#include "conn/flow.h"
#include "rec/read.h"

#define HOSTS_MAX	100000
#define HOSTS_PINGS	100	/* pings that ratios and quantiles are of */

struct hosts {
	struct flow_table table;
};

/* Returns 0, or -1 with errno. */
int hosts_open(struct hosts *hs, uint64_t seed);

/* A record of any kind.  False without memory. */
bool hosts_record(struct hosts *hs, struct rec *rec);

/* Print the families of all hosts, nothing without hosts; open: in the format of
 * OpenMetrics, whose TYPE lines have no _total. */
void hosts_print(FILE *f, const struct hosts *hs, bool open);

#endif
