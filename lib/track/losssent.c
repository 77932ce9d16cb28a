/* What the sender's segments say of losses: track/loss.h. */
#include "track/losscase.h"
#include "track/losstime.h"
#include "wire/units.h"

#define RTO_MIN		(100 * NS_PER_MS)	/* RFC 6298: a second; Linux: 200 ms */

/*
 * Do the IP identifications tell when this was sent?  < 0 before what is
 * behind the hole, > 0 after it, 0 they do not tell.
 */
static int
order_by_id(const struct loss_case *c, uint16_t id)
{
	uint16_t span = (uint16_t)(c->id_behind - c->id_before);

	if (id == 0 || c->id_before == 0 || c->id_behind == 0 || span < 2 ||
	    span > 1000)
		return 0;	/* not counted up, packet by packet */
	return (uint16_t)(id - c->id_before) < span ? -1 : 1;
}

/* Must the sender's timestamp clock have gone on since then?  By the pace that
 * it was seen to have. */
static bool
has_ticked(const struct loss_view *v, uint64_t then)
{
	const struct loss_side *s = v->data;
	int32_t ticks = seq_diff(v->sender->tsval, s->tsval);

	return s->tsval_time != 0 && ticks >= 10 &&
	    later_by(v->now, then) > 2 * later_by(then, s->tsval_time) /
	    (uint32_t)ticks;
}

/* A hole is filled: by what was sent again, or was it only held back? */
static bool
fills_again(const struct loss_view *v, const struct loss_case *hole,
    const struct tcp *tcp, uint16_t id)
{
	int order = order_by_id(hole, id);
	int32_t age;

	if (order != 0)
		return order > 0;
	if (tcp->has_ts && hole->has_ts) {
		age = seq_diff(tcp->tsval, hole->tsval);
		if (age > 0)
			return true;
		/* The clock went on, but not for this one. */
		if (age < 0 || v->sender->tsval != hole->tsval ||
		    has_ticked(v, hole->time))
			return false;
	}
	return later_by(v->now, hole->time) >= loss_soonest(v);
}

/* seq..end fills a part of hole *i. */
static void
fill(struct loss *l, const struct loss_view *v, uint32_t *i, uint32_t seq,
    uint32_t end, const struct tcp *tcp, uint16_t id)
{
	struct loss_case hole = *case_at(l, *i);
	struct loss_case again = { .kind = AGAIN, .what = LOSS_UPSTREAM,
	    .seq = seq, .end = end, .time = v->now, .has_ts = tcp->has_ts,
	    .tsval = tcp->tsval, .has_gap = true,
	    .gap = later_by(v->now, hole.time) };

	case_cut(l, v, i, seq, end);
	if (hole.answered) {
		/* Only the capture has them in the wrong order. */
		v->data->late++;
		return;
	}
	if (fills_again(v, &hole, tcp, id))
		case_add(l, v, &again);
	else
		case_add_late(l, v, seq, end, again.gap, tcp);
}

/* How long ago was this sent at least?  slot is the original, or NULL. */
static uint64_t
age_of(const struct loss_view *v, const struct slot *slot, uint32_t end)
{
	if (slot != NULL)
		return rtt_age(slot, v->now);
	return loss_is_acked(v, end) ?
	    rtt_una_age(v->sender, v->now) + trips_min(v->far) : UINT64_MAX;
}

/* Has the receiver given the sender a reason to send something again? */
static bool
has_reason(const struct loss_view *v)
{
	return v->data->heard != 0 &&
	    later_by(v->now, v->data->heard) <= loss_reaction(v);
}

/* Bytes come again, and it is known what came with them before: did the
 * network copy that, age ago? */
static bool
is_copy_of(const struct loss_view *v, const struct tcp *tcp,
    const struct loss_case *before, uint64_t age)
{
	if (tcp->has_ts && before->has_ts)
		return !seq_before(before->tsval, tcp->tsval);
	return age < loss_soonest(v);
}

/* The same where it is known only that they were acknowledged. */
static bool
is_old_copy(const struct loss_view *v, const struct tcp *tcp, uint64_t age)
{
	const struct loss_side *s = v->data;
	int32_t ahead;

	if (!tcp->has_ts)
		return age < loss_soonest(v) && !has_reason(v);
	/* Newer than what the receiver had seen when it had the original. */
	if (s->has_echoed && seq_before(s->echoed, tcp->tsval))
		return false;
	ahead = seq_diff(tcp->tsval, v->sender->tsval);
	return ahead < 0 || (ahead == 0 && age < loss_soonest(v));
}

/*
 * Bytes come again: did the network copy them, or the sender send them?  What
 * came before is in a case, if that was not usual either, or in the ring.
 */
