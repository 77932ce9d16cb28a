#include "conn/accept.h"

#include <string.h>

#include "conn/seq.h"

#define WINDOW_MIN	UINT32_C(0xffff)	/* in flight, at least */
#define SCALE_MAX	14	/* RFC 7323, 2.3 */
#define AGREE_ALONE	3	/* refused segments of one side in a row */
#define LATE_SYN	(UINT32_C(1) << 20)	/* bytes between it and una */
#define ECHO_NEAR	(INT32_C(1) << 20)	/* ticks of a timestamp */

static const struct accept_result accepted;

/* A segment that is judged, and what it is judged by. */
struct arrival {
	struct accept *a;
	uint32_t flow;
	int from;
	struct tcb *s, *r;	/* sender and receiver */
	bool ended;		/* the connection has */
	uint64_t time;
	const struct tcp *tcp;
};

/* Is low <= v <= high, as serial numbers? */
static bool
within(uint32_t low, uint32_t v, uint32_t high)
{
	return !seq_before(v, low) && !seq_before(high, v);
}

/* How much a side may have in flight at most, as far as is known. */
static uint32_t
window_of(const struct tcb *s)
{
	uint32_t w = s->flags & TCB_RIGHT && s->flags & TCB_UNA ?
	    s->right - s->una : 0;

	return w > WINDOW_MIN && w <= (uint32_t)SEQ_FAR ? w : WINDOW_MIN;
}

/* Where what it may send ends.  A small window is often exceeded. */
static uint32_t
edge_of(const struct tcb *s)
{
	uint32_t least = s->una + WINDOW_MIN;

	return s->flags & TCB_UNA && seq_before(s->right, least) ? least :
	    s->right;
}

/* Have both sides agreed on their numbers?  Then they challenge a SYN. */
static bool
is_synchronized(const struct tcb *s, const struct tcb *r)
{
	bool answered = s->flags & TCB_UNA && r->flags & TCB_NEXT;

	return answered && (r->flags & TCB_UNA ||
	    !(s->flags & TCB_ISN) || s->next != s->isn + 1);
}

/* The receiver has sent a SYN, and the sender nothing so far. */
static bool
is_answer(const struct tcb *s, const struct tcb *r)
{
	return r->flags & TCB_ISN && !(s->flags & (TCB_NEXT | TCB_ISN)) &&
	    !(r->flags & TCB_UNA);
}

/* Does this number acknowledge the SYN of a side, or data in it? */
static bool
answers_syn(const struct tcb *s, uint32_t ack)
{
	return seq_before(s->isn, ack) && !seq_before(s->next, ack);
}

static struct accept_pending *
pending_at(struct accept_pending *all, uint32_t flow)
{
	return &all[flow % ACCEPT_PENDING];
}

static struct accept_result
refuse(const struct arrival *in, enum accept_rule rule)
{
	const struct tcp *tcp = in->tcp;
	struct accept_pending *p = pending_at(in->a->refused, in->flow);
	bool goes_on = in->s->flags & TCB_REFUSED && p->flow == in->flow &&
	    p->from == in->from && p->seq == tcp->seq;

	/* A reset shows nothing of the numbers. */
	if (!(tcp->flags & TCP_RST)) {
		*p = (struct accept_pending){ .flow = in->flow,
		    .from = (uint8_t)in->from, .seq = tcp_end(tcp),
		    .ack = tcp->ack,
		    .times = (uint8_t)(goes_on ? p->times + 1 : 1) };
		in->s->flags |= TCB_REFUSED;
	}
	in->a->rejected++;
	return (struct accept_result){ .verdict = ACCEPT_REJECTED,
	    .rule = rule };
}

/*
 * A segment that would be refused: does it agree with one that was?  With the
 * other side's, each continues what the other one says; with its own side's,
 * it goes on where that ended, again and again.
 */
static bool
agrees(const struct arrival *in)
{
	const struct tcp *tcp = in->tcp;
	const struct accept_pending *p = pending_at(in->a->refused, in->flow);

	if (p->flow != in->flow || tcp->flags & (TCP_SYN | TCP_RST))
		return false;
	if (p->from != in->from)
		return in->r->flags & TCB_REFUSED && tcp->flags & TCP_ACK &&
		    tcp->ack == p->seq && tcp->seq == p->ack;
	return in->s->flags & TCB_REFUSED && tcp->len > 0 &&
	    tcp->seq == p->seq && p->times >= AGREE_ALONE;
}

