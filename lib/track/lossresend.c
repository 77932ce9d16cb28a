#include "track/lossresend.h"

#include "track/case.h"
#include "track/path.h"
#include "wire/units.h"

#define RESENT_SEEN	8	/* retransmissions of the same bytes asked */
#define RTO_MIN		(100 * NS_PER_MS) /* RFC 6298: 1 s; Linux: 200 ms */

/* Bytes seq..end of a segment, which came before. */
struct again {
	uint32_t seq, end;
	const struct tcp *tcp;
	const struct loss_id *id;
	const struct slot *slot;	/* the original's, or NULL */
	uint64_t age;		/* since that, UINT64_MAX if unknown */
	uint32_t resent;	/* the latest retransmission of them: its case,
				 * or 0 */
};

/* The least time since this was sent; slot is the original, or NULL. */
static uint64_t
age_of(const struct loss_view *v, const struct slot *slot, uint32_t end)
{
	if (slot != NULL)
		return rtt_age(slot, v->now);
	return loss_is_acked(v, end) ? rtt_una_age(v->sender, v->now) +
	    rttsum_min(v->far) : UINT64_MAX;
}

/* Has a SACK block shown that the receiver has seq..end? */
static bool
is_sacked(const struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	uint32_t i = case_find(l, v->data, SACKED, seq, end);

	return i != 0 && case_covers(case_at(l, i), seq, end);
}

/* Did SACK show that the receiver lacked what a late segment then brought? */
static bool
was_missing(const struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	uint32_t i = case_find(l, v->data, LATE, seq, end);

	return i != 0 && case_at(l, i)->was_missing;
}

static bool
is_within(const struct loss_view *v, uint64_t then, uint64_t within)
{
	return then != 0 && path_elapsed(v->now, then) <= within;
}

/*
 * Has the receiver, not longer ago than that, given the sender a reason to
 * retransmit seq..end, sent age ago?  Data may carry SACK blocks that the snap
 * length has cut off.  With SACK it is one for what lies between
 * the blocks (RFC 6675, 4), and for what was sent before a retransmission that
 * was acknowledged (RACK, RFC 8985, 6.2).
 */
static bool
has_reason(const struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, uint64_t age, uint64_t within)
{
	const struct loss_side *s = v->data;
	bool dup = is_within(v, s->dup_time, within);
	bool rack = is_within(v, s->rack_time, within);

	if (!s->sacks)
		return dup || (seq == v->sender->tcb.una &&
		    is_within(v, s->repeat_time, within));
	if (loss_is_acked(v, end))
		return dup || rack;
	if (rack && age > path_elapsed(v->now, s->rack_sent))
		return true;
	return dup && s->has_sacked && seq_before(seq, s->sacked) &&
	    (!is_sacked(l, v, seq, end) || was_missing(l, v, seq, end));
}

bool
loss_has_cause(const struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, uint64_t age, uint64_t within)
{
	const struct loss_side *s = v->data;

	return !rtt_has_next(v->receiver) || age >= RTO_MIN ||
	    has_reason(l, v, seq, end, age, within) ||
	    (s->has_recover && seq_before(seq, s->recover)) ||
	    (end == v->sender->tcb.next && age >= path_probe_min(v));
}

/*
 * The functions named evidence_* return why bytes that come again are a
 * duplicate made by the network, or WHY_NONE for a retransmission.  This one:
 * what came before is in a case, from age ago.
 */
static enum loss_proof
evidence_by_case(const struct loss_view *v, const struct tcp *tcp,
    const struct loss_case *before, uint64_t age)
{
	if (tcp->has_ts && before->has_ts)
		return seq_before(before->tsval, tcp->tsval) ? WHY_NONE :
		    WHY_TSVAL_OLD;
	return age < path_resend_min(v) ? WHY_EARLY : WHY_NONE;
}

/* All that is known of the original is that it was acknowledged. */
static enum loss_proof
evidence_by_ack(const struct loss *l, const struct loss_view *v,
    const struct tcp *tcp, uint32_t end, uint64_t age)
{
	const struct loss_side *s = v->data;
	int32_t ahead;

	if (!tcp->has_ts)
		return age < path_resend_min(v) &&
		    !has_reason(l, v, tcp->seq, end, age,
		    path_reaction_max(v)) ? WHY_EARLY : WHY_NONE;
	/* Newer than what the receiver had when it acknowledged that. */
	if (s->has_echoed && seq_before(s->echoed, tcp->tsval))
		return WHY_NONE;
	ahead = seq_diff(tcp->tsval, v->sender->tcb.tsval);
	if (ahead < 0)
		return WHY_TSVAL_OLD;
	return ahead == 0 && age < path_resend_min(v) ? WHY_EARLY : WHY_NONE;
}

