/*
 * Arithmetic of 32-bit serial numbers: sequence numbers (RFC 9293, 3.4) and
 * timestamp values (RFC 7323, 5.2).  They are compared nowhere else.
 */
#ifndef CONN_SEQ_H
#define CONN_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* Farther than any window reaches (RFC 7323, 2.3). */
#define SEQ_FAR	(INT32_C(1) << 30)

/* Return how far a is ahead of b, negative if a comes first. */
static inline int32_t
seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* Does a come before b? */
static inline bool
seq_before(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) < 0;
}

#endif