/* What is known is wrong: the capture missed much of this connection, if both
 * sides are ahead of it, or all of its end. */
static struct accept_result
believe(const struct arrival *in)
{
	struct tcb *s = in->s, *r = in->r;
	struct accept_result res = accepted;
	bool ahead = s->flags & TCB_NEXT &&
	    !seq_before(in->tcp->seq, s->next) &&
	    (!(r->flags & TCB_NEXT) || !seq_before(in->tcp->ack, r->next));

	pending_at(in->a->refused, in->flow)->flow = 0;
	/* Windows and timestamps were missed, too. */
	s->flags &= (uint16_t)~(TCB_REFUSED | TCB_RIGHT | TCB_RECENT);
	r->flags &= (uint16_t)~(TCB_REFUSED | TCB_RIGHT);
	in->a->missed++;
	res.begins = !ahead;
	return res;
}

/* --- resets ------------------------------------------------------------ */

/*
 * A reset counts where its number is the receiver's next one: between what
 * that acknowledged and what was sent.  A closed port has no number: it names
 * the SYN's (RFC 9293, 3.10.7.1).
 */
static enum accept_rule
judge_rst(const struct tcb *s, const struct tcb *r,
    const struct tcp *tcp)
{
	uint32_t low = s->una, high = s->una;

	if (is_answer(s, r) || (tcp->seq == 0 && r->flags & TCB_ISN &&
	    !(s->flags & TCB_UNA)))
		return tcp->flags & TCP_ACK && answers_syn(r, tcp->ack) ?
		    ACCEPT_BY_NOTHING : ACCEPT_RST_ANSWERS_NOTHING;
	if (!(s->flags & (TCB_NEXT | TCB_UNA)))
		return ACCEPT_BY_NOTHING;
	if (!(s->flags & TCB_UNA))
		low = s->flags & TCB_ISN && s->next == s->isn + 1 ? s->isn :
		    s->next - WINDOW_MIN;
	if (!(s->flags & TCB_UNA) || (s->flags & TCB_NEXT &&
	    seq_before(high, s->next)))
		high = s->next;
	else if (!(s->flags & TCB_NEXT))
		high = s->una + window_of(s);
	return within(low, tcp->seq, high) ? ACCEPT_BY_NOTHING :
	    ACCEPT_RST_OUTSIDE;
}

/* --- SYN and SYN/ACK --------------------------------------------------- */

static struct accept_syn *
held_at(struct accept *a, uint32_t flow)
{
	return &a->syn[flow % ACCEPT_SYNS];
}

static void
hold_syn(const struct arrival *in, bool counted)
{
	*held_at(in->a, in->flow) = (struct accept_syn){ .flow = in->flow,
	    .from = (uint8_t)in->from, .counted = counted, .time = in->time,
	    .tcp = *in->tcp };
	in->a->rejected += !counted;
}

/*
 * The SYN of this side again.  A RST before the handshake may have answered it,
 * and be lost, or the client tries once more: the next answer will show.  In
 * TIME-WAIT a newer timestamp begins another connection.
 */
static struct accept_result
judge_syn_again(const struct arrival *in, bool synchronized)
{
	if (in->ended && synchronized && tcb_is_reused(in->s->tsval, in->tcp))
		return (struct accept_result){ .begins = true };
	if (in->ended && !synchronized)
		hold_syn(in, true);
	return (struct accept_result){ .verdict = synchronized ? ACCEPT_OLD :
	    ACCEPT_OK };
}

/* A SYN that was captured after what followed it, or what answered that: it
 * lies just below.  That of another connection lies above (RFC 6528, 3). */
static bool
is_late_syn(const struct tcb *s, const struct tcp *tcp)
{
	uint32_t first = tcp->seq + 1;

	return !(s->flags & TCB_ISN) && within(first,
	    s->flags & TCB_UNA ? s->una : s->next, first + LATE_SYN);
}

/* A SYN that was captured after the reset that answers it. */
static bool
is_refused_syn(const struct tcb *s, const struct tcb *r, const struct tcp *tcp)
{
	return !((s->flags | r->flags) & (TCB_NEXT | TCB_ISN)) &&
	    s->flags & TCB_UNA && s->una == tcp_end(tcp);
}

