#include "conn/loss.h"

#include <string.h>

#include "conn/sack.h"
#include "conn/seq.h"

#define MS		UINT64_C(1000000)
#define SECOND		(1000 * MS)
#define FAR		(INT32_C(1) << 30)	/* no window is as large */
#define CASES_MAX	512	/* of one direction */
#define STEPS_ENOUGH	24	/* to know a path's jitter */
#define RTO_MIN		(100 * MS)	/* RFC 6298: a second; Linux: 200 ms */
#define UNKNOWN_TRIP	(4 * MS)	/* where there is no round trip yet */

enum kind { HOLE, AGAIN, COPY, MISSING, LATE, HELD };

struct loss_case {
	uint32_t next;		/* the number of the next one */
	uint32_t seq, end;
	uint32_t tsval;		/* HOLE: of what came behind; AGAIN: its own */
	uint16_t id_before, id_behind;	/* HOLE: IP identifications around it */
	uint8_t kind, what;
	bool has_ts, has_gap;
	bool newer;		/* AGAIN: its TSval is not the original's */
	bool answered;		/* by an ACK */
	bool was_missing;	/* AGAIN, LATE: the receiver had missed it */
	uint64_t time;		/* of the packet that it is about */
	uint64_t gap;		/* as in the event */
	uint64_t answer;	/* HOLE: when that was */
	uint64_t missed;	/* AGAIN: when the receiver missed it first */
};

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

/* --- times ------------------------------------------------------------- */