static bool
is_copy(const struct loss *l, const struct loss_view *v,
    const struct tcp *tcp, const struct slot *slot,
    const struct loss_case *again)
{
	uint32_t end = tcp->seq + tcp->len;
	const uint32_t *i = case_find(l, v->data, LATE, tcp->seq, end);
	const struct loss_case *late = i != NULL ? case_at(l, *i) : NULL;
	uint64_t age = age_of(v, slot, end);

	if (again != NULL && later_by(v->now, again->time) < loss_soonest(v))
		return is_copy_of(v, tcp, again, 0);
	if (again != NULL && again->what == LOSS_UPSTREAM && again->answered &&
	    !tcp->has_ts)
		return true;
	if (late != NULL && (late->has_ts || !tcp->has_ts))
		return is_copy_of(v, tcp, late, late->gap +
		    later_by(v->now, late->time));
	if (slot == NULL)
		return is_old_copy(v, tcp, age);
	if (age < loss_soonest(v))
		return true;
	if (!tcp->has_ts)
		return false;
	if (tcp->tsval != slot->tsval)
		return seq_before(tcp->tsval, slot->tsval);
	return seq_before(tcp->tsval, v->sender->tsval);
}

/* Has the receiver shown that it misses something before end? */
static bool
has_complained(const struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	return (v->data->has_sacked && !seq_before(v->data->sacked, end)) ||
	    v->data->complaints >= 3 ||
	    case_find(l, v->data, MISSING, seq, end) != NULL;
}

/* Has the receiver said that it has seq..end? */
static bool
is_held(const struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	const uint32_t *i = case_find(l, v->data, HELD, seq, end);

	return i != NULL && !seq_before(seq, case_at(l, *i)->seq) &&
	    !seq_before(case_at(l, *i)->end, end);
}

/* Why was it sent again? */
static enum loss_what
cause(const struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, uint64_t age)
{
	struct loss_side *s = v->data;
	uint64_t quiet = later_by(v->now, s->heard);
	uint64_t una = rtt_has_una(v->sender) ?
	    rtt_una_age(v->sender, v->now) : UINT64_MAX;
	bool blind = v->near->count + v->far->count == 0;

	if (s->has_recover && seq_before(seq, s->recover))
		return LOSS_RTO;
	if (has_complained(l, v, seq, end) &&
	    (quiet < una ? quiet : una) <= loss_reaction(v))
		return LOSS_FAST;
	if (end == v->sender->next && s->complaints == 0 && !blind &&
	    (seq != v->sender->una || age < 3 * loss_round_trip(v)))
		return LOSS_TAIL;
	if (age < RTO_MIN)
		return LOSS_UNKNOWN;
	s->has_recover = true;
	s->recover = v->sender->next;
	return LOSS_RTO;
}

/* The sender sent seq..end again. */
static void
send_again(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp, const struct slot *slot)
{
	uint64_t age = slot != NULL ? rtt_age(slot, v->now) : UINT64_MAX;
	struct loss_case c = { .kind = AGAIN, .seq = seq, .end = end,
	    .time = v->now, .tsval = tcp->tsval, .has_gap = slot != NULL,
	    .gap = age, .has_ts = tcp->has_ts, .newer = tcp->has_ts &&
	    slot != NULL && slot->tsval != tcp->tsval };
	uint32_t *i;

	if (loss_is_acked(v, end) || is_held(l, v, seq, end))
		c.what = LOSS_SPURIOUS;
	else if (v->receiver->win == 0 && rtt_has_next(v->receiver))
		c.what = LOSS_ZWPROBE;
	else {
		c.what = cause(l, v, seq, end, age) & 15;
		while ((i = case_find(l, v->data, MISSING, seq, end)) != NULL) {
			uint32_t from = seq, to = end;

			case_common(case_at(l, *i), &from, &to);
			c.was_missing = true;
			c.missed = case_at(l, *i)->time;
			case_cut(l, v, i, from, to);
		}
		case_add(l, v, &c);
		return;
	}
	case_tell(l, v, &c, c.what);
	case_add_copy(l, v, seq, end);
}

/* Is this what the sender sent first, and `before` then filled the hole? */
static bool
is_original(const struct loss_view *v, const struct tcp *tcp,
    const struct loss_case *before)
{
	if (before->what != LOSS_UPSTREAM)
		return false;
	return tcp->has_ts ? seq_before(tcp->tsval, before->tsval) :
	    later_by(v->now, before->time) > 0;
}