static struct accept_result
judge_syn(const struct arrival *in)
{
	const struct tcb *s = in->s, *r = in->r;
	const struct accept_result begins = { .begins = true };
	bool synchronized = is_synchronized(s, r);
	bool first = !(s->flags & (TCB_NEXT | TCB_UNA)) ||
	    (!(s->flags & TCB_ISN) && r->flags & TCB_ISN && !synchronized);

	if (s->flags & TCB_ISN && in->tcp->seq == s->isn)
		return judge_syn_again(in, synchronized);
	if (in->ended)
		return is_refused_syn(s, r, in->tcp) ? accepted : begins;
	if (first)		/* maybe after an ACK, as in four parts */
		return accepted;
	if (is_late_syn(s, in->tcp))
		return (struct accept_result){ .verdict = s->flags & TCB_NEXT ?
		    ACCEPT_OLD : ACCEPT_OK };
	if (!synchronized)
		return begins;
	hold_syn(in, false);
	return (struct accept_result){ .verdict = ACCEPT_REJECTED,
	    .rule = ACCEPT_SYN_INSIDE };
}

/* The SYN that was held and that this SYN/ACK answers; NULL if none. */
static struct accept_syn *
held_syn(const struct arrival *in)
{
	struct accept_syn *held = held_at(in->a, in->flow);
	uint32_t isn = held->tcp.seq;

	if (held->flow != in->flow || held->from == in->from ||
	    !within(isn + 1, in->tcp->ack, isn + 1 + held->tcp.len))
		return NULL;
	held->flow = 0;
	in->a->rejected -= !held->counted;
	return held;
}

static struct accept_result
judge_synack(const struct arrival *in)
{
	const struct tcb *s = in->s, *r = in->r;
	const struct tcp *tcp = in->tcp;
	struct accept_result begins = { .begins = true };
	bool same = s->flags & TCB_ISN && s->isn == tcp->seq;

	if (in->ended || !(r->flags & TCB_ISN && answers_syn(r, tcp->ack)))
		begins.syn = held_syn(in);
	if (begins.syn != NULL)
		return begins;
	if (same && s->flags & TCB_UNA && r->flags & TCB_UNA)
		return (struct accept_result){ .verdict = ACCEPT_OLD };
	if (r->flags & TCB_ISN ? !answers_syn(r, tcp->ack) &&
	    !(r->flags & TCB_UNA && r->una == tcp->ack) :
	    r->flags & TCB_NEXT && !same && (in->ended || s->flags & TCB_NEXT))
		return refuse(in, ACCEPT_SYNACK_ANSWERS_NOTHING);
	if (!same && s->flags & TCB_ISN && (s->flags & TCB_UNA || in->ended))
		return refuse(in, ACCEPT_SYNACK_ANSWERS_NOTHING);
	return accepted;
}

/* --- everything else --------------------------------------------------- */

/* Where does the segment lie?  A closed window still lets a byte ask. */
static enum accept_rule
judge_seq(const struct accept *a, const struct tcb *s,
    const struct tcp *tcp)
{
	uint32_t window = window_of(s);
	/* A capture that misses packets may miss a window, too. */
	uint32_t slack = a->missed > 0 ? window : 0;

	if (!(s->flags & TCB_NEXT))
		return ACCEPT_BY_NOTHING;
	if (seq_before(s->next, tcp->seq)) {
		if (s->flags & TCB_RIGHT ?
		    seq_before(edge_of(s) + slack, tcp->seq) :
		    seq_diff(tcp->seq, s->next) > SEQ_FAR)
			return ACCEPT_DATA_BEYOND;
	} else if (s->flags & TCB_UNA ?
	    seq_before(tcp_end(tcp), s->una - window) :
	    seq_diff(tcp->seq, s->next) < -SEQ_FAR)
		return ACCEPT_DATA_ANCIENT;
	return ACCEPT_BY_NOTHING;
}

/* Does it bring something that the receiver does not have? */
static bool
is_new(const struct tcb *s, const struct tcp *tcp)
{
	return !(s->flags & TCB_UNA) || seq_before(s->una, tcp_end(tcp));
}

/* Is its timestamp older than one that the receiver echoed (RFC 7323, 5.3)? */
static bool
is_from_past(const struct tcb *s, const struct tcp *tcp)
{
	return s->flags & TCB_RECENT && tcp->has_ts &&
	    seq_before(tcp->tsval, s->recent);
}

/* What was echoed was captured, and Linux accepts a tick less. */
static bool
is_surely_past(const struct tcb *s, const struct tcp *tcp)
{
	return !seq_before(s->tsval, s->recent) &&
	    tcp->tsval + 1 != s->recent;
}

