#include "conn/rtt.h"

#include <string.h>

#include "conn/sack.h"
#include "conn/seq.h"

#define TIME_MASK	((UINT64_C(1) << 56) - 1)
#define UNA_MASK	((UINT64_C(1) << 54) - 1)

/*
 * Of a slot: what it waits for, and how far to trust the answer.  A slot
 * reaches from the end of the one before it to its own.
 */
enum {
	WAITS_TS = 1,		/* for its TSval to come back */
	WAITS_ACK = 2,		/* for its end to be acknowledged */
	IS_HOLE = 4,		/* for what was skipped to be sent */
	SENT_AGAIN = 8, IS_SYN = 16, IS_PURE = 32, IS_EDGE = 64
};
#define WAITS	(WAITS_TS | WAITS_ACK | IS_HOLE)

/* Of a side: what is known of it. */
enum {
	SEEN = 1,		/* a packet of it: next is set */
	SAW_SYN = 2,		/* isn is set */
	SAW_TSVAL = 4,		/* tsval is set */
	ACKED = 8,		/* una is set: the other side's ACK was seen */
	HOLE = 16,		/* hole_end is set */
	PROBED = 32,		/* a zero-window probe is out */
	AT_EDGE = 64,		/* tsval is the first of a flow without start */
	FAST_OPEN = 128,	/* its SYN carried data */
	SACK_OK = 256,		/* it said so in its SYN */
	HEARD = 512		/* it sent something, be it a reset */
};

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
	return ((f->side[0].flags ^ f->side[1].flags) & HEARD) != 0;
}

bool
rtt_has_next(const struct rtt_side *s)
{
	return s->flags & SEEN;
}

bool
rtt_has_isn(const struct rtt_side *s)
{
	return s->flags & SAW_SYN;
}

bool
rtt_has_una(const struct rtt_side *s)
{
	return s->flags & ACKED;
}

uint64_t
rtt_una_age(const struct rtt_side *s, uint64_t now)
{
	uint64_t age = (now - s->una_time) & UNA_MASK;

	return age <= UNA_MASK / 2 ? age : 0;
}

/* From then to now; a stamp that steps back gives BACKWARDS or more. */
#define BACKWARDS	(TIME_MASK / 2)
static uint64_t
since(uint64_t now, uint64_t then)
{
	return (now - then) & TIME_MASK;
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

/* Drop slots at the head that waited too long, or wait for nothing. */
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

/* The first slot whose end is past seq; ring.used if there is none. */
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

/* The first slot whose tsval is not before v; ring.used if there is none. */
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
	unsigned i = slot_past(m, s, seq);
	const struct slot *slot;

	if (i == s->ring.used || !(s->flags & ACKED) ||
	    seq_before(seq, s->una))
		return NULL;
	slot = ring_at(&m->pool, &s->ring, i);
	return slot->flags & (IS_HOLE | IS_PURE) ? NULL : slot;
}

uint64_t
rtt_age(const struct slot *slot, uint64_t now)
{
	uint64_t age = since(now, slot->time);

	return age < BACKWARDS ? age : 0;
}

static unsigned
slot_notes(const struct slot *slot)
{
	return (slot->flags & IS_SYN ? RTT_HANDSHAKE : 0) |
	    (slot->flags & SENT_AGAIN ? RTT_RESENT : 0);
}

/*
 * The other side's TSecr answers the first packet of s with that TSval.
 * Older ones at the head can only be answered later than they should be.
 */
static void
take_tsecr(struct rtt *m, struct rtt_side *s, uint64_t now, uint32_t tsecr,
    struct rtt_result *res)
{
	unsigned i;
	struct slot *slot;