/* The original still waits for its ACK. */
static enum loss_proof
evidence_by_slot(const struct loss_view *v, const struct tcp *tcp,
    const struct slot *slot, uint64_t age)
{
	if (tcp->has_ts && seq_before(slot->tsval, tcp->tsval))
		return WHY_NONE;
	if (age < path_resend_min(v))
		return WHY_EARLY;
	return tcp->has_ts && seq_before(tcp->tsval, v->sender->tcb.tsval) ?
	    WHY_TSVAL_OLD : WHY_NONE;
}

/* resent: of case g->resent, or NULL. */
static enum loss_proof
evidence_of_copy(const struct loss *l, const struct loss_view *v,
    const struct again *g, const struct loss_case *resent)
{
	const struct tcp *tcp = g->tcp;
	uint32_t end = tcp_end(tcp);
	uint32_t i = case_find(l, v->data, LATE, tcp->seq, end);
	const struct loss_case *late = i != 0 ? case_at(l, i) : NULL;
	uint64_t age = g->id->like && !tcp->has_ts ? g->id->since :
	    age_of(v, g->slot, end);

	if (resent != NULL &&
	    path_elapsed(v->now, resent->time) < path_resend_min(v))
		return evidence_by_case(v, tcp, resent, 0);
	if (resent != NULL && resent->what == LOSS_UPSTREAM && resent->acked &&
	    !tcp->has_ts)
		return WHY_RESENT_ACKED;
	if (late != NULL && (late->has_ts || !tcp->has_ts))
		return evidence_by_case(v, tcp, late, late->gap +
		    path_elapsed(v->now, late->time));
	if (g->slot == NULL)
		return evidence_by_ack(l, v, tcp, end, age);
	return evidence_by_slot(v, tcp, g->slot, age);
}

/* Has the receiver shown that it lacks something before end? */
static bool
is_reported_lost(const struct loss *l, const struct loss_view *v,
    uint32_t seq, uint32_t end)
{
	return (v->data->has_sacked && !seq_before(v->data->sacked, end)) ||
	    v->data->dupacks >= 3 ||
	    case_find(l, v->data, MISSING, seq, end) != 0;
}

static void
set_what(struct loss_case *c, enum loss_what what, enum loss_proof why)
{
	c->what = (uint8_t)what;
	c->why = case_why(why);
}

/* Retransmission c has what the receiver reported as missing. */
static void
set_fast(const struct loss *l, const struct loss_side *s, struct loss_case *c)
{
	uint32_t blocks = case_count(l, s, SACKED, c->end);

	set_what(c, LOSS_FAST, blocks > 0 ? WHY_SACK : WHY_DUPACK);
	c->why.value = blocks > 0 ? blocks : s->dupacks;
}

static void
set_timeout(struct loss_case *c, uint64_t age)
{
	set_what(c, LOSS_RTO, WHY_TIMEOUT);
	c->why.value = c->has_gap ? age : 0;
}

/* Did an ICMP error report what c sends again, for the first time? */
static bool
is_toobig(const struct loss_side *s, const struct loss_case *c)
{
	return case_is_within(c, s->big, s->big_end);
}

/* Retransmission c follows one by time-out: is it the timer's again, or did an
 * ACK let the sender go on? */
static void
set_recovery(const struct loss_view *v, struct loss_case *c, uint64_t age,
    uint64_t una_age)
{
	if (c->seq == v->sender->tcb.una && una_age >= RTO_MIN)
		set_timeout(c, age);
	else
		set_what(c, LOSS_RTO, WHY_RECOVER);
}

/* Is retransmission c a probe of the last segment (RFC 8985, 7.2)? */
static bool
is_tail(const struct loss_view *v, const struct loss_case *c, uint64_t age)
{
	bool has_rtt = v->near->count + v->far->count > 0;

	return c->end == v->sender->tcb.next && v->data->dupacks == 0 &&
	    has_rtt && age >= path_resend_min(v) &&
	    (c->seq != v->sender->tcb.una || age < 3 * path_rtt(v));
}