/* What does it acknowledge of the receiver's? */
static enum accept_rule
judge_ack(const struct tcb *s, const struct tcb *r,
    const struct tcp *tcp)
{
	if (is_answer(s, r))
		return answers_syn(r, tcp->ack) ? ACCEPT_BY_NOTHING :
		    ACCEPT_ACK_ANSWERS_NOTHING;
	if (r->flags & TCB_UNA &&
	    seq_before(tcp->ack, r->una - window_of(r)))
		return ACCEPT_ACK_ANCIENT;
	if (!(r->flags & TCB_NEXT) || !seq_before(r->next, tcp->ack))
		return ACCEPT_BY_NOTHING;
	if (r->flags & TCB_UNA && !seq_before(r->una, tcp->ack))
		return ACCEPT_BY_NOTHING;	/* as was confirmed before */
	if (s->win == 0 && tcp->ack == r->next + 1)
		return ACCEPT_BY_NOTHING;	/* the byte of a probe */
	/* Before its SYN/ACK is acknowledged, a server sends nothing else. */
	if (r->flags & TCB_ISN && r->next == r->isn + 1 &&
	    !(r->flags & TCB_UNA))
		return ACCEPT_ACK_ANSWERS_NOTHING;
	if (r->flags & TCB_RIGHT ? seq_before(edge_of(r), tcp->ack) :
	    seq_diff(tcp->ack, r->next) > SEQ_FAR)
		return ACCEPT_ACK_UNSENT;
	return ACCEPT_ACK_UNSEEN;
}

static struct accept_result
ambiguous(const struct arrival *in, enum accept_rule rule)
{
	in->a->ambiguous++;
	return (struct accept_result){ .verdict = ACCEPT_AMBIGUOUS,
	    .rule = rule };
}

/* Bytes that were not captured are acknowledged: once is no proof. */
static struct accept_result
doubt(const struct arrival *in)
{
	struct tcb *s = in->s;
	struct accept_pending *p = pending_at(in->a->unseen, in->flow);

	if (s->flags & TCB_UNSEEN && p->flow == in->flow &&
	    p->from == in->from && !seq_before(in->tcp->ack, p->ack)) {
		s->flags &= (uint16_t)~TCB_UNSEEN;
		p->flow = 0;
		in->a->missed++;
		return accepted;
	}
	*p = (struct accept_pending){ .flow = in->flow,
	    .from = (uint8_t)in->from, .ack = in->tcp->ack };
	s->flags |= TCB_UNSEEN;
	return ambiguous(in, ACCEPT_ACK_UNSEEN);
}

static struct accept_result
judge_other(const struct arrival *in)
{
	struct tcb *s = in->s;
	const struct tcp *tcp = in->tcp;
	bool acks = tcp->flags & TCP_ACK;
	enum accept_rule rule = judge_seq(in->a, s, tcp), by_ack = acks ?
	    judge_ack(s, in->r, tcp) : ACCEPT_BY_NOTHING;
	struct accept_result res = accepted;

	if (rule == ACCEPT_BY_NOTHING && is_from_past(s, tcp) &&
	    tcp->len > 0 && is_new(s, tcp)) {
		if (!is_surely_past(s, tcp))
			return ambiguous(in, ACCEPT_PAWS);
		rule = ACCEPT_PAWS;
	}
	if (rule == ACCEPT_BY_NOTHING && by_ack != ACCEPT_ACK_UNSEEN)
		rule = by_ack;
	if (rule != ACCEPT_BY_NOTHING)
		return agrees(in) ? believe(in) : refuse(in, rule);
	/* With data or a FIN it is no stray one. */
	if (by_ack == ACCEPT_ACK_UNSEEN && tcp->len == 0 &&
	    !(tcp->flags & TCP_FIN))
		return doubt(in);
	in->a->missed += by_ack == ACCEPT_ACK_UNSEEN;
	if (acks)
		s->flags &= (uint16_t)~TCB_UNSEEN;
	if (tcp->len > 0 && !is_new(s, tcp))
		res.verdict = ACCEPT_OLD;
	return res;
}

/* Nearly all are: the next segment of a side, in the window, with an ACK of
 * what was sent.  Such a segment breaks no rule. */
