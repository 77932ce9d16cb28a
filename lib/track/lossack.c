/* What the receiver's ACKs show of losses: track/loss.h. */
#include "conn/sack.h"
#include "track/case.h"
#include "track/path.h"

/* Does the ACK echo the timestamp of what arrived first of retransmission c?
 * It does for the first segment that it acknowledges (RFC 7323, 4.3). */
static bool
has_echo(const struct loss_view *v, const struct loss_case *c,
    const struct tcp *tcp)
{
	return c->newer_ts && tcp->has_ts && c->seq == v->sender->tcb.una &&
	    !seq_before(tcp->ack, c->end);
}

/* Of the retransmissions before c, those that the ACK shows to be later than
 * what it answers were spurious, too. */
static void
judge_earlier(struct loss *l, const struct loss_view *v,
    const struct loss_case *c, const struct tcp *tcp)
{
	for (uint32_t i = c->earlier; i != 0; i = case_at(l, i)->earlier) {
		struct loss_case *e = case_at(l, i);

		if (!has_echo(v, e, tcp) || !seq_before(tcp->tsecr, e->tsval))
			continue;
		e->what = LOSS_SPURIOUS;
		e->why = case_why(WHY_ECHO);
		case_add_copy(l, v, e->seq, e->end);
	}
}

/* Report that retransmission *i was spurious: the original had arrived. */
static void
report_spurious(struct loss *l, const struct loss_view *v, uint32_t *i,
    const struct tcp *tcp, enum loss_proof why)
{
	struct loss_case c = *case_at(l, *i);

	judge_earlier(l, v, &c, tcp);
	case_report_earlier(l, v, &c);
	case_drop(l, v->data, i);
	case_report(l, v, &c, LOSS_SPURIOUS, case_why(why));
	if (c.was_missing)
		case_add_late(l, v, c.seq, c.end,
		    path_elapsed(v->now, c.missing_time), NULL, WHY_FILLED);
}

/*
 * This ACK, or a block of it, covers retransmission *i.  If it answers what was
 * sent before, the retransmission was spurious; else a D-SACK may still show
 * that.
 */
static void
ack_resent(struct loss *l, const struct loss_view *v, uint32_t *i,
    const struct tcp *tcp, bool by_ack)
{
	struct loss_case *c = case_at(l, *i);
	uint32_t seq = c->seq, end = c->end;
	bool echo = by_ack && has_echo(v, c, tcp);
	bool done = c->acked || c->what == LOSS_UPSTREAM;
	enum loss_proof why = WHY_NONE;

	c->acked = true;
	if (done)
		return;
	judge_earlier(l, v, c, tcp);
	if (echo && seq_before(tcp->tsecr, c->tsval))
		why = WHY_ECHO;
	else if (!echo && path_elapsed(v->now, c->time) <
	    path_ack_min(v))
		why = WHY_EARLY_ACK;
	if (why != WHY_NONE) {
		report_spurious(l, v, i, tcp, why);
		case_add_copy(l, v, seq, end);
	}
}

/* The receiver has the bytes that hole c of the capture lacks. */
static void
ack_hole(const struct loss_view *v, struct loss_case *c)
{
	v->data->total.unseen++;
	c->acked = true;
	c->acked_time = v->now;
}

/* What SACK showed as missing has arrived, and was not sent again. */
static void
ack_missing(struct loss *l, const struct loss_view *v, uint32_t *i,
    uint32_t seq, uint32_t end)
{
	uint64_t by = path_elapsed(v->now, case_at(l, *i)->time);

	case_narrow(case_at(l, *i), &seq, &end);
	case_cut(l, v, i, seq, end);
	case_add_late(l, v, seq, end, by, NULL, WHY_FILLED);
}