/* Find the cause of retransmission c, age after the original. */
static void
find_cause(const struct loss *l, const struct loss_view *v,
    struct loss_case *c, uint64_t age)
{
	struct loss_side *s = v->data;
	uint64_t quiet = path_elapsed(v->now, s->dup_time);
	uint64_t una_age = rtt_has_una(v->sender) ?
	    rtt_una_age(v->sender, v->now) : UINT64_MAX;

	if (is_toobig(s, c)) {
		set_what(c, LOSS_TOOBIG, WHY_TOOBIG);
		s->big = c->end;	/* again, it is lost otherwise */
	} else if (s->has_recover && seq_before(c->seq, s->recover))
		set_recovery(v, c, age, una_age);
	else if (is_reported_lost(l, v, c->seq, c->end) &&
	    (quiet < una_age ? quiet : una_age) <= path_reaction_max(v))
		set_fast(l, s, c);
	else if (is_tail(v, c, age))
		set_what(c, LOSS_TAIL, WHY_LAST);
	else if (age < RTO_MIN)
		set_what(c, LOSS_UNKNOWN, WHY_NONE);
	else {
		s->has_recover = true;
		s->recover = v->sender->tcb.next;
		set_timeout(c, age);
	}
}

/* Retransmission c has what SACK showed as missing. */
static void
cut_missing(struct loss *l, const struct loss_view *v, struct loss_case *c)
{
	uint32_t i;

	while ((i = case_find(l, v->data, MISSING, c->seq, c->end)) != 0) {
		uint32_t from = c->seq, to = c->end;

		case_narrow(case_at(l, i), &from, &to);
		c->was_missing = true;
		c->missing_time = case_at(l, i)->time;
		case_cut(l, v, i, from, to);
	}
}

/* May an ACK show that a retransmission was spurious? */
static bool
is_open(const struct loss_case *resent)
{
	return !resent->acked && resent->what != LOSS_TOOBIG &&
	    resent->what != LOSS_UPSTREAM;
}

/* The latest retransmission of bytes of seq..end, or 0, among those that come
 * first by number. */
static uint32_t
latest_resent(const struct loss *l, const struct loss_side *s, uint32_t seq,
    uint32_t end)
{
	uint32_t i = case_find(l, s, RESENT, seq, end), latest = i;

	for (int n = 0; i != 0 && n < RESENT_SEEN; n++) {
		if (case_at(l, latest)->time <= case_at(l, i)->time)
			latest = i;
		i = case_find_next(l, i, seq, end);
	}
	return latest;
}

/* Add retransmission c.  One that it repeats waits with it: the ACK may answer
 * either of them, or the original. */
static void
add_case(struct loss *l, const struct loss_view *v, const struct loss_case *c)
{
	uint32_t i = latest_resent(l, v->data, c->seq, c->end);

	if (i != 0 && is_open(case_at(l, i)) &&
	    case_is_within(case_at(l, i), c->seq, c->end)) {
		case_supersede(l, v, i, c);
		return;
	}
	if (i != 0 && case_at(l, i)->what == LOSS_UPSTREAM) {
		case_decide(l, v, case_at(l, i));
		case_drop(l, v->data, i);
	}
	case_add(l, v, c);
}

/* Will the echo of a retransmission differ from that of its original?  Linux
 * keeps no timestamp of a segment whose ACK is older than what it knows. */
static bool
has_own_ts(const struct loss_view *v, const struct tcp *tcp,
    const struct slot *slot)
{
	return tcp->has_ts && slot != NULL && slot->tsval != tcp->tsval &&
	    !(rtt_has_una(v->receiver) &&
	    seq_before(tcp->ack, v->receiver->tcb.una));
}

