#include "track/conn.h"

#include <string.h>

#include "conn/sack.h"
#include "conn/seq.h"
#include "wire/units.h"

#define DELACK_MIN	(30 * NS_PER_MS)	/* Linux waits 40 or more */
#define DELACK_MAX	(550 * NS_PER_MS)	/* RFC 1122, 4.2.3.2: < 500 */
#define DELACKS_MAX	511	/* that are counted */

_Static_assert(sizeof(struct conn) == 256, "as the page says");

/* --- begin and end ----------------------------------------------------- */

static void
set_ends(struct track *t, struct conn *c, int from, const struct tcp *tcp,
    const struct addr addr[2])
{
	uint8_t *b;

	c->port[from] = tcp->sport;
	c->port[!from] = tcp->dport;
	c->v6 = addr[0].v6;
	if (!c->v6) {
		memcpy(c->addr.addr4[from], addr[0].b, 4);
		memcpy(c->addr.addr4[!from], addr[1].b, 4);
	} else if ((c->addr.addr6 = pool_get(&t->addr6)) != 0) {
		b = pool_at(&t->addr6, c->addr.addr6);
		memcpy(b + from * 16, addr[0].b, 16);
		memcpy(b + !from * 16, addr[1].b, 16);
	}
}

void
conn_begin(struct track *t, uint32_t i, int from, uint64_t time,
    const struct tcp *tcp, const struct addr addr[2])
{
	struct conn *c = conn_at(t, i);

	if (t->has_ip)
		memset(&t->ip[i], 0, sizeof t->ip[i]);
	c->start = time & INT64_MAX;
	for (int k = 0; k < 2; k++) {
		c->side[k].handshake = c->side[k].first = DUR32_NONE;
		c->side[k].win_min = UINT16_MAX;
		c->traits[k].ws = NO_SCALE;
	}
	set_ends(t, c, from, tcp, addr);
	state_begin(&c->state, from, tcp);
}

void
conn_free(struct track *t, uint32_t i)
{
	struct conn *c = conn_at(t, i);
	struct conn_extra *extra = conn_extra(t, c);

	rtt_forget(&t->rtt, &c->rtt);
	if (extra != NULL) {
		loss_drop(&t->loss, extra->losses);
		pool_put(&t->extra, c->extra);
	}
	if (c->v6 && c->addr.addr6 != 0)
		pool_put(&t->addr6, c->addr.addr6);
}

struct endpoint
conn_endpoint(const struct track *t, const struct conn *c, int side)
{
	struct endpoint end = { .port = c->port[side], .addr.v6 = c->v6 };

	if (!c->v6)
		memcpy(end.addr.b, c->addr.addr4[side], 4);
	else if (c->addr.addr6 != 0)
		memcpy(end.addr.b, (uint8_t *)pool_at(&t->addr6,
		    c->addr.addr6) + side * 16, 16);
	return end;
}

/* Both FINs acknowledged, or a RST. */
static bool
has_ended(const struct conn *c)
{
	const struct rtt_side *s = c->rtt.side;

	if (state_is_reset(&c->state))
		return true;
	return state_is_closed(&c->state) &&
	    rtt_has_una(&s[0]) && rtt_has_una(&s[1]) &&
	    !seq_before(s[0].una, s[0].next) &&
	    !seq_before(s[1].una, s[1].next);
}

/* --- what few connections need ----------------------------------------- */

