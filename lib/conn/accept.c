#include "conn/accept.h"

#include <string.h>

#include "conn/seq.h"

#define WINDOW_MIN	UINT32_C(0xffff)	/* a window is taken for this */
#define SCALE_MAX	14	/* RFC 7323, 2.3 */
#define AGREE_ALONE	3	/* refused segments of one side in a row */

static const struct accept_result accepted;

/* Do a and b name the same stretch?  low <= v <= high, as serial numbers. */
static bool
within(uint32_t low, uint32_t v, uint32_t high)
{
	return !seq_before(v, low) && !seq_before(high, v);
}

static uint32_t
end_of(const struct tcp *tcp)
{
	return tcp->seq + tcp->len + !!(tcp->flags & TCP_SYN) +
	    !!(tcp->flags & TCP_FIN);
}

/* How much a side may have in flight at most, as far as is known. */
static uint32_t
window_of(const struct conn_side *s)
{
	uint32_t w = s->flags & SIDE_RIGHT && s->flags & SIDE_UNA ?
	    s->right - s->una : 0;

	return w > WINDOW_MIN && w <= (uint32_t)SEQ_FAR ? w : WINDOW_MIN;
}

/* Have both sides agreed on their numbers?  Then they challenge a SYN. */
static bool
is_synchronized(const struct conn_side *s, const struct conn_side *r)
{
	bool answered = s->flags & SIDE_UNA && r->flags & SIDE_NEXT;

	return answered && (r->flags & SIDE_UNA ||
	    !(s->flags & SIDE_ISN) || s->next != s->isn + 1);
}

/* The receiver has sent a SYN, and the sender nothing so far. */
static bool
is_answer(const struct conn_side *s, const struct conn_side *r)
{
	return r->flags & SIDE_ISN && !(s->flags & (SIDE_NEXT | SIDE_ISN)) &&
	    !(r->flags & SIDE_UNA);
}

/* Does this number acknowledge the SYN of a side, or data in it? */
static bool
answers_syn(const struct conn_side *s, uint32_t ack)
{
	return seq_before(s->isn, ack) && !seq_before(s->next, ack);
}

static struct accept_pending *
pending_at(struct accept_pending *all, uint32_t flow)
{
	return &all[flow % ACCEPT_PENDING];
}

static struct accept_result
refuse(struct accept *a, uint32_t flow, struct conn_side *s, int from,
    enum accept_rule rule, const struct tcp *tcp)
{
	struct accept_pending *p = pending_at(a->refused, flow);
	bool goes_on = s->flags & SIDE_REFUSED && p->flow == flow &&
	    p->from == from && p->seq == tcp->seq;

	/* A reset shows nothing of the numbers. */
	if (!(tcp->flags & TCP_RST)) {
		*p = (struct accept_pending){ .flow = flow,
		    .from = (uint8_t)from, .seq = end_of(tcp),
		    .ack = tcp->ack,
		    .times = (uint8_t)(goes_on ? p->times + 1 : 1) };
		s->flags |= SIDE_REFUSED;
	}
	a->rejected++;
	return (struct accept_result){ .verdict = ACCEPT_REJECTED,
	    .rule = rule };
}

/*
 * A segment that would be refused: does it agree with one that was?  With the
 * other side's, each continues what the other one says; with its own side's,
 * it goes on where that ended, again and again.
 */
static bool
agrees(const struct accept *a, uint32_t flow, const struct conn_side *s,
    const struct conn_side *r, int from, const struct tcp *tcp)
{
	const struct accept_pending *p = &a->refused[flow % ACCEPT_PENDING];

	if (p->flow != flow || tcp->flags & (TCP_SYN | TCP_RST))
		return false;
	if (p->from != from)
		return r->flags & SIDE_REFUSED && tcp->flags & TCP_ACK &&
		    tcp->ack == p->seq && tcp->seq == p->ack;
	return s->flags & SIDE_REFUSED && tcp->len > 0 &&
	    tcp->seq == p->seq && p->times >= AGREE_ALONE;
}

