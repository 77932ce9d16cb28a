/* The verdict on a connection attempt, and its names in records. */
#ifndef HANDSHAKE_VERDICT_H
#define HANDSHAKE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/addr.h"

enum verdict_result {
	VERDICT_PENDING, VERDICT_SUCCESS, VERDICT_REJECT, VERDICT_TIMEOUT,
	VERDICT_UNREACH, VERDICT_ABORT, VERDICT_RESULTS
};

enum verdict_why {
	WHY_NONE,
	/* success */
	WHY_SIMULTANEOUS, WHY_FASTOPEN, WHY_MIDSTREAM, WHY_ONE_SIDED,
	/* reject */
	WHY_RST, WHY_RST_AFTER_SYNACK,
	/* abort */
	WHY_CLIENT_RST, WHY_FIN, WHY_NEW_SYN,
	/* timeout, pending */
	WHY_NO_ANSWER, WHY_NO_ACK, WHY_FORGOTTEN,
	/* unreach */
	WHY_ICMP,
	WHY_REASONS
};

struct verdict {
	struct endpoint client, server;
	uint64_t time;		/* of the first SYN, ns */
	uint64_t took;		/* from the first SYN to the verdict, ns */
	enum verdict_result result;
	enum verdict_why why;
	enum verdict_result before;	/* of the record that this one
					 * replaces, VERDICT_PENDING if none */
	uint8_t icmp_kind, icmp_code;	/* for WHY_ICMP */
	bool has_server, has_client;
	uint64_t rtt_server;	/* from the SYN to the SYN/ACK, ns */
	uint64_t rtt_client;	/* from the SYN/ACK to the ACK, ns */
	uint32_t syns, synacks;	/* retransmitted */
};

const char *verdict_result_name(enum verdict_result r);

/* The name of the reason, for WHY_ICMP that of the error; "-" for WHY_NONE. */
const char *verdict_why_name(const struct verdict *v);

#endif
