/*
 * Serial numbers of 32 bits: sequence numbers (RFC 9293, 3.4) and timestamp
 * values (RFC 7323, 5.2).  The only place where they are compared.
 */
#ifndef CONN_SEQ_H
#define CONN_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* No window reaches as far (RFC 7323, 2.3). */
#define SEQ_FAR	(INT32_C(1) << 30)

/* How far a is ahead of b; negative when it is behind. */
static inline int32_t
seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static inline bool
seq_before(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) < 0;
}

#endif