/* Is this anything but the next segment, or an ACK of what was sent? */
static bool
is_unusual(const struct conn *c, int from, const struct tcp *tcp)
{
	const struct rtt_side *s = &c->rtt.side[from];
	const struct rtt_side *o = &c->rtt.side[!from];
	int32_t ahead;

	if (tcp->flags & TCP_RST)
		return false;
	if (tcp->nsack > 0 || tcp->win == 0 || history_full(&c->state))
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

/* The extra state, allocated if need be; NULL without memory. */
static struct conn_extra *
need_extra(struct track *t, struct conn *c)
{
	struct conn_extra *extra = conn_extra(t, c);
	uint32_t node, losses;

	if (extra != NULL)
		return extra;
	if ((node = pool_get(&t->extra)) == 0)
		return NULL;
	if ((losses = loss_add(&t->loss)) == 0) {
		pool_put(&t->extra, node);
		return NULL;
	}
	c->extra = node & INT32_MAX;
	extra = conn_extra(t, c);
	extra->losses = losses;
	for (int i = 0; i < 2; i++)
		loss_rtts_before(loss_at(&t->loss, losses, i),
		    &c->side[i].rtts);
	return extra;
}

/* Count SACK blocks, windows, and what has letters in the history. */
static void
update_extra(struct conn *c, struct conn_extra *extra, int from,
    uint64_t time, const struct tcp *tcp)
{
	struct extra_side *x = &extra->side[from];
	const struct rtt_side *s = &c->rtt.side[from];
	uint32_t end = tcp->seq + tcp->len + !!(tcp->flags & TCP_SYN) +
	    !!(tcp->flags & TCP_FIN);

	x->sacks += tcp->nsack;
	x->dsacks += tcp->nsack > 0 && sack_is_dsack(tcp);
	x->syns += tcp->flags & TCP_SYN && rtt_has_isn(s);
	if (tcp->win == 0 && state_has_window(&c->state, from))
		history_event(&c->state, &extra->history, from, 'W',
		    ++x->zwin_letters);
	if (tcp->len > 0 && rtt_has_next(s) && !seq_before(s->next, end))
		history_event(&c->state, &extra->history, from, 'T',
		    ++x->old_letters);
	if (tcp->flags & TCP_SYN)
		return;
	x->zwins += tcp->win == 0;
	if (x->in_zwin && time > x->zwin_since) {
		x->zwin_time += time - x->zwin_since;
		x->zwin_since = time;
	}
	if (!x->in_zwin)
		x->zwin_since = time;
	x->in_zwin = tcp->win == 0;
}

/* --- losses ------------------------------------------------------------ */

/* Both directions, what the client sends first. */
static void
make_views(const struct track *t, uint32_t i, const struct conn_extra *extra,
    uint64_t time, struct loss_view v[2])
{
	struct conn *c = conn_at(t, i);
	bool mutual = state_is_mutual(&c->state);
	bool explain = explains(&t->explain, TRACK_EXPLAIN_LOSS);

	for (int k = 0; k < 2; k++) {
		int from = k ^ c->state.opener;

		v[k].sender = &c->rtt.side[from];
		v[k].receiver = &c->rtt.side[!from];
		v[k].near = &c->side[from].rtts;
		v[k].far = &c->side[!from].rtts;
		v[k].now = time;
		v[k].mutual = mutual;
		v[k].explain = explain;
		v[k].flow = i;
		v[k].from = from;
	}
	loss_look(&t->loss, extra->losses, c->state.opener, v);
}

void
conn_settle(struct track *t, uint32_t i, uint64_t time, bool end)
{
	const struct conn_extra *extra = conn_extra(t, conn_at(t, i));
	struct loss_view v[2];

	if (extra == NULL)
		return;
	make_views(t, i, extra, time, v);
	loss_settle(&t->loss, v, end);
}

/* Pass the segment on as data of its sender and as an ACK for the peer. */
static void
update_losses(struct track *t, uint32_t i, struct conn_extra *extra, int from,
    uint64_t time, const struct tcp *tcp, const struct track_ip *ip)
{
	struct conn *c = conn_at(t, i);
	struct loss_view v[2], *sent, *acked;
	uint16_t id_before = ip->id != 0 ? t->ip[i].id[from] : 0;
	const struct loss_counts *counts;
	uint32_t unseen;

	make_views(t, i, extra, time, v);
	sent = &v[from ^ c->state.opener];
	acked = &v[!from ^ c->state.opener];
	counts = loss_counts(acked->data);
	unseen = counts->unseen;
	loss_settle(&t->loss, v, false);
	if (tcp->flags & TCP_ACK) {
		loss_ack(&t->loss, acked, tcp);
		if (unseen != counts->unseen && !(tcp->flags & TCP_FIN))
			history_event(&c->state, &extra->history, !from, 'G',
			    counts->unseen);
	}
	loss_segment(&t->loss, sent, tcp, ip->id, id_before);
}

/* --- segments ---------------------------------------------------------- */

static void
set_options(struct conn_traits *s, const struct tcp *tcp)
{
	s->stamps = tcp->has_ts;
	s->sack = tcp->sackok;
	s->mss = tcp->has_mss ? tcp->mss : 0;
	s->ws = !tcp->has_ws ? NO_SCALE : tcp->ws > 14 ? 14 : tcp->ws & 15;
}

static void
count_segment(struct conn *c, int from, uint64_t time, const struct tcp *tcp)
{
	struct conn_totals *s = &c->side[from];
	struct conn_traits *traits = &c->traits[from];

	s->pkts++;
	if (tcp->flags & TCP_SYN)
		set_options(traits, tcp);
	if (tcp->len > traits->seg_max)
		traits->seg_max = tcp->len < UINT16_MAX ?
		    (uint16_t)tcp->len : UINT16_MAX;
	if (tcp->len > 0 && s->first == DUR32_NONE)
		s->first = dur32_of(time > c->start ? time - c->start : 0);
	if (tcp->flags & (TCP_SYN | TCP_RST))
		return;
	if (tcp->win < s->win_min)
		s->win_min = tcp->win;
	if (tcp->win > s->win_max)
		s->win_max = tcp->win;
}

/*
 * Did a delayed ACK make this round trip longer?  It answers a single segment
 * with no other after it, is a pure ACK, and comes later than the fastest one
 * by as much as hosts delay ACKs.
 */
static bool
is_delayed(const struct conn_totals *s, const struct rtt_side *sent,
    const struct tcp *tcp, const struct rtt_result *res)
{
	uint64_t min = rttsum_min(&s->rtts);

	return s->rtts.count > 0 && tcp->ack == sent->next &&
	    (res->notes & (RTT_HANDSHAKE | RTT_MORE | RTT_DATA)) == 0 &&
	    res->seq > min + DELACK_MIN && res->seq < min + DELACK_MAX;
}

/* The segment answers another one. */
static void
add_rtt(struct track *t, struct conn *c, const struct conn_extra *extra,
    int from, const struct tcp *tcp, const struct rtt_result *res)
{
	struct conn_totals *s = &c->side[from];
	const struct rtt_side *sent = &c->rtt.side[!from];
	bool clean = res->has_seq && !(res->notes & RTT_RESENT);

	if (res->notes & RTT_HANDSHAKE && s->handshake == DUR32_NONE) {
		if (clean)
			s->handshake = dur32_of(res->seq);
		else if (res->has_ts)
			s->handshake = dur32_of(res->ts);
	}
	if (!clean)
		return;
	if (is_delayed(s, sent, tcp, res) &&
	    c->traits[from].delacks < DELACKS_MAX)
		c->traits[from].delacks++;
	rttsum_add(&s->rtts, res->seq);
	if (extra != NULL)
		loss_rtt(loss_at(&t->loss, extra->losses, from), res->seq);
}

static void
count_ip(struct track *t, uint32_t i, int from, const struct track_ip *ip)
{
	if (ip->len == 0 && ip->id == 0)
		return;
	t->has_ip = true;
	t->ip[i].bytes[from] += ip->len;
	t->ip[i].id[from] = ip->id;
}

static void
update_state(struct conn *c, struct conn_extra *extra, int from,
    const struct tcp *tcp)
{
	const struct rtt_side *s = &c->rtt.side[from];
	struct state_facts facts = { .acked = rtt_has_una(s) &&
	    s->una == tcp->seq + 1 };

	if (tcp->flags & TCP_SYN)
		facts.repeated = rtt_has_isn(s) && s->isn == tcp->seq;
	else if (tcp->flags & TCP_FIN)
		facts.repeated = rtt_has_next(s) &&
		    tcp->seq + tcp->len + 1 == s->next;
	state_update(&c->state, extra != NULL ? &extra->history : NULL, from,
	    tcp, &facts);
}

void
conn_segment(struct track *t, uint32_t i, int from, uint64_t time,
    const struct tcp *tcp, const struct track_ip *ip)
{
	struct conn *c = conn_at(t, i);
	struct conn_extra *extra = conn_extra(t, c);
	struct rtt_result res;

	if (extra == NULL && is_unusual(c, from, tcp))
		extra = need_extra(t, c);
	update_state(c, extra, from, tcp);
	if (extra != NULL && !(tcp->flags & TCP_RST)) {
		update_extra(c, extra, from, time, tcp);
		if (!(tcp->flags & TCP_SYN))
			update_losses(t, i, extra, from, time, tcp, ip);
	}
	count_segment(c, from, time, tcp);
	rtt_update(&t->rtt, &c->rtt, from, time, tcp, tcp->len, &res);
	if (res.has_dup && (extra = need_extra(t, c)) != NULL)
		extra->side[from].dupacks++;
	if (res.has_seq || res.has_ts)
		add_rtt(t, c, extra, from, tcp, &res);
	count_ip(t, i, from, ip);
	c->ended |= has_ended(c);
}
