#include "track/report.h"

#include <stdio.h>
#include <string.h>

const char *
track_reason_name(enum track_reason why)
{
	static const char *const names[] = {
		[TRACK_CLOSED] = "closed", [TRACK_RESET] = "reset",
		[TRACK_REUSED] = "reused", [TRACK_IDLE] = "idle",
		[TRACK_FULL] = "full", [TRACK_END] = "end",
		[TRACK_UPDATE] = "update"
	};

	return names[why];
}

/* --- explanations ------------------------------------------------------ */

/* Explain something about what an end of connection c sent at time. */
static void
explain_conn(const struct track *t, const struct conn *c, int from,
    enum track_topic topic, uint64_t time, const char *text)
{
	struct endpoint src = conn_endpoint(t, c, from);
	struct endpoint dst = conn_endpoint(t, c, !from);

	explain_packet(&t->explain, topic, time, &src, &dst, "%s", text);
}

void
report_begin(const struct track *t, uint32_t i, const struct tcp *tcp)
{
	const struct conn *c = conn_at(t, i);
	const char *first = !(tcp->flags & TCP_SYN) ? "without a SYN" :
	    tcp->flags & TCP_ACK ? "with a SYN/ACK" : "with a SYN";
	char text[80];

	if (!explains(&t->explain, TRACK_EXPLAIN_CONN))
		return;
	snprintf(text, sizeof text, "begins %s (roles %s)", first,
	    state_roles_name(c->state.roles));
	explain_conn(t, c, c->state.opener, TRACK_EXPLAIN_CONN, c->start,
	    text);
}

void
report_restart(const struct track *t, uint32_t i, int from, uint64_t time,
    const struct tcp *tcp)
{
	const struct conn *c = conn_at(t, i);
	char text[120];

	if (!explains(&t->explain, TRACK_EXPLAIN_CONN))
		return;
	snprintf(text, sizeof text, "another connection: %s %" PRIu32
	    " is none of this one", tcp->flags & TCP_SYN ? "SYN" : "segment",
	    tcp->seq);
	explain_conn(t, c, from, TRACK_EXPLAIN_CONN, time, text);
}

/* Why it is reported now. */
static void
put_due(char *out, size_t n, const struct track *t, enum track_reason due)
{
	switch (due) {
	case TRACK_IDLE:
		snprintf(out, n, "no packet for %.9g s",
		    (double)t->idle / NS_PER_S);
		break;
	case TRACK_FULL:
		snprintf(out, n, "table of %" PRIu32 " connections full",
		    t->flows.max);
		break;
	case TRACK_REUSED:
		snprintf(out, n, "another connection begins");
		break;
	case TRACK_UPDATE:
		snprintf(out, n, "%.9g s since the last update",
		    (double)t->updates.interval / NS_PER_S);
		break;
	case TRACK_END:
		snprintf(out, n, "end of input");
		break;
	default:
		snprintf(out, n, "then no packet for 5 s");
	}
}

static void
explain_report(const struct track *t, uint32_t i, enum track_reason due,
    enum track_reason reason)
{
	const struct conn *c = conn_at(t, i);
	const struct state_end *client = &c->state.end[c->state.opener];
	const char *ended = !c->ended ? "" : reason == TRACK_CLOSED ?
	    "both FINs acknowledged, " : client->now == END_RESET ?
	    "RST from the client, " : "RST from the server, ";
	char now[60], text[160];

	put_due(now, sizeof now, t, due);
	snprintf(text, sizeof text, "record with reason %s: %s%s",
	    track_reason_name(reason), ended, now);
	explain_conn(t, c, c->state.opener, TRACK_EXPLAIN_CONN, c->start,
	    text);
}

void
report_evidence(void *arg, const struct loss_view *v,
    const struct loss_event *e, const char *text)
{
	const struct track *t = arg;

	explain_conn(t, conn_at(t, v->flow), v->from, TRACK_EXPLAIN_LOSS,
	    e->time, text);
}

/* --- records ----------------------------------------------------------- */

