#include "track/track.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conn/sack.h"
#include "conn/seq.h"
#include "track/conn.h"
#include "wire/units.h"

#define LINGER		(5 * NS_PER_S)	/* what comes late belongs to it */
#define TRIP_MAX_AGE	(10 * NS_PER_S)	/* a segment waits for its answer */
#define DELACK_MIN	(30 * NS_PER_MS)	/* Linux waits 40 and more */
#define DELACK_MAX	(550 * NS_PER_MS)	/* RFC 1122, 4.2.3.2: below 500 */
#define NEAR_SYN	(1 << 20)	/* a late SYN is not so far behind */
#define DELACKS_MAX	511	/* that are counted */

enum { OPEN, ENDED };		/* queues of the table */

/* Slots for packets in flight, beside the one that each side has. */
static uint32_t
slots_for(uint32_t nflows)
{
	uint32_t least = nflows < 128 ? (nflows + 1) << 13 : 1 << 20;

	return nflows < least / 2 ? least :
	    nflows < RING_POOL_MAX / 2 ? 2 * nflows : RING_POOL_MAX;
}

_Static_assert(sizeof(struct track_flow) == 256, "as the page says");

int
track_open(struct track *t, uint32_t max, uint64_t idle, uint64_t interval,
    uint64_t seed)
{
	size_t n = (size_t)max + 1;

	memset(t, 0, sizeof *t);
	t->idle = idle;
	t->interval = interval;
	/* Pages that are never touched cost nothing. */
	t->wire = calloc(n, sizeof *t->wire);
	t->due = interval > 0 ? calloc(n, sizeof *t->due) : NULL;
	if (t->wire == NULL || (interval > 0 && t->due == NULL) ||
	    flow_open(&t->flows, max, sizeof(struct track_flow), seed) < 0 ||
	    rtt_open(&t->rtt, TRIP_MAX_AGE, slots_for(max)) < 0 ||
	    loss_open(&t->loss, slots_for(max)) < 0 ||
	    pool_open(&t->more, max, sizeof(struct track_more)) < 0 ||
	    pool_open(&t->six, max, 2 * sizeof(((struct addr *)0)->b)) < 0)
		return -1;
	t->loss.event = track_tell_loss;
	t->loss.arg = t;
	return 0;
}

void
track_close(struct track *t)
{
	free(t->wire);
	free(t->due);
	flow_close(&t->flows);
	rtt_close(&t->rtt);
	loss_close(&t->loss);
	pool_close(&t->more);
	pool_close(&t->six);
}

/* --- losses ------------------------------------------------------------ */

static bool
is_open(const struct end *e)
{
	return e->state == END_ESTABLISHED || e->state == END_CLOSED ||
	    e->state == END_PARTIAL;
}

/* The direction of what `from` sends. */
static struct loss_view
view(struct track *t, uint32_t i, struct track_more *more, int from,
    uint64_t time)
{
	struct track_flow *f = flow_at(t, i);

	return (struct loss_view){ .data = &more->side[from].loss,
	    .back = &more->side[!from].loss, .sender = &f->rtt.side[from],
	    .receiver = &f->rtt.side[!from], .near = &f->side[from].trips,
	    .far = &f->side[!from].trips, .rtt = &t->rtt, .now = time,
	    .reliable = is_open(&f->ends.end[0]) && is_open(&f->ends.end[1]),
	    .flow = i, .from = from };
}

static void
settle(struct track *t, uint32_t i, uint64_t time, bool end)
{
	struct track_flow *f = flow_at(t, i);
	struct track_more *more = more_of(t, f);
	int client = f->ends.opener;

	if (more != NULL && (more->side[0].loss.first != 0 ||
	    more->side[1].loss.first != 0))
		loss_settle(&t->loss, (struct loss_view[2]){
		    view(t, i, more, client, time),
		    view(t, i, more, !client, time) }, end);
}

/* --- updates ----------------------------------------------------------- */

static void
due_leave(struct track *t, uint32_t i)
{
	struct track_due *d = &t->due[i];

	if (d->older != 0)
		t->due[d->older].newer = d->newer;
	else
		t->due_first = d->newer;
	if (d->newer != 0)
		t->due[d->newer].older = d->older;
	else
		t->due_last = d->older;
}

/* All wait equally long, so that the last is due last. */
static void
due_enter(struct track *t, uint32_t i, uint64_t now)
{
	t->due[i] = (struct track_due){ .at = now + t->interval,
	    .older = t->due_last };
	if (t->due_last != 0)
		t->due[t->due_last].newer = i;
	else
		t->due_first = i;
	t->due_last = i;
}

/* --- the end ----------------------------------------------------------- */