/* What is known is wrong: the capture missed much of this connection, if both
 * sides are ahead of it, or all of its end. */
static struct accept_result
believe(struct accept *a, uint32_t flow, struct conn_side *s,
    struct conn_side *r, const struct tcp *tcp)
{
	struct accept_result res = accepted;
	bool ahead = s->flags & SIDE_NEXT && !seq_before(tcp->seq, s->next) &&
	    (!(r->flags & SIDE_NEXT) || !seq_before(tcp->ack, r->next));

	pending_at(a->refused, flow)->flow = 0;
	/* Windows and timestamps were missed, too. */
	s->flags &= (uint16_t)~(SIDE_REFUSED | SIDE_RIGHT | SIDE_RECENT);
	r->flags &= (uint16_t)~(SIDE_REFUSED | SIDE_RIGHT);
	a->missed++;
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
judge_rst(const struct conn_side *s, const struct conn_side *r,
    const struct tcp *tcp)
{
	uint32_t low = s->una, high = s->una;

	if (is_answer(s, r) || (tcp->seq == 0 && r->flags & SIDE_ISN &&
	    !(s->flags & SIDE_UNA)))
		return tcp->flags & TCP_ACK && answers_syn(r, tcp->ack) ?
		    ACCEPT_BY_NOTHING : ACCEPT_RST_ANSWERS_NOTHING;
	if (!(s->flags & (SIDE_NEXT | SIDE_UNA)))
		return ACCEPT_BY_NOTHING;
	if (!(s->flags & SIDE_UNA))
		low = s->flags & SIDE_ISN && s->next == s->isn + 1 ? s->isn :
		    s->next - WINDOW_MIN;
	if (!(s->flags & SIDE_UNA) || (s->flags & SIDE_NEXT &&
	    seq_before(high, s->next)))
		high = s->next;
	else if (!(s->flags & SIDE_NEXT))
		high = s->una + window_of(s);
	return within(low, tcp->seq, high) ? ACCEPT_BY_NOTHING :
	    ACCEPT_RST_OUTSIDE;
}

/* --- SYN and SYN/ACK --------------------------------------------------- */

static struct accept_result
hold_syn(struct accept *a, uint32_t flow, int from, uint64_t time,
    const struct tcp *tcp)
{
	struct accept_syn *held = &a->syn[flow % ACCEPT_SYNS];

	*held = (struct accept_syn){ .flow = flow, .from = (uint8_t)from,
	    .time = time, .tcp = *tcp };
	a->rejected++;
	return (struct accept_result){ .verdict = ACCEPT_REJECTED,
	    .rule = ACCEPT_SYN_INSIDE };
}

static struct accept_result
judge_syn(struct accept *a, uint32_t flow, const struct conn_side *s,
    const struct conn_side *r, int from, uint64_t time, bool ended,
    const struct tcp *tcp)
{
	struct accept_result old = { .verdict = ACCEPT_OLD };
	struct accept_result begins = { .begins = true };
	bool synchronized = is_synchronized(s, r);

	if (s->flags & SIDE_ISN && tcp->seq == s->isn) {
		if (ended && !synchronized)
			return begins;	/* the port was closed; once more */
		return synchronized ? old : accepted;
	}
	if (ended)
		return begins;
	/* The first one of this side, be it after an ACK of the other's: a
	 * handshake in four parts. */
	if (!(s->flags & (SIDE_NEXT | SIDE_UNA)) || (!(s->flags & SIDE_ISN) &&
	    r->flags & SIDE_ISN && !synchronized))
		return accepted;
	/* Captured after what followed it. */
	if (!(s->flags & SIDE_ISN) && within(tcp->seq + 1,
	    s->flags & SIDE_UNA ? s->una : s->next,
	    tcp->seq + 1 + (s->flags & SIDE_NEXT ? WINDOW_MIN : tcp->len)))
		return s->flags & SIDE_NEXT ? old : accepted;
	return synchronized ? hold_syn(a, flow, from, time, tcp) : begins;
}

/* The SYN that was held and that this SYN/ACK answers; NULL if none. */
static struct accept_syn *
held_syn(struct accept *a, uint32_t flow, int from, const struct tcp *tcp)
{
	struct accept_syn *held = &a->syn[flow % ACCEPT_SYNS];
	uint32_t isn = held->tcp.seq;

	if (held->flow != flow || held->from == from ||
	    !within(isn + 1, tcp->ack, isn + 1 + held->tcp.len))
		return NULL;
	held->flow = 0;
	return held;
}

static struct accept_result
judge_synack(struct accept *a, uint32_t flow, struct conn_side *s,
    struct conn_side *r, int from, bool ended, const struct tcp *tcp)
{
	struct accept_result begins = { .begins = true };
	bool same = s->flags & SIDE_ISN && s->isn == tcp->seq;