	if (s->ring.used == 0 || seq_before(s->tsval, tsecr))
		return;		/* nothing like it was sent */
	i = slot_of_tsval(m, s, tsecr);
	for (unsigned k = 0; k < i; k++) {
		slot = ring_at(&m->pool, &s->ring, k);
		if (slot->flags & (WAITS_ACK | IS_HOLE))
			break;
		slot->flags = 0;
	}
	if (i == s->ring.used)
		return;
	slot = ring_at(&m->pool, &s->ring, i);
	if (slot->tsval != tsecr || !(slot->flags & WAITS_TS))
		return;
	slot->flags &= (uint8_t)~WAITS_TS;
	if (since(now, slot->time) >= BACKWARDS)
		return;
	res->has_ts = true;
	res->ts = since(now, slot->time);
	res->notes |= slot_notes(slot) & RTT_HANDSHAKE;
	res->notes |= (slot->flags & IS_PURE ? RTT_PURE_ACK : 0) |
	    (slot->flags & IS_EDGE ? RTT_EDGE : 0);
}

static void
sample(struct rtt_result *res, uint64_t now, struct slot *slot,
    unsigned notes)
{
	slot->flags &= (uint8_t)~WAITS_ACK;
	if (since(now, slot->time) >= BACKWARDS)
		return;
	res->has_seq = true;
	res->seq = since(now, slot->time);
	res->notes |= notes | slot_notes(slot);
}

/* What was kept until una came as far as this. */
static void
forget_reached(struct rtt *m, struct rtt_side *s)
{
	/* Fast Open data that was refused is sent anew; RFC 7413, 4.2.2. */
	if (s->flags & FAST_OPEN && s->una == s->isn + 1) {
		s->next = s->una;
		drop(m, s, s->ring.used);
	}
	if (s->flags & PROBED && s->una == s->next + 1)
		s->next = s->una;
	s->flags &= (unsigned)~(FAST_OPEN | PROBED);
	if (!seq_before(s->una, s->hole_end))
		s->flags &= (unsigned)~HOLE;
}

static bool
later(const struct slot *a, const struct slot *b)
{
	return a->time != b->time && since(a->time, b->time) < BACKWARDS;
}

/*
 * una moves on to ack: the segment that ends there is answered, clean unless
 * something else that is covered may have caused the ACK.
 */
static void
advance(struct rtt *m, struct rtt_side *s, uint64_t now, uint32_t ack,
    struct rtt_result *res)
{
	bool hole = s->flags & HOLE && seq_before(s->una, s->hole_end);
	bool again = false;
	unsigned covered = 0;
	const struct slot *last = NULL;

	for (unsigned i = slot_past(m, s, s->una); i < s->ring.used; i++) {
		struct slot *slot = ring_at(&m->pool, &s->ring, i);

		if (seq_before(ack, slot->end))
			break;
		slot->flags &= (uint8_t)~IS_HOLE;
		again |= slot->flags & SENT_AGAIN && i < s->resent_before;
		if (!(slot->flags & WAITS_ACK))
			continue;
		covered++;
		if (last == NULL || !later(last, slot))
			last = slot;
		if (slot->end == ack && !res->has_seq)
			sample(res, now, slot, hole || last != slot ||
			    (again && i < s->resent_before) ? RTT_RESENT : 0);
		slot->flags &= (uint8_t)~WAITS_ACK;
	}
	if (covered > 1)
		res->notes |= RTT_MORE;
	s->una = ack;
	s->una_time = now & UNA_MASK;
	forget_reached(m, s);
}

/*
 * The first block holds the segment that caused the ACK (RFC 2018, 4): the
 * one that ends the block, unless it was reported before.
 */
static void
take_sack(struct rtt *m, struct rtt_side *s, uint64_t now, uint32_t edge,
    struct rtt_result *res)
{
	unsigned i = slot_past(m, s, edge - 1);

	for (; i < s->ring.used; i++) {
		struct slot *slot = ring_at(&m->pool, &s->ring, i);

		if (slot->end != edge)
			return;
		if (slot->flags & WAITS_ACK) {
			sample(res, now, slot, 0);
			return;
		}
	}
}

