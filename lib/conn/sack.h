/* SACK blocks: ranges received beyond the ACK; RFC 2018. */
#ifndef CONN_SACK_H
#define CONN_SACK_H

#include <stdbool.h>

#include "conn/seq.h"
#include "wire/tcp.h"

/* Does the first block report data received twice (D-SACK)?  RFC 2883, 4. */
static inline bool
sack_is_dsack(const struct tcp *tcp)
{
	const uint32_t *first = tcp->sack[0], *second = tcp->sack[1];

	if (tcp->nsack == 0)
		return false;
	if (!seq_before(tcp->ack, first[1]))
		return true;
	return tcp->nsack > 1 && !seq_before(first[0], second[0]) &&
	    !seq_before(second[1], first[1]);
}

#endif
