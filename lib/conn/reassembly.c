#include "conn/reassembly.h"

#include <stdlib.h>
#include <string.h>

#include "conn/seq.h"

#define ACK_AHEAD_MAX	(1 << 26)	/* a larger jump is a bogus ACK */

/* Deliver those bytes of a piece or a segment that were not delivered yet. */
static void
deliver(struct reassembly *s, const struct reassembly_user *u,
    const struct reassembly_bytes *all, bool fin)
{
	struct reassembly_bytes b = *all;
	int from = b.from;
	uint32_t old = s->next[from] - b.seq;
	uint32_t cut = b.ndata < old ? b.ndata : old;

	if (old < b.len) {
		b.seq += old;
		b.len -= old;
		b.ndata -= cut;
		b.data = b.ndata > 0 ? b.data + cut : NULL;
		s->next[from] = b.seq + b.len;
		s->since[from] = b.time;
		u->bytes(u->arg, &b);
	}
	if (fin && !s->ended[from] && s->next[from] == all->seq + all->len) {
		s->ended[from] = true;
		s->next[from]++;
		u->fin(u->arg, from, b.time);
	}
}

static void
deliver_piece(struct reassembly *s, const struct reassembly_user *u,
    const struct reassembly_piece *p)
{
	struct reassembly_bytes b = {
		.time = p->time, .from = p->from, .seq = p->seq, .len = p->len,
		.ack = p->ack, .has_ack = p->has_ack, .data = p->data,
		.ndata = p->ndata
	};

	deliver(s, u, &b, p->fin);
}

/* Were all bytes before seq delivered, and those that ack acknowledges? */
static bool
is_ready(const struct reassembly *s, int from, uint32_t seq, bool has_ack,
    uint32_t ack)
{
	if (seq_before(s->next[from], seq))
		return false;
	return !has_ack || !s->known[!from] || !s->hole[!from] ||
	    seq_diff(ack, s->next[!from]) <= 0;
}

static void
drop(struct reassembly *s, struct reassembly_piece **at)
{
	struct reassembly_piece *p = *at;

	*at = p->next;
	s->held -= (uint32_t)sizeof *p + p->ndata;
	s->npieces--;
	free(p);
}

/* Clear the mark of a hole of this side that has been filled. */
static void
check_hole(struct reassembly *s, int side)
{
	if (s->hole[side] && seq_diff(s->acked[side], s->next[side]) <= 0)
		s->hole[side] = false;
}

/* Deliver the pieces that are ready, and those that become ready by that. */
static void
deliver_due(struct reassembly *s, const struct reassembly_user *u)
{
	struct reassembly_piece **at = &s->pieces, *p;

	while ((p = *at) != NULL) {
		if (!is_ready(s, p->from, p->seq, p->has_ack, p->ack)) {
			at = &p->next;
			continue;
		}
		deliver_piece(s, u, p);
		drop(s, at);
		check_hole(s, 0);
		check_hole(s, 1);
		at = &s->pieces;
	}
}

/* Return the piece of a side with the lowest sequence number, NULL if none. */
static const struct reassembly_piece *
first_of(const struct reassembly *s, int side)
{
	const struct reassembly_piece *first = NULL;

	for (const struct reassembly_piece *p = s->pieces; p != NULL;
	    p = p->next)
		if (p->from == side &&
		    (first == NULL || seq_before(p->seq, first->seq)))
			first = p;
	return first;
}

/* Report the bytes of a side before seq as a gap. */
static void
skip_to(struct reassembly *s, const struct reassembly_user *u, int side,
    uint32_t seq, uint64_t now)
{
	uint32_t missing = seq - s->next[side];

	s->next[side] = seq;
	u->gap(u->arg, side, now, missing);
	check_hole(s, side);
	deliver_due(s, u);
}

/* Report the ACKed hole of a side as a gap, up to its first piece. */
static void
skip_acked(struct reassembly *s, const struct reassembly_user *u, int side,
    uint64_t now)
{
	const struct reassembly_piece *first = first_of(s, side);
	uint32_t to = s->acked[side];

	if (first != NULL && seq_before(first->seq, to))
		to = first->seq;
	if (seq_before(s->next[side], to)) {
		skip_to(s, u, side, to, now);
		return;
	}
	s->hole[side] = false;
	deliver_due(s, u);
}

