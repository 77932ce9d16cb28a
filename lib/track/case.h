/*
 * Cases of one direction of a connection: ranges of sequence numbers with an
 * irregularity.  track/loss.h says what each kind means.  A case is in the tree
 * of its kind, by number, and in a queue of those that are decided by the same
 * rule, by time.  Private to lib/track/loss*.c.
 */
#ifndef TRACK_CASE_H
#define TRACK_CASE_H

#include "track/lossside.h"

#define CASES_MAX	(1u << 15)	/* of one direction */

struct loss_case {
	uint32_t seq, end;
	uint64_t time;		/* of the packet that it is about */

	/* In the tree of its kind: track/casetree.h. */
	uint32_t parent, child[2];	/* their numbers, 0 if none */
	uint32_t nodes, last;	/* of its subtree: size, highest end */

	/* In its queue, or RESENT and in none: it is an earlier one. */
	uint32_t older, newer;
	uint32_t earlier;	/* RESENT: the one before, of the same bytes */

	uint32_t tsval;		/* HOLE: of the segment after it; RESENT: own */
	uint16_t id_before, id_after;	/* HOLE: IP ids around it */
	uint8_t kind, what;
	uint8_t tries;		/* RESENT: how many are before it */
	bool has_ts, has_gap;
	bool newer_ts;		/* RESENT: its TSval is not the original's */
	bool acked;		/* HOLE, RESENT: by an ACK or SACK block */
	bool was_missing;	/* RESENT, LATE: SACK showed it as missing */
	bool fin;		/* RESENT, LATE: its last number is the FIN's */
	uint64_t gap;		/* as in the event */
	uint64_t acked_time;	/* HOLE */
	uint64_t missing_time;	/* RESENT: when SACK showed that first */
	struct loss_why why;	/* the evidence for what */
};

static inline struct loss_case *
case_at(const struct loss *l, uint32_t i)
{
	return pool_at(&l->cases, i);
}

static inline bool
case_overlaps(const struct loss_case *c, uint32_t seq, uint32_t end)
{
	return seq_before(c->seq, end) && seq_before(seq, c->end);
}

/* Is the case within seq..end?  And does it have all of seq..end? */
static inline bool
case_is_within(const struct loss_case *c, uint32_t seq, uint32_t end)
{
	return !seq_before(c->seq, seq) && !seq_before(end, c->end);
}

static inline bool
case_covers(const struct loss_case *c, uint32_t seq, uint32_t end)
{
	return !seq_before(seq, c->seq) && !seq_before(c->end, end);
}

/* Narrow *seq..*end to what the case has of it. */
static inline void
case_narrow(const struct loss_case *c, uint32_t *seq, uint32_t *end)
{
	if (seq_before(*seq, c->seq))
		*seq = c->seq;
	if (seq_before(c->end, *end))
		*end = c->end;
}

/* The case of a kind with a byte of seq..end that comes first by number, or 0;
 * and the one after case i, which has that kind. */
uint32_t case_find(const struct loss *l, const struct loss_side *s,
    enum case_kind kind, uint32_t seq, uint32_t end);
uint32_t case_find_next(const struct loss *l, uint32_t i, uint32_t seq,
    uint32_t end);

/* How many of a kind begin at seq or later? */
uint32_t case_count(const struct loss *l, const struct loss_side *s,
    enum case_kind kind, uint32_t seq);

/* Add a case; without room it is decided at once. */
void case_add(struct loss *l, const struct loss_view *v,
    const struct loss_case *c);

/* Add a COPY of seq..end: a D-SACK for it is no news. */
void case_add_copy(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end);

/* Add seq..end as LATE by that many ns.  tcp is the late segment, NULL if
 * the receiver's SACK blocks show it. */
void case_add_late(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, uint64_t by, const struct tcp *tcp, enum loss_proof why);

/* Drop case i; those before it must have been reported or restored. */
void case_drop(struct loss *l, struct loss_side *s, uint32_t i);

/* The receiver has what case i, a HOLE or RESENT, is about. */
void case_set_acked(const struct loss *l, struct loss_side *s, uint32_t i);

/* Cut seq..end out of case i, which leaves no, one or two cases. */
void case_cut(struct loss *l, const struct loss_view *v, uint32_t i,
    uint32_t seq, uint32_t end);

/* Of two cases, 0 for none, does the first one come first: by time, then by
 * number? */
bool case_is_first(const struct loss *l, uint32_t first, uint32_t second);

/* Take all cases out of trees and queues: a list in that order.  Each must be
 * settled, which reports and drops it; that returns the next one. */
uint32_t case_take_all(const struct loss *l, struct loss_side *s);
uint32_t case_settle_taken(struct loss *l, const struct loss_view *v,
    uint32_t i);

/* Count and report an event; or a case as one, with this evidence. */
void case_report_event(struct loss *l, const struct loss_view *v,
    const struct loss_event *e);
void case_report(struct loss *l, const struct loss_view *v,
    const struct loss_case *c, enum loss_what what, struct loss_why why);

/* Evidence without a value. */
static inline struct loss_why
case_why(enum loss_proof proof)
{
	return (struct loss_why){ .proof = (uint8_t)proof };
}

/* Is the segment's FIN the last number before end? */
static inline bool
case_has_fin(const struct tcp *tcp, uint32_t end)
{
	return tcp->flags & TCP_FIN && end == tcp_end(tcp);
}

/* The bytes of RESENT i were sent again, as c says: that takes its place, and i
 * is kept with it. */
void case_supersede(struct loss *l, const struct loss_view *v, uint32_t i,
    const struct loss_case *c);

/* Case i, which was before another one, is a case of its own again: a D-SACK
 * may be about it. */
void case_restore(const struct loss *l, struct loss_side *s, uint32_t i);

/* Report those before c, which were in no queue: the oldest first. */
void case_report_earlier(struct loss *l, const struct loss_view *v,
    struct loss_case *c);

/* Report one of those before a case, and drop it. */
void case_report_one(struct loss *l, const struct loss_view *v,
    uint32_t *earlier, enum loss_what what, struct loss_why why);

/* Report what a case, and those before it, are if nothing more comes. */
void case_decide(struct loss *l, const struct loss_view *v,
    const struct loss_case *c);

#endif
