/*
 * What a capture point knows of one side of a connection: its numbers.  All
 * zeros is nothing.
 *
 *	isn ...... una ............ next ............ right
 *	SYN        acknowledged by  one past what     it may send up to
 *	           the other side   it sent           here
 */
#ifndef CONN_SIDE_H
#define CONN_SIDE_H

#include <stdint.h>

struct conn_side {
	uint32_t isn;		/* the number of its SYN */
	uint32_t next;		/* one past the highest number that it sent */
	uint32_t una;		/* the highest ACK of it by the other side */
	uint32_t right;		/* it may send up to here */
	uint32_t recent;	/* TSval that its receiver compares with */
	uint16_t win;		/* of its last packet, not scaled */
	uint16_t flags;
};

enum {
	SIDE_ISN = 1, SIDE_NEXT = 2, SIDE_UNA = 4, SIDE_RIGHT = 8,
	SIDE_RECENT = 16,	/* that number is known */
	SIDE_HEARD = 32,	/* it sent something, be it a reset */
	SIDE_UNSEEN = 64,	/* an ACK of it is not believed yet */
	SIDE_REFUSED = 128,	/* its last segment was refused */
	SIDE_SCALE = 0xf << 8,	/* of its windows, plus one; 0: unknown */
	SIDE_COPIED = 0xf << 12	/* for conn/copies */
};

#endif