static uint64_t
later_by(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

/* The least round trip from end to end; a guess while there is none. */
static uint64_t
round_trip(const struct loss_view *v)
{
	uint64_t t = trips_min(v->near) + trips_min(v->far);

	return t > 0 ? t : UNKNOWN_TRIP;
}

/* Nothing is sent again sooner than this after the original. */
static uint64_t
soonest(const struct loss_view *v)
{
	return round_trip(v) / 4 * 3;
}

/* A sender that acts on what the receiver said has done so by then. */
static uint64_t
reaction(const struct loss_view *v)
{
	return trips_min(v->near) + round_trip(v) / 4 * 5 + 10 * MS;
}

/*
 * By then an original that was held back has come, and the D-SACK for it: it
 * must have lost a race against a round trip or a time-out.
 */
static uint64_t
patience(const struct loss_view *v)
{
	uint64_t t = 8 * round_trip(v);

	return t < 250 * MS ? 250 * MS : t < 3 * SECOND ? t : 3 * SECOND;
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

/* How much round trips vary from one to the next, on the side that was timed
 * more often. */
static uint64_t
jitter(const struct loss_view *v)
{
	return median_step(v->data->steps > v->back->steps ? v->data :
	    v->back);
}

/* --- cases ------------------------------------------------------------- */

static struct loss_case *
at(const struct loss *l, uint32_t i)
{
	return pool_at(&l->cases, i);
}

static bool
overlaps(const struct loss_case *c, uint32_t seq, uint32_t end)
{
	return seq_before(c->seq, end) && seq_before(seq, c->end);
}

/* The place of the first case of a kind that has a byte of seq..end. */
static uint32_t *
find(const struct loss *l, struct loss_side *s, enum kind kind, uint32_t seq,
    uint32_t end)
{
	uint32_t *i = &s->first;

	for (; *i != 0; i = &at(l, *i)->next)
		if (at(l, *i)->kind == kind && overlaps(at(l, *i), seq, end))
			return i;
	return NULL;
}

static void
drop(struct loss *l, struct loss_side *s, uint32_t *i)
{
	uint32_t gone = *i;

	*i = at(l, gone)->next;
	pool_put(&l->cases, gone);
	s->cases--;
}

static void
tell(struct loss *l, struct loss_side *s, const struct loss_event *e)
{
	s->count[e->what]++;
	if (e->what < LOSS_SIZED)
		s->bytes[e->what] += e->len;
	if (l->event != NULL)
		l->event(l->arg, e);
}

static void
tell_case(struct loss *l, struct loss_side *s, const struct loss_case *c,
    enum loss_what what)
{
	struct loss_event e = { .time = c->time, .what = what, .seq = c->seq,
	    .len = c->end - c->seq, .has_gap = c->has_gap, .gap = c->gap };

	tell(l, s, &e);
}

/* Was it held back for longer than the order of packets varies by anyway on
 * this path?  What the receiver says of it came by the path back as well. */
static bool
is_reordered(const struct loss_view *v, const struct loss_case *late)
{
	return late->gap > (late->was_missing ? 12 : 8) * jitter(v);
}

/* What a case is if nothing more comes. */
static void
conclude(struct loss *l, const struct loss_view *v, const struct loss_case *c)
{
	if (c->kind == AGAIN)
		tell_case(l, v->data, c, c->what);
	else if (c->kind == LATE && is_reordered(v, c))
		tell_case(l, v->data, c, LOSS_REORDER);
	else if (c->kind == HOLE && c->answered) {
		struct loss_case unseen = *c;

		unseen.time = c->answer;
		unseen.has_gap = c->answer > c->time;
		unseen.gap = later_by(c->answer, c->time);
		tell_case(l, v->data, &unseen, LOSS_GAP);
	}
}

/* Add a case; where there is no room it is concluded. */
static void
add(struct loss *l, const struct loss_view *v, const struct loss_case *c)
{
	uint32_t *i = &v->data->first, new;

	new = v->data->cases < CASES_MAX ? pool_get(&l->cases) : 0;
	if (new == 0) {
		l->undecided++;
		conclude(l, v, c);
		if (c->kind == HOLE) {
			/* What fills it must not look like the past. */
			v->data->blind = true;
			v->data->blind_end = c->end;
		}
		return;
	}
	while (*i != 0)
		i = &at(l, *i)->next;
	*at(l, new) = *c;
	at(l, new)->next = 0;
	*i = new;
	v->data->cases++;
}

/* Take seq..end out of case *i, which may leave none, one or two. */
static void
cut(struct loss *l, const struct loss_view *v, uint32_t *i, uint32_t seq,
    uint32_t end)
{
	struct loss_case *c = at(l, *i), rest = *c;

	if (!seq_before(c->seq, seq)) {
		c->seq = end;
		if (!seq_before(end, c->end))
			drop(l, v->data, i);
		return;
	}
	c->end = seq;
	rest.seq = end;
	if (seq_before(end, rest.end))
		add(l, v, &rest);
}

/* Of the case and seq..end, what both have. */
static void
common(const struct loss_case *c, uint32_t *seq, uint32_t *end)
{
	if (seq_before(*seq, c->seq))
		*seq = c->seq;
	if (seq_before(c->end, *end))
		*end = c->end;
}

/* Remember that there was a copy, so that a D-SACK needs no other reason. */
static void
add_copy(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	struct loss_case c = { .kind = COPY, .seq = seq, .end = end,
	    .time = v->now };

	add(l, v, &c);
}

/* Held back, until this segment came; NULL where the receiver says so. */
static void
add_late(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, uint64_t by, const struct tcp *tcp)
{
	struct loss_case c = { .kind = LATE, .seq = seq, .end = end,
	    .time = v->now, .has_gap = true, .gap = by,
	    .has_ts = tcp != NULL && tcp->has_ts,
	    .tsval = tcp != NULL ? tcp->tsval : 0,
	    .was_missing = tcp == NULL };

	v->data->late++;
	add(l, v, &c);
}

/* --- the sender -------------------------------------------------------- */

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
	return later_by(v->now, hole->time) >= soonest(v);
}

/* seq..end fills a part of hole *i. */
static void
fill(struct loss *l, const struct loss_view *v, uint32_t *i, uint32_t seq,
    uint32_t end, const struct tcp *tcp, uint16_t id)
{
	struct loss_case hole = *at(l, *i);
	struct loss_case again = { .kind = AGAIN, .what = LOSS_UPSTREAM,
	    .seq = seq, .end = end, .time = v->now, .has_ts = tcp->has_ts,
	    .tsval = tcp->tsval, .has_gap = true,
	    .gap = later_by(v->now, hole.time) };

	cut(l, v, i, seq, end);
	if (hole.answered) {
		/* Only the capture has them in the wrong order. */
		v->data->late++;
		return;
	}
	if (fills_again(v, &hole, tcp, id))
		add(l, v, &again);
	else
		add_late(l, v, seq, end, again.gap, tcp);
}

static bool
is_acked(const struct loss_view *v, uint32_t end)
{
	return rtt_has_una(v->sender) && !seq_before(v->sender->una, end);
}

/* How long ago was this sent at least?  slot is the original, or NULL. */
static uint64_t
age_of(const struct loss_view *v, const struct slot *slot, uint32_t end)
{
	if (slot != NULL)
		return rtt_age(slot, v->now);
	return is_acked(v, end) ?
	    rtt_una_age(v->sender, v->now) + trips_min(v->far) : UINT64_MAX;
}

/* Has the receiver given the sender a reason to send something again? */
static bool
has_reason(const struct loss_view *v)
{
	return v->data->heard != 0 &&
	    later_by(v->now, v->data->heard) <= reaction(v);
}

/*
 * Bytes come again, and the original of them was captured: did the network
 * copy it?  Not if something else has their place in the ring since, what had
 * been held back or another copy; then that is late, or again.
 */
static bool
is_copy_of(const struct loss_view *v, const struct tcp *tcp,
    const struct loss_case *before, uint64_t age)
{
	if (tcp->has_ts && before->has_ts)
		return !seq_before(before->tsval, tcp->tsval);
	return age < soonest(v);
}

/* The same where the original is known only to have been acknowledged. */
static bool
is_old_copy(const struct loss_view *v, const struct tcp *tcp, uint64_t age)
{
	const struct loss_side *s = v->data;
	int32_t ahead;

	if (!tcp->has_ts)
		return age < soonest(v) && !has_reason(v);
	/* Newer than what the receiver had seen when it had the original. */
	if (s->has_echoed && seq_before(s->echoed, tcp->tsval))
		return false;
	ahead = seq_diff(tcp->tsval, v->sender->tsval);
	return ahead < 0 || (ahead == 0 && age < soonest(v));
}

/* Bytes come again: did the network copy them, or the sender send them? */
static bool
is_copy(const struct loss *l, const struct loss_view *v,
    const struct tcp *tcp, const struct slot *slot,
    const struct loss_case *again)
{
	uint32_t end = tcp->seq + tcp->len;
	const uint32_t *i = find(l, v->data, LATE, tcp->seq, end);
	const struct loss_case *late = i != NULL ? at(l, *i) : NULL;
	uint64_t age = age_of(v, slot, end);

	if (again != NULL && later_by(v->now, again->time) < soonest(v))
		return is_copy_of(v, tcp, again, 0);
	if (again != NULL && again->what == LOSS_UPSTREAM && again->answered &&
	    !tcp->has_ts)
		return true;
	if (late != NULL && (late->has_ts || !tcp->has_ts))
		return is_copy_of(v, tcp, late, late->gap +
		    later_by(v->now, late->time));
	if (slot == NULL)
		return is_old_copy(v, tcp, age);
	if (age < soonest(v))
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
	    find(l, v->data, MISSING, seq, end) != NULL;
}

/* Has the receiver said that it has seq..end? */
static bool
is_held(const struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	const uint32_t *i = find(l, v->data, HELD, seq, end);

	return i != NULL && !seq_before(seq, at(l, *i)->seq) &&
	    !seq_before(at(l, *i)->end, end);
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
	    (quiet < una ? quiet : una) <= reaction(v))
		return LOSS_FAST;
	if (end == v->sender->next && s->complaints == 0 && !blind &&
	    (seq != v->sender->una || age < 3 * round_trip(v)))
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

	if (is_acked(v, end) || is_held(l, v, seq, end))
		c.what = LOSS_SPURIOUS;
	else if (v->receiver->win == 0 && rtt_has_next(v->receiver))
		c.what = LOSS_ZWPROBE;
	else {
		c.what = cause(l, v, seq, end, age) & 15;
		while ((i = find(l, v->data, MISSING, seq, end)) != NULL) {
			uint32_t from = seq, to = end;

			common(at(l, *i), &from, &to);
			c.was_missing = true;
			c.missed = at(l, *i)->time;
			cut(l, v, i, from, to);
		}
		add(l, v, &c);
		return;
	}
	tell_case(l, v->data, &c, c.what);
	add_copy(l, v, seq, end);
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
	uint32_t *i = find(l, v->data, AGAIN, seq, end);
	struct loss_case before = { .what = LOSS_WHATS };
	struct loss_event copy = { .time = v->now, .what = LOSS_NETDUP,
	    .seq = seq, .len = end - seq, .has_gap = slot != NULL,
	    .gap = slot != NULL ? rtt_age(slot, v->now) : 0 };

	if (i != NULL)
		before = *at(l, *i);
	v->data->resent += end - seq;
	if (!same_id &&
	    !is_copy(l, v, tcp, slot, i != NULL ? &before : NULL)) {
		if (i != NULL) {
			tell_case(l, v->data, &before, before.what);
			drop(l, v->data, i);
		}
		send_again(l, v, seq, end, tcp, slot);
	} else if (is_original(v, tcp, &before)) {
		/* The original of what filled the hole: it was held back. */
		drop(l, v->data, i);
		tell_case(l, v->data, &before, LOSS_SPURIOUS);
		add_late(l, v, seq, end,
		    before.gap + later_by(v->now, before.time), tcp);
		add_copy(l, v, seq, end);
	} else {
		tell(l, v->data, &copy);
		add_copy(l, v, seq, end);
	}
}

