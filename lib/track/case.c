#include "track/case.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "track/casetree.h"
#include "track/path.h"
#include "wire/units.h"

/* Each time-out is twice the one before (RFC 6298, 5.5), so that this many take
 * longer than any answer. */
#define TRIES_MAX	8

/* Queues wait for one thing each, so that only their oldest case is asked. */
static enum case_queue
queue_of(const struct loss_case *c)
{
	switch (c->kind) {
	case HOLE:
		return c->acked ? CASE_UNSEEN : CASE_IDLE;
	case RESENT:
		return c->acked ? CASE_ACKED : CASE_OPEN;
	case COPY:
		return CASE_COPIED;
	case MISSING:
		return CASE_LACKING;
	case LATE:
		return CASE_DELAYED;
	default:
		return CASE_IDLE;
	}
}

static void
enqueue(const struct loss *l, struct loss_side *s, uint32_t i)
{
	struct loss_case *c = case_at(l, i);
	struct case_list *q = &s->queue[queue_of(c)];

	c->older = q->newest;
	c->newer = 0;
	if (q->newest != 0)
		case_at(l, q->newest)->newer = i;
	else
		q->oldest = i;
	q->newest = i;
}

static void
dequeue(const struct loss *l, struct loss_side *s, uint32_t i)
{
	const struct loss_case *c = case_at(l, i);
	struct case_list *q = &s->queue[queue_of(c)];

	if (c->older != 0)
		case_at(l, c->older)->newer = c->newer;
	else
		q->oldest = c->newer;
	if (c->newer != 0)
		case_at(l, c->newer)->older = c->older;
	else
		q->newest = c->older;
}

uint32_t
case_find(const struct loss *l, const struct loss_side *s,
    enum case_kind kind, uint32_t seq, uint32_t end)
{
	return casetree_first(l, s->tree[kind], seq, end);
}

uint32_t
case_find_next(const struct loss *l, uint32_t i, uint32_t seq, uint32_t end)
{
	do
		i = casetree_next(l, i);
	while (i != 0 && seq_before(case_at(l, i)->seq, end) &&
	    !case_overlaps(case_at(l, i), seq, end));
	return i != 0 && seq_before(case_at(l, i)->seq, end) ? i : 0;
}

uint32_t
case_count(const struct loss *l, const struct loss_side *s,
    enum case_kind kind, uint32_t seq)
{
	return casetree_count(l, s->tree[kind], seq);
}