void
track_end(struct track *t, uint32_t i, enum track_reason why)
{
	struct track_flow *f = flow_at(t, i);
	uint64_t last = flow_queued(&t->flows, i);

	/* What ended keeps that reason. */
	if (f->dead)
		why = f->ends.end[0].state == END_RESET ||
		    f->ends.end[1].state == END_RESET ? TRACK_RESET :
		    TRACK_CLOSED;
	settle(t, i, last, true);
	track_tell(t, i, why, last);
	t->one_sided += rtt_one_sided(&f->rtt);
	rtt_forget(&t->rtt, &f->rtt);
	if (f->more != 0)
		pool_put(&t->more, f->more);
	if (f->six && f->addr.node != 0)
		pool_put(&t->six, f->addr.node);
	if (t->due != NULL)
		due_leave(t, i);
	flow_drop(&t->flows, i);
}

/* Both FINs acknowledged, or a RST. */
static bool
has_ended(const struct track_flow *f)
{
	const struct rtt_side *s = f->rtt.side;
	const struct end *e = f->ends.end;

	if (e[0].state == END_RESET || e[1].state == END_RESET)
		return true;
	return e[0].state == END_CLOSED && e[1].state == END_CLOSED &&
	    rtt_has_una(&s[0]) && rtt_has_una(&s[1]) &&
	    !seq_before(s[0].una, s[0].next) &&
	    !seq_before(s[1].una, s[1].next);
}

/* --- segments ---------------------------------------------------------- */

/* Is this anything but the next segment, or an ACK of what was sent? */
static bool
is_odd(const struct track_flow *f, int from, const struct tcp *tcp)
{
	const struct rtt_side *s = &f->rtt.side[from];
	const struct rtt_side *o = &f->rtt.side[!from];
	int32_t ahead;

	if (tcp->flags & TCP_RST)
		return false;
	if (tcp->nsack > 0 || tcp->win == 0 || ends_full(&f->ends))
		return true;
	if (tcp->flags & TCP_SYN)
		return rtt_has_isn(s);
	if (tcp->flags & TCP_ACK && rtt_has_next(o) &&
	    seq_before(o->next, tcp->ack))
		return true;
	ahead = seq_diff(tcp->seq, s->next);
	return rtt_has_next(s) && (ahead > 0 ||
	    (ahead < 0 && (tcp->len > 0 || ahead == -1)));
}

static struct track_more *
need_more(struct track *t, struct track_flow *f)
{
	struct track_more *more = more_of(t, f);

	if (more != NULL || (f->more = pool_get(&t->more) & INT32_MAX) == 0)
		return more;
	more = more_of(t, f);
	for (int i = 0; i < 2; i++)
		loss_trips(&more->side[i].loss, &f->side[i].trips);
	return more;
}

/* What the segment says of losses, and of those that were pending. */
static void
take_losses(struct track *t, uint32_t i, struct track_more *more, int from,
    uint64_t time, const struct tcp *tcp, const struct track_wire *wire)
{
	struct track_flow *f = flow_at(t, i);
	struct loss_view v;
	uint32_t unseen = more->side[!from].loss.unseen;
	uint16_t before = wire->id != 0 ? t->wire[i].id[from] : 0;

	settle(t, i, time, false);
	if (tcp->flags & TCP_ACK) {
		v = view(t, i, more, !from, time);
		loss_ack(&t->loss, &v, tcp);
		if (unseen != v.data->unseen && !(tcp->flags & TCP_FIN))
			ends_event(&f->ends, &more->history, !from, 'G',
			    v.data->unseen);
	}
	v = view(t, i, more, from, time);
	loss_segment(&t->loss, &v, tcp, wire->id, before);
}

/* Blocks, windows and what Zeek counts. */
static void
take_more(struct track_flow *f, struct track_more *more, int from,
    uint64_t time, const struct tcp *tcp)
{
	struct more_side *m = &more->side[from];
	const struct rtt_side *s = &f->rtt.side[from];
	bool dsack = tcp->nsack > 0 && sack_is_dsack(tcp);
	uint32_t end = tcp->seq + tcp->len + !!(tcp->flags & TCP_SYN) +
	    !!(tcp->flags & TCP_FIN);

	m->sacks += tcp->nsack;
	m->dsacks += dsack;
	m->syns += tcp->flags & TCP_SYN && rtt_has_isn(s);
	if (tcp->win == 0 && ends_window_counts(&f->ends, from))
		ends_event(&f->ends, &more->history, from, 'W',
		    ++m->zero_letters);
	if (tcp->len > 0 && rtt_has_next(s) && !seq_before(s->next, end))
		ends_event(&f->ends, &more->history, from, 'T',
		    ++m->old_letters);
	if (tcp->flags & TCP_SYN)
		return;
	m->zwins += tcp->win == 0;
	if (m->in_zwin && time > m->zwin_since) {
		m->zwin_time += time - m->zwin_since;
		m->zwin_since = time;
	}
	if (!m->in_zwin)
		m->zwin_since = time;
	m->in_zwin = tcp->win == 0;
}

