#include "track/losstime.h"

#include "wire/units.h"

#define STEPS_ENOUGH	24	/* to know a path's jitter */
#define UNKNOWN_TRIP	(4 * NS_PER_MS)	/* where there is no round trip yet */

uint64_t
loss_round_trip(const struct loss_view *v)
{
	uint64_t t = trips_min(v->near) + trips_min(v->far);

	return t > 0 ? t : UNKNOWN_TRIP;
}

uint64_t
loss_soonest(const struct loss_view *v)
{
	return loss_round_trip(v) / 4 * 3;
}

uint64_t
loss_reaction(const struct loss_view *v)
{
	return trips_min(v->near) + loss_round_trip(v) / 4 * 5 + 10 * NS_PER_MS;
}

uint64_t
loss_patience(const struct loss_view *v)
{
	uint64_t t = 8 * loss_round_trip(v);

	return t < 250 * NS_PER_MS ? 250 * NS_PER_MS : t < 3 * NS_PER_S ? t : 3 * NS_PER_S;
}

static void
add_step(struct loss_side *s, uint64_t ns)
{
	s->step[s->steps++ % LOSS_STEPS] = brief_of(ns);
}

void
loss_trip(struct loss_side *s, uint64_t ns)
{
	if (s->last_trip != 0)
		add_step(s, ns > s->last_trip ? ns - s->last_trip :
		    s->last_trip - ns);
	s->last_trip = ns;
}

void
loss_trips(struct loss_side *s, const struct trips *before)
{
	for (uint32_t i = 1; i < before->count && i < LOSS_STEPS / 2; i++)
		add_step(s, trips_deviation(before));
	if (before->count > 0)
		s->last_trip = before->sum / before->count;
}

/* The median of the latest steps: a few wild ones do not move it. */
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
	return n > 0 ? brief_ns(sorted[n / 2]) : 0;
}

uint64_t
loss_jitter(const struct loss_view *v)
{
	return median_step(v->data->steps > v->back->steps ? v->data :
	    v->back);
}

bool
loss_knows_jitter(const struct loss_view *v)
{
	return v->data->steps + v->back->steps >= STEPS_ENOUGH;
}
