#include "track/loss.h"

#include <string.h>

#include "track/losscase.h"
#include "track/losstime.h"
#include "wire/units.h"


int
loss_open(struct loss *l, uint32_t max)
{
	memset(l, 0, sizeof *l);
	return pool_open(&l->cases, max, sizeof(struct loss_case));
}

void
loss_close(struct loss *l)
{
	pool_close(&l->cases);
}

const char *
loss_what_name(enum loss_what what)
{
	static const char *const names[] = {
		[LOSS_RTO] = "rto", [LOSS_FAST] = "fast",
		[LOSS_TAIL] = "tail", [LOSS_SPURIOUS] = "spurious",
		[LOSS_UNKNOWN] = "unknown", [LOSS_UPSTREAM] = "upstream",
		[LOSS_GAP] = "gap", [LOSS_NETDUP] = "netdup",
		[LOSS_REORDER] = "reorder", [LOSS_KEEPALIVE] = "keepalive",
		[LOSS_ZWPROBE] = "zwprobe"
	};

	return names[what];
}

/* Is it time?  When there are many, those that are all but certain go. */
static bool
is_ripe(const struct loss_view *v, const struct loss_case *c)
{
	uint64_t age = later_by(v->now, c->time);
	bool many = v->data->cases > CASES_MAX / 2;

	switch (c->kind) {
	case HOLE:
		return c->answered &&
		    later_by(v->now, c->answer) > loss_round_trip(v);
	case AGAIN:
		return c->answered ? many || age > loss_patience(v) :
		    age > 60 * NS_PER_S;
	case LATE:
		return many || (loss_is_acked(v, c->end) &&
		    loss_knows_jitter(v));
	case COPY:
		return many || age > loss_patience(v);
	case HELD:
		return loss_is_acked(v, c->end);
	default:
		return age > 10 * NS_PER_S;
	}
}

/* The place of the next case from *i on that can be decided. */
static uint32_t *
next_ripe(const struct loss *l, const struct loss_view *v, uint32_t *i,
    bool end)
{
	while (*i != 0 && !end && !is_ripe(v, case_at(l, *i)))
		i = &case_at(l, *i)->next;
	return i;
}

/* Of two cases, by number, is the second one to come first? */
static bool
is_second_first(const struct loss *l, uint32_t first, uint32_t second)
{
	const struct loss_case *a, *b;

	if (first == 0 || second == 0)
		return first == 0;
	a = case_at(l, first);
	b = case_at(l, second);
	return a->time != b->time ? b->time < a->time :
	    b->seq < a->seq;
}

void
loss_settle(struct loss *l, const struct loss_view v[2], bool end)
{
	uint32_t *i[2];

	for (int k = 0; k < 2; k++)
		i[k] = next_ripe(l, &v[k], &v[k].data->first, end);
	while (*i[0] != 0 || *i[1] != 0) {
		int k = is_second_first(l, *i[0], *i[1]);
		struct loss_case c = *case_at(l, *i[k]);

		case_drop(l, v[k].data, i[k]);
		case_conclude(l, &v[k], &c);
		i[k] = next_ripe(l, &v[k], i[k], end);
	}
}