static void
take_options(struct track_traits *s, const struct tcp *tcp)
{
	s->stamps = tcp->has_ts;
	s->sack = tcp->sackok;
	s->mss = tcp->has_mss ? tcp->mss : 0;
	s->ws = !tcp->has_ws ? NO_SCALE : tcp->ws > 14 ? 14 : tcp->ws & 15;
}

static void
count(struct track_flow *f, int from, uint64_t time, const struct tcp *tcp)
{
	struct track_side *s = &f->side[from];
	struct track_traits *traits = &f->traits[from];

	s->pkts++;
	if (tcp->flags & TCP_SYN)
		take_options(traits, tcp);
	if (tcp->len > traits->seg_max)
		traits->seg_max = tcp->len < UINT16_MAX ?
		    (uint16_t)tcp->len : UINT16_MAX;
	if (tcp->len > 0 && s->first == BRIEF_NONE)
		s->first = brief_of(time > f->start ? time - f->start : 0);
	if (tcp->flags & (TCP_SYN | TCP_RST))
		return;
	if (tcp->win < s->win_min)
		s->win_min = tcp->win;
	if (tcp->win > s->win_max)
		s->win_max = tcp->win;
}

/*
 * A round trip that a delayed ACK made longer: that of a single segment,
 * behind which nothing came, by a pure ACK, and longer by what a host waits.
 */
static bool
is_delayed(const struct track_side *s, const struct rtt_side *sent,
    const struct tcp *tcp, const struct rtt_result *res)
{
	uint64_t least = trips_min(&s->trips);

	return s->trips.count > 0 && tcp->ack == sent->next &&
	    (res->notes & (RTT_HANDSHAKE | RTT_MORE | RTT_DATA)) == 0 &&
	    res->seq > least + DELACK_MIN && res->seq < least + DELACK_MAX;
}

static void
take_trip(struct track_flow *f, struct track_more *more, int from,
    const struct tcp *tcp, const struct rtt_result *res)
{
	struct track_side *s = &f->side[from];
	const struct rtt_side *sent = &f->rtt.side[!from];
	bool clean = res->has_seq && !(res->notes & RTT_RESENT);

	if (res->notes & RTT_HANDSHAKE && s->handshake == BRIEF_NONE) {
		if (clean)
			s->handshake = brief_of(res->seq);
		else if (res->has_ts)
			s->handshake = brief_of(res->ts);
	}
	if (!clean)
		return;
	if (is_delayed(s, sent, tcp, res) &&
	    f->traits[from].delacks < DELACKS_MAX)
		f->traits[from].delacks++;
	trips_add(&s->trips, res->seq);
	if (more != NULL)
		loss_trip(&more->side[from].loss, res->seq);
}

static void
take(struct track *t, uint32_t i, int from, uint64_t time,
    const struct tcp *tcp, const struct track_wire *wire)
{
	struct track_flow *f = flow_at(t, i);
	struct rtt_side *s = &f->rtt.side[from];
	struct track_more *more = more_of(t, f);
	struct ends_facts facts = { .answers = rtt_has_una(s) &&
	    s->una == tcp->seq + 1 };
	struct rtt_result res;

	if (more == NULL && is_odd(f, from, tcp))
		more = need_more(t, f);
	if (tcp->flags & TCP_SYN)
		facts.again = rtt_has_isn(s) && s->isn == tcp->seq;
	else if (tcp->flags & TCP_FIN)
		facts.again = rtt_has_next(s) &&
		    tcp->seq + tcp->len + 1 == s->next;
	ends_take(&f->ends, more != NULL ? &more->history : NULL, from, tcp,
	    &facts);
	if (more != NULL && !(tcp->flags & TCP_RST)) {
		take_more(f, more, from, time, tcp);
		if (!(tcp->flags & TCP_SYN))
			take_losses(t, i, more, from, time, tcp, wire);
	}
	count(f, from, time, tcp);
	rtt_update(&t->rtt, &f->rtt, from, time, tcp, tcp->len, &res);
	if (res.has_dup && (more = need_more(t, f)) != NULL)
		more->side[from].dupacks++;
	if (res.has_seq || res.has_ts)
		take_trip(f, more, from, tcp, &res);
}

static void
take_wire(struct track *t, uint32_t i, int from, const struct track_wire *w)
{
	if (w->iplen == 0 && w->id == 0)
		return;
	t->wired = true;
	t->wire[i].bytes[from] += w->iplen;
	t->wire[i].id[from] = w->id;
}

