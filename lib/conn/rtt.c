#include "conn/rtt.h"

#include <string.h>

#include "conn/sack.h"
#include "conn/seq.h"

#define TIME_MASK	((UINT64_C(1) << 56) - 1)
#define UNA_MASK	((UINT64_C(1) << 43) - 1)
#define UNA_BACK	(UINT64_C(1) << 36)	/* the clock stepped back */

/*
 * Flags of a slot: what it waits for, and how far to trust the answer.  A slot
 * covers the sequence numbers from the end of the one before it to its own.
 */
enum {
	WAITS_TS = 1,		/* for its TSval to be echoed */
	WAITS_ACK = 2,		/* for its end to be acknowledged */
	IS_HOLE = 4,		/* for its range to be captured */
	RETRANSMITTED = 8, IS_SYN = 16, IS_PURE = 32, IS_EDGE = 64,
	FILLS = 128		/* a hole: it was captured after what follows */
};
#define WAITS	(WAITS_TS | WAITS_ACK | IS_HOLE)
#define SENT_TWICE	"the segment was sent more than once"

/* Flags of a side, beside those of its TCB. */
enum {
	SAW_TSVAL = 1,		/* tcb.tsval is set */
	HOLE = 2,		/* hole_end is set */
	PROBED = 4,		/* a zero-window probe awaits its answer */
	AT_EDGE = 8,		/* its first TSval is the newest, and its SYN is
				 * missing */
	FAST_OPEN = 16,		/* its SYN carried data */
	SACK_OK = 32,		/* its SYN permitted SACK */
	SENT_FIN = 64,
	SENT_RST = 128
};

_Static_assert(sizeof(struct rtt_side) == 72, "no padding");

int
rtt_open(struct rtt *m, uint64_t max_age, uint32_t slots)
{
	memset(m, 0, sizeof *m);
	m->max_age = max_age;
	return ring_pool_open(&m->pool, slots);
}

void
rtt_close(struct rtt *m)
{
	ring_pool_close(&m->pool);
}

bool
rtt_one_sided(const struct rtt_flow *f)
{
	return ((f->side[0].tcb.flags ^ f->side[1].tcb.flags) & TCB_HEARD) != 0;
}

bool
rtt_has_next(const struct rtt_side *s)
{
	return s->tcb.flags & TCB_NEXT;
}

bool
rtt_has_isn(const struct rtt_side *s)
{
	return s->tcb.flags & TCB_ISN;
}

bool
rtt_has_una(const struct rtt_side *s)
{
	return s->tcb.flags & TCB_UNA;
}

bool
rtt_una_ahead(const struct rtt_side *s, uint64_t now)
{
	return ((now - s->una_time) & UNA_MASK) > UNA_MASK - UNA_BACK;
}

uint64_t
rtt_una_age(const struct rtt_side *s, uint64_t now)
{
	return rtt_una_ahead(s, now) ? 0 : (now - s->una_time) & UNA_MASK;
}

/* Return the ns since then, BACKWARDS or more if the clock stepped back. */
#define BACKWARDS	(TIME_MASK / 2)
static uint64_t
since(uint64_t now, uint64_t then)
{
	return (now - then) & TIME_MASK;
}

/* Is the time since the packet of a slot known? */
static inline bool
is_timed(const struct rtt *m, const struct slot *slot, uint64_t now)
{
	uint64_t age = since(now, slot->time);

	return age < BACKWARDS && (now < m->epoch || age <= now - m->epoch);
}

/* Drop the oldest n slots of a side. */
static void
drop(struct rtt *m, struct rtt_side *s, unsigned n)
{
	ring_drop(&m->pool, &s->ring, n);
	s->resent_before = s->resent_before > n ?
	    (uint16_t)(s->resent_before - n) : 0;
}

void
rtt_forget(struct rtt *m, struct rtt_flow *f)
{
	drop(m, &f->side[0], f->side[0].ring.used);
	drop(m, &f->side[1], f->side[1].ring.used);
}

/* Drop slots at the head that have waited too long, or wait for nothing. */
static inline void
clean(struct rtt *m, struct rtt_side *s, uint64_t now)
{
	unsigned n = 0;

	for (; n < s->ring.used; n++) {
		const struct slot *slot = ring_at(&m->pool, &s->ring, n);
		uint64_t age = since(now, slot->time);

		if ((age <= m->max_age || age >= BACKWARDS) &&
		    slot->flags & WAITS)
			break;
	}
	if (n > 0)
		drop(m, s, n);
}