/* seq..end comes after something behind it: holes are filled, or it is the
 * past. */
static void
take_old(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp, uint16_t id, bool same_id)
{
	uint32_t *i = find(l, v->data, HOLE, seq, end), from, to;

	if (v->data->blind && !seq_before(seq, v->data->blind_end))
		v->data->blind = false;
	if (i == NULL) {
		if (!v->data->blind)
			take_past(l, v, seq, end, tcp, same_id);
		return;
	}
	v->data->resent += end - seq;
	while ((i = find(l, v->data, HOLE, seq, end)) != NULL) {
		from = seq;
		to = end;
		common(at(l, *i), &from, &to);
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

	if (seq_diff(end, seq) < FAR)
		add(l, v, &c);
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
	tell(l, v->data, &e);
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
	if (seq_before(base, tcp->seq))
		open_hole(l, v, base, tcp->seq, tcp, id, id_before);
	else if (tcp->len > 0 && seq_before(tcp->seq, base))
		take_old(l, v, tcp->seq, seq_before(base, end) ? base : end,
		    tcp, id, same);
}

/* --- the receiver ------------------------------------------------------ */

/* The original had come, after all. */
static void
tell_spurious(struct loss *l, const struct loss_view *v, uint32_t *i)
{
	struct loss_case c = *at(l, *i);

	drop(l, v->data, i);
	tell_case(l, v->data, &c, LOSS_SPURIOUS);
	if (c.was_missing)
		add_late(l, v, c.seq, c.end, later_by(v->now, c.missed),
		    NULL);
}

/*
 * Something was sent again, and this ACK covers it.  If it is an answer to
 * what came before, it was not needed; else a D-SACK may still say so.
 */
static void
take_answer(struct loss *l, const struct loss_view *v, uint32_t *i,
    const struct tcp *tcp, bool by_ack)
{
	struct loss_case *c = at(l, *i);
	uint32_t seq = c->seq, end = c->end;
	bool edge = by_ack && seq == v->sender->una && c->newer &&
	    tcp->has_ts;
	bool early = later_by(v->now, c->time) < trips_min(v->far) / 4 * 3;

	if (c->answered || c->what == LOSS_UPSTREAM) {
		c->answered = true;
		return;
	}
	c->answered = true;
	if (edge ? seq_before(tcp->tsecr, c->tsval) : early) {
		tell_spurious(l, v, i);
		add_copy(l, v, seq, end);
	}
}

/* The receiver has seq..end, by its ACK or a block. */
static void
take_received(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp, bool by_ack)
{
	uint32_t *i = &v->data->first, next;

	for (; *i != 0; i = *i == next ? &at(l, next)->next : i) {
		struct loss_case *c = at(l, *i);
		uint32_t from = seq, to = end;

		next = *i;
		if (!overlaps(c, seq, end))
			continue;
		if (c->kind == AGAIN && !seq_before(end, c->end) &&
		    !seq_before(c->seq, seq))
			take_answer(l, v, i, tcp, by_ack);
		else if (c->kind == HOLE && by_ack && !c->answered &&
		    !seq_before(end, c->end)) {
			v->data->unseen++;
			c->answered = true;
			c->answer = v->now;
		} else if (c->kind == HELD && by_ack &&
		    !seq_before(end, c->end)) {
			drop(l, v->data, i);
		} else if (c->kind == MISSING) {
			uint64_t by = later_by(v->now, c->time);

			common(c, &from, &to);
			cut(l, v, i, from, to);
			add_late(l, v, from, to, by, NULL);
		}
	}
}

/* The receiver got l..r twice: what sent it twice? */
static void
take_dsack(struct loss *l, const struct loss_view *v, const struct tcp *tcp)
{
	uint32_t seq = tcp->sack[0][0], end = tcp->sack[0][1], *i;
	struct loss_side *s = v->data;
	struct loss_event e = { .time = v->now, .what = LOSS_NETDUP,
	    .seq = seq, .len = end - seq };
	bool same = s->has_dsack && s->dsack[0] == seq &&
	    s->dsack[1] == end && s->dsack[2] == tcp->tsval;

	s->has_dsack = true;
	s->dsack[0] = seq;
	s->dsack[1] = end;
	s->dsack[2] = tcp->tsval;
	if (same || seq_diff(end, seq) <= 0 || seq_diff(end, seq) > FAR ||
	    seq_before(v->sender->next, end))
		return;
	if ((i = find(l, s, COPY, seq, end)) != NULL) {
		drop(l, s, i);
		return;
	}
	if ((i = find(l, s, AGAIN, seq, end)) != NULL) {
		tell_spurious(l, v, i);
		return;
	}
	/* A single byte is that of a keep-alive or of a probe. */
	if (end - seq > 1)
		tell(l, s, &e);
}

/* The receiver misses seq..end, as far as that was captured, once. */
static void
add_missing(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	struct loss_case c = { .kind = MISSING, .time = v->now };
	uint32_t i, stop;

	while (seq_before(seq, end)) {
		c.seq = seq;
		stop = end;
		/* Up to the next case, or from behind the one that is here. */
		for (i = v->data->first; i != 0; i = at(l, i)->next) {
			const struct loss_case *k = at(l, i);

			if (k->kind == COPY || !overlaps(k, seq, stop))
				continue;
			if (seq_before(seq, k->seq))
				stop = k->seq;
			else {
				stop = seq;
				seq = k->end;
				break;
			}
		}
		c.end = stop;
		if (seq_before(c.seq, c.end)) {
			add(l, v, &c);
			seq = stop;
		}
	}
}

/* The receiver holds seq..end, and will not say so for ever: an ACK has room
 * for its latest blocks only.  Is that a block of its own? */
static bool
add_held(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	struct loss_case c = { .kind = HELD, .seq = seq, .end = end,
	    .time = v->now };
	uint32_t *i;
	bool alone = true;

	while ((i = find(l, v->data, HELD, seq - 1, end + 1)) != NULL) {
		const struct loss_case *k = at(l, *i);

		if (!seq_before(c.seq, k->seq) && !seq_before(k->end, c.end))
			return false;
		alone = false;
		if (seq_before(k->seq, c.seq))
			c.seq = k->seq;
		if (seq_before(c.end, k->end))
			c.end = k->end;
		drop(l, v->data, i);
	}
	add(l, v, &c);
	return alone;
}

static void
take_blocks(struct loss *l, const struct loss_view *v, const struct tcp *tcp,
    bool dsack)
{
	bool holes = false;

	for (unsigned i = dsack; i < tcp->nsack; i++) {
		uint32_t seq = tcp->sack[i][0], end = tcp->sack[i][1];

		if (seq_diff(end, seq) <= 0 || seq_before(seq, tcp->ack) ||
		    seq_before(v->sender->next, end))
			continue;
		if (!v->data->has_sacked ||
		    seq_before(v->data->sacked, end)) {
			v->data->has_sacked = true;
			v->data->sacked = end;
		}
		take_received(l, v, seq, end, tcp, false);
		holes |= add_held(l, v, seq, end);
	}
	if (holes)
		add_missing(l, v, tcp->ack, v->data->sacked);
}

/* Bytes were acknowledged that were never seen. */
static void
take_unseen(struct loss *l, const struct loss_view *v, uint32_t ack)
{
	uint32_t base = v->sender->next;
	struct loss_case c = { .kind = HOLE, .end = ack, .time = v->now,
	    .answered = true, .answer = v->now };

	if (rtt_has_una(v->sender) && seq_before(base, v->sender->una))
		base = v->sender->una;
	c.seq = base;
	/* One byte may be that of a probe, or a keep-alive before all else. */
	if (!seq_before(base, ack) || !v->reliable || (ack == base + 1 &&
	    (v->data->probed || v->sender->bytes == 0)))
		return;
	v->data->unseen++;
	add(l, v, &c);
}

void
loss_ack(struct loss *l, const struct loss_view *v, const struct tcp *tcp)
{
	struct loss_side *s = v->data;
	const struct rtt_side *d = v->sender;
	bool dsack = tcp->nsack > 0 && sack_is_dsack(tcp);
	uint32_t una = rtt_has_una(d) ? d->una : tcp->ack;

	if (!rtt_has_next(d) || seq_diff(tcp->ack, d->next) > FAR)
		return;
	if (dsack)
		take_dsack(l, v, tcp);
	if (seq_before(tcp->ack, una))
		return;		/* old news */
	take_unseen(l, v, tcp->ack);
	if (tcp->has_ts && (!s->has_echoed ||
	    seq_before(s->echoed, tcp->tsecr))) {
		s->has_echoed = true;
		s->echoed = tcp->tsecr;
	}
	if (seq_before(una, tcp->ack)) {
		s->complaints = 0;
		if (s->has_recover && !seq_before(tcp->ack, s->recover))
			s->has_recover = false;
		if (s->has_sacked && !seq_before(tcp->ack, s->sacked))
			s->has_sacked = false;
	} else if (tcp->len == 0 && seq_before(una, d->next) &&
	    (tcp->flags & (TCP_SYN | TCP_FIN)) == 0) {
		s->complaints++;
		s->heard = v->now;
	}
	if (tcp->nsack > dsack)
		s->heard = v->now;
	if (s->first != 0)
		take_received(l, v, una - FAR / 2, tcp->ack, tcp, true);
	if (tcp->nsack > dsack)
		take_blocks(l, v, tcp, dsack);
}

/* --- decisions --------------------------------------------------------- */

/* Is it time?  When there are many, those that are all but certain go. */
static bool
is_ripe(const struct loss_view *v, const struct loss_case *c)
{
	uint64_t age = later_by(v->now, c->time);
	bool many = v->data->cases > CASES_MAX / 2;

	switch (c->kind) {
	case HOLE:
		return c->answered &&
		    later_by(v->now, c->answer) > round_trip(v);
	case AGAIN:
		return c->answered ? many || age > patience(v) :
		    age > 60 * SECOND;
	case LATE:
		return many || (is_acked(v, c->end) &&
		    v->data->steps + v->back->steps >= STEPS_ENOUGH);
	case COPY:
		return many || age > patience(v);
	case HELD:
		return is_acked(v, c->end);
	default:
		return age > 10 * SECOND;
	}
}

void
loss_settle(struct loss *l, const struct loss_view *v, bool end)
{
	uint32_t *i = &v->data->first;

	while (*i != 0) {
		struct loss_case c = *at(l, *i);

		if (!end && !is_ripe(v, &c)) {
			i = &at(l, *i)->next;
			continue;
		}
		drop(l, v->data, i);
		conclude(l, v, &c);
	}
}