/* The side whose hole was ACKed first, of two that have one. */
static int
older_hole(const struct reassembly *s)
{
	return s->since[0] != s->since[1] ? s->since[1] < s->since[0] :
	    seq_before(s->acked[1], s->acked[0]);
}

/* The side whose first piece has waited longer. */
static int
older_piece(const struct reassembly_piece *const p[2])
{
	return p[0]->time != p[1]->time ? p[1]->time < p[0]->time :
	    seq_before(p[1]->seq, p[0]->seq);
}

/*
 * Report one hole that pieces wait for as a gap, to make room.  The choice must
 * not depend on which side is number 0: the hash of the flow decides that.
 */
static void
skip_any(struct reassembly *s, const struct reassembly_user *u, uint64_t now)
{
	const struct reassembly_piece *first[2];
	bool gap[2];
	int side;

	for (side = 0; side < 2; side++) {
		first[side] = first_of(s, side);
		gap[side] = first[side] != NULL &&
		    seq_before(s->next[side], first[side]->seq);
	}
	if (gap[0] || gap[1]) {
		side = gap[0] && gap[1] ? older_piece(first) : gap[1];
		skip_to(s, u, side, first[side]->seq, now);
		return;
	}
	/* Every piece waits for bytes of the other side that it ACKs. */
	side = older_hole(s);
	if (s->hole[side])
		skip_acked(s, u, side, now);
	if (s->hole[!side])
		skip_acked(s, u, !side, now);
}

/* Does the side's next byte wait only for bytes of the other side? */
static bool
is_held(const struct reassembly *s, int side)
{
	const struct reassembly_piece *first = first_of(s, side);

	return first != NULL && !seq_before(s->next[side], first->seq);
}

/* Has the side's hole been ACKed for long enough to be a gap?  But while only
 * this side waits for the other side's hole, that hole comes first. */
static bool
is_due(const struct reassembly *s, int side, uint64_t now)
{
	return s->hole[side] && now > s->since[side] &&
	    now - s->since[side] > REASSEMBLY_PATIENCE &&
	    (!is_held(s, side) || is_held(s, !side) || !s->hole[!side]);
}

void
reassembly_clock(struct reassembly *s, const struct reassembly_user *u,
    uint64_t now)
{
	for (;;) {
		int old = older_hole(s);

		if (is_due(s, old, now))
			skip_acked(s, u, old, now);
		else if (is_due(s, !old, now))
			skip_acked(s, u, !old, now);
		else
			return;
	}
}

void
reassembly_drain(struct reassembly *s, const struct reassembly_user *u)
{
	while (s->pieces != NULL)
		skip_any(s, u, s->pieces->time);
}

void
reassembly_free(struct reassembly *s)
{
	while (s->pieces != NULL)
		drop(s, &s->pieces);
}

/* The side's bytes are acknowledged up to ack: note a hole if there is one. */
static void
note_ack(struct reassembly *s, int side, uint32_t ack, uint64_t now)
{
	int32_t ahead = seq_diff(ack, s->next[side]);

	if (!s->known[side] || ahead <= 0 || ahead > ACK_AHEAD_MAX)
		return;
	if (!s->hole[side])
		s->since[side] = now;
	else if (seq_diff(ack, s->acked[side]) <= 0)
		return;
	s->hole[side] = true;
	s->acked[side] = ack;
}

/* Of unwanted bytes only the number matters: add them to the newest piece if
 * they follow it.  Returns false if they do not. */
static bool
extend_piece(struct reassembly *s, const struct reassembly_bytes *b, bool fin)
{
	struct reassembly_piece *p = s->pieces;

	if (b->ndata != 0 || p == NULL || p->from != b->from || p->fin ||
	    p->ndata != 0 || p->seq + p->len != b->seq || fin)
		return false;
	p->len += b->len;
	p->time = b->time;
	p->ack = b->ack;
	p->has_ack = b->has_ack;
	return true;
}

