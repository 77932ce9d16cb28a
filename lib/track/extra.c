#include "track/extra.h"

#include "conn/sack.h"
#include "conn/seq.h"

struct conn_extra *
extra_need(struct track *t, struct conn *c)
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
count_extra(struct conn *c, struct conn_extra *extra, int from,
    uint64_t time, const struct tcp *tcp)
{
	struct extra_side *x = &extra->side[from];
	const struct rtt_side *s = &c->rtt.side[from];
	uint32_t end = tcp_end(tcp);

	x->sacks += tcp->nsack;
	x->dsacks += tcp->nsack > 0 && sack_is_dsack(tcp);
	x->syns += tcp->flags & TCP_SYN && rtt_has_isn(s);
	if (tcp->win == 0 && state_has_window(&c->state, from))
		history_event(&c->state, &extra->history, from, 'W',
		    ++x->zwin_letters);
	if (tcp->len > 0 && rtt_has_next(s) && !seq_before(s->tcb.next, end))
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
extra_settle(struct track *t, uint32_t i, uint64_t time, bool end)
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
    uint64_t time, const struct tcp *tcp, const struct accept_result *judged)
{
	struct conn *c = conn_at(t, i);
	struct loss_view v[2], *sent, *acked;
	bool has_id = tcp->ip_id != 0 && !c->traits[from].one_id;
	struct loss_id id = { has_id ? tcp->ip_id : 0,
	    has_id ? t->ip_id[i][from] : 0,
	    judged->copy == COPY_NETWORK, judged->resent, judged->like,
	    judged->since };
	const struct loss_counts *counts;
	uint32_t unseen;

	make_views(t, i, extra, time, v);
	sent = &v[from ^ c->state.opener];
	acked = &v[!from ^ c->state.opener];
	counts = loss_counts(acked->data);
	unseen = counts->unseen;
	loss_settle(&t->loss, v, false);
	if (tcp->flags & TCP_ACK && judged->verdict != ACCEPT_AMBIGUOUS) {
		loss_ack(&t->loss, acked, tcp);
		if (unseen != counts->unseen && !(tcp->flags & TCP_FIN))
			history_event(&c->state, &extra->history, !from, 'G',
			    counts->unseen);
	} else if (tcp->flags & TCP_ACK)
		loss_early_ack(acked, tcp->ack);
	loss_segment(&t->loss, sent, tcp, &id);
}

void
extra_segment(struct track *t, uint32_t i, struct conn_extra *extra, int from,
    uint64_t time, const struct tcp *tcp, const struct accept_result *judged)
{
	count_extra(conn_at(t, i), extra, from, time, tcp);
	if (!(tcp->flags & TCP_SYN))
		update_losses(t, i, extra, from, time, tcp, judged);
}

bool
extra_toobig(struct track *t, uint32_t i, int from, uint64_t time,
    uint32_t seq)
{
	struct conn *c = conn_at(t, i);
	struct loss_view v[2];

	make_views(t, i, conn_extra(t, c), time, v);
	return loss_toobig(&v[from ^ c->state.opener], seq);
}

void
extra_free(struct track *t, struct conn *c)
{
	const struct conn_extra *extra = conn_extra(t, c);

	if (extra == NULL)
		return;
	loss_drop(&t->loss, extra->losses);
	pool_put(&t->extra, c->extra);
}