static void
total_extra(const struct extra_side *x, const struct loss_counts *loss,
    uint64_t last, struct track_total *s)
{
	for (int w = 0; w < LOSS_WHATS; w++)
		s->count[w] = loss->count[w];
	memcpy(s->sized, loss->bytes, sizeof s->sized);
	s->unique -= loss->resent < s->unique ? loss->resent : s->unique;
	s->late = loss->late;
	s->syns = x->syns;
	s->dupacks = x->dupacks;
	s->sacks = x->sacks;
	s->dsacks = x->dsacks;
	s->zwins = x->zwins;
	s->zwin_time = x->zwin_time;
	if (x->in_zwin && last > x->zwin_since)
		s->zwin_time += last - x->zwin_since;
}

static void
total_rtts(const struct rttsum *r, struct track_total *s)
{
	s->rtts = r->count;
	if (r->count == 0)
		return;
	s->rtt_min = rttsum_min(r);
	s->rtt_max = rttsum_max(r);
	s->rtt_mean = r->sum / r->count;
	s->rtt_dev = rttsum_deviation(r);
}

static void
total_traits(const struct conn_traits *traits, struct track_total *s)
{
	s->seg_max = traits->seg_max;
	s->delacks = traits->delacks;
	s->has_mss = traits->mss != 0;
	s->mss = traits->mss;
	s->has_ws = traits->ws != NO_SCALE;
	s->ws = traits->ws;
}

static struct track_total
total(const struct track *t, const struct conn *c, uint32_t i, int from,
    bool scaled)
{
	const struct conn_totals *side = &c->side[from];
	const struct conn_extra *extra = conn_extra(t, c);
	unsigned shift = scaled ? c->traits[from].ws : 0;
	struct track_total s = { .pkts = side->pkts,
	    .bytes = c->rtt.side[from].bytes,
	    .unique = c->rtt.side[from].bytes, .has_ipbytes = t->has_ipbytes,
	    .ipbytes = t->has_ipbytes ? t->ipbytes[i][from] : 0,
	    .has_win = side->win_min <= side->win_max,
	    .win_min = (uint64_t)side->win_min << shift,
	    .win_max = (uint64_t)side->win_max << shift,
	    .has_handshake = side->handshake != DUR32_NONE,
	    .handshake = dur32_ns(side->handshake),
	    .has_first = side->first != DUR32_NONE,
	    .first = dur32_ns(side->first) };

	total_traits(&c->traits[from], &s);
	total_rtts(&side->rtts, &s);
	if (extra != NULL)
		total_extra(&extra->side[from], loss_counts(
		    loss_at(&t->loss, extra->losses, from)),
		    flow_queued(&t->flows, i), &s);
	return s;
}

/* A connection that had ended keeps that reason. */
static enum track_reason
reason_of(const struct conn *c, enum track_reason due)
{
	if (!c->ended)
		return due;
	return state_is_reset(&c->state) ? TRACK_RESET : TRACK_CLOSED;
}

void
report_conn(struct track *t, uint32_t i, enum track_reason due, uint64_t last)
{
	const struct conn *c = conn_at(t, i);
	const struct conn_extra *extra = conn_extra(t, c);
	const struct conn_traits *a = &c->traits[0], *b = &c->traits[1];
	struct track_report r = { .start = c->start,
	    .reason = reason_of(c, due), .roles = c->state.roles,
	    .took = last > c->start ? last - c->start : 0,
	    .stamps = a->stamps & b->stamps, .sack = a->sack & b->sack,
	    .scaled = a->ws != NO_SCALE && b->ws != NO_SCALE };

	for (int k = 0; k < 2; k++) {
		int side = k ^ c->state.opener;

		r.end[k] = conn_endpoint(t, c, side);
		r.side[k] = total(t, c, i, side, r.scaled);
	}
	history_text(&c->state, extra != NULL ? extra->history : 0, r.history);
	r.state = state_name(&c->state, r.history,
	    r.side[0].bytes + r.side[1].bytes > 0);
	if (explains(&t->explain, TRACK_EXPLAIN_CONN))
		explain_report(t, i, due, r.reason);
	t->report(t->arg, &r);
}

void
report_loss(void *arg, const struct loss_view *v, const struct loss_event *e)
{
	struct track *t = arg;
	const struct conn *c = conn_at(t, v->flow);
	struct track_loss lost = { .event = *e,
	    .of_server = (unsigned)v->from != c->state.opener };

	if (t->lost == NULL)
		return;
	lost.end[0] = conn_endpoint(t, c, c->state.opener);
	lost.end[1] = conn_endpoint(t, c, !c->state.opener);
	t->lost(t->arg, &lost);
}