void
case_add(struct loss *l, const struct loss_view *v, const struct loss_case *c)
{
	struct loss_side *s = v->data;
	uint32_t i = s->cases < CASES_MAX ? pool_get(&l->cases) : 0;

	if (i == 0) {
		l->undecided++;
		case_decide(l, v, c);
		if (c->kind == HOLE) {
			/* What fills it must not look like bytes sent again. */
			s->untracked = true;
			s->untracked_end = c->end;
		}
		return;
	}
	*case_at(l, i) = *c;
	casetree_insert(l, &s->tree[c->kind], i);
	enqueue(l, s, i);
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

/* Take case i out of its tree and queue. */
static void
unlink(const struct loss *l, struct loss_side *s, uint32_t i)
{
	casetree_remove(l, &s->tree[case_at(l, i)->kind], i);
	dequeue(l, s, i);
}

/* Give back what is in no tree and no queue. */
static void
discard(struct loss *l, struct loss_side *s, uint32_t i)
{
	pool_put(&l->cases, i);
	s->cases--;
}

void
case_drop(struct loss *l, struct loss_side *s, uint32_t i)
{
	unlink(l, s, i);
	discard(l, s, i);
}

void
case_set_acked(const struct loss *l, struct loss_side *s, uint32_t i)
{
	struct loss_case *c = case_at(l, i);

	if (c->acked)
		return;
	dequeue(l, s, i);
	c->acked = true;
	enqueue(l, s, i);
}

void
case_cut(struct loss *l, const struct loss_view *v, uint32_t i, uint32_t seq,
    uint32_t end)
{
	struct loss_case *c = case_at(l, i), rest = *c;

	if (!seq_before(c->seq, seq)) {
		if (seq_before(end, c->end))
			c->seq = end;
		else
			case_drop(l, v->data, i);
		return;
	}
	c->end = seq;
	casetree_resized(l, i);
	rest.seq = end;
	if (seq_before(end, rest.end))
		case_add(l, v, &rest);
}

void
case_supersede(struct loss *l, const struct loss_view *v, uint32_t i,
    const struct loss_case *c)
{
	struct loss_case *old = case_at(l, i), new = *c;

	unlink(l, v->data, i);
	if (old->tries < TRIES_MAX) {
		new.earlier = i;
		new.tries = (uint8_t)(old->tries + 1);
	} else {
		case_decide(l, v, old);
		discard(l, v->data, i);
	}
	case_add(l, v, &new);
}

void
case_restore(const struct loss *l, struct loss_side *s, uint32_t i)
{
	struct loss_case *c = case_at(l, i);

	c->acked = true;
	casetree_insert(l, &s->tree[c->kind], i);
	enqueue(l, s, i);
}

/* --- what is decided at the end ---------------------------------------- */

static bool
is_before(const struct loss *l, uint32_t first, uint32_t second)
{
	const struct loss_case *a = case_at(l, first), *b = case_at(l, second);

	return a->time != b->time ? a->time < b->time :
	    seq_before(a->seq, b->seq);
}

bool
case_is_first(const struct loss *l, uint32_t first, uint32_t second)
{
	if (first == 0 || second == 0)
		return first != 0;
	return !is_before(l, second, first);
}

/* Two lists, linked by newer, as one.  Of equal ones those of a come first. */
static uint32_t
merge(const struct loss *l, uint32_t a, uint32_t b)
{
	uint32_t head = 0, *tail = &head;

	while (a != 0 || b != 0) {
		uint32_t *from = case_is_first(l, a, b) ? &a : &b;

		*tail = *from;
		tail = &case_at(l, *from)->newer;
		*from = *tail;
	}
	return head;
}

/* Sort a list, by merging lists of 1, 2, 4 ... cases. */
static uint32_t
sort(const struct loss *l, uint32_t i)
{
	uint32_t lists[32] = { 0 }, all = 0, next;

	for (; i != 0; i = next) {
		uint32_t list = i, k = 0;

		next = case_at(l, i)->newer;
		case_at(l, i)->newer = 0;
		for (; lists[k] != 0; k++) {
			list = merge(l, lists[k], list);
			lists[k] = 0;
		}
		lists[k] = list;
	}
	for (unsigned k = 0; k < 32; k++)
		all = merge(l, lists[k], all);
	return all;
}

uint32_t
case_take_all(const struct loss *l, struct loss_side *s)
{
	uint32_t all = 0;

	for (unsigned q = 0; q < CASE_QUEUES; q++)
		all = merge(l, all, sort(l, s->queue[q].oldest));
	memset(s->tree, 0, sizeof s->tree);
	memset(s->queue, 0, sizeof s->queue);
	return all;
}

uint32_t
case_settle_taken(struct loss *l, const struct loss_view *v, uint32_t i)
{
	uint32_t next = case_at(l, i)->newer;

	case_decide(l, v, case_at(l, i));
	discard(l, v->data, i);
	return next;
}

/* --- reports ------------------------------------------------------------ */

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
		discard(l, v->data, i);
	}
}

void
case_report_one(struct loss *l, const struct loss_view *v, uint32_t *earlier,
    enum loss_what what, struct loss_why why)
{
	uint32_t i = *earlier;

	*earlier = case_at(l, i)->earlier;
	case_report(l, v, case_at(l, i), what, why);
	discard(l, v->data, i);
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
