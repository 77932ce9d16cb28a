#include "track/conn.h"

#include <string.h>

#include "conn/seq.h"
#include "track/extra.h"
#include "wire/units.h"

#define DELACK_MIN	(30 * NS_PER_MS)	/* Linux waits 40 or more */
#define DELACK_MAX	(550 * NS_PER_MS)	/* RFC 1122, 4.2.3.2: < 500 */
#define DELACKS_MAX	511	/* that are counted */

_Static_assert(sizeof(struct conn) == 272, "as the page says");

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

	memset(t->ip_id[i], 0, sizeof t->ip_id[i]);
	if (t->has_ipbytes)
		memset(t->ipbytes[i], 0, sizeof t->ipbytes[i]);
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
conn_uncount_syn(struct track *t, struct conn *c, int from)
{
	struct conn_extra *extra = conn_extra(t, c);

	c->side[from].pkts--;
	if (extra != NULL && extra->side[from].syns > 0)
		extra->side[from].syns--;
}

void
conn_free(struct track *t, uint32_t i)
{
	struct conn *c = conn_at(t, i);

	rtt_forget(&t->rtt, &c->rtt);
	extra_free(t, c);
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
	    !seq_before(s[0].tcb.una, s[0].tcb.next) &&
	    !seq_before(s[1].tcb.una, s[1].tcb.next);
}

/* --- segments ---------------------------------------------------------- */

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
	    seq_before(o->tcb.next, tcp->ack))
		return true;
	ahead = seq_diff(tcp->seq, s->tcb.next);
	return rtt_has_next(s) && (ahead > 0 ||
	    (ahead < 0 && (tcp->len > 0 || ahead == -1)));
}

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
	if (time < c->start)
		c->start = time & INT64_MAX;	/* captured late, or not sorted */
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

	return s->rtts.count > 0 && tcp->ack == sent->tcb.next &&
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
	/* Those of late segments say nothing of how one follows another. */
	if (extra != NULL && !res->filled)
		loss_rtt(loss_at(&t->loss, extra->losses, from), res->seq);
}

static void
count_ip(struct track *t, uint32_t i, int from, uint16_t id, uint32_t iplen)
{
	t->ip_id[i][from] = id;
	if (iplen == 0)
		return;
	t->has_ipbytes = true;
	t->ipbytes[i][from] += iplen;
}

/* A new segment with the identification of the one before: that of this sender
 * says nothing. */
static void
check_id(struct track *t, struct conn *c, uint32_t i, int from,
    const struct tcp *tcp)
{
	const struct tcb *s = &c->rtt.side[from].tcb;

	if (tcp->ip_id != 0 && tcp->ip_id == t->ip_id[i][from] &&
	    tcp->len > 0 && s->flags & TCB_NEXT && tcp->seq == s->next)
		c->traits[from].one_id = true;
}

static void
update_state(struct conn *c, struct conn_extra *extra, int from,
    const struct tcp *tcp)
{
	const struct tcb *s = &c->rtt.side[from].tcb;
	struct state_facts facts = { .acked = s->flags & TCB_UNA &&
	    s->una == tcp->seq + 1 };

	if (tcp->flags & TCP_SYN)
		facts.repeated = s->flags & TCB_ISN && s->isn == tcp->seq;
	else if (tcp->flags & TCP_FIN)
		facts.repeated = s->flags & TCB_NEXT &&
		    tcp->seq + tcp->len + 1 == s->next;
	state_update(&c->state, extra != NULL ? &extra->history : NULL, from,
	    tcp, &facts);
}

void
conn_segment(struct track *t, uint32_t i, int from, uint64_t time,
    const struct tcp *tcp, const struct accept_result *judged, uint32_t iplen)
{
	struct conn *c = conn_at(t, i);
	struct conn_extra *extra = conn_extra(t, c);
	struct rtt_result res;

	if (extra == NULL && is_unusual(c, from, tcp))
		extra = extra_need(t, c);
	check_id(t, c, i, from, tcp);
	update_state(c, extra, from, tcp);
	if (extra != NULL && !(tcp->flags & TCP_RST))
		extra_segment(t, i, extra, from, time, tcp, judged);
	count_segment(c, from, time, tcp);
	rtt_update(&t->rtt, &c->rtt, from, time, tcp,
	    judged->verdict != ACCEPT_AMBIGUOUS, tcp->len, &res);
	if (res.has_dup && (extra = extra_need(t, c)) != NULL)
		extra->side[from].dupacks++;
	if (res.refused > 0 && (extra = extra_need(t, c)) != NULL)
		loss_discount(&t->loss, extra->losses, !from, res.refused);
	if (res.has_seq || res.has_ts)
		add_rtt(t, c, extra, from, tcp, &res);
	count_ip(t, i, from, tcp->ip_id, iplen);
	c->ended |= has_ended(c);
}
