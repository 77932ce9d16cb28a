/*
 * Reports as metrics: OpenMetrics text, for Prometheus and its like.
 *
 *	connpipe_rtt_records_total{src="10.0.0.1"} 12		a counter
 *	connpipe_rtt_rtt_seq_seconds_bucket{src="10.0.0.1",le="0.05"} 9
 *
 * Counters carry _total in their TYPE line too, as Prometheus's own text form
 * and promtool want it; a family's name in OpenMetrics proper goes without.
 */
#ifndef STAT_METRICS_H
#define STAT_METRICS_H

#include <stdio.h>

#include "stat/counts.h"
#include "stat/rows.h"

/* All metrics and the closing line.  False without memory. */
bool metrics_print(FILE *f, const struct report *r,
    const struct counts *counts, const struct layout *l);

#endif
