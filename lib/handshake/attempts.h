/*
 * A table of connection attempts, and when their verdicts are reported.  A pure
 * state machine: no clock, no I/O; time comes with the packets, or by
 * attempts_clock().
 *
 *	first SYN          verdict reached           verdict reported
 *	   |    pending        |     lingering            |    known
 *	   +-------------------+--------------------------+----------> dropped
 *	   0         timeout after the                 timeout
 *	             last packet of it
 *
 * A verdict is reported when the other side shows that it knows, or when no
 * retransmission came in time: a RST or the third ACK may be lost downstream of
 * the capture point, and then SYNs and SYN/ACKs of the same attempt follow.
 * With early, it is reported when it is reached, and again if that changes it.
 * After that the attempt stays known for a while, so that late segments begin
 * no new one.
 *
 * Each SYN is counted in one verdict, or as a copy.  One that comes after the
 * verdict was reported begins an attempt of its own; but the ends of a live
 * connection have left SYN-SENT, so the SYN of that connection is a late copy
 * there, unless its timestamp is newer than that of the client's ACK.  Where
 * another SYN comes inside a live connection, the segments of that connection
 * decide nothing about the new attempt.
 */
#ifndef HANDSHAKE_ATTEMPTS_H
#define HANDSHAKE_ATTEMPTS_H

#include "conn/copies.h"
#include "conn/explain.h"
#include "conn/flow.h"
#include "handshake/verdict.h"
#include "wire/icmp.h"
#include "wire/tcp.h"

/* What `explain` can be asked for. */
enum attempts_topic {
	ATTEMPTS_SEGMENTS,	/* what each segment and ICMP error is */
	ATTEMPTS_VERDICTS	/* the evidence of each verdict */
};

/* The connection that was live when an attempt began between its ends. */
struct attempts_live {
	uint32_t flow;		/* of the attempt; 0: none */
	uint32_t next[2];	/* one past what each end of the flow sent */
};

/* A reset that answers a SYN which was not captured so far. */
struct attempts_refusal {
	struct flow_key key;
	uint64_t time;
	uint32_t ack;
	int from;
};

#define ATTEMPTS_REFUSALS	64	/* the newest are kept */
#define ATTEMPTS_LIVE	256	/* kept; a later one takes the place */

struct attempts {
	struct flow_table flows;
	uint64_t timeout;	/* ns */
	bool early;		/* the caller sets it after attempts_open() */
	struct copies *copies;
	struct attempts_live live[ATTEMPTS_LIVE];
	struct attempts_refusal refusal[ATTEMPTS_REFUSALS];
	uint32_t refusals;	/* in all: a ring */
	uint64_t copied;	/* SYNs and SYN/ACKs that are copies, */
	uint64_t copied_syns;	/* and the SYNs among them */
	uint64_t rejected;	/* segments that answer nothing of a pending
				 * attempt, nor belong to a live connection */
	uint64_t ambiguous;	/* segments of a pending attempt whose ACK is
				 * of what was not captured */
	uint64_t forgotten;	/* pending ones dropped from a full table */
	/* Called with each verdict; false if no filter lets it through. */
	bool (*report)(void *arg, const struct verdict *v);
	void *arg;
	struct explain explain;
};

/* A table for at most max attempts, which knows copies by those of the caller.
 * 0, or -1 with errno. */
int attempts_open(struct attempts *t, struct copies *copies, uint32_t max,
    uint64_t timeout, uint64_t seed);
void attempts_close(struct attempts *t);

/* Can this segment begin an attempt? */
static inline bool
attempts_can_begin(const struct tcp *tcp)
{
	return (tcp->flags & (TCP_SYN | TCP_RST)) == TCP_SYN;
}

/* Begin an attempt with such a segment, between ends that have none. */
void attempts_begin(struct attempts *t, const struct flow_key *key, int from,
    uint64_t now, const struct tcp *tcp, const struct endpoint *src,
    const struct endpoint *dst);

/* Can this segment, between ends that have no attempt, answer a SYN that was
 * written late (RFC 9293, 3.10.7.1)?  Then keep it for attempts_begin(). */
static inline bool
attempts_can_refuse(const struct tcp *tcp)
{
	return (tcp->flags & (TCP_RST | TCP_ACK)) == (TCP_RST | TCP_ACK) &&
	    tcp->seq == 0;
}

void attempts_refuse(struct attempts *t, const struct flow_key *key, int from,
    uint64_t now, const struct tcp *tcp);

/* Update attempt i by a segment that end `from` of its flow sent. */
void attempts_segment(struct attempts *t, uint32_t i, int from, uint64_t now,
    const struct tcp *tcp);

/* Update attempt i by an ICMP error about a segment that end `from` of its flow
 * sent with this sequence number.  False if the attempt sent no such segment. */
bool attempts_icmp(struct attempts *t, uint32_t i, int from, uint64_t now,
    enum icmp_kind kind, uint8_t code, uint32_t seq);

/* Report the verdicts that are due at this time. */
void attempts_clock(struct attempts *t, uint64_t now);

/* What is known of both sides of an attempt, by the state of its flow. */
void attempts_tcbs(const void *state, struct tcb side[2]);

/* The input has ended: report every attempt that has not been reported. */
void attempts_end(struct attempts *t, uint64_t now);

#endif