/* Keep a copy of bytes that are out of order. */
static void
hold(struct reassembly *s, const struct reassembly_bytes *b, bool fin)
{
	struct reassembly_piece *p;

	if (extend_piece(s, b, fin))
		return;
	if ((p = malloc(sizeof *p + b->ndata)) == NULL)
		return;		/* like a segment that was not captured */
	*p = (struct reassembly_piece){
		.next = s->pieces, .time = b->time, .seq = b->seq,
		.len = b->len, .ack = b->ack, .ndata = b->ndata,
		.from = (uint8_t)b->from, .has_ack = b->has_ack, .fin = fin
	};
	if (b->ndata > 0)
		memcpy(p->data, b->data, b->ndata);
	s->pieces = p;
	s->held += (uint32_t)sizeof *p + p->ndata;
	s->npieces++;
}

/* Are all bytes from next to the end of these unwanted? */
static bool
is_unwanted(const struct reassembly *s, const struct reassembly_user *u,
    int from, uint32_t seq, uint32_t len)
{
	int32_t ahead = seq_diff(seq + len, s->next[from]);

	return ahead <= 0 || u->unwanted(u->arg, from) >= (uint32_t)ahead;
}

bool
reassembly_unwanted(const struct reassembly *s,
    const struct reassembly_user *u, int from, const struct tcp *tcp)
{
	uint32_t seq = tcp->seq + ((tcp->flags & TCP_SYN) != 0);

	return s->known[from] && is_unwanted(s, u, from, seq, tcp->len);
}

static bool
has_room(const struct reassembly *s, const struct reassembly_user *u,
    uint32_t ndata)
{
	return s->npieces < REASSEMBLY_PIECES &&
	    s->held + sizeof(struct reassembly_piece) + ndata <=
	    u->room(u->arg);
}

/* Hold bytes that are out of order, after making room.  Returns false if they
 * are ready by then, or if there is no room: deliver them. */
static bool
hold_if_early(struct reassembly *s, const struct reassembly_user *u,
    struct reassembly_bytes *b, bool fin)
{
	if (is_unwanted(s, u, b->from, b->seq, b->len))
		b->ndata = 0;
	while (s->pieces != NULL && !has_room(s, u, b->ndata))
		skip_any(s, u, b->time);
	if (is_ready(s, b->from, b->seq, b->has_ack, b->ack))
		return false;
	if (has_room(s, u, b->ndata)) {
		hold(s, b, fin);
		return true;
	}
	if (seq_before(s->next[b->from], b->seq))
		skip_to(s, u, b->from, b->seq, b->time);
	return false;
}

void
reassembly_add(struct reassembly *s, const struct reassembly_user *u, int from,
    uint64_t time, const struct tcp *tcp, const uint8_t *data, uint32_t ndata)
{
	struct reassembly_bytes b = {
		.time = time, .from = from,
		.seq = tcp->seq + ((tcp->flags & TCP_SYN) != 0),
		.len = tcp->len, .ack = tcp->ack,
		.has_ack = (tcp->flags & TCP_ACK) != 0, .data = data,
		.ndata = ndata
	};
	bool fin = (tcp->flags & TCP_FIN) != 0;

	if (!s->known[from]) {
		s->known[from] = true;
		s->next[from] = b.seq;
	}
	if (b.has_ack)
		note_ack(s, !from, b.ack, time);
	if (s->hole[0] || s->hole[1])
		reassembly_clock(s, u, time);
	if (s->ended[from] || (b.len == 0 && !fin))
		return;
	if (seq_diff(b.seq + b.len + fin, s->next[from]) <= 0)
		return;		/* all of it was delivered before */
	if (!is_ready(s, from, b.seq, b.has_ack, b.ack) &&
	    hold_if_early(s, u, &b, fin))
		return;
	deliver(s, u, &b, fin);
	check_hole(s, from);
	if (s->pieces != NULL)
		deliver_due(s, u);
}
