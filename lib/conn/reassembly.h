/*
 * Reassembly of the two byte streams of a TCP connection: each byte is
 * delivered once and in order; a hole that is not filled is reported as a gap.
 *
 *	reassembly_add() --in order--> bytes()	bytes of either side
 *	   |			       gap()	bytes that were not captured
 *	   | out of order	       fin()	the side sends no more
 *	   v
 *	 pieces --earlier bytes have come--> bytes()
 *
 * A piece waits for the bytes before it and for those bytes of the other side
 * that it acknowledges: a response is never delivered before its request, even
 * if they were captured in the wrong order.  A hole that the receiver has
 * acknowledged was lost in the capture only; it becomes a gap after
 * REASSEMBLY_PATIENCE.  A hole that is not acknowledged can still be filled; it
 * becomes a gap when its side needs the room.
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
	uint32_t seq, len;	/* its part of the stream */
	uint32_t ack, ndata;	/* bytes of that part that it holds */
	uint8_t from;
	bool has_ack, fin;
	uint8_t data[];
};

struct reassembly {
	uint64_t since[2];	/* when a hole of this side was ACKed */
	uint32_t next[2];	/* sequence number to be delivered next */
	uint32_t acked[2];	/* the other side's ACK, if hole is set */
	bool known[2];		/* next is set */
	bool hole[2];		/* acked is ahead of next */
	bool ended[2];		/* its FIN was delivered */
	uint32_t held;		/* bytes of memory in pieces */
	uint32_t npieces;
	struct reassembly_piece *pieces;
};

/*
 * Bytes delivered in order.  Of len bytes, data holds the first ndata; the
 * others were not captured or are unwanted.
 */
struct reassembly_bytes {
	uint64_t time;
	int from;
	uint32_t seq, len;
	uint32_t ack;
	bool has_ack;
	const uint8_t *data;
	uint32_t ndata;
};

/* The callbacks of the module that uses the bytes. */
struct reassembly_user {
	void (*bytes)(void *arg, const struct reassembly_bytes *b);
	/* n bytes are missing, which became certain at time. */
	void (*gap)(void *arg, int from, uint64_t time, uint32_t n);
	void (*fin)(void *arg, int from, uint64_t time);
	/* Return how many bytes, from next on, need no data. */
	uint64_t (*unwanted)(void *arg, int from);
	/* Return how many bytes of memory the pieces may use. */
	uint32_t (*room)(void *arg);
	void *arg;
};

/* Add a segment of side from, with the captured part of its payload.  data is
 * copied if it must wait. */
void reassembly_add(struct reassembly *s, const struct reassembly_user *u,
    int from, uint64_t time, const struct tcp *tcp, const uint8_t *data,
    uint32_t ndata);

/* May this segment be added without its data, since all its bytes are unwanted
 * or were delivered before? */
bool reassembly_unwanted(const struct reassembly *s,
    const struct reassembly_user *u, int from, const struct tcp *tcp);

/* Report the gaps that are due at the time now. */
void reassembly_clock(struct reassembly *s, const struct reassembly_user *u,
    uint64_t now);

/* Deliver all pieces, and the gaps between them: no segment follows. */
void reassembly_drain(struct reassembly *s, const struct reassembly_user *u);

/* Free all pieces. */
void reassembly_free(struct reassembly *s);

#endif
