/*
 * The transmission control block of one side of a connection (RFC 9293, 3.3.1),
 * as far as a capture point knows it.  All zeros is nothing.
 *
 *	isn ...... una ............ next ............ right
 *	its SYN    acknowledged by  one past what     it may send up to
 *	           the other side   it sent           here
 */
#ifndef CONN_TCB_H
#define CONN_TCB_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/seq.h"
#include "wire/tcp.h"

struct tcb {
	uint32_t isn;		/* the number of its SYN */
	uint32_t next;		/* one past the highest number that it sent */
	uint32_t una;		/* the highest ACK of it by the other side */
	uint32_t right;		/* it may send up to here */
	uint32_t tsval;		/* the newest that it sent; 0: none */
	uint32_t recent;	/* the newest that its receiver echoed */
	uint16_t win;		/* of its last packet, not scaled */
	uint16_t flags;
};

enum {
	TCB_ISN = 1, TCB_NEXT = 2, TCB_UNA = 4, TCB_RIGHT = 8,
	TCB_RECENT = 16,	/* that number is set */
	TCB_HEARD = 32,	/* it sent something, be it a reset */
	TCB_UNSEEN = 64,	/* an ACK of it is not believed yet */
	TCB_REFUSED = 128,	/* its last segment was refused */
	TCB_SCALE = 0xf << 8,	/* of its windows, plus one; 0: unknown */
	TCB_COPIED = 0xf << 12	/* for conn/copies */
};

/* A SYN with the number of the one before: is its timestamp newer than tsval,
 * which its side sent after that (0: none)?  Then it is no late copy, and reuses
 * the port (RFC 6191, 2). */
static inline bool
tcb_is_reused(uint32_t tsval, const struct tcp *syn)
{
	return syn->has_ts && tsval != 0 && seq_before(tsval, syn->tsval);
}

#endif