/* The receiver has seq..end, by its ACK or by a SACK block. */
static void
ack_range(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp, bool by_ack)
{
	uint32_t *i = &v->data->first, number;

	for (; *i != 0; i = *i == number ? &case_at(l, number)->next : i) {
		struct loss_case *c = case_at(l, *i);

		number = *i;
		if (!case_overlaps(c, seq, end))
			continue;
		if (c->kind == RESENT && case_is_within(c, seq, end))
			ack_resent(l, v, i, tcp, by_ack);
		else if (c->kind == HOLE && by_ack && !c->acked &&
		    !seq_before(end, c->end))
			ack_hole(v, c);
		else if (c->kind == SACKED && by_ack &&
		    !seq_before(end, c->end))
			case_drop(l, v->data, i);
		else if (c->kind == MISSING)
			ack_missing(l, v, i, seq, end);
	}
}

/* Is the D-SACK about bytes that were sent, and not the last one repeated? */
static bool
is_new_dsack(const struct loss_view *v, const struct tcp *tcp)
{
	uint32_t seq = tcp->sack[0][0], end = tcp->sack[0][1];
	struct loss_side *s = v->data;
	bool same = s->has_dsack && s->dsack[0] == seq &&
	    s->dsack[1] == end && s->dsack[2] == tcp->tsval;

	s->has_dsack = true;
	s->dsack[0] = seq;
	s->dsack[1] = end;
	s->dsack[2] = tcp->tsval;
	return !same && seq_diff(end, seq) > 0 &&
	    seq_diff(end, seq) <= SEQ_FAR && !seq_before(v->sender->tcb.next, end);
}

/*
 * Is the first block, which looks like a D-SACK, one that was reported before
 * the ACK passed it?  Linux sends it once more with its ACK of a FIN that had
 * come out of order.
 */
static bool
is_stale(const struct loss *l, const struct loss_view *v,
    const struct tcp *tcp, uint32_t una)
{
	uint32_t seq = tcp->sack[0][0], end = tcp->sack[0][1];

	return end == tcp->ack && !seq_before(seq, una) &&
	    case_find(l, v->data, SACKED, seq, end) != NULL;
}

/* The receiver got these bytes twice: find what sent them twice. */
static void
use_dsack(struct loss *l, const struct loss_view *v, const struct tcp *tcp)
{
	uint32_t seq = tcp->sack[0][0], end = tcp->sack[0][1], *i;
	struct loss_event e = { .time = v->now, .what = LOSS_NETDUP,
	    .seq = seq, .len = end - seq, .why = case_why(WHY_DSACK_ONE) };

	if (!is_new_dsack(v, tcp))
		return;
	if ((i = case_find(l, v->data, COPY, seq, end)) != NULL)
		case_drop(l, v->data, i);
	else if ((i = case_find(l, v->data, RESENT, seq, end)) != NULL)
		report_spurious(l, v, i, tcp, WHY_DSACK);
	else if (end - seq > 1)	/* not a keep-alive, nor a probe */
		case_report_event(l, v, &e);
}

/*
 * Find the first part of seq..*end that no case has, up to the next case, and
 * return where it starts.  A COPY does not count: it is about bytes sent.
 */
static uint32_t
skip_cases(const struct loss *l, const struct loss_side *s, uint32_t seq,
    uint32_t *end)
{
	uint32_t i = s->first, stop = *end;

	while (i != 0 && seq_before(seq, *end)) {
		const struct loss_case *c = case_at(l, i);

		i = c->next;
		if (c->kind == COPY || !case_overlaps(c, seq, stop))
			continue;
		if (seq_before(seq, c->seq)) {
			stop = c->seq;
			continue;
		}
		/* seq is in this case: start over after its end. */
		seq = c->end;
		stop = *end;
		i = s->first;
	}
	*end = stop;
	return seq;
}

/* The receiver lacks seq..end: mark what of it passed here, once. */
static void
add_missing(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	struct loss_case c = { .kind = MISSING, .time = v->now };

	while (seq_before(seq, end)) {
		c.end = end;
		c.seq = skip_cases(l, v->data, seq, &c.end);
		if (!seq_before(c.seq, c.end))
			return;
		case_add(l, v, &c);
		seq = c.end;
	}
}

/*
 * Keep that the receiver has seq..end, since an ACK has room for the latest
 * blocks only.  Returns whether that is a block of its own, so that there is a
 * hole before it.
 */
