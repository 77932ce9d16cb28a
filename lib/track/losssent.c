/* What the sender's segments show of losses: track/loss.h. */
#include "track/case.h"
#include "track/lossresend.h"
#include "track/path.h"

/* A segment of the sender with what the IP header adds. */
struct sent {
	const struct tcp *tcp;
	const struct loss_id *id;
};

/*
 * Compare by IP identification when this was sent with when the segment after
 * the hole was: < 0 before that, > 0 after it, 0 if unknown.
 */
static int
order_by_id(const struct loss_case *hole, uint16_t id)
{
	uint16_t span = (uint16_t)(hole->id_after - hole->id_before);

	if (id == 0 || hole->id_before == 0 || hole->id_after == 0 ||
	    span < 2 || span > 1000)
		return 0;	/* not counted up, packet by packet */
	return (uint16_t)(id - hole->id_before) < span ? -1 : 1;
}

/* Must the sender's timestamp clock have advanced since then, at the pace that
 * it was seen to have? */
static bool
has_ticked(const struct loss_view *v, uint64_t then)
{
	const struct loss_side *s = v->data;
	int32_t ticks = seq_diff(v->sender->tcb.tsval, s->tsval);

	return s->tsval_time != 0 && ticks >= 10 &&
	    path_elapsed(v->now, then) > 2 *
	    path_elapsed(then, s->tsval_time) / (uint32_t)ticks;
}

/* The same by time alone: a sender retransmits no sooner than feedback can
 * reach it, and not without any. */
static bool
is_resent_by_time(const struct loss *l, const struct loss_view *v,
    const struct loss_case *hole, const struct tcp *tcp)
{
	uint64_t age = path_elapsed(v->now, hole->time);
	uint64_t within = path_reaction_max(v);

	return age >= path_resend_min(v) && loss_has_cause(l, v, tcp->seq,
	    hole->end, age, age > within ? age : within);
}

/* A hole is filled: by a retransmission, or by a segment that was delayed?
 * *why is set to the evidence. */
static bool
is_resent(const struct loss *l, const struct loss_view *v,
    const struct loss_case *hole, const struct sent *sent,
    enum loss_proof *why)
{
	const struct tcp *tcp = sent->tcp;
	int order = order_by_id(hole, sent->id->id);
	bool both = tcp->has_ts && hole->has_ts;
	int32_t newer = both ? seq_diff(tcp->tsval, hole->tsval) : 0;
	bool resent;

	if (order != 0) {
		*why = order > 0 ? WHY_ID_AFTER : WHY_ID_BEFORE;
		return order > 0;
	}
	if (newer != 0) {
		*why = newer > 0 ? WHY_TSVAL_AFTER : WHY_TSVAL_BEFORE;
		return newer > 0;
	}
	if (both && (v->sender->tcb.tsval != hole->tsval ||
	    has_ticked(v, hole->time))) {
		*why = WHY_TSVAL_STILL;
		return false;
	}
	resent = is_resent_by_time(l, v, hole, tcp);
	*why = resent ? WHY_DELAY : WHY_EARLY;
	return resent;
}

/* seq..end fills a part of hole i.  Returns whether it was sent again. */
static bool
fill(struct loss *l, const struct loss_view *v, uint32_t i, uint32_t seq,
    uint32_t end, const struct sent *sent)
{
	struct loss_case hole = *case_at(l, i);
	struct loss_case resent = { .kind = RESENT, .what = LOSS_UPSTREAM,
	    .seq = seq, .end = end, .time = v->now,
	    .has_ts = sent->tcp->has_ts, .tsval = sent->tcp->tsval,
	    .has_gap = true, .gap = path_elapsed(v->now, hole.time),
	    .fin = case_has_fin(sent->tcp, end) };
	enum loss_proof why;

	case_cut(l, v, i, seq, end);
	if (hole.acked && path_elapsed(v->now, hole.acked_time) <= path_rtt(v))
		v->data->total.late++;	/* only the capture is out of order */
	else if (hole.acked) {
		hole.seq = seq;
		hole.end = end;
		case_decide(l, v, &hole);
		loss_resent(l, v, seq, end, sent->tcp, sent->id);
	} else if (is_resent(l, v, &hole, sent, &why)) {
		resent.why = case_why(why);
		resent.why.value = resent.gap;
		case_add(l, v, &resent);
		return true;
	} else
		case_add_late(l, v, seq, end, resent.gap, sent->tcp, why);
	return false;
}

/*
 * seq..end fills no hole.  What lies from next on was acknowledged, but never
 * captured before: if not sent well after that ACK, its direction was only
 * written late.
 */
