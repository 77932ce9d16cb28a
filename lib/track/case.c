#include "track/case.h"

#include <inttypes.h>
#include <stdio.h>

#include "track/path.h"
#include "wire/units.h"

/* Each time-out is twice the one before (RFC 6298, 5.5): so many take longer
 * than any answer. */
#define TRIES_MAX	8

uint32_t *
case_find(const struct loss *l, struct loss_side *s, enum case_kind kind,
    uint32_t seq, uint32_t end)
{
	uint32_t *i = &s->first;
	struct loss_case *c;

	for (; *i != 0; i = &c->next) {
		c = case_at(l, *i);
		if (c->kind == kind && case_overlaps(c, seq, end))
			return i;
	}
	return NULL;
}

void
case_add(struct loss *l, const struct loss_view *v, const struct loss_case *c)
{
	struct loss_side *s = v->data;
	uint32_t *i = &s->first, new;

	new = s->cases < CASES_MAX ? pool_get(&l->cases) : 0;
	if (new == 0) {
		l->undecided++;
		case_decide(l, v, c);
		if (c->kind == HOLE) {
			/* What fills it must not look like bytes sent again. */
			s->untracked = true;
			s->untracked_end = c->end;
		}
		return;
	}
	while (*i != 0)
		i = &case_at(l, *i)->next;
	*case_at(l, new) = *c;
	case_at(l, new)->next = 0;
	*i = new;
	s->cases++;
}

void
case_add_copy(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	struct loss_case c = { .kind = COPY, .seq = seq, .end = end,
	    .time = v->now };

	case_add(l, v, &c);
}

void
case_add_late(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, uint64_t by, const struct tcp *tcp,
    enum loss_proof why)
{
	struct loss_case c = { .kind = LATE, .seq = seq, .end = end,
	    .time = v->now, .has_gap = true, .gap = by,
	    .has_ts = tcp != NULL && tcp->has_ts,
	    .tsval = tcp != NULL ? tcp->tsval : 0,
	    .fin = tcp != NULL && case_has_fin(tcp, end),
	    .was_missing = tcp == NULL, .why = case_why(why) };

	v->data->total.late++;
	case_add(l, v, &c);
}

void
case_drop(struct loss *l, struct loss_side *s, uint32_t *i)
{
	uint32_t gone = *i;

	*i = case_at(l, gone)->next;
	pool_put(&l->cases, gone);
	s->cases--;
}

void
case_cut(struct loss *l, const struct loss_view *v, uint32_t *i, uint32_t seq,
    uint32_t end)
{
	struct loss_case *c = case_at(l, *i), rest = *c;

	if (!seq_before(c->seq, seq)) {
		c->seq = end;
		if (!seq_before(end, c->end))
			case_drop(l, v->data, i);
		return;
	}
	c->end = seq;
	rest.seq = end;
	if (seq_before(end, rest.end))
		case_add(l, v, &rest);
}

void
case_supersede(struct loss *l, const struct loss_view *v, uint32_t *i,
    const struct loss_case *c)
{
	struct loss_case *kept = case_at(l, *i), old = *kept;
	uint32_t before = old.tries < TRIES_MAX && v->data->cases < CASES_MAX ?
	    pool_get(&l->cases) : 0;

	if (before != 0) {
		*case_at(l, before) = old;
		v->data->cases++;
	} else
		case_decide(l, v, &old);
	*kept = *c;
	kept->next = old.next;
	kept->earlier = before;
	kept->tries = before != 0 ? (uint8_t)(old.tries + 1) : 0;
}

void
case_report_earlier(struct loss *l, const struct loss_view *v,
    struct loss_case *c)
{
	uint32_t i = c->earlier, oldest = 0, before;

	for (; i != 0; i = before) {
		before = case_at(l, i)->earlier;
		case_at(l, i)->earlier = oldest;
		oldest = i;
	}
	c->earlier = 0;
	for (i = oldest; i != 0; i = before) {
		const struct loss_case *e = case_at(l, i);

		before = e->earlier;
		case_report(l, v, e, e->what, e->why);
		pool_put(&l->cases, i);
		v->data->cases--;
	}
}

static double
ms_of(uint64_t ns)
{
	return (double)ns / NS_PER_MS;
}

/* Explain an event, or what it is instead, by its evidence and by the times
 * that decisions depend on. */
static void
explain_event(struct loss *l, const struct loss_view *v, const char *what,
    const struct loss_event *e)
{
	char text[300], gap[40] = "", why[WHY_MAX];

	if (e->has_gap)
		snprintf(gap, sizeof gap, "gap %.3f ms, ", ms_of(e->gap));
	why_text(e->why, why);
	snprintf(text, sizeof text, "%s seq %" PRIu32 ":%" PRIu32 ": %s, %s "
	    "(%sRTT %.3f ms, jitter %.3f ms)", what, e->seq, e->seq + e->len,
	    why, why_sentence(e->why.proof), gap, ms_of(path_rtt(v)),
	    ms_of(path_jitter(v)));
	l->explained(l->arg, v, e, text);
}

void
case_report_event(struct loss *l, const struct loss_view *v,
    const struct loss_event *e)
{
	struct loss_counts *total = &v->data->total;

	total->count[e->what]++;
	if (e->what < LOSS_SIZED)
		total->bytes[e->what] += e->len;
	if (l->event != NULL)
		l->event(l->arg, v, e);
	if (v->explain)
		explain_event(l, v, loss_what_name(e->what), e);
}

static struct loss_event
event_of(const struct loss_case *c, enum loss_what what)
{
	return (struct loss_event){ .time = c->time, .what = what,
	    .seq = c->seq, .len = c->end - c->seq - c->fin,
	    .has_gap = c->has_gap, .gap = c->gap, .why = c->why };
}

void
case_report(struct loss *l, const struct loss_view *v,
    const struct loss_case *c, enum loss_what what, struct loss_why why)
{
	struct loss_event e = event_of(c, what);

	e.why = why;
	case_report_event(l, v, &e);
}

/* Report a late segment if that is more than the order of packets varies by
 * on this path anyway.  A delay that SACK shows includes the way back. */
static void
decide_late(struct loss *l, const struct loss_view *v,
    const struct loss_case *c)
{
	struct loss_event e = event_of(c, LOSS_REORDER);

	if (c->gap > (c->was_missing ? 16 : 8) * path_jitter(v))
		case_report_event(l, v, &e);
	else if (v->explain)
		explain_event(l, v, "no event, out of order within the jitter",
		    &e);
}

static void
decide_hole(struct loss *l, const struct loss_view *v,
    const struct loss_case *c)
{
	struct loss_case gap = *c;

	gap.time = c->acked_time;
	gap.has_gap = c->acked_time > c->time;
	gap.gap = path_elapsed(c->acked_time, c->time);
	case_report(l, v, &gap, LOSS_GAP, case_why(WHY_UNCAPTURED));
}

void
case_decide(struct loss *l, const struct loss_view *v,
    const struct loss_case *c)
{
	struct loss_case last = *c;

	if (c->kind == RESENT) {
		case_report_earlier(l, v, &last);
		case_report(l, v, c, c->what, c->why);
	}
	if (c->kind == LATE)
		decide_late(l, v, c);
	else if (c->kind == HOLE && c->acked)
		decide_hole(l, v, c);
}