void
track_segment(struct track *t, uint32_t i, int from, uint64_t now,
    uint64_t time, const struct tcp *tcp, const struct track_wire *wire)
{
	struct track_flow *f = flow_at(t, i);

	take(t, i, from, time, tcp, wire);
	take_wire(t, i, from, wire);
	f->dead |= has_ended(f);
	flow_queue(&t->flows, i, f->dead ? ENDED : OPEN, now);
}

/*
 * A SYN with another number begins another connection, unless it is the first
 * packet of its side, as when both open at once, or late behind others.
 */
bool
track_begins(const struct track *t, uint32_t i, int from,
    const struct tcp *tcp)
{
	const struct track_flow *f = flow_at(t, i);
	const struct rtt_side *s = &f->rtt.side[from];
	uint32_t behind = s->next - tcp->seq;

	if ((tcp->flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return false;
	if (rtt_has_isn(s))
		return s->isn != tcp->seq;
	if (rtt_has_next(s))
		return behind == 0 || behind > NEAR_SYN;
	return f->dead;
}

static void
keep_ends(struct track *t, struct track_flow *f, int from,
    const struct tcp *tcp, const struct addr addr[2])
{
	uint8_t *b;

	f->port[from] = tcp->sport;
	f->port[!from] = tcp->dport;
	f->six = addr[0].v6;
	if (!f->six) {
		memcpy(f->addr.four[from], addr[0].b, 4);
		memcpy(f->addr.four[!from], addr[1].b, 4);
	} else if ((f->addr.node = pool_get(&t->six)) != 0) {
		b = pool_at(&t->six, f->addr.node);
		memcpy(b + from * 16, addr[0].b, 16);
		memcpy(b + !from * 16, addr[1].b, 16);
	}
}

void
track_first(struct track *t, const struct flow_key *key, int from,
    uint64_t now, uint64_t time, const struct tcp *tcp,
    const struct track_wire *wire, const struct addr addr[2])
{
	struct track_flow *f;
	uint32_t i;

	if (flow_full(&t->flows)) {
		t->forgotten++;
		i = flow_oldest(&t->flows, ENDED);
		track_end(t, i != 0 ? i : flow_oldest(&t->flows, OPEN),
		    TRACK_FULL);
	}
	i = flow_add(&t->flows, key, now);
	f = flow_at(t, i);
	if (t->wired)
		memset(&t->wire[i], 0, sizeof t->wire[i]);
	f->start = time & INT64_MAX;
	for (int k = 0; k < 2; k++) {
		f->side[k].handshake = f->side[k].first = BRIEF_NONE;
		f->side[k].win_min = UINT16_MAX;
		f->traits[k].ws = NO_SCALE;
	}
	keep_ends(t, f, from, tcp, addr);
	ends_begin(&f->ends, from, tcp);
	if (t->due != NULL)
		due_enter(t, i, now);
	track_segment(t, i, from, now, time, tcp, wire);
}

/* --- the clock --------------------------------------------------------- */

/* When the oldest of a queue is due; UINT64_MAX without one. */
static uint64_t
due_in(const struct track *t, unsigned queue, uint64_t after, uint64_t now)
{
	uint32_t i = flow_oldest(&t->flows, queue);
	uint64_t last;

	if (i == 0)
		return UINT64_MAX;
	last = flow_queued(&t->flows, i);
	/* Of another capture, later than this one: it will not go on. */
	return last > now + after ? 0 : last + after;
}

static void
update(struct track *t, uint32_t i)
{
	uint64_t at = t->due[i].at;

	due_leave(t, i);
	due_enter(t, i, at);
	if (flow_at(t, i)->dead)
		return;
	settle(t, i, at, false);
	track_tell(t, i, TRACK_UPDATE, at);
}

void
track_clock(struct track *t, uint64_t now)
{
	for (;;) {
		uint64_t ended = due_in(t, ENDED, LINGER, now);
		uint64_t idle = due_in(t, OPEN, t->idle, now);
		uint64_t due = t->due_first != 0 ? t->due[t->due_first].at :
		    UINT64_MAX;

		if (due <= ended && due <= idle && due <= now)
			update(t, t->due_first);
		else if (ended <= idle && ended < now)
			track_end(t, flow_oldest(&t->flows, ENDED),
			    TRACK_CLOSED);
		else if (idle < now)
			track_end(t, flow_oldest(&t->flows, OPEN), TRACK_IDLE);
		else
			return;
	}
}

void
track_finish(struct track *t)
{
	uint32_t open, ended;

	for (;;) {
		open = flow_oldest(&t->flows, OPEN);
		ended = flow_oldest(&t->flows, ENDED);
		if (open == 0 && ended == 0)
			return;
		if (open == 0 || (ended != 0 && flow_queued(&t->flows, ended) <
		    flow_queued(&t->flows, open)))
			open = ended;
		track_end(t, open, TRACK_END);
	}
}