static void
use_known(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct sent *sent)
{
	uint32_t next = v->sender->tcb.next;

	if (seq_before(next, end) &&
	    rtt_una_age(v->sender, v->now) <= path_rtt(v)) {
		v->data->total.late++;
		end = next;
	}
	if (seq_before(seq, end))
		loss_resent(l, v, seq, end, sent->tcp, sent->id);
}

/* seq..end is what a segment has beside a hole, if anything.  resent: the
 * segment is not a late original. */
static void
use_rest(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct sent *sent, bool resent)
{
	if (!seq_before(seq, end))
		return;
	if (resent)
		use_known(l, v, seq, end, sent);
	else
		v->data->total.resent += end - seq -
		    case_has_fin(sent->tcp, end);
}

/* seq..end comes out of order: it fills holes, or was captured before.  What
 * fills a hole and has more was sent again, unless it was delayed. */
static void
use_old(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct sent *sent)
{
	struct loss_side *s = v->data;
	uint32_t i, from, to;
	bool resent = true;

	if (s->untracked && !seq_before(seq, s->untracked_end))
		s->untracked = false;
	while ((i = case_find(l, s, HOLE, seq, end)) != 0) {
		from = seq;
		to = end;
		case_narrow(case_at(l, i), &from, &to);
		resent = fill(l, v, i, from, to, sent);
		use_rest(l, v, seq, from, sent, resent);
		seq = to;
	}
	if (!s->untracked)
		use_rest(l, v, seq, end, sent, resent);
}

/* The segment after seq..end came first. */
static void
add_hole(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct sent *sent)
{
	struct loss_case c = { .kind = HOLE, .seq = seq, .end = end,
	    .time = v->now, .tsval = sent->tcp->tsval,
	    .has_ts = sent->tcp->has_ts, .id_after = sent->id->id,
	    .id_before = sent->id->before };

	if (seq_diff(end, seq) < SEQ_FAR)
		case_add(l, v, &c);
}

/* Report a keep-alive or a probe of a zero window: neither delivers data.
 * Returns whether it is one. */
static bool
report_probe(struct loss *l, const struct loss_view *v,
    const struct tcp *tcp)
{
	struct loss_event e = { .time = v->now, .what = LOSS_KEEPALIVE,
	    .seq = tcp->seq, .len = tcp->len, .why = case_why(WHY_KEEPALIVE) };

	if (rtt_is_probe(v->sender, v->receiver, tcp))
		v->data->probed = true;
	else if (!rtt_is_keepalive(v->sender, tcp) ||
	    !rtt_has_una(v->sender) ||
	    v->sender->tcb.una != v->sender->tcb.next)
		return false;
	if (loss_is_shut(v)) {
		e.what = LOSS_ZWPROBE;
		e.why = case_why(WHY_WINDOW);
	}
	v->data->total.resent += tcp->len;
	case_report_event(l, v, &e);
	return true;
}

/* Count a new segment that its ACK came before. */
static void
count_early(const struct loss_view *v, uint32_t seq, uint32_t end)
{
	struct loss_side *s = v->data;

	if (!s->has_early || seq == end)
		return;
	s->total.late += !seq_before(s->early, end) &&
	    path_elapsed(v->now, s->early_time) <= path_rtt(v);
	s->has_early = seq_before(end, s->early);
}

bool
loss_toobig(const struct loss_view *v, uint32_t seq)
{
	struct loss_side *s = v->data;
	const struct tcb *t = &v->sender->tcb;

	if (!rtt_has_una(v->sender) || seq_before(seq, t->una) ||
	    !seq_before(seq, t->next))
		return false;
	/* Routers do not report each segment that they drop, so all in flight
	 * may have been; and further errors are about the same flight. */
	if (seq_before(seq, s->big) || !seq_before(seq, s->big_end)) {
		s->big = t->una;
		s->big_end = t->next;
	}
	return true;
}

void
loss_segment(struct loss *l, const struct loss_view *v,
    const struct tcp *tcp, const struct loss_id *id)
{
	struct sent sent = { tcp, id };
	uint32_t end = tcp_end(tcp);
	uint32_t next = loss_next(v);

	if (!rtt_has_next(v->sender) || report_probe(l, v, tcp))
		return;
	v->data->probed &= tcp->len == 0;
	if (tcp->has_ts && v->data->tsval_time == 0) {
		v->data->tsval = tcp->tsval;
		v->data->tsval_time = v->now;
	}
	if (seq_before(next, tcp->seq))
		add_hole(l, v, next, tcp->seq, &sent);
	else if (tcp->seq == next)
		count_early(v, tcp->seq, end);
	else if (end != tcp->seq)
		use_old(l, v, tcp->seq, seq_before(next, end) ? next : end,
		    &sent);
}