/*
 * A duplicate ACK: nothing but the same number again while data is out
 * (RFC 5681, 2), or the same with SACK (RFC 6675, 2), whatever the window.
 */
static bool
is_duplicate(const struct rtt_side *s, const struct rtt_side *from,
    const struct tcp *tcp)
{
	/* What SACK reports is out, even if it was not captured. */
	bool out = s->flags & SEEN && seq_before(s->una, s->next);

	if (tcp->nsack > 0 && seq_before(s->una, tcp->sack[tcp->nsack - 1][1]))
		out = true;
	return tcp->len == 0 && tcp->ack == s->una && out &&
	    (tcp->flags & (TCP_SYN | TCP_FIN)) == 0 &&
	    (tcp->win == from->win || tcp->nsack > 0);
}

/* The receiver misses something at una, and has something up to end. */
static void
note_hole(struct rtt_side *s, uint32_t end)
{
	if (s->flags & HOLE && !seq_before(s->hole_end, end))
		return;
	s->flags |= HOLE;
	s->hole_end = end;
}

/* Where una must have been before the first ACK seen, as far as is known. */
static uint32_t
una_before(const struct rtt *m, struct rtt_side *s, uint32_t ack)
{
	uint32_t first = ack;

	if (s->flags & SAW_SYN)
		return s->isn;
	if (s->ring.used > 0)
		first = ring_at(&m->pool, &s->ring, 0)->end;
	return (seq_before(first, ack) ? first : ack) - 1;
}

/* What the ACK of a packet by side from says about what s sent. */
static void
take_ack(struct rtt *m, struct rtt_side *s, const struct rtt_side *from,
    uint64_t now, const struct tcp *tcp, struct rtt_result *res)
{
	bool sacks = tcp->nsack > 0 && !sack_is_dsack(tcp);

	if (s->flags & SEEN && seq_diff(tcp->ack, s->next) > SEQ_FAR)
		return;
	if (sacks)
		take_sack(m, s, now, tcp->sack[0][1], res);
	if (!(s->flags & ACKED)) {
		s->flags |= ACKED;
		s->una = una_before(m, s, tcp->ack);
		advance(m, s, now, tcp->ack, res);
	} else if (seq_before(s->una, tcp->ack))
		advance(m, s, now, tcp->ack, res);
	else if (is_duplicate(s, from, tcp)) {
		/* With SACK agreed on, one without was only duplicated. */
		if (!(s->flags & from->flags & SACK_OK) && tcp->nsack == 0)
			note_hole(s, s->next);
		res->has_dup = true;
		res->dup = rtt_una_age(s, now);
	}
	for (unsigned i = 0; sacks && i < tcp->nsack; i++)
		note_hole(s, tcp->sack[i][1]);
}

/* Put a slot for seq..end before slot i, which is a hole that has room. */
static void
fill_hole(struct rtt *m, struct rtt_side *s, unsigned i, uint64_t now,
    uint32_t seq, uint32_t end)
{
	struct slot *hole = ring_at(&m->pool, &s->ring, i);
	struct slot fill = *hole;

	/* No TSval of its own: a new one waits at the ring's end. */
	fill.tsval = i > 0 ? ring_at(&m->pool, &s->ring, i - 1)->tsval :
	    hole->tsval - 1;
	fill.end = seq;
	if ((i > 0 ? ring_at(&m->pool, &s->ring, i - 1)->end : s->una) != seq)
		i += ring_insert(&m->pool, &s->ring, i, &fill);
	fill.end = end;
	fill.time = now & TIME_MASK;
	fill.flags = WAITS_ACK;
	if (ring_at(&m->pool, &s->ring, i)->end == end) {
		fill.tsval = ring_at(&m->pool, &s->ring, i)->tsval;
		*ring_at(&m->pool, &s->ring, i) = fill;
	} else if (!ring_insert(&m->pool, &s->ring, i, &fill))
		m->untimed++;
}