	begins.syn = held_syn(a, flow, from, tcp);
	if (begins.syn != NULL)
		return begins;
	if (same && s->flags & SIDE_UNA && r->flags & SIDE_UNA)
		return (struct accept_result){ .verdict = ACCEPT_OLD };
	if (r->flags & SIDE_ISN ? !answers_syn(r, tcp->ack) &&
	    !(r->flags & SIDE_UNA && r->una == tcp->ack) :
	    r->flags & SIDE_NEXT && !same && (ended || s->flags & SIDE_NEXT))
		return refuse(a, flow, s, from, ACCEPT_SYNACK_ANSWERS_NOTHING,
		    tcp);
	if (!same && s->flags & SIDE_ISN && (s->flags & SIDE_UNA || ended))
		return refuse(a, flow, s, from, ACCEPT_SYNACK_ANSWERS_NOTHING,
		    tcp);
	return accepted;
}

/* --- everything else --------------------------------------------------- */

/* Where does the segment lie?  A closed window still lets a byte ask. */
static enum accept_rule
judge_seq(const struct accept *a, const struct conn_side *s,
    const struct tcp *tcp)
{
	uint32_t window = window_of(s);
	/* A capture that misses packets may miss a window, too. */
	uint32_t slack = a->missed > 0 ? window : 0;

	if (!(s->flags & SIDE_NEXT))
		return ACCEPT_BY_NOTHING;
	if (seq_before(s->next, tcp->seq)) {
		if (s->flags & SIDE_RIGHT ?
		    seq_before(s->right + slack, tcp->seq) :
		    seq_diff(tcp->seq, s->next) > SEQ_FAR)
			return ACCEPT_DATA_BEYOND;
	} else if (s->flags & SIDE_UNA ?
	    seq_before(end_of(tcp), s->una - window) :
	    seq_diff(tcp->seq, s->next) < -SEQ_FAR)
		return ACCEPT_DATA_ANCIENT;
	return ACCEPT_BY_NOTHING;
}

/* Does it bring something that the receiver does not have? */
static bool
is_new(const struct conn_side *s, const struct tcp *tcp)
{
	return !(s->flags & SIDE_UNA) || seq_before(s->una, end_of(tcp));
}

/* What does it acknowledge of the receiver's? */
static enum accept_rule
judge_ack(const struct conn_side *s, const struct conn_side *r,
    const struct tcp *tcp)
{
	if (is_answer(s, r))
		return answers_syn(r, tcp->ack) ? ACCEPT_BY_NOTHING :
		    ACCEPT_ACK_ANSWERS_NOTHING;
	if (r->flags & SIDE_UNA &&
	    seq_before(tcp->ack, r->una - window_of(r)))
		return ACCEPT_ACK_ANCIENT;
	if (!(r->flags & SIDE_NEXT) || !seq_before(r->next, tcp->ack))
		return ACCEPT_BY_NOTHING;
	if (r->flags & SIDE_UNA && !seq_before(r->una, tcp->ack))
		return ACCEPT_BY_NOTHING;	/* as was confirmed before */
	if (r->flags & SIDE_RIGHT ? seq_before(r->right, tcp->ack) :
	    seq_diff(tcp->ack, r->next) > SEQ_FAR)
		return ACCEPT_ACK_UNSENT;
	return ACCEPT_ACK_UNSEEN;
}

/* Bytes that were not captured are acknowledged: once is no proof. */
static struct accept_result
doubt(struct accept *a, uint32_t flow, struct conn_side *s, int from,
    const struct tcp *tcp)
{
	struct accept_pending *p = pending_at(a->unseen, flow);
	struct accept_result res = { .verdict = ACCEPT_AMBIGUOUS,
	    .rule = ACCEPT_ACK_UNSEEN };

	if (s->flags & SIDE_UNSEEN && p->flow == flow && p->from == from &&
	    !seq_before(tcp->ack, p->ack)) {
		s->flags &= (uint16_t)~SIDE_UNSEEN;
		p->flow = 0;
		a->missed++;
		return accepted;
	}
	*p = (struct accept_pending){ .flow = flow, .from = (uint8_t)from,
	    .ack = tcp->ack };
	s->flags |= SIDE_UNSEEN;
	a->ambiguous++;
	return res;
}

static struct accept_result
judge_other(struct accept *a, uint32_t flow, struct conn_side *s,
    struct conn_side *r, int from, const struct tcp *tcp)
{
	bool acks = tcp->flags & TCP_ACK;
	enum accept_rule rule = judge_seq(a, s, tcp), by_ack = acks ?
	    judge_ack(s, r, tcp) : ACCEPT_BY_NOTHING;
	struct accept_result res = accepted;

