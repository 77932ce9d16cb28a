/*
 * What TCP itself accepts: one judgement of every segment, before any tracker
 * sees it.  Copies are known first (conn/copies); of the others it goes by what
 * the receiver must do with them.  A pure state machine.
 *
 * A capture point knows of each side what it sent (isn, next), what of that
 * was acknowledged (una), how much more it may send (right), and the newest
 * timestamp of it that its peer echoed (recent).  The receiver's own numbers lie
 * between those, so what is outside of them is refused by any receiver:
 *
 *	segment	refused when				rule
 *	RST	it answers no SYN that was sent		RFC 9293 3.10.7.3
 *		not within una..next			RFC 5961 3.2
 *	SYN	the connection lives: it is challenged	RFC 5961 4.2
 *	SYN/ACK	it answers no SYN that was sent		RFC 9293 3.10.7.3
 *	ACK	it answers a SYN, with another number	RFC 9293 3.10.7.3
 *		of what no window had room for		RFC 5961 5.2
 *		older than any window			RFC 5961 5.2
 *	data	beyond the window, or older than any	RFC 9293 3.10.7.4
 *		its timestamp is older than recent	RFC 7323 5.3
 *
 * Only a receiver's echo shows which timestamp it compares with: what was
 * captured in order may be lost downstream, and raises nothing if it is not in
 * order there (RFC 7323 4.3).
 * What a capture misses is given the benefit of the doubt: where a number, a
 * window's scale or a side is unknown, nothing is refused for it.  An ACK of
 * bytes within the window that were not captured is ambiguous: its data counts,
 * but nothing is acknowledged until another segment confirms it.  So is data
 * with a timestamp older than an echo of what was not captured, or by one tick.
 * Segments that are refused, but agree with each other, show that the
 * connection's numbers are not those that are known: they begin a connection of
 * their own.
 */
#ifndef CONN_ACCEPT_H
#define CONN_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/copies.h"
#include "conn/tcb.h"
#include "wire/tcp.h"

enum accept_verdict {
	ACCEPT_OK,
	ACCEPT_OLD,		/* nothing of it is new to the receiver */
	ACCEPT_AMBIGUOUS,	/* as OK, but its ACK is not believed yet */
	ACCEPT_REJECTED,	/* it ends, acknowledges and moves nothing */
	ACCEPT_COPY,		/* seen before: result.copy has the kind */
	ACCEPT_VERDICTS
};

enum accept_rule {
	ACCEPT_BY_NOTHING,
	ACCEPT_RST_ANSWERS_NOTHING, ACCEPT_RST_OUTSIDE,
	ACCEPT_SYN_INSIDE, ACCEPT_SYNACK_ANSWERS_NOTHING,
	ACCEPT_ACK_ANSWERS_NOTHING, ACCEPT_ACK_UNSENT, ACCEPT_ACK_UNSEEN,
	ACCEPT_ACK_ANCIENT,
	ACCEPT_DATA_BEYOND, ACCEPT_DATA_ANCIENT, ACCEPT_PAWS,
	ACCEPT_RULES
};

/* A question that a segment asks, and a later one answers. */
struct accept_pending {
	uint32_t flow;		/* 0: none */
	uint8_t from, times;
	uint32_t seq, ack;	/* REFUSED: where it ended; its ACK */
};

/* A SYN inside a connection: it begins another one if a SYN/ACK answers.  Until
 * then it is refused, or belongs to the connection as a retransmission. */
struct accept_syn {
	uint32_t flow;		/* 0: none */
	uint8_t from;
	bool counted;		/* as a retransmission */
	uint64_t time;
	struct tcp tcp;
};

#define ACCEPT_PENDING	512
#define ACCEPT_SYNS	64

struct accept {
	struct copies copies;
	struct accept_pending unseen[ACCEPT_PENDING];
	struct accept_pending refused[ACCEPT_PENDING];
	struct accept_syn syn[ACCEPT_SYNS];
	uint64_t rejected;	/* segments */
	uint64_t ambiguous;
	uint64_t missed;	/* ACKs of bytes that were not captured */
};

struct accept_result {
	enum accept_verdict verdict;
	enum accept_rule rule;
	enum copy_kind copy;
	bool resent;		/* it is no copy, but was sent before */
	bool like;		/* as in conn/copies, and since when */
	uint64_t since;
	bool begins;		/* another connection on the same ends */
	/* With begins: the earlier SYN that this segment answers, which moves
	 * to the new connection, or NULL.  Good until the next segment. */
	const struct accept_syn *syn;
};

/* A judge whose tables are keyed with seed.  0, or -1 with errno. */
int accept_open(struct accept *a, uint64_t seed);
void accept_close(struct accept *a);

/*
 * Judge a segment that side from of connection flow, a number from 1 on, sends
 * at time; ended says that the connection has, by both FINs or a reset.  With
 * begins that connection is over, and the segment is the first of another one,
 * OK for it.
 */
struct accept_result accept_segment(struct accept *a, uint32_t flow,
    struct tcb *sender, struct tcb *receiver, int from,
    uint64_t time, bool ended, const struct tcp *tcp);

/* Update windows, scales and timestamps by a segment that is neither rejected
 * nor a copy, after its tracker has moved isn, next, una and win. */
void accept_seen(struct accept *a, uint32_t flow, struct tcb *sender,
    struct tcb *receiver, const struct tcp *tcp);

/* The same where no tracker moves isn, next, una and win. */
void accept_follow(struct accept *a, uint32_t flow,
    struct tcb *sender, struct tcb *receiver,
    const struct tcp *tcp, enum accept_verdict verdict);

const char *accept_verdict_name(enum accept_verdict verdict);

/* The rule in the words of its RFC, for explanations. */
const char *accept_rule_name(enum accept_rule rule);

#endif