/* seq..end lies before next: a hole is filled, or it is sent again. */
static void
send_again(struct rtt *m, struct rtt_side *s, uint64_t now, uint32_t seq,
    uint32_t end)
{
	unsigned i = slot_past(m, s, seq);

	if ((s->flags & ACKED && !seq_before(s->una, end)) ||
	    i == s->ring.used)
		return;
	if (ring_at(&m->pool, &s->ring, i)->flags & IS_HOLE &&
	    !seq_before(ring_at(&m->pool, &s->ring, i)->end, end)) {
		fill_hole(m, s, i, now, seq, end);
		return;
	}
	for (; i < s->ring.used; i++) {
		struct slot *slot = ring_at(&m->pool, &s->ring, i);

		slot->flags |= SENT_AGAIN;
		if (!seq_before(slot->end, end))
			break;
	}
	s->resent_before = s->ring.used;
}

/* Is this the first packet with its TSval? */
static bool
new_tsval(struct rtt *m, struct rtt_side *s, const struct tcp *tcp)
{
	if (!tcp->has_ts)
		return false;
	if (s->flags & SAW_TSVAL) {
		if (!seq_before(s->tsval, tcp->tsval))
			return false;
		s->flags &= (unsigned)~AT_EDGE;
	} else {
		/* What waits already had none: it is older than any. */
		for (unsigned i = 0; i < s->ring.used; i++)
			ring_at(&m->pool, &s->ring, i)->tsval = tcp->tsval - 1;
		if (!(s->flags & SAW_SYN))
			s->flags |= AT_EDGE;
	}
	s->flags |= SAW_TSVAL;
	s->tsval = tcp->tsval;
	return true;
}

static void
wait_for_answer(struct rtt *m, struct rtt_side *s, bool grow, uint64_t now,
    uint32_t end, unsigned flags)
{
	struct slot slot = { .time = now & TIME_MASK, .flags = (uint8_t)flags,
	    .end = end, .tsval = s->tsval };

	if (!ring_push(&m->pool, &s->ring, &slot, grow) && grow)
		m->untimed++;
}

/* One byte from the past while data is out is a segment sent again. */
bool
rtt_is_keepalive(const struct rtt_side *s, const struct tcp *tcp)
{
	return tcp->len <= 1 && tcp->seq == s->next - 1 &&
	    (tcp->flags & (TCP_SYN | TCP_FIN)) == 0 &&
	    (tcp->len == 0 || !(s->flags & ACKED) || s->una == s->next);
}

bool
rtt_is_probe(const struct rtt_side *s, const struct rtt_side *other,
    const struct tcp *tcp)
{
	return tcp->len == 1 && tcp->seq == s->next && other->win == 0 &&
	    other->flags & SEEN && (tcp->flags & (TCP_SYN | TCP_FIN)) == 0;
}

/* A segment seq..end that moves s->next on or is from the past: the flags
 * its slot waits with, 0 for none. */
static unsigned
place(struct rtt *m, struct rtt_side *s, bool grow, uint64_t now,
    uint32_t seq, uint32_t end)
{
	unsigned flags = 0;

	if (seq_before(seq, s->next) && seq != end)
		send_again(m, s, now, seq,
		    seq_before(s->next, end) ? s->next : end);
	if (seq_before(s->next, seq))
		wait_for_answer(m, s, grow, now, seq, IS_HOLE);
	if (seq_before(s->next, end)) {
		flags = WAITS_ACK;
		if (seq_before(seq, s->next))
			flags |= SENT_AGAIN;
		s->next = end;
	}
	return flags;
}

/* Too much was not captured to tell the past from the future. */
static void
lose_track(struct rtt *m, struct rtt_side *s, uint32_t seq)
{
	drop(m, s, s->ring.used);
	s->flags &= HEARD | SEEN | SAW_TSVAL | SACK_OK;
	s->next = seq;
}

