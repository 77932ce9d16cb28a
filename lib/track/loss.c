#include "track/loss.h"

#include <errno.h>
#include <string.h>

#include "track/case.h"
#include "track/path.h"
#include "wire/units.h"

#define WRITTEN_LATE	NS_PER_S /* as one direction may be: stage/clock */

int
loss_open(struct loss *l, uint32_t max_conns, uint32_t max_cases,
    const struct rtt *rtt)
{
	memset(l, 0, sizeof *l);
	l->rtt = rtt;
	if (pool_open(&l->cases, max_cases, sizeof(struct loss_case)) == 0 &&
	    pool_open(&l->sides, max_conns, sizeof(struct loss_side[2])) == 0)
		return 0;
	loss_close(l);
	errno = ENOMEM;
	return -1;
}

void
loss_close(struct loss *l)
{
	pool_close(&l->cases);
	pool_close(&l->sides);
}

uint32_t
loss_add(struct loss *l)
{
	return pool_get(&l->sides);
}

void
loss_drop(struct loss *l, uint32_t sides)
{
	pool_put(&l->sides, sides);
}

struct loss_side *
loss_at(const struct loss *l, uint32_t sides, int from)
{
	return (struct loss_side *)pool_at(&l->sides, sides) + from;
}

void
loss_discount(struct loss *l, uint32_t sides, int from, uint32_t bytes)
{
	loss_at(l, sides, from)->total.resent += bytes;
}

const struct loss_counts *
loss_counts(const struct loss_side *s)
{
	return &s->total;
}

void
loss_look(const struct loss *l, uint32_t sides, int from,
    struct loss_view v[2])
{
	struct loss_side *s = pool_at(&l->sides, sides);

	v[0].data = v[1].back = s + from;
	v[0].back = v[1].data = s + !from;
}

const char *
loss_what_name(enum loss_what what)
{
	static const char *const names[] = {
		[LOSS_RTO] = "rto", [LOSS_FAST] = "fast",
		[LOSS_TAIL] = "tail", [LOSS_SPURIOUS] = "spurious",
		[LOSS_UNKNOWN] = "unknown", [LOSS_UPSTREAM] = "upstream",
		[LOSS_GAP] = "gap", [LOSS_TOOBIG] = "toobig",
		[LOSS_NETDUP] = "netdup",
		[LOSS_REORDER] = "reorder", [LOSS_KEEPALIVE] = "keepalive",
		[LOSS_ZWPROBE] = "zwprobe"
	};

	return names[what];
}

static void
add_step(struct loss_side *s, uint64_t ns)
{
	s->step[s->steps++ % LOSS_STEPS] = dur32_of(ns);
}

void
loss_rtts_before(struct loss_side *s, const struct rttsum *before)
{
	for (uint32_t i = 1; i < before->count && i < LOSS_STEPS / 2; i++)
		add_step(s, rttsum_deviation(before));
	if (before->count > 0)
		s->last_rtt = before->sum / before->count;
}

void
loss_rtt(struct loss_side *s, uint64_t ns)
{
	if (s->last_rtt != 0)
		add_step(s, ns > s->last_rtt ? ns - s->last_rtt :
		    s->last_rtt - ns);
	s->last_rtt = ns;
}

/* Can the oldest case of a queue be decided now?  When there are many, those
 * that are nearly certain are decided early. */
static bool
is_ripe(const struct loss_view *v, enum case_queue q,
    const struct loss_case *c)
{
	uint64_t age = path_elapsed(v->now, c->time);
	bool many = v->data->cases > CASES_MAX / 2;

	switch (q) {
	case CASE_UNSEEN:
		return path_elapsed(v->now, c->acked_time) >
		    path_rtt(v) + (many ? 0 : WRITTEN_LATE);
	case CASE_OPEN:
		return age > 60 * NS_PER_S;
	case CASE_ACKED:
	case CASE_COPIED:
		return many || age > path_dsack_max(v);
	case CASE_DELAYED:
		return many || (loss_is_acked(v, c->end) &&
		    path_knows_jitter(v));
	case CASE_LACKING:
		return age > 10 * NS_PER_S;
	default:
		return false;
	}
}

/* The first case of a direction that can be decided, or 0. */
static uint32_t
next_ripe(const struct loss *l, const struct loss_view *v)
{
	uint32_t first = 0;

	for (unsigned q = 0; q < CASE_QUEUES && v->data->cases > 0; q++) {
		uint32_t i = v->data->queue[q].oldest;

		if (i != 0 && is_ripe(v, q, case_at(l, i)) &&
		    !case_is_first(l, first, i))
			first = i;
	}
	return first;
}

static void
settle_ripe(struct loss *l, const struct loss_view v[2])
{
	uint32_t i[2];

	for (;;) {
		i[0] = next_ripe(l, &v[0]);
		i[1] = next_ripe(l, &v[1]);
		if (i[0] == 0 && i[1] == 0)
			return;
		int k = !case_is_first(l, i[0], i[1]);

		case_decide(l, &v[k], case_at(l, i[k]));
		case_drop(l, v[k].data, i[k]);
	}
}

static void
settle_all(struct loss *l, const struct loss_view v[2])
{
	uint32_t i[2] = { case_take_all(l, v[0].data),
	    case_take_all(l, v[1].data) };

	while (i[0] != 0 || i[1] != 0) {
		int k = !case_is_first(l, i[0], i[1]);

		i[k] = case_settle_taken(l, &v[k], i[k]);
	}
}

void
loss_settle(struct loss *l, const struct loss_view v[2], bool end)
{
	if (v[0].data->cases == 0 && v[1].data->cases == 0)
		return;
	if (end)
		settle_all(l, v);
	else
		settle_ripe(l, v);
}
