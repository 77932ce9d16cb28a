/*
 * Round trips between the capture point and either end of a connection, by
 * the timestamp option and by sequence numbers.  A pure state machine: no
 * clock, no I/O, nothing allocated per packet.
 *
 * Each side has a ring of slots in the order of sequence numbers: a slot for
 * each packet that waits for its answer, and for each hole, which is a range
 * that was not captured (yet).  A packet waits in two ways:
 *
 *	timestamp	the first packet with a TSval waits for that value as
 *			TSecr from the other side (RFC 7323, 3); values only
 *			increase, so a value is matched at most once
 *	sequence	a segment waits for the ACK of its last byte, or for a
 *			SACK block that ends there (RFC 2018, 4)
 *
 * A sample by sequence number is marked resent (Karn and Partridge, SIGCOMM
 * 1987) if its segment was sent more than once, if the ACK also covers bytes
 * that were retransmitted after the segment, or if the receiver was known to be
 * missing earlier bytes.  Two cases need no mark: a segment that fills a hole
 * and is captured for the first time is like any other, and SACK reports which
 * segment has just arrived.
 */
#ifndef CONN_RTT_H
#define CONN_RTT_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/accept.h"
#include "conn/explain.h"
#include "conn/ring.h"
#include "conn/tcb.h"
#include "wire/tcp.h"

/* One side: what it sent, and what the other side acknowledged of that. */
struct rtt_side {
	struct ring ring;	/* packets that wait for an answer, and holes */
	uint64_t bytes;		/* that it has sent so far */
	uint64_t una_time : 43;	/* when una was first acknowledged: low bits of
				 * ns */
	uint64_t resent_before : 13;	/* slots older than its last
					 * retransmission */
	uint64_t flags : 8;	/* see rtt.c */
	uint32_t hole_end;	/* the receiver misses bytes before this one */
	struct tcb tcb;
};

struct rtt_flow {
	struct rtt_side side[2];
};

struct rtt {
	uint64_t max_age;	/* ns that a packet waits for its answer */
	struct ring_pool pool;	/* slots of all flows */
	uint64_t epoch;		/* when the clock stepped: nothing that spans
				 * that can be timed.  The caller sets it. */
	uint64_t untimed;	/* packets that found no free slot */
	struct explain explain;	/* the caller may set it after rtt_open() */
};

/* The topics of explain. */
enum { RTT_EXPLAIN_SAMPLE, RTT_EXPLAIN_SKIP };

enum rtt_note {
	RTT_HANDSHAKE = 1,	/* h: a SYN or SYN/ACK was timed */
	RTT_PURE_ACK = 2,	/* a: a pure ACK was timed */
	RTT_DATA = 4,		/* d: the answer carries data */
	RTT_MORE = 8,		/* m: the ACK covers, or reports by SACK, more
				 * than one segment */
	RTT_RESENT = 16,	/* r: ambiguous because of a retransmission */
	RTT_EDGE = 32		/* e: first TSval of a side without its SYN */
};
#define RTT_NOTE_LETTERS	"hadmre"	/* from the lowest bit */

/* The result of one packet. */
struct rtt_result {
	bool has_ts, has_seq, has_dup;
	unsigned notes;		/* bits of enum rtt_note */
	uint64_t ts, seq;	/* round trips, ns */
	int32_t dseq;		/* its sequence number minus the expected one */
	uint64_t dup;		/* a duplicate ACK: ns since the original */
	bool filled;		/* seq: of a segment that filled a hole */
	uint64_t bytes;		/* sent by its side so far */
	uint32_t refused;	/* of the other side's SYN: bytes of data that
				 * must be sent again (RFC 7413, 4.2.2) */
};

/* At most slots packets of all flows wait at a time.  Returns 0, or -1 with
 * errno. */
int rtt_open(struct rtt *m, uint64_t max_age, uint32_t slots);
void rtt_close(struct rtt *m);

/*
 * A segment that side from of flow f, number i, sent, captured at time_ns and
 * judged by a.  A rejected one and one that was captured again give nothing:
 * RTT_REJECTED and RTT_COPY; else as rtt_update().
 */
enum rtt_use { RTT_USED, RTT_REJECTED, RTT_COPY };
enum rtt_use rtt_segment(struct rtt *m, struct accept *a, uint32_t i,
    struct rtt_flow *f, int from, uint64_t time_ns, const struct tcp *tcp,
    const struct accept_result *judged, uint32_t size, struct rtt_result *res);

/*
 * Update flow f by a segment that conn/accept does not refuse, that side from
 * (0 or 1) sent and that was captured at time_ns; size is what it adds to bytes.
 * acks: its ACK is believed.  A new flow is all zeros.
 */
void rtt_update(struct rtt *m, struct rtt_flow *f, int from, uint64_t time_ns,
    const struct tcp *tcp, bool acks, uint32_t size, struct rtt_result *res);

/*
 * The segment was captured again, nearer to the receiver: a round trip is
 * measured at one place, so that it begins there.
 */
void rtt_elsewhere(struct rtt *m, struct rtt_flow *f, int from,
    uint64_t time_ns, const struct tcp *tcp);

/*
 * A router dropped the segment that s sent at seq, since it was too big: what
 * it carried is not answered, and what is sent again with its timestamp would
 * seem to be answered late.  False if seq is not in flight: then anybody may
 * have made up the ICMP error that says so (RFC 5927, 4.1).
 */
bool rtt_toobig(struct rtt *m, struct rtt_side *s, uint32_t seq);

/* Another connection begins on the ends of f; bytes count on. */
void rtt_restart(struct rtt *m, struct rtt_flow *f);

/* Has the connection ended, by a reset or by both FINs, acknowledged? */
bool rtt_ended(const struct rtt_flow *f);

/* Return the slots of f to the pool, before f is dropped. */
void rtt_forget(struct rtt *m, struct rtt_flow *f);

/* Were packets of only one side captured? */
bool rtt_one_sided(const struct rtt_flow *f);

/* Is next, isn or una of a side set? */
bool rtt_has_next(const struct rtt_side *s);
bool rtt_has_isn(const struct rtt_side *s);
bool rtt_has_una(const struct rtt_side *s);

/* Return the ns since una was first acknowledged. */
uint64_t rtt_una_age(const struct rtt_side *s, uint64_t now);

/* Is now before the ACK of una, so that one direction was written late? */
bool rtt_una_ahead(const struct rtt_side *s, uint64_t now);

/*
 * Return the slot of the segment that s sent at seq, if it was captured and
 * still waits for its answer, else NULL.  The slot is valid until the next
 * packet.
 */
const struct slot *rtt_sent(const struct rtt *m, struct rtt_side *s,
    uint32_t seq);

/* Return the ns since the packet of a slot was captured. */
uint64_t rtt_age(const struct slot *slot, uint64_t now);

/* Is this packet of s a keep-alive, or a probe of the window that other has
 * closed?  Neither delivers data; RFC 9293, 3.8.4 and 3.8.6.1. */
bool rtt_is_keepalive(const struct rtt_side *s, const struct tcp *tcp);
bool rtt_is_probe(const struct rtt_side *s, const struct rtt_side *other,
    const struct tcp *tcp);

#endif
