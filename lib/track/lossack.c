/* What the receiver's ACKs say of losses: track/loss.h. */
#include "track/losscase.h"
#include "track/losstime.h"
#include "conn/sack.h"


/* The original had come, after all. */
static void
tell_spurious(struct loss *l, const struct loss_view *v, uint32_t *i)
{
	struct loss_case c = *case_at(l, *i);

	case_drop(l, v->data, i);
	case_tell(l, v, &c, LOSS_SPURIOUS);
	if (c.was_missing)
		case_add_late(l, v, c.seq, c.end, later_by(v->now, c.missed),
		    NULL);
}

/*
 * Something was sent again, and this ACK covers it.  If it is an answer to
 * what came before, it was not needed; else a D-SACK may still say so.
 */
static void
take_answer(struct loss *l, const struct loss_view *v, uint32_t *i,
    const struct tcp *tcp, bool by_ack)
{
	struct loss_case *c = case_at(l, *i);
	uint32_t seq = c->seq, end = c->end;
	bool edge = by_ack && seq == v->sender->una && c->newer &&
	    tcp->has_ts;
	bool early = later_by(v->now, c->time) < trips_min(v->far) / 4 * 3;

	if (c->answered || c->what == LOSS_UPSTREAM) {
		c->answered = true;
		return;
	}
	c->answered = true;
	if (edge ? seq_before(tcp->tsecr, c->tsval) : early) {
		tell_spurious(l, v, i);
		case_add_copy(l, v, seq, end);
	}
}

/* The receiver has seq..end, by its ACK or a block. */
static void
take_received(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp, bool by_ack)
{
	uint32_t *i = &v->data->first, next;

	for (; *i != 0; i = *i == next ? &case_at(l, next)->next : i) {
		struct loss_case *c = case_at(l, *i);
		uint32_t from = seq, to = end;

		next = *i;
		if (!case_overlaps(c, seq, end))
			continue;
		if (c->kind == AGAIN && !seq_before(end, c->end) &&
		    !seq_before(c->seq, seq))
			take_answer(l, v, i, tcp, by_ack);
		else if (c->kind == HOLE && by_ack && !c->answered &&
		    !seq_before(end, c->end)) {
			v->data->unseen++;
			c->answered = true;
			c->answer = v->now;
		} else if (c->kind == HELD && by_ack &&
		    !seq_before(end, c->end)) {
			case_drop(l, v->data, i);
		} else if (c->kind == MISSING) {
			uint64_t by = later_by(v->now, c->time);

			case_common(c, &from, &to);
			case_cut(l, v, i, from, to);
			case_add_late(l, v, from, to, by, NULL);
		}
	}
}

/* The receiver got l..r twice: what sent it twice? */
static void
take_dsack(struct loss *l, const struct loss_view *v, const struct tcp *tcp)
{
	uint32_t seq = tcp->sack[0][0], end = tcp->sack[0][1], *i;
	struct loss_side *s = v->data;
	struct loss_event e = { .time = v->now, .what = LOSS_NETDUP,
	    .seq = seq, .len = end - seq };
	bool same = s->has_dsack && s->dsack[0] == seq &&
	    s->dsack[1] == end && s->dsack[2] == tcp->tsval;

	s->has_dsack = true;
	s->dsack[0] = seq;
	s->dsack[1] = end;
	s->dsack[2] = tcp->tsval;
	if (same || seq_diff(end, seq) <= 0 || seq_diff(end, seq) > SEQ_FAR ||
	    seq_before(v->sender->next, end))
		return;
	if ((i = case_find(l, s, COPY, seq, end)) != NULL) {
		case_drop(l, s, i);
		return;
	}
	if ((i = case_find(l, s, AGAIN, seq, end)) != NULL) {
		tell_spurious(l, v, i);
		return;
	}
	/* A single byte is that of a keep-alive or of a probe. */
	if (end - seq > 1)
		loss_tell(l, v, &e);
}

