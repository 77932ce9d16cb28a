/*
 * Round trips between the capture point and either end of a connection, by
 * the timestamp option and by sequence numbers.  A pure state machine: no
 * clock, no I/O, nothing allocated per packet.
 *
 * What a side sent and what it skipped lies in its ring, in the order of
 * sequence numbers, a slot each, and waits:
 *
 *	timestamp	the first packet with a TSval waits for that value as
 *			TSecr from the other side (RFC 7323, 3); values only go
 *			forward, so one that was matched never comes again
 *	sequence	a segment waits for the ACK that names its last byte,
 *			or for a SACK block that ends there (RFC 2018, 4)
 *
 * A sample by sequence is marked resent (Karn and Partridge, SIGCOMM 1987)
 * when its segment was sent more than once, when the ACK also covers bytes
 * that were sent again after the segment was, or when the receiver was known
 * to miss something before it.  Two things need no mark: a hole's filling that
 * was never seen before is a segment like any other, and with SACK it is known
 * how far the receiver had got.
 */
#ifndef CONN_RTT_H
#define CONN_RTT_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/ring.h"
#include "wire/tcp.h"

/* One side: what it sent, and what the other side said of that. */
struct rtt_side {
	struct ring ring;	/* packets that wait for their answer */
	uint64_t bytes;		/* sent by it so far */
	uint64_t una_time : 54;	/* when una was acknowledged first, ns, the
				 * low bits of it */
	uint64_t flags : 10;	/* what is known of it */
	uint32_t isn;
	uint32_t next;		/* one past the highest sequence number */
	uint32_t una;		/* the highest ACK of the other side */
	uint32_t hole_end;	/* up to here it has something, but not at una */
	uint32_t tsval;		/* the newest */
	uint16_t resent_before;	/* slots older than the last resending */
	uint16_t win;		/* of its last packet */
};

struct rtt_flow {
	struct rtt_side side[2];
};

struct rtt {
	uint64_t max_age;	/* ns that a packet waits for its answer */
	struct ring_pool pool;	/* what all flows have in flight */
	uint64_t untimed;	/* packets for which there was no slot */
};

enum rtt_note {
	RTT_HANDSHAKE = 1,	/* h: a SYN or SYN/ACK was timed */
	RTT_PURE_ACK = 2,	/* a: a pure ACK was timed */
	RTT_DATA = 4,		/* d: the answer carries data */
	RTT_MORE = 8,		/* m: the ACK covers more than one segment */
	RTT_RESENT = 16,	/* r: sent more than once, or covers such */
	RTT_EDGE = 32		/* e: first TSval of a flow without its start */
};
#define RTT_NOTE_LETTERS	"hadmre"	/* from the lowest bit */

/* What one packet showed. */
struct rtt_result {
	bool has_ts, has_seq, has_dup;
	unsigned notes;		/* of enum rtt_note */
	uint64_t ts, seq;	/* round trips, ns */
	int32_t dseq;		/* > 0 a hole before it, < 0 from the past */
	uint64_t dup;		/* a duplicate ACK: ns since the original */
	uint64_t bytes;		/* sent by its side so far */
};

/* slots bounds what all flows have in flight.  0, or -1 with errno. */
int rtt_open(struct rtt *m, uint64_t max_age, uint32_t slots);
void rtt_close(struct rtt *m);

/*
 * Take a packet of flow f, sent by side from (0 or 1) and captured at
 * time_ns; size is what it adds to bytes.  f starts as zeros.
 */
void rtt_update(struct rtt *m, struct rtt_flow *f, int from, uint64_t time_ns,
    const struct tcp *tcp, uint32_t size, struct rtt_result *res);

/* Give back what f has in the pool; f may then be forgotten. */
void rtt_forget(struct rtt *m, struct rtt_flow *f);

/* Were packets of only one side seen? */
bool rtt_one_sided(const struct rtt_flow *f);

/* What is known of a side: that next, isn, una are set. */
bool rtt_has_next(const struct rtt_side *s);
bool rtt_has_isn(const struct rtt_side *s);
bool rtt_has_una(const struct rtt_side *s);

/* Nanoseconds from when una was acknowledged first to now. */
uint64_t rtt_una_age(const struct rtt_side *s, uint64_t now);

/* The slot of what s sent at seq, if that was captured and still waits; NULL
 * if not.  Good until the next packet. */
const struct slot *rtt_sent(const struct rtt *m, struct rtt_side *s,
    uint32_t seq);

/* Nanoseconds from when a slot was sent to now. */
uint64_t rtt_age(const struct slot *slot, uint64_t now);

/* Is this packet of s a keep-alive, or a probe of a window that the other
 * side closed?  Neither is sent to deliver data; RFC 9293, 3.8.4, 3.8.6.1. */
bool rtt_is_keepalive(const struct rtt_side *s, const struct tcp *tcp);
bool rtt_is_probe(const struct rtt_side *s, const struct rtt_side *other,
    const struct tcp *tcp);

#endif