/* Return the first slot whose end is past seq, ring.used if none. */
static unsigned
slot_past(const struct rtt *m, struct rtt_side *s, uint32_t seq)
{
	unsigned low = 0, high = s->ring.used;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (seq_before(seq, ring_at(&m->pool, &s->ring, mid)->end))
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Return the slot that has seq, NULL if none. */
static struct slot *
slot_at(const struct rtt *m, struct rtt_side *s, uint32_t seq)
{
	unsigned i = slot_past(m, s, seq);

	return i < s->ring.used ? ring_at(&m->pool, &s->ring, i) : NULL;
}

/* Return the first slot whose tsval is not before v, ring.used if none. */
static unsigned
slot_of_tsval(const struct rtt *m, struct rtt_side *s, uint32_t v)
{
	unsigned low = 0, high = s->ring.used;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (seq_before(ring_at(&m->pool, &s->ring, mid)->tsval, v))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct slot *
rtt_sent(const struct rtt *m, struct rtt_side *s, uint32_t seq)
{
	const struct slot *slot = slot_at(m, s, seq);

	return slot == NULL || slot->flags & (IS_HOLE | IS_PURE) ||
	    !(s->tcb.flags & TCB_UNA) || seq_before(seq, s->tcb.una) ?
	    NULL : slot;
}

uint64_t
rtt_age(const struct slot *slot, uint64_t now)
{
	uint64_t age = since(now, slot->time);

	return age < BACKWARDS ? age : 0;
}

/* Return when the packet of a slot was captured. */
static uint64_t
slot_time(const struct slot *slot, uint64_t now)
{
	return now - since(now, slot->time);
}

static void
explain_no_ts(const struct rtt *m, const struct rtt_side *s,
    uint32_t tsecr)
{
	const char *why = !(s->flags & SAW_TSVAL) ?
	    "no TSval was captured" : seq_before(s->tcb.tsval, tsecr) ?
	    "it is newer than any TSval captured" :
	    "it was answered before, is too old or was not captured";

	explain(&m->explain, RTT_EXPLAIN_SKIP,
	    "no rtt_ts by TSecr %" PRIu32 ": %s", tsecr, why);
}

static void
explain_ts(const struct rtt *m, uint64_t now, const struct slot *slot,
    bool covered)
{
	explain(&m->explain, RTT_EXPLAIN_SAMPLE, "rtt_ts " NS_FORMAT
	    " by TSecr %" PRIu32 ": first sent at " NS_FORMAT "%s%s%s%s",
	    NS_ARGS(since(now, slot->time)), slot->tsval,
	    NS_ARGS(slot_time(slot, now)),
	    slot->flags & IS_SYN ? "; h: in a SYN" : "",
	    slot->flags & IS_PURE ? "; a: in a pure ACK" : "",
	    covered ? "; m: an earlier ACK covered it" : "",
	    slot->flags & IS_EDGE ? "; e: or before the capture" : "");
}

/* covered: an ACK with an older TSecr acknowledged the segment. */
static void
sample_ts(const struct rtt *m, uint64_t now, const struct slot *slot,
    bool covered, struct rtt_result *res)
{
	if (!is_timed(m, slot, now)) {
		explain(&m->explain, RTT_EXPLAIN_SKIP,
		    "no rtt_ts by TSecr %" PRIu32 ": the clock stepped",
		    slot->tsval);
		return;
	}
	res->has_ts = true;
	res->ts = since(now, slot->time);
	res->notes |= (slot->flags & IS_SYN ? RTT_HANDSHAKE : 0) |
	    (slot->flags & IS_PURE ? RTT_PURE_ACK : 0) |
	    (slot->flags & IS_EDGE ? RTT_EDGE : 0) | (covered ? RTT_MORE : 0);
	if (explains(&m->explain, RTT_EXPLAIN_SAMPLE))
		explain_ts(m, now, slot, covered);
}

/*
 * Return the slot of the packet that waits for tsecr, NULL if there is none.
 * Packets with older values can only be answered by a delayed packet now: those
 * at the head of the ring need not wait any more.
 */
static struct slot *
slot_waiting(struct rtt *m, struct rtt_side *s, uint32_t tsecr)
{
	unsigned i;
	struct slot *slot;

	if (s->ring.used == 0 || seq_before(s->tcb.tsval, tsecr))
		return NULL;
	i = slot_of_tsval(m, s, tsecr);
	for (unsigned k = 0; k < i; k++) {
		slot = ring_at(&m->pool, &s->ring, k);
		if (slot->flags & (WAITS_ACK | IS_HOLE))
			break;
		slot->flags = 0;
	}
	if (i == s->ring.used)
		return NULL;
	slot = ring_at(&m->pool, &s->ring, i);
	return slot->tsval == tsecr && slot->flags & WAITS_TS ? slot : NULL;
}

/*
 * The packet whose TSval an ACK echoes: the one that waits for it, or NULL if
 * another is as likely.  If the ACK before, una, covered that packet without an
 * echo, and this ACK covers more, it echoes what continued there (RFC 7323,
 * 4.3).
 */
static const struct slot *
slot_echoed(const struct rtt *m, struct rtt_side *s, const struct slot *waiting,
    uint32_t una)
{
	const struct slot *slot;

	if (s->tcb.una == una || waiting->flags & IS_PURE ||
	    !(s->tcb.flags & TCB_UNA) || seq_before(una, waiting->end))
		return waiting;
	slot = slot_at(m, s, una);
	return slot != NULL && slot->tsval == waiting->tsval &&
	    !(slot->flags & (IS_HOLE | IS_PURE | RETRANSMITTED | FILLS)) &&
	    !seq_before(s->tcb.una, slot->end) ? slot : NULL;
}

/* A TSecr from the other side answers the first packet of s with that TSval.
 * una: of s, before this ACK. */
static void
match_tsecr(struct rtt *m, struct rtt_side *s, uint64_t now, uint32_t tsecr,
    uint32_t una, struct rtt_result *res)
{
	struct slot *slot = slot_waiting(m, s, tsecr);
	const struct slot *echoed;

	if (slot != NULL) {
		slot->flags &= (uint8_t)~WAITS_TS;
		echoed = slot_echoed(m, s, slot, una);
		sample_ts(m, now, echoed != NULL ? echoed : slot,
		    echoed == NULL, res);
	} else if (explains(&m->explain, RTT_EXPLAIN_SKIP))
		explain_no_ts(m, s, tsecr);
}

static void
explain_seq(const struct rtt *m, uint64_t now, const struct slot *slot,
    const char *by, const char *doubt)
{
	explain(&m->explain, RTT_EXPLAIN_SAMPLE, "rtt_seq " NS_FORMAT
	    " by %s %" PRIu32 ": segment sent at " NS_FORMAT "%s%s%s",
	    NS_ARGS(since(now, slot->time)), by, slot->end,
	    NS_ARGS(slot_time(slot, now)),
	    slot->flags & IS_SYN ? "; h: a SYN" : "",
	    doubt != NULL ? "; r: " : "", doubt != NULL ? doubt : "");
}

/*
 * The answer to the segment of a slot has come, by an ACK or by SACK.  doubt is
 * why something else may have caused it, NULL if nothing else can have.
 */
static inline void
sample_seq(const struct rtt *m, uint64_t now, struct slot *slot,
    const char *by, const char *doubt, struct rtt_result *res)
{
	slot->flags &= (uint8_t)~WAITS_ACK;
	if (!is_timed(m, slot, now)) {
		explain(&m->explain, RTT_EXPLAIN_SKIP, "no rtt_seq by %s %"
		    PRIu32 ": the clock stepped", by, slot->end);
		return;
	}
	res->has_seq = true;
	res->seq = since(now, slot->time);
	res->notes |= (slot->flags & IS_SYN ? RTT_HANDSHAKE : 0) |
	    (doubt != NULL ? RTT_RESENT : 0);
	if (explains(&m->explain, RTT_EXPLAIN_SAMPLE))
		explain_seq(m, now, slot, by, doubt);
}

/* Clear the state that an ACK up to una makes obsolete. */
static void
clear_obsolete(struct rtt *m, struct rtt_side *s, struct rtt_result *res)
{
	/* A server that refuses the data of a SYN ACKs the SYN alone, and the
	 * data is sent again; RFC 7413, 4.2.2. */
	if (s->flags & FAST_OPEN && s->tcb.una == s->tcb.isn + 1) {
		res->refused = s->tcb.next - s->tcb.una;
		s->tcb.next = s->tcb.una;
		drop(m, s, s->ring.used);
	}
	if (s->flags & PROBED && s->tcb.una == s->tcb.next + 1)
		s->tcb.next = s->tcb.una;
	s->flags &= (unsigned)~(FAST_OPEN | PROBED);
	if (!seq_before(s->tcb.una, s->hole_end))
		s->flags &= (unsigned)~HOLE;
}

static bool
is_later(const struct slot *a, const struct slot *b)
{
	return a->time != b->time && since(a->time, b->time) < BACKWARDS;
}

/*
 * Why may something other than segment i of s, which ends at an ACK, have
 * caused it?  NULL if nothing else can have.  last is the segment sent last of
 * those that the ACK covers; resent: it covers a retransmitted one; hole: the
 * receiver was missing una.
 */
static inline const char *
ack_doubt(const struct rtt_side *s, const struct slot *slot, unsigned i,
    const struct slot *last, bool resent, bool hole)
{
	return slot->flags & RETRANSMITTED ? SENT_TWICE :
	    hole ? "the receiver was missing earlier data" :
	    last != slot ? "the ACK covers a segment sent later" :
	    resent && i < s->resent_before ?
	    "the ACK covers data retransmitted later" : NULL;
}

/* Why an ACK that advances una answers no segment. */
static void
explain_no_seq(const struct rtt *m, struct rtt_side *s, uint32_t ack)
{
	const struct slot *slot = slot_at(m, s, ack - 1);

	if (slot != NULL && slot->end != ack && !(slot->flags & IS_HOLE))
		explain(&m->explain, RTT_EXPLAIN_SKIP, "no rtt_seq by ACK %"
		    PRIu32 ": it is within the segment up to %" PRIu32, ack,
		    slot->end);
	else
		explain(&m->explain, RTT_EXPLAIN_SKIP, "no rtt_seq by ACK %"
		    PRIu32 ": the segment that ends there was timed by SACK, "
		    "is too old or was not captured", ack);
}

/*
 * Slot i, the first that the ACK covers, fills a hole: it is what the ACK
 * answers, at once (RFC 5681, 4.2), if nothing that it covers was sent later.
 */
static void
sample_fill(struct rtt *m, struct rtt_side *s, unsigned i, uint64_t now,
    uint32_t ack, struct rtt_result *res)
{
	struct slot *fill = ring_at(&m->pool, &s->ring, i);

	if (!(fill->flags & WAITS_ACK) || fill->flags & RETRANSMITTED ||
	    seq_before(ack, fill->end))
		return;
	while (++i < s->ring.used) {
		struct slot *slot = ring_at(&m->pool, &s->ring, i);

		if (seq_before(ack, slot->end))
			break;
		if (slot->flags & WAITS_ACK && !is_later(fill, slot))
			return;
	}
	sample_seq(m, now, fill, "ACK of the hole up to", NULL, res);
	res->filled = true;
}

/* Match an ACK with the segments from una on.  Returns how many it covers. */
static unsigned
match_covered(struct rtt *m, struct rtt_side *s, uint64_t now, uint32_t ack,
    struct rtt_result *res)
{
	bool hole = s->flags & HOLE && seq_before(s->tcb.una, s->hole_end);
	bool resent = false;
	unsigned covered = 0;
	unsigned i = slot_past(m, s, s->tcb.una);
	const struct slot *last = NULL;

	if (i < s->ring.used && ring_at(&m->pool, &s->ring, i)->flags & FILLS)
		sample_fill(m, s, i, now, ack, res);
	for (; i < s->ring.used; i++) {
		struct slot *slot = ring_at(&m->pool, &s->ring, i);

		if (seq_before(ack, slot->end))
			break;
		slot->flags &= (uint8_t)~IS_HOLE;
		resent |= slot->flags & RETRANSMITTED && i < s->resent_before;
		if (!(slot->flags & WAITS_ACK))
			continue;
		covered++;
		if (last == NULL || !is_later(last, slot))
			last = slot;
		if (slot->end == ack && !res->has_seq)
			sample_seq(m, now, slot, "ACK",
			    ack_doubt(s, slot, i, last, resent, hole), res);
		slot->flags &= (uint8_t)~WAITS_ACK;
	}
	return covered;
}

/* Advance una to ack. */
static void
advance_una(struct rtt *m, struct rtt_side *s, uint64_t now, uint32_t ack,
    struct rtt_result *res)
{
	unsigned covered = match_covered(m, s, now, ack, res);

	if (covered > 1) {
		res->notes |= RTT_MORE;
		explain(&m->explain, RTT_EXPLAIN_SAMPLE,
		    "m: ACK %" PRIu32 " covers %u segments", ack, covered);
	}
	if (!res->has_seq && explains(&m->explain, RTT_EXPLAIN_SKIP))
		explain_no_seq(m, s, ack);
	s->tcb.una = ack;
	s->una_time = now & UNA_MASK;
	clear_obsolete(m, s, res);
}

/*
 * The first block contains the segment that caused the ACK, unless that
 * advanced it (RFC 2018, 4): it is the segment that ends at the block's edge,
 * unless it was reported before.  If the ACK advances, too, it answers the
 * segment that was captured last: an ACK that was delayed goes with the next
 * segment, whichever that is (RFC 5681, 4.2), and its echo is of the first.
 */
static void
match_sack(struct rtt *m, struct rtt_side *s, uint64_t now, uint32_t edge,
    bool advanced, struct rtt_result *res)
{
	unsigned i = slot_past(m, s, edge - 1);

	for (; i < s->ring.used; i++) {
		struct slot *slot = ring_at(&m->pool, &s->ring, i);

		if (slot->end != edge)
			return;
		if (!(slot->flags & WAITS_ACK))
			continue;
		if (res->has_seq && since(now, slot->time) >= res->seq) {
			slot->flags &= (uint8_t)~WAITS_ACK;
			return;
		}
		res->notes |= advanced ? RTT_MORE : 0;
		sample_seq(m, now, slot, "SACK up to",
		    slot->flags & RETRANSMITTED ? SENT_TWICE :
		    advanced && !res->has_seq ? "the ACK advances, too" : NULL,
		    res);
		return;
	}
}

/*
 * Is this a duplicate ACK: the same number and window again without data, while
 * data is outstanding (RFC 5681, 2), or with SACK and any window (RFC 6675, 2)?
 */
static bool
is_duplicate(const struct rtt_side *s, const struct rtt_side *from,
    const struct tcp *tcp)
{
	/* Data that SACK reports was sent, even if it was not captured. */
	bool outstanding = s->tcb.flags & TCB_NEXT &&
	    seq_before(s->tcb.una, s->tcb.next);

	if (tcp->nsack > 0 && seq_before(s->tcb.una, tcp->sack[tcp->nsack - 1][1]))
		outstanding = true;
	return tcp->len == 0 && tcp->ack == s->tcb.una && outstanding &&
	    (tcp->flags & (TCP_SYN | TCP_FIN)) == 0 &&
	    (tcp->win == from->tcb.win || tcp->nsack > 0);
}

/* The receiver misses data at una, but has data up to end. */
static void
note_hole(struct rtt_side *s, uint32_t end)
{
	if (s->flags & HOLE && !seq_before(s->hole_end, end))
		return;
	s->flags |= HOLE;
	s->hole_end = end;
}

/* Return what una was before the first ACK captured, as far as is known. */
static uint32_t
una_before(const struct rtt *m, struct rtt_side *s, uint32_t ack)
{
	uint32_t first = ack;

	if (s->tcb.flags & TCB_ISN)
		return s->tcb.isn;
	if (s->ring.used > 0)
		first = ring_at(&m->pool, &s->ring, 0)->end;
	return (seq_before(first, ack) ? first : ack) - 1;
}

/* Match the ACK of a packet by side from with what s has sent.  Returns what
 * una was before. */
static uint32_t
receive_ack(struct rtt *m, struct rtt_side *s, const struct rtt_side *from,
    uint64_t now, const struct tcp *tcp, struct rtt_result *res)
{
	bool sacks = tcp->nsack > 0 && !sack_is_dsack(tcp), advances;
	uint32_t before;

	if (!(s->tcb.flags & TCB_UNA)) {
		s->tcb.flags |= TCB_UNA;
		s->tcb.una = una_before(m, s, tcp->ack);
	}
	before = s->tcb.una;
	advances = seq_before(before, tcp->ack);
	if (advances)
		advance_una(m, s, now, tcp->ack, res);
	if (sacks)
		match_sack(m, s, now, tcp->sack[0][1], advances, res);
	if (!advances && is_duplicate(s, from, tcp)) {
		/* If SACK was negotiated, one without SACK is only a copy. */
		if (!(s->flags & from->flags & SACK_OK) && tcp->nsack == 0)
			note_hole(s, s->tcb.next);
		res->has_dup = true;
		res->dup = rtt_una_age(s, now);
	}
	for (unsigned i = 0; sacks && i < tcp->nsack; i++)
		note_hole(s, tcp->sack[i][1]);
	return before;
}

/* Add a slot for seq..end, which lies within slot i, a hole. */
static void
fill_hole(struct rtt *m, struct rtt_side *s, unsigned i, uint64_t now,
    uint32_t seq, uint32_t end)
{
	struct slot *hole = ring_at(&m->pool, &s->ring, i);
	struct slot fill = *hole;

	/* It has no TSval of its own: a new value waits at the ring's end. */
	fill.tsval = i > 0 ? ring_at(&m->pool, &s->ring, i - 1)->tsval :
	    hole->tsval - 1;
	fill.end = seq;
	if ((i > 0 ? ring_at(&m->pool, &s->ring, i - 1)->end : s->tcb.una) != seq)
		i += ring_insert(&m->pool, &s->ring, i, &fill);
	fill.end = end;
	fill.time = now & TIME_MASK;
	fill.flags = WAITS_ACK | FILLS;
	if (ring_at(&m->pool, &s->ring, i)->end == end) {
		fill.tsval = ring_at(&m->pool, &s->ring, i)->tsval;
		*ring_at(&m->pool, &s->ring, i) = fill;
	} else if (!ring_insert(&m->pool, &s->ring, i, &fill))
		m->untimed++;
}

/* seq..end lies before next: it fills a hole, or is retransmitted. */
static void
retransmit(struct rtt *m, struct rtt_side *s, uint64_t now, uint32_t seq,
    uint32_t end)
{
	unsigned i = slot_past(m, s, seq);

	if ((s->tcb.flags & TCB_UNA && !seq_before(s->tcb.una, end)) ||
	    i == s->ring.used)
		return;
	if (ring_at(&m->pool, &s->ring, i)->flags & IS_HOLE &&
	    !seq_before(ring_at(&m->pool, &s->ring, i)->end, end)) {
		fill_hole(m, s, i, now, seq, end);
		return;
	}
	for (; i < s->ring.used; i++) {
		struct slot *slot = ring_at(&m->pool, &s->ring, i);

		slot->flags |= RETRANSMITTED;
		if (!seq_before(slot->end, end))
			break;
	}
	s->resent_before = s->ring.used;
}

/* Update the newest TSval.  Is this packet the first with it? */
static bool
update_tsval(struct rtt *m, struct rtt_side *s, const struct tcp *tcp)
{
	if (!tcp->has_ts)
		return false;
	if (s->flags & SAW_TSVAL) {
		if (!seq_before(s->tcb.tsval, tcp->tsval))
			return false;
		s->flags &= (unsigned)~AT_EDGE;
	} else {
		/* Packets that wait had no TSval: they are older than any. */
		for (unsigned i = 0; i < s->ring.used; i++)
			ring_at(&m->pool, &s->ring, i)->tsval = tcp->tsval - 1;
		if (!(s->tcb.flags & TCB_ISN))
			s->flags |= AT_EDGE;
	}
	s->flags |= SAW_TSVAL;
	s->tcb.tsval = tcp->tsval;
	return true;
}

static void
add_slot(struct rtt *m, struct rtt_side *s, bool grow, uint64_t now,
    uint32_t end, unsigned flags)
{
	struct slot slot = { .time = now & TIME_MASK, .flags = (uint8_t)flags,
	    .end = end, .tsval = s->tcb.tsval };

	if (!ring_push(&m->pool, &s->ring, &slot, grow) && grow)
		m->untimed++;
}

/* One byte before next is a retransmission if data is outstanding. */
bool
rtt_is_keepalive(const struct rtt_side *s, const struct tcp *tcp)
{
	return tcp->len <= 1 && tcp->seq == s->tcb.next - 1 &&
	    (tcp->flags & (TCP_SYN | TCP_FIN)) == 0 &&
	    (tcp->len == 0 || !(s->tcb.flags & TCB_UNA) ||
	    s->tcb.una == s->tcb.next);
}

bool
rtt_is_probe(const struct rtt_side *s, const struct rtt_side *other,
    const struct tcp *tcp)
{
	return tcp->len == 1 && tcp->seq == s->tcb.next &&
	    other->tcb.win == 0 && other->tcb.flags & TCB_NEXT &&
	    (tcp->flags & (TCP_SYN | TCP_FIN)) == 0;
}

/* Place a segment seq..end: before next, or so that it advances next.  Returns
 * the flags that its slot waits with, 0 if it needs none. */
static unsigned
place_range(struct rtt *m, struct rtt_side *s, bool grow, uint64_t now,
    uint32_t seq, uint32_t end)
{
	unsigned flags = 0;

	if (seq_before(seq, s->tcb.next) && seq != end)
		retransmit(m, s, now, seq,
		    seq_before(s->tcb.next, end) ? s->tcb.next : end);
	if (seq_before(s->tcb.next, seq))
		add_slot(m, s, grow, now, seq, IS_HOLE);
	if (seq_before(s->tcb.next, end)) {
		flags = WAITS_ACK;
		if (seq_before(seq, s->tcb.next))
			flags |= RETRANSMITTED;
		s->tcb.next = end;
	}
	return flags;
}

/* Place the SYN of a Fast Open by itself: the ACK may cover it alone. */
static void
place_syn(struct rtt *m, struct rtt_side *s, uint64_t now, uint32_t seq)
{
	s->flags |= FAST_OPEN;
	if (place_range(m, s, true, now, seq, seq + 1) != 0)
		add_slot(m, s, true, now, seq + 1, WAITS_ACK | IS_SYN);
}

/* Add what a packet sends to the ring of its side, to wait for the answer. */
static void
send_segment(struct rtt *m, struct rtt_side *s, const struct rtt_side *other,
    uint64_t now, const struct tcp *tcp, struct rtt_result *res)
{
	bool syn = tcp->flags & TCP_SYN;
	uint32_t len = tcp->len + syn + !!(tcp->flags & TCP_FIN);
	uint32_t seq = tcp->seq;
	/* Until the other side is heard, one slot is enough, but for a SYN. */
	bool grow = other->tcb.flags & TCB_NEXT || syn;
	unsigned flags;

	if (rtt_is_keepalive(s, tcp))
		return;
	if (rtt_is_probe(s, other, tcp)) {
		s->flags |= PROBED;
		return;
	}
	res->dseq = seq_diff(tcp->seq, s->tcb.next);
	if (syn && tcp->len > 0) {
		place_syn(m, s, now, seq);
		seq++;
		len--;
	}
	flags = place_range(m, s, grow, now, seq, seq + len);
	if (len == 0)
		flags = 0;
	if (update_tsval(m, s, tcp))
		flags |= WAITS_TS | (len == 0 ? IS_PURE : 0) |
		    (s->flags & AT_EDGE ? IS_EDGE : 0);
	if (flags != 0)
		add_slot(m, s, grow, now, s->tcb.next,
		    flags | (syn ? IS_SYN : 0));
}

/* Forget what is known of a side, but for what it has sent so far. */
static void
restart_side(struct rtt *m, struct rtt_side *s)
{
	struct rtt_side kept = { .bytes = s->bytes, .tcb.flags =
	    s->tcb.flags & (TCB_HEARD | TCB_COPIED) };

	drop(m, s, s->ring.used);
	*s = kept;
}

void
rtt_restart(struct rtt *m, struct rtt_flow *f)
{
	restart_side(m, &f->side[0]);
	restart_side(m, &f->side[1]);
}

bool
rtt_ended(const struct rtt_flow *f)
{
	const struct rtt_side *s = f->side;

	if ((s[0].flags | s[1].flags) & SENT_RST)
		return true;
	return s[0].flags & s[1].flags & SENT_FIN &&
	    s[0].tcb.flags & s[1].tcb.flags & TCB_UNA &&
	    !seq_before(s[0].tcb.una, s[0].tcb.next) &&
	    !seq_before(s[1].tcb.una, s[1].tcb.next);
}

/* Update a side by its SYN.  Returns whether that takes its place among what it
 * sends: not if it was captured after what follows it. */
static bool
send_syn(struct rtt *m, struct rtt_side *s, const struct tcp *tcp)
{
	bool late = s->tcb.flags & TCB_NEXT && !(s->tcb.flags & TCB_ISN) &&
	    seq_before(tcp->seq, s->tcb.next);

	if (s->tcb.flags & TCB_ISN && s->tcb.isn != tcp->seq)
		restart_side(m, s);	/* before it was acknowledged */
	s->tcb.flags |= TCB_ISN;
	s->tcb.isn = tcp->seq;
	s->flags |= tcp->sackok ? SACK_OK : 0;
	return !late;
}

void
rtt_elsewhere(struct rtt *m, struct rtt_flow *f, int from, uint64_t time_ns,
    const struct tcp *tcp)
{
	struct rtt_side *s = &f->side[from];
	uint32_t end = tcp_end(tcp);

	for (unsigned i = slot_past(m, s, end - 1); i < s->ring.used; i++) {
		struct slot *slot = ring_at(&m->pool, &s->ring, i);

		if (slot->end != end)
			return;
		if (!(slot->flags & IS_PURE) != (end == tcp->seq) &&
		    (!tcp->has_ts || slot->tsval == tcp->tsval))
			slot->time = time_ns & TIME_MASK;
	}
}

bool
rtt_toobig(struct rtt *m, struct rtt_side *s, uint32_t seq)
{
	unsigned i;

	if (!(s->tcb.flags & TCB_UNA) || seq_before(seq, s->tcb.una) ||
	    !seq_before(seq, s->tcb.next))
		return false;
	i = slot_past(m, s, seq);
	if (i < s->ring.used)
		ring_at(&m->pool, &s->ring, i)->flags |= RETRANSMITTED;
	/* What else is in flight may have been dropped, too. */
	for (i = 0; i < s->ring.used; i++)
		ring_at(&m->pool, &s->ring, i)->flags &= (uint8_t)~WAITS_TS;
	return true;
}

static void
note_data(const struct rtt *m, const struct tcp *tcp, struct rtt_result *res)
{
	if (tcp->len == 0)
		return;
	res->notes |= RTT_DATA;
	explain(&m->explain, RTT_EXPLAIN_SAMPLE,
	    "d: the answer carries %" PRIu32 " bytes", tcp->len);
}

/* Match what s acknowledges and echoes with what the other side has sent. */
static void
match_answer(struct rtt *m, struct rtt_side *s, struct rtt_side *other,
    uint64_t now, const struct tcp *tcp, bool acks, struct rtt_result *res)
{
	uint32_t una = other->tcb.una;

	clean(m, other, now);
	if (!(tcp->flags & TCP_ACK))
		return;
	if (acks)
		una = receive_ack(m, other, s, now, tcp, res);
	if (tcp->has_ts)
		match_tsecr(m, other, now, tcp->tsecr, una, res);
	if (res->has_ts || res->has_seq) {
		clean(m, other, now);
		note_data(m, tcp, res);
	}
}

void
rtt_update(struct rtt *m, struct rtt_flow *f, int from, uint64_t time_ns,
    const struct tcp *tcp, bool acks, uint32_t size, struct rtt_result *res)
{
	struct rtt_side *s = &f->side[from], *other = &f->side[!from];
	bool placed = true;

	memset(res, 0, sizeof *res);
	res->bytes = s->bytes += size;
	s->tcb.flags |= TCB_HEARD;
	if (tcp->flags & TCP_RST) {
		s->flags |= SENT_RST;
		explain(&m->explain, RTT_EXPLAIN_SKIP, "a RST is not timed");
		return;
	}
	if (tcp->flags & TCP_SYN)
		placed = send_syn(m, s, tcp);
	if (!(s->tcb.flags & TCB_NEXT)) {
		s->tcb.flags |= TCB_NEXT;
		s->tcb.next = tcp->seq;
	}
	match_answer(m, s, other, time_ns, tcp, acks, res);
	clean(m, s, time_ns);
	if (placed)
		send_segment(m, s, other, time_ns, tcp, res);
	if (tcp->flags & TCP_FIN)
		s->flags |= SENT_FIN;
	s->tcb.win = tcp->win;
}

enum rtt_use
rtt_segment(struct rtt *m, struct accept *a, uint32_t i, struct rtt_flow *f,
    int from, uint64_t time_ns, const struct tcp *tcp,
    const struct accept_result *judged, uint32_t size, struct rtt_result *res)
{
	if (judged->verdict == ACCEPT_COPY && judged->copy != COPY_NETWORK) {
		if (judged->copy == COPY_ELSEWHERE)
			rtt_elsewhere(m, f, from, time_ns, tcp);
		return RTT_COPY;
	}
	if (judged->verdict == ACCEPT_REJECTED)
		return RTT_REJECTED;
	if (judged->begins)
		rtt_restart(m, f);
	rtt_update(m, f, from, time_ns, tcp,
	    judged->verdict != ACCEPT_AMBIGUOUS, size, res);
	accept_seen(a, i, &f->side[from].tcb, &f->side[!from].tcb, tcp);
	return RTT_USED;
}
