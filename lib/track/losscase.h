/*
 * Cases of one direction of a connection: stretches of sequence numbers with
 * which something is not usual, in a list, the oldest first.  What each kind
 * means stands in track/loss.h.
 */
#ifndef TRACK_LOSSCASE_H
#define TRACK_LOSSCASE_H

#include "track/loss.h"
#include "conn/seq.h"

#define CASES_MAX	512	/* of one direction */

enum case_kind { HOLE, AGAIN, COPY, MISSING, LATE, HELD };

struct loss_case {
	uint32_t next;		/* the number of the next one */
	uint32_t seq, end;
	uint32_t tsval;		/* HOLE: of what came behind; AGAIN: its own */
	uint16_t id_before, id_behind;	/* HOLE: IP identifications around it */
	uint8_t kind, what;
	bool has_ts, has_gap;
	bool newer;		/* AGAIN: its TSval is not the original's */
	bool answered;		/* by an ACK */
	bool was_missing;	/* AGAIN, LATE: the receiver had missed it */
	uint64_t time;		/* of the packet that it is about */
	uint64_t gap;		/* as in the event */
	uint64_t answer;	/* HOLE: when that was */
	uint64_t missed;	/* AGAIN: when the receiver missed it first */
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

/* The place of the first case of a kind that has a byte of seq..end. */
uint32_t *case_find(const struct loss *l, struct loss_side *s,
    enum case_kind kind, uint32_t seq, uint32_t end);

/* Add a case; where there is no room it is concluded. */
void case_add(struct loss *l, const struct loss_view *v,
    const struct loss_case *c);

/* Remember that there was a copy, so that a D-SACK needs no other reason. */
void case_add_copy(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end);

/* Held back for so long, until this segment came; NULL where the receiver
 * says so. */
void case_add_late(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, uint64_t by, const struct tcp *tcp);

/* Let case *i go; the next one is *i then. */
void case_drop(struct loss *l, struct loss_side *s, uint32_t *i);

/* Take seq..end out of case *i, which may leave none, one or two. */
void case_cut(struct loss *l, const struct loss_view *v, uint32_t *i,
    uint32_t seq, uint32_t end);

/* Of the case and *seq..*end, what both have. */
void case_common(const struct loss_case *c, uint32_t *seq, uint32_t *end);

/* Tell an event, or that a case is one. */
void loss_tell(struct loss *l, const struct loss_view *v,
    const struct loss_event *e);
void case_tell(struct loss *l, const struct loss_view *v,
    const struct loss_case *c, enum loss_what what);

/* Tell what a case is if nothing more comes. */
void case_conclude(struct loss *l, const struct loss_view *v,
    const struct loss_case *c);

/* Has the receiver acknowledged all before end? */
bool loss_is_acked(const struct loss_view *v, uint32_t end);

#endif