/* seq..end was seen before. */
static void
take_past(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp, bool same_id)
{
	const struct slot *slot = rtt_sent(v->rtt, v->sender, seq);
	uint32_t *i = case_find(l, v->data, AGAIN, seq, end);
	struct loss_case before = { .what = LOSS_WHATS };
	struct loss_event copy = { .time = v->now, .what = LOSS_NETDUP,
	    .seq = seq, .len = end - seq, .has_gap = slot != NULL,
	    .gap = slot != NULL ? rtt_age(slot, v->now) : 0 };

	if (i != NULL)
		before = *case_at(l, *i);
	v->data->resent += end - seq;
	if (!same_id &&
	    !is_copy(l, v, tcp, slot, i != NULL ? &before : NULL)) {
		if (i != NULL) {
			case_tell(l, v, &before, before.what);
			case_drop(l, v->data, i);
		}
		send_again(l, v, seq, end, tcp, slot);
	} else if (is_original(v, tcp, &before)) {
		/* The original of what filled the hole: it was held back. */
		case_drop(l, v->data, i);
		case_tell(l, v, &before, LOSS_SPURIOUS);
		case_add_late(l, v, seq, end,
		    before.gap + later_by(v->now, before.time), tcp);
		case_add_copy(l, v, seq, end);
	} else {
		loss_tell(l, v, &copy);
		case_add_copy(l, v, seq, end);
	}
}

/* seq..end comes after something behind it: holes are filled, or it is the
 * past. */
static void
take_old(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp, uint16_t id, bool same_id)
{
	uint32_t *i = case_find(l, v->data, HOLE, seq, end), from, to;

	if (v->data->blind && !seq_before(seq, v->data->blind_end))
		v->data->blind = false;
	if (i == NULL) {
		if (!v->data->blind)
			take_past(l, v, seq, end, tcp, same_id);
		return;
	}
	v->data->resent += end - seq;
	while ((i = case_find(l, v->data, HOLE, seq, end)) != NULL) {
		from = seq;
		to = end;
		case_common(case_at(l, *i), &from, &to);
		v->data->resent -= to - from;
		fill(l, v, i, from, to, tcp, id);
	}
}

static void
open_hole(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp, uint16_t id, uint16_t id_before)
{
	struct loss_case c = { .kind = HOLE, .seq = seq, .end = end,
	    .time = v->now, .tsval = tcp->tsval, .has_ts = tcp->has_ts,
	    .id_behind = id, .id_before = id_before };

	if (seq_diff(end, seq) < SEQ_FAR)
		case_add(l, v, &c);
}

/* A FIN takes a number, but there is nothing that it could lose. */
static void
fill_by_fin(struct loss *l, const struct loss_view *v, uint32_t seq)
{
	uint32_t *i = case_find(l, v->data, HOLE, seq, seq + 1);

	if (i != NULL)
		case_cut(l, v, i, seq, seq + 1);
}

/* Neither is sent to deliver data. */
static bool
take_probe(struct loss *l, const struct loss_view *v, const struct tcp *tcp)
{
	struct loss_event e = { .time = v->now, .what = LOSS_KEEPALIVE,
	    .seq = tcp->seq, .len = tcp->len };
	bool closed = v->receiver->win == 0 && rtt_has_next(v->receiver);

	if (rtt_is_probe(v->sender, v->receiver, tcp))
		v->data->probed = true;
	else if (!rtt_is_keepalive(v->sender, tcp) ||
	    !rtt_has_una(v->sender) || v->sender->una != v->sender->next)
		return false;
	if (closed)
		e.what = LOSS_ZWPROBE;
	loss_tell(l, v, &e);
	return true;
}

/* Did the same packet come just now?  Copies keep their IP identification. */
static bool
is_recent(struct loss_side *s, const struct tcp *tcp, uint16_t id)
{
	uint32_t n = s->recents < LOSS_RECENT ? s->recents : LOSS_RECENT;
	bool same = false;

	if (id == 0 || tcp->len == 0)
		return false;
	for (uint32_t i = 0; i < n && !same; i++)
		same = s->recent[i] == tcp->seq && s->recent_id[i] == id;
	s->recent[s->recents % LOSS_RECENT] = tcp->seq;
	s->recent_id[s->recents++ % LOSS_RECENT] = id;
	return same;
}

void
loss_segment(struct loss *l, const struct loss_view *v,
    const struct tcp *tcp, uint16_t id, uint16_t id_before)
{
	uint32_t end = tcp->seq + tcp->len, base = v->sender->next;
	bool same = is_recent(v->data, tcp, id) || (id != 0 && id == id_before);

	if (!rtt_has_next(v->sender))
		return;
	/* What was acknowledged unseen is a hole of its own. */
	if (rtt_has_una(v->sender) && seq_before(base, v->sender->una))
		base = v->sender->una;
	if (take_probe(l, v, tcp))
		return;
	v->data->probed &= tcp->len == 0;
	if (tcp->has_ts && v->data->tsval_time == 0) {
		v->data->tsval = tcp->tsval;
		v->data->tsval_time = v->now;
	}
	if (tcp->flags & TCP_FIN)
		fill_by_fin(l, v, end);
	if (seq_before(base, tcp->seq))
		open_hole(l, v, base, tcp->seq, tcp, id, id_before);
	else if (tcp->len > 0 && seq_before(tcp->seq, base))
		take_old(l, v, tcp->seq, seq_before(base, end) ? base : end,
		    tcp, id, same);
}
