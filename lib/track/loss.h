/*
 * Classifies segments that were not simply sent once and in order: lost, and
 * on which side of the capture point; retransmitted without need; duplicated or
 * reordered by the network.  A pure state machine for one direction of a
 * connection, which is the data of the sender and the ACKs of the receiver:
 *
 *   sender ---- lost: upstream ---- capture ---- lost: rto, fast ---- receiver
 *
 * A case is a range of sequence numbers with an irregularity.  It is kept until
 * it can be decided:
 *
 *   HOLE     bytes skipped.  Filled by a segment sent before the one that
 *            showed the hole: LATE.  Filled by a retransmission: RESENT, as
 *            upstream.  Acknowledged but never captured: gap.
 *   RESENT   bytes sent again.  The next ACK decides: toobig, rto, fast, tail,
 *            or spurious if the original had arrived.
 *   COPY     bytes that came again too soon for a retransmission.  Reported as
 *            netdup at once; kept to explain the D-SACK that follows.
 *   MISSING  bytes that passed here, but SACK shows that the receiver lacks
 *            them.  Sent again: RESENT.  Acknowledged without that: LATE, after
 *            the capture point.
 *   LATE     bytes out of order: reorder, if delayed by more than the jitter of
 *            the path.
 *   SACKED   bytes that the receiver has beyond its ACK: sending them again
 *            is spurious.
 *
 * The timestamp option (RFC 7323) shows when a segment was sent, or the IP
 * identification; without them it is the time, since a retransmission cannot
 * precede the earliest possible feedback, one round trip.  D-SACK (RFC 2883)
 * shows that an original arrived, or the timestamp echoed (Eifel, RFC 3522);
 * without them it is an ACK that comes too soon after the retransmission.
 */
#ifndef TRACK_LOSS_H
#define TRACK_LOSS_H

#include "conn/pool.h"
#include "conn/rtt.h"
#include "track/rttsum.h"
#include "track/why.h"

enum loss_what {
	LOSS_RTO,		/* lost downstream, resent by time-out */
	LOSS_FAST,		/* lost downstream, resent by fast retransmit */
	LOSS_TAIL,		/* lost downstream, resent by tail loss probe */
	LOSS_SPURIOUS,		/* retransmitted without need */
	LOSS_UNKNOWN,		/* retransmitted, cause unknown */
	LOSS_UPSTREAM,		/* lost upstream, and retransmitted */
	LOSS_GAP,		/* received, but not captured */
	LOSS_TOOBIG,		/* lost: larger than the path's MTU, resent */
	LOSS_NETDUP,		/* duplicated by the network */
	LOSS_REORDER,		/* reordered by the network */
	LOSS_KEEPALIVE,
	LOSS_ZWPROBE,		/* a probe of a zero window */
	LOSS_WHATS
};
#define LOSS_SIZED	LOSS_NETDUP	/* those before it count bytes */

struct loss_event {
	uint64_t time;		/* of the packet that shows it, ns */
	enum loss_what what;
	uint32_t seq, len;	/* len without a FIN */
	bool has_gap;
	uint64_t gap;		/* ns since the original, or since the packet
				 * that showed the hole */
	struct loss_why why;	/* the evidence */
};

/* Totals of one direction. */
struct loss_counts {
	uint32_t count[LOSS_WHATS];
	uint64_t bytes[LOSS_SIZED];
	uint32_t late;		/* out of order, within the jitter or not */
	uint32_t unseen;	/* holes that were acknowledged */
	uint64_t resent;	/* bytes that had been captured before */
};

/* The state of one direction. */
struct loss_side;

/* One direction of a connection, as it was before the packet of a call. */
struct loss_view {
	struct loss_side *data;		/* of the sender */
	struct loss_side *back;		/* of the other direction */
	struct rtt_side *sender, *receiver;
	const struct rttsum *near, *far; /* round trips to sender, receiver */
	uint64_t now;
	bool mutual;		/* both ends have the connection: ACKs count */
	bool explain;		/* call explained() */
	uint32_t flow;		/* for the caller: which direction it is */
	int from;
};

struct loss {
	struct pool cases, sides;	/* of all connections */
	const struct rtt *rtt;	/* of the same connections */
	uint32_t seed;		/* of the shape of trees, which results do not
				 * depend on */
	uint64_t undecided;	/* classified early: the pool was full */
	/* An event was decided. */
	void (*event)(void *arg, const struct loss_view *v,
	    const struct loss_event *e);
	/* The evidence for it, or for no event, as text. */
	void (*explained)(void *arg, const struct loss_view *v,
	    const struct loss_event *e, const char *text);
	void *arg;
};

/* Room for max_conns connections and max_cases cases at once.  0, or -1 with
 * errno. */
int loss_open(struct loss *l, uint32_t max_conns, uint32_t max_cases,
    const struct rtt *rtt);
void loss_close(struct loss *l);

/* Both directions of a connection: a number from 1 on, or 0 without memory.
 * Settle before they are dropped. */
uint32_t loss_add(struct loss *l);
void loss_drop(struct loss *l, uint32_t sides);

/* One direction, until it is dropped; and its totals so far. */
struct loss_side *loss_at(const struct loss *l, uint32_t sides, int from);
const struct loss_counts *loss_counts(const struct loss_side *s);

/* These bytes of a direction were refused, and will come again. */
void loss_discount(struct loss *l, uint32_t sides, int from, uint32_t bytes);

/* Set data and back of the views of both directions; from is that of v[0]. */
void loss_look(const struct loss *l, uint32_t sides, int from,
    struct loss_view v[2]);

/* What is known of a segment beside itself. */
struct loss_id {
	uint16_t id;		/* IP identification, 0 if unknown */
	uint16_t before;	/* that of the sender's packet before */
	bool copied;		/* by the network: conn/copies */
	bool resent;		/* by the sender: conn/copies */
	bool like;		/* an earlier one, to the bit: conn/copies */
	uint64_t since;		/* ns, as there */
};

/* The sender's segment, neither SYN nor RST. */
void loss_segment(struct loss *l, const struct loss_view *v,
    const struct tcp *tcp, const struct loss_id *id);

/* An ICMP error: a router dropped the sender's segment at seq, since it was too
 * big (RFC 1191, 6.4).  Returns whether it is believed, which it is if seq is
 * in flight (RFC 5927, 4.1). */
bool loss_toobig(const struct loss_view *v, uint32_t seq);

/* The receiver's ACK. */
void loss_ack(struct loss *l, const struct loss_view *v,
    const struct tcp *tcp);

/* An ACK of what was not captured yet, so that it is not believed: the capture
 * may be out of order. */
void loss_early_ack(const struct loss_view *v, uint32_t ack);

/* Clean round trips to a side: those from before it was added, and the next
 * one in ns. */
void loss_rtts_before(struct loss_side *s, const struct rttsum *before);
void loss_rtt(struct loss_side *s, uint64_t ns);

/*
 * Decide what can be decided by now in both directions of a connection; at the
 * end, everything.  Events of one direction come in the order in which their
 * cases were opened.  Those of both directions are merged by the time of the
 * packet, then by sequence number; if these are equal, v[0] comes first.
 */
void loss_settle(struct loss *l, const struct loss_view v[2], bool end);

const char *loss_what_name(enum loss_what what);

#endif
