#include "track/losscase.h"

#include "track/losstime.h"

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
case_drop(struct loss *l, struct loss_side *s, uint32_t *i)
{
	uint32_t gone = *i;

	*i = case_at(l, gone)->next;
	pool_put(&l->cases, gone);
	s->cases--;
}

void
loss_tell(struct loss *l, const struct loss_view *v,
    const struct loss_event *e)
{
	struct loss_side *s = v->data;

	s->count[e->what]++;
	if (e->what < LOSS_SIZED)
		s->bytes[e->what] += e->len;
	if (l->event != NULL)
		l->event(l->arg, v, e);
}

void
case_tell(struct loss *l, const struct loss_view *v,
    const struct loss_case *c, enum loss_what what)
{
	struct loss_event e = { .time = c->time, .what = what, .seq = c->seq,
	    .len = c->end - c->seq, .has_gap = c->has_gap, .gap = c->gap };

	loss_tell(l, v, &e);
}

/* Was it held back for longer than the order of packets varies by anyway on
 * this path?  What the receiver says of it came by the path back as well. */
static bool
is_reordered(const struct loss_view *v, const struct loss_case *late)
{
	return late->gap > (late->was_missing ? 16 : 8) * loss_jitter(v);
}

void
case_conclude(struct loss *l, const struct loss_view *v,
    const struct loss_case *c)
{
	if (c->kind == AGAIN)
		case_tell(l, v, c, c->what);
	else if (c->kind == LATE && is_reordered(v, c))
		case_tell(l, v, c, LOSS_REORDER);
	else if (c->kind == HOLE && c->answered) {
		struct loss_case unseen = *c;

		unseen.time = c->answer;
		unseen.has_gap = c->answer > c->time;
		unseen.gap = later_by(c->answer, c->time);
		case_tell(l, v, &unseen, LOSS_GAP);
	}
}

void
case_add(struct loss *l, const struct loss_view *v, const struct loss_case *c)
{
	uint32_t *i = &v->data->first, new;

	new = v->data->cases < CASES_MAX ? pool_get(&l->cases) : 0;
	if (new == 0) {
		l->undecided++;
		case_conclude(l, v, c);
		if (c->kind == HOLE) {
			/* What fills it must not look like the past. */
			v->data->blind = true;
			v->data->blind_end = c->end;
		}
		return;
	}
	while (*i != 0)
		i = &case_at(l, *i)->next;
	*case_at(l, new) = *c;
	case_at(l, new)->next = 0;
	*i = new;
	v->data->cases++;
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
case_common(const struct loss_case *c, uint32_t *seq, uint32_t *end)
{
	if (seq_before(*seq, c->seq))
		*seq = c->seq;
	if (seq_before(c->end, *end))
		*end = c->end;
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
    uint32_t end, uint64_t by, const struct tcp *tcp)
{
	struct loss_case c = { .kind = LATE, .seq = seq, .end = end,
	    .time = v->now, .has_gap = true, .gap = by,
	    .has_ts = tcp != NULL && tcp->has_ts,
	    .tsval = tcp != NULL ? tcp->tsval : 0,
	    .was_missing = tcp == NULL };

	v->data->late++;
	case_add(l, v, &c);
}

bool
loss_is_acked(const struct loss_view *v, uint32_t end)
{
	return rtt_has_una(v->sender) && !seq_before(v->sender->una, end);
}
