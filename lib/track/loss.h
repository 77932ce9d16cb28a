/*
 * What became of segments that were not simply sent once and in order: lost,
 * and on which side of the capture point, sent again without need, copied by
 * the network, held back.  A pure state machine for one direction of a
 * connection: data of the sender, and what the receiver says of it.
 *
 *   sender ---- lost: upstream ---- capture ---- lost: rto, fast ---- receiver
 *
 * Whatever is out of order is a case, and is kept until it is decided:
 *
 *   bytes skipped        HOLE     filled by what was sent before the segments
 *                                 behind it: LATE; by what was sent again:
 *                                 AGAIN, as upstream; acknowledged, but never
 *                                 seen: gap
 *   bytes seen before    AGAIN    by the answer: rto, fast, tail; spurious if
 *                                 the original had come
 *   too soon for that    COPY     netdup at once; kept for the D-SACK
 *   SACK of what is      MISSING  sent again: AGAIN; acknowledged without
 *   behind                        that: LATE, behind the capture point
 *   held back            LATE     reorder, if by more than the path's jitter
 *   SACK                 HELD     what the receiver need not get again
 *
 * When something was sent is told by the timestamp option (RFC 7323), by the
 * IP identification, else by the round trip: nothing is sent again before
 * word of it can have come back.  That an original arrived is told by D-SACK
 * (RFC 2883), by the timestamp echoed (Eifel, RFC 3522), else by an answer
 * that comes too soon to be one to the second.
 */
#ifndef TRACK_LOSS_H
#define TRACK_LOSS_H

#include "conn/pool.h"
#include "conn/rtt.h"
#include "track/rttsum.h"

enum loss_what {
	LOSS_RTO,		/* lost behind us, sent again by time-out */
	LOSS_FAST,		/* the same, after duplicate ACKs or SACK */
	LOSS_TAIL,		/* the same, the last one, by a probe */
	LOSS_SPURIOUS,		/* sent again without need */
	LOSS_UNKNOWN,		/* sent again, who knows why */
	LOSS_UPSTREAM,		/* lost before us, and sent again */
	LOSS_GAP,		/* received, but not captured */
	LOSS_NETDUP,		/* copied by the network */
	LOSS_REORDER,		/* held back by the network */
	LOSS_KEEPALIVE,
	LOSS_ZWPROBE,		/* a probe of a closed window */
	LOSS_WHATS
};
#define LOSS_SIZED	LOSS_NETDUP	/* those before it count bytes */

#define LOSS_STEPS	32
#define LOSS_RECENT	4

struct loss_event {
	uint64_t time;		/* of the packet that shows it, ns */
	enum loss_what what;
	uint32_t seq, len;
	bool has_gap;
	uint64_t gap;		/* from the original, or from when the hole was
				 * seen, to then, ns */
};

/* One direction.  All zeros is a new one. */
struct loss_side {
	uint32_t first;		/* case, 0 none */
	uint32_t cases;
	uint32_t count[LOSS_WHATS];
	uint64_t bytes[LOSS_SIZED];
	uint32_t late;		/* came out of order, be it by jitter */
	uint32_t unseen;	/* holes that were acknowledged */
	uint64_t resent;	/* bytes that had been seen before */

	uint64_t heard;		/* when the receiver last complained */
	uint32_t complaints;	/* duplicate ACKs since it was content */
	uint32_t sacked;	/* the highest byte that it has */
	uint32_t recover;	/* a time-out: what was out then */
	uint32_t dsack[3];	/* the last one: edges and TSval */
	uint32_t echoed;	/* the newest TSval that came back */
	uint32_t tsval;		/* that of a packet of then */
	uint64_t tsval_time;	/* 0: none yet */
	uint32_t recent[LOSS_RECENT];	/* the last segments sent */
	uint16_t recent_id[LOSS_RECENT];
	uint32_t recents;
	uint32_t blind_end;	/* up to here there was no room for holes */
	bool blind, has_sacked, has_recover, has_dsack, has_echoed, probed;

	uint32_t step[LOSS_STEPS];	/* between round trips, brief */
	uint32_t steps;
	uint64_t last_trip;	/* ns */
};

/* What a call is about: one direction of a connection. */
struct loss_view {
	struct loss_side *data;		/* of the sender */
	struct loss_side *back;		/* the other direction's */
	struct rtt_side *sender, *receiver;	/* before the packet */
	const struct trips *near, *far;	/* round trips to sender, receiver */
	const struct rtt *rtt;
	uint64_t now;
	bool reliable;		/* both ends were open: ACKs mean something */
	uint32_t flow;		/* the caller's: whose direction this is */
	int from;
};

struct loss {
	struct pool cases;	/* of all connections */
	uint64_t undecided;	/* told as they looked: there was no room */
	void (*event)(void *arg, const struct loss_view *v,
	    const struct loss_event *e);
	void *arg;
};

/* Room for so many cases at once.  0, or -1 with errno. */
int loss_open(struct loss *l, uint32_t max);
void loss_close(struct loss *l);

/*
 * A segment of the sender that is neither SYN nor RST; id is its IP
 * identification and id_before that of the sender's packet before, 0 for
 * unknown.
 */
void loss_segment(struct loss *l, const struct loss_view *v,
    const struct tcp *tcp, uint16_t id, uint16_t id_before);

/* The receiver's ACK. */
void loss_ack(struct loss *l, const struct loss_view *v,
    const struct tcp *tcp);

/* A side's clean round trips: those before it had anything to track, and the
 * next one. */
void loss_trips(struct loss_side *s, const struct trips *before);
void loss_trip(struct loss_side *s, uint64_t ns);

/*
 * Decide what can be decided by now in both directions of a connection; at the
 * end, everything.  Events of a direction come in the order in which they were
 * noticed, those of both by the time of the packet that was, then by sequence
 * number; where that is the same too, v[0] goes first.
 */
void loss_settle(struct loss *l, const struct loss_view v[2], bool end);

const char *loss_what_name(enum loss_what what);

#endif
