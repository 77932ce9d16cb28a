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

/* Report that retransmission i was spurious: the original had arrived. */
static void
report_spurious(struct loss *l, const struct loss_view *v, uint32_t i,
    const struct tcp *tcp, enum loss_proof why)
{
	struct loss_case c = *case_at(l, i);

	judge_earlier(l, v, &c, tcp);
	if (why == WHY_ECHO)
		case_report_earlier(l, v, &c);
	case_drop(l, v->data, i);
	if (c.earlier != 0)	/* another D-SACK may be about it */
		case_restore(l, v->data, c.earlier);
	case_report(l, v, &c, LOSS_SPURIOUS, case_why(why));
	if (c.was_missing)
		case_add_late(l, v, c.seq, c.end,
		    path_elapsed(v->now, c.missing_time), NULL, WHY_FILLED);
}

/*
 * This ACK, or a block of it, covers retransmission i.  If it answers what was
 * sent before, the retransmission was spurious; else a D-SACK may still show
 * that.
 */
static void
ack_resent(struct loss *l, const struct loss_view *v, uint32_t i,
    const struct tcp *tcp, bool by_ack)
{
	struct loss_case *c = case_at(l, i);
	uint32_t seq = c->seq, end = c->end;
	bool echo = by_ack && has_echo(v, c, tcp);
	bool done = c->acked || c->what == LOSS_UPSTREAM;
	enum loss_proof why = WHY_NONE;

	case_set_acked(l, v->data, i);
	if (v->data->rack_sent <= c->time) {
		v->data->rack_sent = c->time;
		v->data->rack_time = v->now;
	}
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

/* The receiver has the bytes that hole i of the capture lacks. */
static void
ack_hole(const struct loss *l, const struct loss_view *v, uint32_t i)
{
	if (case_at(l, i)->acked)
		return;
	v->data->total.unseen++;
	case_at(l, i)->acked_time = v->now;
	case_set_acked(l, v->data, i);
}

/* What SACK showed as missing has arrived, and was not sent again. */
static void
ack_missing(struct loss *l, const struct loss_view *v, uint32_t i,
    uint32_t seq, uint32_t end)
{
	uint64_t by = path_elapsed(v->now, case_at(l, i)->time);

	case_narrow(case_at(l, i), &seq, &end);
	case_cut(l, v, i, seq, end);
	case_add_late(l, v, seq, end, by, NULL, WHY_FILLED);
}

/* The receiver got seq..end, and so has all of from..to: by its ACK, or by a
 * SACK block. */
static void
ack_range(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, uint32_t from, uint32_t to, const struct tcp *tcp,
    bool by_ack)
{
	struct loss_side *s = v->data;
	uint32_t i, next;

	for (i = case_find(l, s, RESENT, seq, end); i != 0; i = next) {
		next = case_find_next(l, i, seq, end);
		if (case_is_within(case_at(l, i), from, to))
			ack_resent(l, v, i, tcp, by_ack);
	}
	while ((i = case_find(l, s, MISSING, seq, end)) != 0)
		ack_missing(l, v, i, seq, end);
}

/* The ACK covers seq..end, which no ACK did before. */
static void
ack_new(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp)
{
	struct loss_side *s = v->data;
	uint32_t i;

	ack_range(l, v, seq, end, end - SEQ_FAR / 2, end, tcp, true);
	for (i = case_find(l, s, HOLE, seq, end); i != 0;
	    i = case_find_next(l, i, seq, end))
		if (!seq_before(end, case_at(l, i)->end))
			ack_hole(l, v, i);
	while ((i = case_find(l, s, SACKED, seq, end)) != 0 &&
	    !seq_before(end, case_at(l, i)->end))
		case_drop(l, s, i);
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
	    seq_diff(end, seq) <= SEQ_FAR &&
	    !seq_before(v->sender->tcb.next, end);
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
	    case_find(l, v->data, SACKED, seq, end) != 0;
}

/* A D-SACK is about one segment: the case of a kind with its edges, or 0. */
static uint32_t
find_exact(const struct loss *l, const struct loss_view *v,
    enum case_kind kind, uint32_t seq, uint32_t end)
{
	uint32_t i = case_find(l, v->data, kind, seq, seq + 1);

	while (i != 0 && (case_at(l, i)->seq != seq ||
	    case_at(l, i)->end != end))
		i = case_find_next(l, i, seq, seq + 1);
	return i;
}

/* May the D-SACK be about retransmission c? */
static bool
may_be_about(const struct loss_view *v, const struct loss_case *c,
    const struct tcp *tcp)
{
	return c->seq == tcp->sack[0][0] && c->end == tcp->sack[0][1] &&
	    path_elapsed(v->now, c->time) >= path_ack_min(v);
}

/* Of the retransmissions before i, the latest that the D-SACK must be about,
 * since it cannot be about i: where its number is, or NULL. */
static uint32_t *
find_earlier(const struct loss *l, const struct loss_view *v, uint32_t i,
    const struct tcp *tcp)
{
	struct loss_case *c = case_at(l, i);
	uint32_t *e = &c->earlier;

	if (may_be_about(v, c, tcp))
		return NULL;
	while (*e != 0 && !may_be_about(v, case_at(l, *e), tcp))
		e = &case_at(l, *e)->earlier;
	return *e != 0 ? e : NULL;
}

/* The D-SACK shows that the receiver got retransmission i twice, or one before
 * it. */
static void
use_dsack_of(struct loss *l, const struct loss_view *v, uint32_t i,
    const struct tcp *tcp)
{
	uint32_t *earlier = find_earlier(l, v, i, tcp);

	if (earlier == NULL)
		report_spurious(l, v, i, tcp, WHY_DSACK);
	else
		case_report_one(l, v, earlier, LOSS_SPURIOUS,
		    case_why(WHY_DSACK));
}

/* The receiver got these bytes twice: find what sent them twice. */
static void
use_dsack(struct loss *l, const struct loss_view *v, const struct tcp *tcp)
{
	uint32_t seq = tcp->sack[0][0], end = tcp->sack[0][1], i;
	struct loss_event e = { .time = v->now, .what = LOSS_NETDUP,
	    .seq = seq, .len = end - seq, .why = case_why(WHY_DSACK_ONE) };

	if (!is_new_dsack(v, tcp))
		return;
	if ((i = find_exact(l, v, COPY, seq, end)) != 0)
		case_drop(l, v->data, i);
	else if ((i = find_exact(l, v, RESENT, seq, end)) != 0)
		use_dsack_of(l, v, i, tcp);
	else if ((i = case_find(l, v->data, COPY, seq, end)) != 0)
		case_drop(l, v->data, i);
	else if ((i = case_find(l, v->data, RESENT, seq, end)) != 0)
		use_dsack_of(l, v, i, tcp);
	else if (end - seq > 1)	/* not a keep-alive, nor a probe */
		case_report_event(l, v, &e);
}

/* The case with a byte of seq..end that comes first by number, or 0.  A COPY
 * does not count: it is about bytes sent. */
static uint32_t
first_case(const struct loss *l, const struct loss_side *s, uint32_t seq,
    uint32_t end)
{
	static const enum case_kind kinds[] = { HOLE, RESENT, MISSING, LATE,
	    SACKED };
	uint32_t first = 0;

	for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		uint32_t i = case_find(l, s, kinds[k], seq, end);

		if (i == 0)
			continue;
		first = i;
		end = case_at(l, i)->seq;
	}
	return first;
}

