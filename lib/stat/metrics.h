/*
 * Reports as metrics: OpenMetrics text, for Prometheus.
 *
 *	connpipe_rtt_records_total{src="10.0.0.1"} 12		a counter
 *	connpipe_rtt_rtt_seq_seconds_bucket{src="10.0.0.1",le="0.05"} 9
 *
 * The TYPE and HELP lines of counters name them with _total, as Prometheus's
 * text format and promtool require; OpenMetrics would have it without.
 */
#ifndef STAT_METRICS_H
#define STAT_METRICS_H

#include <stdio.h>

#include "stat/counts.h"
#include "stat/report.h"
#include "stat/rows.h"

/* Print all metrics and the line # EOF.  False without memory. */
bool metrics_print(FILE *f, const struct report *r,
    const struct counts *counts, const struct layout *l);

#endif