/* The sender sent the bytes of g again. */
static void
add_resent(struct loss *l, const struct loss_view *v, const struct again *g)
{
	struct loss_case c = { .kind = RESENT, .seq = g->seq, .end = g->end,
	    .time = v->now, .tsval = g->tcp->tsval,
	    .has_gap = g->slot != NULL, .gap = g->age,
	    .has_ts = g->tcp->has_ts,
	    .newer_ts = has_own_ts(v, g->tcp, g->slot),
	    .fin = case_has_fin(g->tcp, g->end),
	    .acked = loss_is_acked(v, g->end) };

	if (c.acked && !rtt_una_ahead(v->sender, v->now))
		set_what(&c, LOSS_SPURIOUS, WHY_ACKED);
	else if (is_sacked(l, v, c.seq, c.end))
		set_what(&c, LOSS_SPURIOUS, WHY_SACKED);
	else if (loss_is_shut(v))
		set_what(&c, LOSS_ZWPROBE, WHY_WINDOW);
	else {
		find_cause(l, v, &c, g->age);
		if (!rtt_has_next(v->receiver))
			c.what = LOSS_UNKNOWN;	/* for it may have arrived */
		cut_missing(l, v, &c);
		add_case(l, v, &c);
		return;
	}
	case_report(l, v, &c, c.what, c.why);
	case_add_copy(l, v, c.seq, c.end);
}

/* Was this sent first, and retransmission `resent` then filled the hole? */
static bool
is_original(const struct loss_view *v, const struct tcp *tcp,
    const struct loss_case *resent)
{
	if (resent->what != LOSS_UPSTREAM)
		return false;
	return tcp->has_ts ? seq_before(tcp->tsval, resent->tsval) :
	    path_elapsed(v->now, resent->time) > 0;
}

/* A duplicate.  If it is the original of the latest retransmission, which
 * filled its hole, it was delayed; else the network made it. */
static void
add_copy(struct loss *l, const struct loss_view *v, const struct again *g,
    enum loss_proof why)
{
	struct loss_event copy = { .time = v->now, .what = LOSS_NETDUP,
	    .seq = g->seq, .len = g->end - g->seq -
	    case_has_fin(g->tcp, g->end), .has_gap = g->slot != NULL,
	    .gap = g->slot != NULL ? g->age : 0, .why = case_why(why) };

	if (g->resent != 0 && is_original(v, g->tcp, case_at(l, g->resent))) {
		struct loss_case resent = *case_at(l, g->resent);

		case_report_earlier(l, v, &resent);
		case_drop(l, v->data, g->resent);
		case_report(l, v, &resent, LOSS_SPURIOUS,
		    case_why(WHY_BEFORE_ORIGINAL));
		case_add_late(l, v, g->seq, g->end, resent.gap +
		    path_elapsed(v->now, resent.time), g->tcp,
		    WHY_AFTER_RESENT);
	} else
		case_report_event(l, v, &copy);
	case_add_copy(l, v, g->seq, g->end);
}

/* Why are these bytes a copy made by the network?  WHY_NONE if the sender sent
 * them again. */
static enum loss_proof
proof_of_copy(const struct loss *l, const struct loss_view *v,
    const struct again *g)
{
	const struct loss_case c = { .seq = g->seq, .end = g->end };
	const struct loss_case *resent = g->resent != 0 ?
	    case_at(l, g->resent) : NULL;
	const struct loss_id *id = g->id;

	if (id->copied)
		return id->id != 0 ? WHY_SAME_ID : WHY_COPY;
	if (id->resent || is_toobig(v->data, &c))
		return WHY_NONE;
	if (!id->like && (resent == NULL || resent->what != LOSS_UPSTREAM) &&
	    id->since > (g->slot != NULL ? g->age : path_dsack_max(v)))
		return WHY_NONE;
	if (id->like && !g->tcp->has_ts && id->since < path_resend_min(v))
		return WHY_EARLY;
	if (id->like && !g->tcp->has_ts &&
	    !loss_has_cause(l, v, g->seq, g->end, id->since,
	    path_reaction_max(v)))
		return WHY_COPY;
	return evidence_of_copy(l, v, g, resent);
}

void
loss_resent(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp, const struct loss_id *id)
{
	const struct slot *slot = rtt_sent(l->rtt, v->sender, seq);
	struct again g = { seq, end, tcp, id, slot,
	    slot != NULL ? rtt_age(slot, v->now) : UINT64_MAX,
	    latest_resent(l, v->data, seq, end) };
	enum loss_proof why = proof_of_copy(l, v, &g);

	v->data->total.resent += end - seq - case_has_fin(tcp, end);
	if (why != WHY_NONE)
		add_copy(l, v, &g, why);
	else
		add_resent(l, v, &g);
}
