/* Statistics of a burst of pings. */
#ifndef VITALS_BURST_H
#define VITALS_BURST_H

#include "vitals/vitals.h"

/* Times are in ms, and -1 if no ping was answered. */
struct burst {
	double min, avg, max;
	double std;		/* of the sample; 0 for one answer */
	double p50, p90, p99;	/* exact, by nearest rank */
	double jitter;		/* mean difference of successive answers */
	double loss;		/* %, without pings that failed locally */
	uint32_t errors;	/* pings that are neither ok nor lost */
	const char *error;	/* the reason of the last of them, or NULL */
	const struct vitals_probe *last;	/* answered, or NULL */
};

/* Compute the statistics of a run of pings.  False without memory. */
bool burst_compute(struct burst *b, const struct vitals_run *r);

#endif