/* The receiver misses seq..end, as far as that was captured, once. */
static void
add_missing(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	struct loss_case c = { .kind = MISSING, .time = v->now };
	uint32_t i, stop;

	while (seq_before(seq, end)) {
		c.seq = seq;
		stop = end;
		/* Up to the next case, or from behind the one that is here. */
		for (i = v->data->first; i != 0; i = case_at(l, i)->next) {
			const struct loss_case *k = case_at(l, i);

			if (k->kind == COPY || !case_overlaps(k, seq, stop))
				continue;
			if (seq_before(seq, k->seq))
				stop = k->seq;
			else {
				stop = seq;
				seq = k->end;
				break;
			}
		}
		c.end = stop;
		if (seq_before(c.seq, c.end)) {
			case_add(l, v, &c);
			seq = stop;
		}
	}
}

/* The receiver holds seq..end, and will not say so for ever: an ACK has room
 * for its latest blocks only.  Is that a block of its own? */
static bool
add_held(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end)
{
	struct loss_case c = { .kind = HELD, .seq = seq, .end = end,
	    .time = v->now };
	uint32_t *i;
	bool alone = true;

	while ((i = case_find(l, v->data, HELD, seq - 1, end + 1)) != NULL) {
		const struct loss_case *k = case_at(l, *i);

		if (!seq_before(c.seq, k->seq) && !seq_before(k->end, c.end))
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
take_blocks(struct loss *l, const struct loss_view *v, const struct tcp *tcp,
    bool dsack)
{
	bool holes = false;

	for (unsigned i = dsack; i < tcp->nsack; i++) {
		uint32_t seq = tcp->sack[i][0], end = tcp->sack[i][1];

		if (seq_diff(end, seq) <= 0 || seq_before(seq, tcp->ack) ||
		    seq_before(v->sender->next, end))
			continue;
		if (!v->data->has_sacked ||
		    seq_before(v->data->sacked, end)) {
			v->data->has_sacked = true;
			v->data->sacked = end;
		}
		take_received(l, v, seq, end, tcp, false);
		holes |= add_held(l, v, seq, end);
	}
	if (holes)
		add_missing(l, v, tcp->ack, v->data->sacked);
}

/* Bytes were acknowledged that were never seen. */
static void
take_unseen(struct loss *l, const struct loss_view *v, uint32_t ack)
{
	uint32_t base = v->sender->next;
	struct loss_case c = { .kind = HOLE, .end = ack, .time = v->now,
	    .answered = true, .answer = v->now };

	if (rtt_has_una(v->sender) && seq_before(base, v->sender->una))
		base = v->sender->una;
	c.seq = base;
	/* One byte may be that of a probe, or a keep-alive before all else. */
	if (!seq_before(base, ack) || !v->reliable || (ack == base + 1 &&
	    (v->data->probed || v->sender->bytes == 0)))
		return;
	v->data->unseen++;
	case_add(l, v, &c);
}

void
loss_ack(struct loss *l, const struct loss_view *v, const struct tcp *tcp)
{
	struct loss_side *s = v->data;
	const struct rtt_side *d = v->sender;
	bool dsack = tcp->nsack > 0 && sack_is_dsack(tcp);
	uint32_t una = rtt_has_una(d) ? d->una : tcp->ack;

	if (!rtt_has_next(d) || seq_diff(tcp->ack, d->next) > SEQ_FAR)
		return;
	if (dsack)
		take_dsack(l, v, tcp);
	if (seq_before(tcp->ack, una))
		return;		/* old news */
	take_unseen(l, v, tcp->ack);
	if (tcp->has_ts && (!s->has_echoed ||
	    seq_before(s->echoed, tcp->tsecr))) {
		s->has_echoed = true;
		s->echoed = tcp->tsecr;
	}
	if (seq_before(una, tcp->ack)) {
		s->complaints = 0;
		if (s->has_recover && !seq_before(tcp->ack, s->recover))
			s->has_recover = false;
		if (s->has_sacked && !seq_before(tcp->ack, s->sacked))
			s->has_sacked = false;
	} else if (tcp->len == 0 && seq_before(una, d->next) &&
	    (tcp->flags & (TCP_SYN | TCP_FIN)) == 0) {
		s->complaints++;
		s->heard = v->now;
	}
	if (tcp->nsack > dsack)
		s->heard = v->now;
	if (s->first != 0)
		take_received(l, v, una - SEQ_FAR / 2, tcp->ack, tcp, true);
	if (tcp->nsack > dsack)
		take_blocks(l, v, tcp, dsack);
}