/* What a packet sends: where it lies, and what it waits for. */
static void
take_segment(struct rtt *m, struct rtt_side *s, const struct rtt_side *other,
    uint64_t now, const struct tcp *tcp, struct rtt_result *res)
{
	bool syn = tcp->flags & TCP_SYN;
	uint32_t len = tcp->len + syn + !!(tcp->flags & TCP_FIN);
	uint32_t seq = tcp->seq;
	/* What nobody answers takes one slot, a SYN what it needs. */
	bool grow = other->flags & SEEN || syn;
	unsigned flags;

	if (rtt_is_keepalive(s, tcp))
		return;
	if (rtt_is_probe(s, other, tcp)) {
		s->flags |= PROBED;
		return;
	}
	res->dseq = seq_diff(tcp->seq, s->next);
	if (res->dseq < -SEQ_FAR)
		lose_track(m, s, tcp->seq);
	if (len == 0 && res->dseq < 0)
		res->dseq = 0;
	if (syn && tcp->len > 0) {
		/* The SYN alone may be acknowledged. */
		s->flags |= FAST_OPEN;
		if (place(m, s, grow, now, seq, seq + 1) != 0)
			wait_for_answer(m, s, grow, now, seq + 1,
			    WAITS_ACK | IS_SYN);
		seq++;
		len--;
	}
	flags = place(m, s, grow, now, seq, seq + len);
	if (len == 0)
		flags = 0;
	if (new_tsval(m, s, tcp))
		flags |= WAITS_TS | (len == 0 ? IS_PURE : 0) |
		    (s->flags & AT_EDGE ? IS_EDGE : 0);
	if (flags != 0)
		wait_for_answer(m, s, grow, now, s->next,
		    flags | (syn ? IS_SYN : 0));
}

/*
 * A SYN with another sequence number starts a connection anew on the same
 * addresses and ports; one with SYN/ACK is new for its own side only.
 */
static void
take_syn(struct rtt *m, struct rtt_flow *f, int from, const struct tcp *tcp)
{
	bool again = f->side[from].flags & SAW_SYN &&
	    f->side[from].isn == tcp->seq;
	bool both = !(tcp->flags & TCP_ACK) && f->side[from].flags & SEEN;

	if (again)
		return;
	for (int i = 0; i < 2; i++) {
		struct rtt_side *s = &f->side[i];
		struct rtt_side kept = { .bytes = s->bytes,
		    .flags = s->flags & HEARD };

		if (i != from && !both)
			continue;
		drop(m, s, s->ring.used);
		*s = kept;
	}
	f->side[from].flags |= SAW_SYN | (tcp->sackok ? SACK_OK : 0);
	f->side[from].isn = tcp->seq;
}

void
rtt_update(struct rtt *m, struct rtt_flow *f, int from, uint64_t time_ns,
    const struct tcp *tcp, uint32_t size, struct rtt_result *res)
{
	struct rtt_side *s = &f->side[from], *other = &f->side[!from];

	memset(res, 0, sizeof *res);
	res->bytes = s->bytes += size;
	s->flags |= HEARD;
	if (tcp->flags & TCP_RST)
		return;
	if (tcp->flags & TCP_SYN)
		take_syn(m, f, from, tcp);
	if (!(s->flags & SEEN)) {
		s->flags |= SEEN;
		s->next = tcp->seq;
	}
	clean(m, other, time_ns);
	if (tcp->flags & TCP_ACK) {
		take_ack(m, other, s, time_ns, tcp, res);
		if (tcp->has_ts)
			take_tsecr(m, other, time_ns, tcp->tsecr, res);
		clean(m, other, time_ns);
	}
	if ((res->has_ts || res->has_seq) && tcp->len > 0)
		res->notes |= RTT_DATA;
	clean(m, s, time_ns);
	take_segment(m, s, other, time_ns, tcp, res);
	s->win = tcp->win;
}