/* Find the first part of seq..*end that no case has, up to the next case, and
 * return where it starts. */
static uint32_t
skip_cases(const struct loss *l, const struct loss_side *s, uint32_t seq,
    uint32_t *end)
{
	uint32_t i;

	while (seq_before(seq, *end) &&
	    (i = first_case(l, s, seq, *end)) != 0) {
		const struct loss_case *c = case_at(l, i);

		if (seq_before(seq, c->seq))
			*end = c->seq;
		else
			seq = c->end;
	}
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
	uint32_t i;
	bool alone = true;

	while ((i = case_find(l, v->data, SACKED, seq - 1, end + 1)) != 0) {
		const struct loss_case *k = case_at(l, i);

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

/* A block has seq..end.  Returns as add_sacked(). */
static bool
use_block(struct loss *l, const struct loss_view *v, const struct tcp *tcp,
    uint32_t seq, uint32_t end)
{
	const struct loss_side *s = v->data;
	uint32_t left = case_find(l, s, SACKED, seq - 1, end);
	uint32_t right = case_find(l, s, SACKED, end, end + 1);
	uint32_t from = left != 0 && seq_before(case_at(l, left)->seq, seq) ?
	    case_at(l, left)->seq : seq;
	uint32_t to = right != 0 ? case_at(l, right)->end : end;

	if (left != 0 && case_covers(case_at(l, left), seq, end))
		return false;
	/* What no block had before. */
	for (uint32_t at = seq, until; seq_before(at, end); at = until) {
		uint32_t i = case_find(l, s, SACKED, at, end);
		uint32_t known = i != 0 ? case_at(l, i)->seq : end;

		until = i != 0 ? case_at(l, i)->end : end;
		if (seq_before(at, known))
			ack_range(l, v, at, known, from, to, tcp, false);
	}
	return add_sacked(l, v, seq, end);
}

static void
use_blocks(struct loss *l, const struct loss_view *v, const struct tcp *tcp,
    bool dsack)
{
	struct loss_side *s = v->data;
	/* Holes before this are known. */
	uint32_t known = s->has_sacked && seq_before(tcp->ack, s->sacked) ?
	    s->sacked : tcp->ack;
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
		holes |= use_block(l, v, tcp, seq, end);
	}
	if (holes)
		add_missing(l, v, known, s->sacked);
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

/* An ACK at una, which may advance it: what it shows of the receiver. */
static void
note_ack(const struct loss_view *v, const struct tcp *tcp, uint32_t una,
    bool sacks)
{
	struct loss_side *s = v->data;

	if (tcp->has_ts && (!s->has_echoed ||
	    seq_before(s->echoed, tcp->tsecr))) {
		s->has_echoed = true;
		s->echoed = tcp->tsecr;
	}
	if (seq_before(una, tcp->ack)) {
		advance(s, tcp->ack);
		return;
	}
	s->repeat_time = v->now;
	/* With SACK only new blocks count (RFC 6675, 2). */
	if (tcp->len == 0 && seq_before(una, v->sender->tcb.next) &&
	    (tcp->flags & (TCP_SYN | TCP_FIN)) == 0 && (sacks || !s->sacks)) {
		s->dupacks++;
		s->dup_time = v->now;
	}
}

void
loss_ack(struct loss *l, const struct loss_view *v, const struct tcp *tcp)
{
	struct loss_side *s = v->data;
	const struct rtt_side *d = v->sender;
	bool dsack = tcp->nsack > 0 && sack_is_dsack(tcp);
	bool sacks = tcp->nsack > dsack;
	uint32_t una = rtt_has_una(d) ? d->tcb.una : tcp->ack;

	if (!rtt_has_next(d) || seq_diff(tcp->ack, d->tcb.next) > SEQ_FAR)
		return;
	s->sacks |= tcp->nsack > 0;
	if (dsack && !is_stale(l, v, tcp, una))
		use_dsack(l, v, tcp);
	if (seq_before(tcp->ack, una))
		return;		/* an ACK out of order */
	add_unseen(l, v, tcp->ack);
	note_ack(v, tcp, una, sacks);
	if (sacks)
		s->dup_time = v->now;
	if (s->cases > 0)
		ack_new(l, v, rtt_has_una(d) ? una : tcp->ack - SEQ_FAR / 2,
		    tcp->ack, tcp);
	if (sacks)
		use_blocks(l, v, tcp, dsack);
}
