/* Connections and losses as they are told: track/track.h. */
#include <string.h>

#include "track/conn.h"

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

static void
end_of(const struct track *t, const struct track_flow *f, int side,
    struct endpoint *end)
{
	memset(end, 0, sizeof *end);
	end->port = f->port[side];
	end->addr.v6 = f->six;
	if (!f->six)
		memcpy(end->addr.b, f->addr.four[side], 4);
	else if (f->addr.node != 0)
		memcpy(end->addr.b, (uint8_t *)pool_at(&t->six, f->addr.node) +
		    side * 16, 16);
}

static void
total_more(const struct more_side *m, uint64_t last, struct track_total *s)
{
	for (int w = 0; w < LOSS_WHATS; w++)
		s->count[w] = m->loss.count[w];
	memcpy(s->sized, m->loss.bytes, sizeof s->sized);
	s->unique -= m->loss.resent < s->unique ? m->loss.resent : s->unique;
	s->late = m->loss.late;
	s->syns = m->syns;
	s->dupacks = m->dupacks;
	s->sacks = m->sacks;
	s->dsacks = m->dsacks;
	s->zwins = m->zwins;
	s->zwin_time = m->zwin_time;
	if (m->in_zwin && last > m->zwin_since)
		s->zwin_time += last - m->zwin_since;
}

static void
total_trips(const struct trips *t, struct track_total *s)
{
	s->trips = t->count;
	if (t->count == 0)
		return;
	s->trip_min = trips_min(t);
	s->trip_max = trips_max(t);
	s->trip_mean = t->sum / t->count;
	s->trip_dev = trips_deviation(t);
}

static void
total(const struct track *t, const struct track_flow *f, uint32_t i, int from,
    bool scaled, struct track_total *s)
{
	const struct track_side *side = &f->side[from];
	const struct track_traits *traits = &f->traits[from];
	const struct track_more *more = more_of(t, f);
	unsigned shift = scaled ? traits->ws : 0;

	memset(s, 0, sizeof *s);
	s->pkts = side->pkts;
	s->bytes = s->unique = f->rtt.side[from].bytes;
	s->has_ipbytes = t->wired;
	s->ipbytes = t->wired ? t->wire[i].bytes[from] : 0;
	s->has_win = side->win_min <= side->win_max;
	s->win_min = (uint64_t)side->win_min << shift;
	s->win_max = (uint64_t)side->win_max << shift;
	s->seg_max = traits->seg_max;
	s->delacks = traits->delacks;
	s->has_handshake = side->handshake != BRIEF_NONE;
	s->handshake = brief_ns(side->handshake);
	s->has_first = side->first != BRIEF_NONE;
	s->first = brief_ns(side->first);
	s->has_mss = traits->mss != 0;
	s->mss = traits->mss;
	s->has_ws = traits->ws != NO_SCALE;
	s->ws = traits->ws;
	total_trips(&side->trips, s);
	if (more != NULL)
		total_more(&more->side[from], flow_queued(&t->flows, i), s);
}

void
track_tell(struct track *t, uint32_t i, enum track_reason why, uint64_t last)
{
	struct track_flow *f = flow_at(t, i);
	const struct track_more *more = more_of(t, f);
	const struct track_traits *a = &f->traits[0], *b = &f->traits[1];
	struct track_report r = { .start = f->start, .reason = why,
	    .roles = f->ends.roles, .took = last > f->start ?
	    last - f->start : 0, .stamps = a->stamps & b->stamps,
	    .sack = a->sack & b->sack,
	    .scaled = a->ws != NO_SCALE && b->ws != NO_SCALE };

	for (int k = 0; k < 2; k++) {
		int side = k ^ f->ends.opener;

		end_of(t, f, side, &r.end[k]);
		total(t, f, i, side, r.scaled, &r.side[k]);
	}
	ends_history(&f->ends, more != NULL ? more->history : 0, r.history);
	r.state = ends_state(&f->ends, r.history,
	    r.side[0].bytes + r.side[1].bytes > 0);
	t->report(t->arg, &r);
}

void
track_tell_loss(void *arg, const struct loss_view *v,
    const struct loss_event *e)
{
	struct track *t = arg;
	const struct track_flow *f = flow_at(t, v->flow);
	struct track_loss lost = { .event = *e,
	    .of_server = (unsigned)v->from != f->ends.opener };

	if (t->lost == NULL)
		return;
	end_of(t, f, f->ends.opener, &lost.end[0]);
	end_of(t, f, !f->ends.opener, &lost.end[1]);
	t->lost(t->arg, &lost);
}
