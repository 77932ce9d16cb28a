#include "vitals/burst.h"

#include <math.h>
#include <stdlib.h>

#include "wire/units.h"

/* Store the round trips, in ms and in the order of the pings.  Returns how
 * many there are. */
static uint32_t
answers(const struct vitals_run *r, double *rtt)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->of; i++)
		if (r->probe[i].state == VITALS_OK && r->probe[i].has_rtt)
			rtt[n++] = (double)r->probe[i].rtt / NS_PER_MS;
	return n;
}

static void
count_states(const struct vitals_run *r, struct burst *b)
{
	uint32_t lost = 0, failed = 0;

	for (uint32_t i = 0; i < r->of; i++) {
		const struct vitals_probe *p = &r->probe[i];

		if (p->state == VITALS_OK) {
			b->last = p;
			continue;
		}
		failed += p->state == VITALS_ERROR;
		lost += p->state != VITALS_ERROR;
		if (p->state == VITALS_LOST)
			continue;
		b->errors++;
		b->error = p->info;
	}
	b->loss = b->last == NULL ? 100 : 100.0 * lost / (r->of - failed);
}

static void
moments(const double *rtt, uint32_t n, struct burst *b)
{
	double sum = 0, squares = 0, differences = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += rtt[i];
	b->avg = sum / n;
	for (uint32_t i = 0; i < n; i++)
		squares += (rtt[i] - b->avg) * (rtt[i] - b->avg);
	b->std = n > 1 ? sqrt(squares / (n - 1)) : 0;
	for (uint32_t i = 1; i < n; i++)
		differences += fabs(rtt[i] - rtt[i - 1]);
	b->jitter = n > 1 ? differences / (n - 1) : 0;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The smallest value that at least percent % of the values do not exceed. */
static double
percentile(const double *sorted, uint32_t n, unsigned percent)
{
	return sorted[((uint64_t)n * percent + 99) / 100 - 1];
}

bool
burst_compute(struct burst *b, const struct vitals_run *r)
{
	double *rtt = calloc(r->of, sizeof *rtt);
	uint32_t n;

	if (rtt == NULL)
		return false;
	*b = (struct burst){ .min = -1, .avg = -1, .max = -1, .std = -1,
	    .p50 = -1, .p90 = -1, .p99 = -1, .jitter = -1 };
	count_states(r, b);
	if ((n = answers(r, rtt)) > 0) {
		moments(rtt, n, b);
		qsort(rtt, n, sizeof *rtt, by_size);
		b->min = rtt[0];
		b->max = rtt[n - 1];
		b->p50 = percentile(rtt, n, 50);
		b->p90 = percentile(rtt, n, 90);
		b->p99 = percentile(rtt, n, 99);
	}
	free(rtt);
	return true;
}
