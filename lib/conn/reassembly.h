/*
 * The two byte streams of a TCP connection, put in order: retransmissions
 * once, overlaps cut, holes filled within a bound or told as gaps.
 *
 *	reassembly_add() -> bytes: bytes in order, of either side
 *	   | out of turn   gap: bytes that the capture does not have
 *	   v               fin: the side has nothing more to say
 *	 pieces, held until what comes before them is there
 *
 * A piece waits for the bytes before it and for those of the other side that
 * it acknowledges, so that an answer is never told before its question, even
 * where the capture has them in the wrong order.  A hole that the receiver
 * acknowledged was lost to the capture alone; it is a gap after a moment.
 * A hole not acknowledged is waited for as long as there is room.
 */
#ifndef CONN_REASSEMBLY_H
#define CONN_REASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/tcp.h"
#include "wire/units.h"

#define REASSEMBLY_PATIENCE	(100 * NS_PER_MS)	/* for an ACKed hole */
#define REASSEMBLY_PIECES	128	/* held at most; all are searched */

struct reassembly_piece {
	struct reassembly_piece *next;
	uint64_t time;
	uint32_t seq, len;	/* stream bytes */
	uint32_t ack, ndata;	/* and those of them that are here */
	uint8_t from;
	bool has_ack, fin;
	uint8_t data[];
};

struct reassembly {
	uint64_t since[2];	/* when a hole of this side was acked */
	uint32_t next[2];	/* sequence number of the byte awaited */
	uint32_t acked[2];	/* by the other side; with hole */
	bool known[2];		/* next is */
	bool hole[2];		/* acked is ahead of next */
	bool ended[2];		/* its FIN was told */
	uint32_t held;		/* bytes of pieces, their heads included */
	uint32_t npieces;
	struct reassembly_piece *pieces;
};

/* Bytes in order.  data[0..ndata) are the first of the len; of the others the
 * capture has none, or nobody wants them. */
struct reassembly_bytes {
	uint64_t time;
	int from;
	uint32_t seq, len;
	uint32_t ack;
	bool has_ack;
	const uint8_t *data;
	uint32_t ndata;
};

struct reassembly_user {
	void (*bytes)(void *arg, const struct reassembly_bytes *b);
	/* n bytes are missing, as was seen at time. */
	void (*gap)(void *arg, int from, uint64_t time, uint32_t n);
	void (*fin)(void *arg, int from, uint64_t time);
	/* How many of the bytes from next on nobody wants to see? */
	uint64_t (*unwanted)(void *arg, int from);
	/* How many bytes of pieces may be held? */
	uint32_t (*room)(void *arg);
	void *arg;
};

/* Take in a segment of side from, with what is there of its payload; data is
 * not kept beyond the call. */
void reassembly_add(struct reassembly *s, const struct reassembly_user *u,
    int from, uint64_t time, const struct tcp *tcp, const uint8_t *data,
    uint32_t ndata);

/* Are all bytes of this segment unwanted or known?  Then it may be added
 * without its data. */
bool reassembly_unwanted(const struct reassembly *s,
    const struct reassembly_user *u, int from, const struct tcp *tcp);

/* Time has passed: tell gaps that are due. */
void reassembly_clock(struct reassembly *s, const struct reassembly_user *u,
    uint64_t now);

/* No more will come: tell all that is held, and the gaps in it. */
void reassembly_drain(struct reassembly *s, const struct reassembly_user *u);

/* Let go of all that is held. */
void reassembly_free(struct reassembly *s);

#endif