static bool
add_sacked(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	struct loss_case c = { .kind = SACKED, .seq = seq, .end = end,
	    .time = v->now };
	uint32_t *i;
	bool alone = true;

	while ((i = case_find(l, v->data, SACKED, seq - 1, end + 1)) != NULL) {
		const struct loss_case *k = case_at(l, *i);

		if (case_covers(k, c.seq, c.end))
			return false;
		alone = false;
		if (seq_before(k->seq, c.seq))
			c.seq = k->seq;
		if (seq_before(c.end, k->end))
			c.end = k->end;
		case_drop(l, v->data, i);
	}
	case_add(l, v, &c);
	return alone;
}

static void
use_blocks(struct loss *l, const struct loss_view *v, const struct tcp *tcp,
    bool dsack)
{
	struct loss_side *s = v->data;
	bool holes = false;

	for (unsigned i = dsack; i < tcp->nsack; i++) {
		uint32_t seq = tcp->sack[i][0], end = tcp->sack[i][1];

		if (seq_diff(end, seq) <= 0 || seq_before(seq, tcp->ack) ||
		    seq_before(v->sender->tcb.next, end))
			continue;
		if (!s->has_sacked || seq_before(s->sacked, end)) {
			s->has_sacked = true;
			s->sacked = end;
		}
		ack_range(l, v, seq, end, tcp, false);
		holes |= add_sacked(l, v, seq, end);
	}
	if (holes)
		add_missing(l, v, tcp->ack, s->sacked);
}

/* If the ACK covers bytes that were never captured: add them as a hole. */
static void
add_unseen(struct loss *l, const struct loss_view *v, uint32_t ack)
{
	struct loss_case c = { .kind = HOLE, .seq = loss_next(v), .end = ack,
	    .time = v->now, .acked = true, .acked_time = v->now };

	/* A single byte may be a probe's, or a keep-alive's before any data. */
	if (!seq_before(c.seq, ack) || !v->mutual || (ack == c.seq + 1 &&
	    (v->data->probed || v->sender->bytes == 0)))
		return;
	v->data->total.unseen++;
	case_add(l, v, &c);
}

/* An ACK that advances una. */
static void
advance(struct loss_side *s, uint32_t ack)
{
	s->dupacks = 0;
	if (s->has_recover && !seq_before(ack, s->recover))
		s->has_recover = false;
	if (s->has_sacked && !seq_before(ack, s->sacked))
		s->has_sacked = false;
}

void
loss_early_ack(const struct loss_view *v, uint32_t ack)
{
	v->data->has_early = true;
	v->data->early = ack;
	v->data->early_time = v->now;
}

void
loss_ack(struct loss *l, const struct loss_view *v, const struct tcp *tcp)
{
	struct loss_side *s = v->data;
	const struct rtt_side *d = v->sender;
	bool dsack = tcp->nsack > 0 && sack_is_dsack(tcp);
	uint32_t una = rtt_has_una(d) ? d->tcb.una : tcp->ack;

	if (!rtt_has_next(d) || seq_diff(tcp->ack, d->tcb.next) > SEQ_FAR)
		return;
	s->sacks |= tcp->nsack > 0;
	if (dsack && !is_stale(l, v, tcp, una))
		use_dsack(l, v, tcp);
	if (seq_before(tcp->ack, una))
		return;		/* an ACK out of order */
	add_unseen(l, v, tcp->ack);
	if (tcp->has_ts && (!s->has_echoed ||
	    seq_before(s->echoed, tcp->tsecr))) {
		s->has_echoed = true;
		s->echoed = tcp->tsecr;
	}
	if (seq_before(una, tcp->ack))
		advance(s, tcp->ack);
	else if (tcp->len == 0 && seq_before(una, d->tcb.next) &&
	    (tcp->flags & (TCP_SYN | TCP_FIN)) == 0 &&
	    (!s->sacks || tcp->nsack > dsack)) {
		s->dupacks++;
		s->dup_time = v->now;
	}
	if (tcp->nsack > dsack)
		s->dup_time = v->now;
	if (s->first != 0)
		ack_range(l, v, una - SEQ_FAR / 2, tcp->ack, tcp, true);
	if (tcp->nsack > dsack)
		use_blocks(l, v, tcp, dsack);
}
