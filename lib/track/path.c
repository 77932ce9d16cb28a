#include "track/path.h"

#include "wire/units.h"

#define STEPS_ENOUGH	24	/* to know the jitter */
#define TRIPS_ENOUGH	8	/* to know their minimum */
#define RTT_GUESS	(4 * NS_PER_MS)	/* before the first round trip */

uint64_t
path_rtt(const struct loss_view *v)
{
	uint64_t t = rttsum_min(v->near) + rttsum_min(v->far);

	return t > 0 ? t : RTT_GUESS;
}

uint64_t
path_resend_min(const struct loss_view *v)
{
	bool sure = v->near->count >= TRIPS_ENOUGH &&
	    v->far->count >= 4 * TRIPS_ENOUGH;

	return sure ? path_rtt(v) / 16 * 15 : path_rtt(v) / 4 * 3;
}

uint64_t
path_probe_min(const struct loss_view *v)
{
	return path_rtt(v) / 2 * 3;
}

uint64_t
path_ack_min(const struct loss_view *v)
{
	return rttsum_min(v->far) / 4 * (v->far->count < TRIPS_ENOUGH ? 1 : 3);
}

uint64_t
path_reaction_max(const struct loss_view *v)
{
	return rttsum_min(v->near) + path_rtt(v) / 4 * 5 + 10 * NS_PER_MS;
}

uint64_t
path_dsack_max(const struct loss_view *v)
{
	uint64_t t = 8 * path_rtt(v);
	uint64_t most = 2 * (rttsum_max(v->near) + rttsum_max(v->far));

	if (t < NS_PER_S)
		t = NS_PER_S;
	if (t < most)
		t = most;
	return t < 10 * NS_PER_S ? t : 10 * NS_PER_S;
}

/* The median of the latest steps, which a few outliers do not move. */
static uint64_t
median_step(const struct loss_side *s)
{
	uint32_t sorted[LOSS_STEPS];
	unsigned n = 0;

	for (; n < s->steps && n < LOSS_STEPS; n++) {
		unsigned k = n;

		for (; k > 0 && sorted[k - 1] > s->step[n]; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = s->step[n];
	}
	return n > 0 ? dur32_ns(sorted[n / 2]) : 0;
}

uint64_t
path_jitter(const struct loss_view *v)
{
	return median_step(v->data->steps > v->back->steps ? v->data :
	    v->back);
}

bool
path_knows_jitter(const struct loss_view *v)
{
	return v->data->steps + v->back->steps >= STEPS_ENOUGH;
}
