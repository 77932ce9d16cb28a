/* Statistics of bursts. */
#include <math.h>

#include "check.h"
#include "vitals/burst.h"

static bool
near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

/* With pings of 1 to 100 ms percentile n is n ms. */
static void
check_percentiles(void)
{
	struct vitals_probe probe[100] = { 0 };
	struct vitals_run r = { .of = 100, .got = 100, .probe = probe };
	struct burst b;

	for (int i = 0; i < 100; i++) {
		probe[i].state = VITALS_OK;
		probe[i].has_rtt = true;
		/* Each once, since 37 and 100 have no common divisor. */
		probe[i].rtt = (uint64_t)((i * 37) % 100 + 1) * 1000000;
	}
	CHECK(burst_compute(&b, &r));
	CHECK(near(b.min, 1) && near(b.max, 100) && near(b.avg, 50.5));
	CHECK(near(b.p50, 50) && near(b.p90, 90) && near(b.p99, 99));
	CHECK(near(b.std, sqrt(100 * 101 / 12.0)));
	CHECK(near(b.loss, 0) && b.errors == 0);
	r.of = r.got = 1;
	CHECK(burst_compute(&b, &r));
	CHECK(near(b.p50, 1) && near(b.p99, 1) && near(b.std, 0));
	CHECK(near(b.jitter, 0));
}

/* Jitter is the difference of successive answers, in the order of the pings. */
static void
check_jitter(void)
{
	static const int ms[] = { 10, 12, 0, 9, 10 };
	struct vitals_probe probe[5] = { 0 };
	struct vitals_run r = { .of = 5, .got = 5, .probe = probe };
	struct burst b;

	for (int i = 0; i < 5; i++) {
		probe[i].state = ms[i] > 0 ? VITALS_OK : VITALS_LOST;
		probe[i].has_rtt = ms[i] > 0;
		probe[i].rtt = (uint64_t)ms[i] * 1000000;
	}
	CHECK(burst_compute(&b, &r));
	CHECK(near(b.jitter, (2 + 3 + 1) / 3.0));
	CHECK(near(b.loss, 20));
}

int
main(void)
{
	check_percentiles();
	check_jitter();
	return check_failures > 0;
}