static bool
is_next(const struct tcb *s, const struct tcb *r, const struct tcp *tcp)
{
	const unsigned known = TCB_NEXT | TCB_UNA | TCB_RIGHT;

	return (s->flags & r->flags & known) == known &&
	    (tcp->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK &&
	    tcp->seq == s->next && !seq_before(s->right, tcp->seq) &&
	    tcp->ack - r->una <= r->next - r->una && !is_from_past(s, tcp);
}

/* A segment that is no copy, and not the next one. */
__attribute__((noinline)) static struct accept_result
judge(const struct arrival *in)
{
	enum accept_rule rule;

	switch (in->tcp->flags & (TCP_SYN | TCP_ACK | TCP_RST)) {
	case TCP_SYN:
		return judge_syn(in);
	case TCP_SYN | TCP_ACK:
		return judge_synack(in);
	default:
		if (!(in->tcp->flags & TCP_RST))
			return judge_other(in);
		rule = judge_rst(in->s, in->r, in->tcp);
		return rule == ACCEPT_BY_NOTHING ? accepted :
		    refuse(in, rule);
	}
}

int
accept_open(struct accept *a, uint64_t seed)
{
	memset(a, 0, sizeof *a);
	return copies_open(&a->copies, seed);
}

void
accept_close(struct accept *a)
{
	copies_close(&a->copies);
}

struct accept_result
accept_segment(struct accept *a, uint32_t flow, struct tcb *sender,
    struct tcb *receiver, int from, uint64_t time, bool ended,
    const struct tcp *tcp)
{
	uint16_t copied = sender->flags & TCB_COPIED;
	enum copy_kind copy = copies_check(&a->copies, flow, from, sender,
	    time, tcp);
	struct accept_result res = { .copy = copy,
	    .resent = a->copies.resent };

	if (copy != COPY_NONE) {
		res.verdict = ACCEPT_COPY;
		return res;
	}
	if (is_next(sender, receiver, tcp)) {
		sender->flags &= (uint16_t)~TCB_UNSEEN;
		return res;
	}
	res = judge(&(struct arrival){ a, flow, from, sender, receiver, ended,
	    time, tcp });
	res.resent = a->copies.resent;
	res.like = a->copies.like;
	res.since = a->copies.since;
	/* What is refused, maybe forged, shows nothing of this side. */
	if (res.verdict == ACCEPT_REJECTED)
		sender->flags = (uint16_t)((sender->flags & ~TCB_COPIED) |
		    copied);
	return res;
}

/* --- what is known afterwards ------------------------------------------ */

static unsigned
scale_of(const struct tcb *s, const struct tcp *tcp)
{
	unsigned scale = (s->flags & TCB_SCALE) >> 8;

	if (tcp->flags & TCP_SYN)
		return 0;
	return scale > 0 ? scale - 1 : SCALE_MAX;
}

/* The SYN says how windows are scaled.  Those before were guessed. */
static void
note_scale(struct tcb *s, struct tcb *r, const struct tcp *tcp)
{
	unsigned ws = !tcp->has_ws ? 0 : tcp->ws > SCALE_MAX ? SCALE_MAX :
	    tcp->ws;

	if ((s->flags & TCB_SCALE) == 0)
		r->flags &= (uint16_t)~TCB_RIGHT;
	s->flags = (uint16_t)((s->flags & ~TCB_SCALE) | (ws + 1) << 8);
}

/* The sender grants the receiver a window; a SYN without an ACK, too. */
static void
grant(const struct tcb *s, struct tcb *r, const struct tcp *tcp)
{
	uint32_t left = tcp->flags & TCP_ACK ? tcp->ack : r->una;
	uint32_t right = left + ((uint32_t)tcp->win << scale_of(s, tcp));

	if (r->flags & TCB_RIGHT && !seq_before(r->right, right))
		return;
	r->flags |= TCB_RIGHT;
	r->right = right;
}

/* The sender echoes the timestamp of the receiver that it compares with: only
 * the echo shows which segments came in order (RFC 7323, 4.3). */
static void
note_echo(struct tcb *r, const struct tcp *tcp)
{
	int32_t ahead = seq_diff(tcp->tsecr, r->tsval);

	/* Without what it echoes, a number far away is no timestamp. */
	if (r->tsval == 0 || ahead > ECHO_NEAR || ahead < -ECHO_NEAR ||
	    (r->flags & TCB_RECENT && !seq_before(r->recent, tcp->tsecr)))
		return;
	r->flags |= TCB_RECENT;
	r->recent = tcp->tsecr;
}

/* A reset without a number answers a SYN (RFC 9293, 3.10.7.1), which may be
 * captured later. */
static void
note_refusal(const struct tcb *s, struct tcb *r, const struct tcp *tcp)
{
	if ((s->flags | r->flags) & (TCB_NEXT | TCB_ISN | TCB_UNA) ||
	    tcp->seq != 0 || !(tcp->flags & TCP_ACK))
		return;
	r->una = tcp->ack;
	r->flags |= TCB_UNA;
}

/* An ACK that was captured before what it acknowledges. */
static void
confirm(struct accept *a, uint32_t flow, struct tcb *s, struct tcb *r)
{
	struct accept_pending *p = pending_at(a->unseen, flow);

	if (p->flow != flow || p->ack != s->next)
		return;
	s->una = p->ack;
	s->flags |= TCB_UNA;
	r->flags &= (uint16_t)~TCB_UNSEEN;
	p->flow = 0;
}

void
accept_seen(struct accept *a, uint32_t flow, struct tcb *s,
    struct tcb *r, const struct tcp *tcp)
{
	s->flags |= TCB_HEARD;
	if (tcp->flags & TCP_RST) {
		note_refusal(s, r, tcp);
		return;
	}
	s->flags &= (uint16_t)~TCB_REFUSED;
	if (tcp->flags & TCP_SYN)
		note_scale(s, r, tcp);
	if (tcp->flags & TCP_ACK || (tcp->flags & TCP_SYN &&
	    r->flags & TCB_UNA))
		grant(s, r, tcp);
	if (tcp->has_ts && tcp->flags & TCP_ACK)
		note_echo(r, tcp);
	if (r->flags & TCB_UNSEEN)
		confirm(a, flow, s, r);
}

void
accept_follow(struct accept *a, uint32_t flow, struct tcb *s,
    struct tcb *r, const struct tcp *tcp, enum accept_verdict verdict)
{
	uint32_t end = tcp_end(tcp);

	if (tcp->flags & TCP_SYN) {
		s->isn = tcp->seq;
		s->flags |= TCB_ISN;
	}
	if (!(tcp->flags & TCP_RST) && (!(s->flags & TCB_NEXT) ||
	    seq_before(s->next, end))) {
		s->next = end;
		s->flags |= TCB_NEXT;
	}
	if (tcp->has_ts && (s->tsval == 0 || seq_before(s->tsval, tcp->tsval)))
		s->tsval = tcp->tsval;
	if (tcp->flags & TCP_ACK && !(tcp->flags & TCP_RST) &&
	    verdict != ACCEPT_AMBIGUOUS && (!(r->flags & TCB_UNA) ||
	    seq_before(r->una, tcp->ack))) {
		r->una = tcp->ack;
		r->flags |= TCB_UNA;
	}
	s->win = tcp->win;
	accept_seen(a, flow, s, r, tcp);
}

const char *
accept_verdict_name(enum accept_verdict verdict)
{
	static const char *const names[ACCEPT_VERDICTS] = {
		[ACCEPT_OK] = "ok", [ACCEPT_OLD] = "old",
		[ACCEPT_AMBIGUOUS] = "ambiguous",
		[ACCEPT_REJECTED] = "rejected", [ACCEPT_COPY] = "copy",
	};

	return names[verdict];
}

const char *
accept_rule_name(enum accept_rule rule)
{
	static const char *const names[ACCEPT_RULES] = {
		[ACCEPT_BY_NOTHING] = "-",
		[ACCEPT_RST_ANSWERS_NOTHING] =
		    "reset that answers no SYN (RFC 9293 3.10.7.3)",
		[ACCEPT_RST_OUTSIDE] =
		    "reset outside una..next (RFC 5961 3.2)",
		[ACCEPT_SYN_INSIDE] =
		    "SYN inside a connection (RFC 5961 4.2)",
		[ACCEPT_SYNACK_ANSWERS_NOTHING] =
		    "SYN/ACK that answers no SYN (RFC 9293 3.10.7.3)",
		[ACCEPT_ACK_ANSWERS_NOTHING] =
		    "ACK that answers no SYN (RFC 9293 3.10.7.3)",
		[ACCEPT_ACK_UNSENT] =
		    "ACK of bytes that no window had room for (RFC 5961 5.2)",
		[ACCEPT_ACK_UNSEEN] = "ACK of bytes that were not captured",
		[ACCEPT_ACK_ANCIENT] =
		    "ACK older than any window (RFC 5961 5.2)",
		[ACCEPT_DATA_BEYOND] =
		    "data beyond the window (RFC 9293 3.10.7.4)",
		[ACCEPT_DATA_ANCIENT] =
		    "data older than any window (RFC 9293 3.10.7.4)",
		[ACCEPT_PAWS] = "timestamp from the past (RFC 7323 5.3)",
	};

	return names[rule];
}