	if (rule == ACCEPT_BY_NOTHING && tcp->has_ts && tcp->len > 0 &&
	    s->flags & SIDE_RECENT && seq_before(tcp->tsval, s->recent) &&
	    is_new(s, tcp))
		rule = ACCEPT_PAWS;
	if (rule == ACCEPT_BY_NOTHING && by_ack != ACCEPT_ACK_UNSEEN)
		rule = by_ack;
	if (rule != ACCEPT_BY_NOTHING)
		return agrees(a, flow, s, r, from, tcp) ?
		    believe(a, flow, s, r, tcp) :
		    refuse(a, flow, s, from, rule, tcp);
	if (by_ack == ACCEPT_ACK_UNSEEN)
		return doubt(a, flow, s, from, tcp);
	if (acks)
		s->flags &= (uint16_t)~SIDE_UNSEEN;
	if (tcp->len > 0 && !is_new(s, tcp))
		res.verdict = ACCEPT_OLD;
	return res;
}

/* A segment that is no copy. */
static struct accept_result
judge(struct accept *a, uint32_t flow, struct conn_side *sender,
    struct conn_side *receiver, int from, uint64_t time, bool ended,
    const struct tcp *tcp)
{
	enum accept_rule rule;

	switch (tcp->flags & (TCP_SYN | TCP_ACK | TCP_RST)) {
	case TCP_SYN:
		return judge_syn(a, flow, sender, receiver, from, time, ended,
		    tcp);
	case TCP_SYN | TCP_ACK:
		return judge_synack(a, flow, sender, receiver, from, ended,
		    tcp);
	default:
		if (!(tcp->flags & TCP_RST))
			return judge_other(a, flow, sender, receiver, from,
			    tcp);
		rule = judge_rst(sender, receiver, tcp);
		return rule == ACCEPT_BY_NOTHING ? accepted :
		    refuse(a, flow, sender, from, rule, tcp);
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
accept_segment(struct accept *a, uint32_t flow, struct conn_side *sender,
    struct conn_side *receiver, int from, uint64_t time, bool ended,
    const struct tcp *tcp, const struct copy_packet *packet)
{
	enum copy_kind copy = copies_check(&a->copies, flow, from, sender,
	    time, tcp, packet);

	if (copy != COPY_NONE)
		return (struct accept_result){ .verdict = ACCEPT_COPY,
		    .copy = copy };
	return judge(a, flow, sender, receiver, from, time, ended, tcp);
}

/* --- what is known afterwards ------------------------------------------ */

static unsigned
scale_of(const struct conn_side *s, const struct tcp *tcp)
{
	unsigned scale = (s->flags & SIDE_SCALE) >> 8;

	if (tcp->flags & TCP_SYN)
		return 0;
	return scale > 0 ? scale - 1 : SCALE_MAX;
}

/* The sender grants the receiver a window. */
static void
grant(const struct conn_side *s, struct conn_side *r,
    const struct tcp *tcp)
{
	uint32_t right = tcp->ack + ((uint32_t)tcp->win << scale_of(s, tcp));

	if (r->flags & SIDE_RIGHT && !seq_before(r->right, right))
		return;
	r->flags |= SIDE_RIGHT;
	r->right = right;
}

/* RFC 7323, 4.3: of a segment that reaches back to what was acknowledged. */
static void
note_recent(struct conn_side *s, const struct tcp *tcp)
{
	if (s->flags & SIDE_RECENT && (seq_before(tcp->tsval, s->recent) ||
	    !(s->flags & SIDE_UNA) || seq_before(s->una, tcp->seq)))
		return;
	s->flags |= SIDE_RECENT;
	s->recent = tcp->tsval;
}

void
accept_seen(struct accept *a, uint32_t flow, struct conn_side *s,
    struct conn_side *r, const struct tcp *tcp)
{
	s->flags |= SIDE_HEARD;
	if (tcp->flags & TCP_RST)
		return;
	s->flags &= (uint16_t)~SIDE_REFUSED;
	if (tcp->flags & TCP_SYN) {
		unsigned ws = !tcp->has_ws ? 0 :
		    tcp->ws > SCALE_MAX ? SCALE_MAX : tcp->ws;

		s->flags = (uint16_t)((s->flags & ~SIDE_SCALE) |
		    (ws + 1) << 8);
	}
	if (tcp->flags & TCP_ACK)
		grant(s, r, tcp);
	if (tcp->has_ts)
		note_recent(s, tcp);
	/* An ACK that was captured before what it acknowledges. */
	if (r->flags & SIDE_UNSEEN) {
		struct accept_pending *p = pending_at(a->unseen, flow);

		if (p->flow == flow && p->ack == s->next) {
			s->una = p->ack;
			s->flags |= SIDE_UNA;
			r->flags &= (uint16_t)~SIDE_UNSEEN;
			p->flow = 0;
		}
	}
}

void
accept_follow(struct accept *a, uint32_t flow, struct conn_side *s,
    struct conn_side *r, const struct tcp *tcp, enum accept_verdict verdict)
{
	uint32_t end = end_of(tcp);

	if (tcp->flags & TCP_SYN) {
		s->isn = tcp->seq;
		s->flags |= SIDE_ISN;
	}
	if (!(tcp->flags & TCP_RST) && (!(s->flags & SIDE_NEXT) ||
	    seq_before(s->next, end))) {
		s->next = end;
		s->flags |= SIDE_NEXT;
	}
	if (tcp->flags & TCP_ACK && !(tcp->flags & TCP_RST) &&
	    verdict != ACCEPT_AMBIGUOUS && (!(r->flags & SIDE_UNA) ||
	    seq_before(r->una, tcp->ack))) {
		r->una = tcp->ack;
		r->flags |= SIDE_UNA;
	}
	s->win = tcp->win;
	accept_seen(a, flow, s, r, tcp);
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
