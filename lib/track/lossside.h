/* The state of one direction of a connection.  Private to lib/track/loss*.c,
 * case.c and path.c. */
#ifndef TRACK_LOSSSIDE_H
#define TRACK_LOSSSIDE_H

#include "conn/seq.h"
#include "track/loss.h"

#define LOSS_STEPS	32	/* differences of round trips kept */

enum case_kind { HOLE, RESENT, COPY, MISSING, LATE, SACKED, CASE_KINDS };

/* What the oldest case of a queue waits for; the others wait longer. */
enum case_queue {
	CASE_UNSEEN,		/* HOLE: that the capture missed it */
	CASE_OPEN,		/* RESENT: an ACK */
	CASE_ACKED,		/* RESENT: that it is too late for a D-SACK */
	CASE_COPIED,		/* COPY: the same */
	CASE_LACKING,		/* MISSING: that it is too late for an ACK */
	CASE_DELAYED,		/* LATE: an ACK, and to know the jitter */
	CASE_IDLE,		/* the others: until another packet decides */
	CASE_QUEUES
};

/* Zero-initialised means new. */
struct loss_side {
	struct loss_counts total;
	uint32_t cases;		/* how many */
	uint32_t tree[CASE_KINDS];	/* their roots, 0 if none */
	struct case_list {
		uint32_t oldest, newest;	/* 0 if none */
	} queue[CASE_QUEUES];

	/* What the receiver reported. */
	uint64_t dup_time;	/* of the last duplicate ACK or SACK block */
	uint64_t repeat_time;	/* of the last ACK that did not advance una */
	uint32_t dupacks;	/* since una advanced */
	uint32_t sacked;	/* the highest byte that it has */
	uint32_t dsack[3];	/* the last D-SACK: edges and TSval */
	uint32_t echoed;	/* the newest TSval that it echoed */
	bool sacks;		/* it uses SACK */
	uint64_t rack_sent;	/* when the latest retransmission was sent that
				 * it acknowledged */
	uint64_t rack_time;	/* and when it did */

	uint32_t early;		/* an ACK of what was not captured yet */
	uint64_t early_time;
	bool has_early;

	/* What the sender did. */
	uint32_t recover;	/* after a time-out: what was sent before it */
	uint32_t tsval;		/* the first TSval, and when */
	uint64_t tsval_time;	/* 0: none yet */
	uint32_t untracked_end;	/* up to here holes could not be kept */
	uint32_t big, big_end;	/* in flight at an ICMP error, and not sent
				 * again since; equal if nothing is */
	bool untracked, has_sacked, has_recover, has_dsack, has_echoed, probed;

	/* Its own round trips. */
	uint32_t step[LOSS_STEPS];	/* from one to the next, dur32 */
	uint32_t steps;
	uint64_t last_rtt;	/* ns */
};

/* Has the receiver acknowledged all before end? */
static inline bool
loss_is_acked(const struct loss_view *v, uint32_t end)
{
	return rtt_has_una(v->sender) && !seq_before(v->sender->tcb.una, end);
}

/* Has the receiver closed its window? */
static inline bool
loss_is_shut(const struct loss_view *v)
{
	return v->receiver->tcb.win == 0 && rtt_has_next(v->receiver);
}

/* The sequence number that follows all captured or acknowledged data. */
static inline uint32_t
loss_next(const struct loss_view *v)
{
	const struct tcb *s = &v->sender->tcb;

	return s->flags & TCB_UNA && seq_before(s->next, s->una) ? s->una :
	    s->next;
}

#endif
