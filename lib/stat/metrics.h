/*
 * Reports as metrics: OpenMetrics text, for Prometheus.
 *
 *	connpipe_rtt_records_total{src="10.0.0.1"} 12		a counter
 *	connpipe_rtt_rtt_seq_seconds_bucket{src="10.0.0.1",le="0.05"} 9
 *
 * The TYPE and HELP lines of counters name them with _total, as Prometheus's
 * text format and promtool require; OpenMetrics has it without.
 *
 * The buckets of a histogram end at 1, 2 and 5 times powers of ten, from 10 us
 * to 500 s for durations and from 1 to 5e12 for other numbers; and, where there
 * are values, at every 32nd of a power of two, so that a percentile computed of
 * the buckets is within 1/32 (3.1 %) of the exact one.
 */
#ifndef STAT_METRICS_H
#define STAT_METRICS_H

#include <stdio.h>

#include "stat/counts.h"
#include "stat/report.h"
#include "stat/rows.h"

enum metrics_text { METRICS_PROMETHEUS, METRICS_OPEN };

/* Write the value of a label, escaped. */
void metrics_escape(FILE *f, const char *text, size_t n);

/* Print all metrics and the line # EOF.  False without memory. */
bool metrics_print(FILE *f, const struct report *r,
    const struct counts *counts, const struct layout *l,
    enum metrics_text text);

#endif
