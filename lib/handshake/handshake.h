/*
 * Connection attempts and what became of them.  A pure state machine: no
 * clock, no I/O; time comes with the packets, or by hs_clock().
 *
 *	 first SYN          verdict seen              verdict certain
 *	   |  pending          |   settling               |    known
 *	   +-------------------+--------------------------+----------> forgotten
 *	   0            ... timeout          linger                timeout
 *
 * A verdict is certain when the other side shows that it knows, or when the
 * next repetition would have come: a RST or the third ACK may be lost behind
 * the capture point, and then SYNs and SYN/ACKs that belong to the attempt
 * still come.  After that the attempt is known for a while, so that what
 * comes late begins no new one.
 */
#ifndef HANDSHAKE_HANDSHAKE_H
#define HANDSHAKE_HANDSHAKE_H

#include "conn/flow.h"
#include "wire/addr.h"
#include "wire/decode.h"
#include "wire/tcp.h"

enum hs_result {
	HS_PENDING, HS_SUCCESS, HS_REJECT, HS_TIMEOUT, HS_UNREACH, HS_ABORT,
	HS_RESULTS
};

enum hs_why {
	HS_PLAIN,
	/* success */
	HS_SIMULTANEOUS, HS_FASTOPEN, HS_MIDSTREAM, HS_ONE_SIDED,
	/* reject */
	HS_RST, HS_RST_AFTER_SYNACK,
	/* abort */
	HS_CLIENT_RST, HS_FIN, HS_NEW_SYN,
	/* timeout, pending */
	HS_NO_ANSWER, HS_NO_ACK, HS_FORGOTTEN,
	/* unreach */
	HS_ICMP
};

struct hs_verdict {
	struct endpoint client, server;
	uint64_t time;		/* of the first SYN, ns */
	uint64_t took;		/* from then to the end, ns */
	enum hs_result result;
	enum hs_why why;
	uint8_t icmp_kind, icmp_code;	/* for HS_ICMP */
	bool has_server, has_client;
	uint64_t rtt_server;	/* SYN to SYN/ACK, ns */
	uint64_t rtt_client;	/* SYN/ACK to ACK, ns */
	uint32_t syns, synacks;	/* sent again */
};

struct hs {
	struct flow_table flows;
	uint64_t timeout;	/* ns */
	uint64_t forgotten;	/* pending, when the table was full */
	/* What to do with a verdict. */
	void (*done)(void *arg, const struct hs_verdict *v);
	void *arg;
};

/* A table for up to max attempts.  0, or -1 with errno. */
int hs_open(struct hs *h, uint32_t max, uint64_t timeout, uint64_t seed);
void hs_close(struct hs *h);

/* Could this segment begin an attempt? */
static inline bool
hs_begins(const struct tcp *tcp)
{
	return (tcp->flags & (TCP_SYN | TCP_RST)) == TCP_SYN;
}

/* A segment that hs_begins(), of ends that are not in the table. */
void hs_begin(struct hs *h, const struct flow_key *key, int from,
    uint64_t now, const struct tcp *tcp, const struct endpoint *src,
    const struct endpoint *dst);

/* A segment of flow i of the table, sent by its end from. */
void hs_segment(struct hs *h, uint32_t i, int from, uint64_t now,
    const struct tcp *tcp);

/* An ICMP error about a segment of flow i that its end from had sent with
 * this sequence number; RFC 1122, 4.2.3.9; RFC 5461. */
void hs_icmp(struct hs *h, uint32_t i, int from, uint64_t now,
    enum icmp_kind kind, uint8_t code, uint32_t seq);

/* Verdicts that are due by the clock. */
void hs_clock(struct hs *h, uint64_t now);

/* The end of input: what is not decided is pending. */
void hs_end(struct hs *h, uint64_t now);

const char *hs_result_name(enum hs_result r);

/* The name of the reason, an ICMP error's included; "-" for HS_PLAIN. */
const char *hs_why_name(const struct hs_verdict *v);

#endif
