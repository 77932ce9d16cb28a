/*
 * One connection attempt, from its first SYN (or, if that was not captured, its
 * first SYN/ACK) to its verdict: which segments and ICMP errors belong to it,
 * and what they decide.  Times are offsets from its first segment, in ns.
 *
 *	SERVER_ACKED	the server acknowledged the client's SYN
 *	CLIENT_ACKED	the client acknowledged the server's SYN
 *
 * An attempt succeeds when both are known; a RST, a FIN, an ICMP error or the
 * time-out (attempt_give_up) decides it otherwise.
 */
#ifndef HANDSHAKE_ATTEMPT_H
#define HANDSHAKE_ATTEMPT_H

#include "handshake/verdict.h"
#include "wire/icmp.h"
#include "wire/tcp.h"

#define ATTEMPT_TIME_MAX	((UINT64_C(1) << 43) - 1)	/* 2.4 hours */

struct attempt {
	uint64_t last_syn : 43;	/* the client's last before an answer */
	uint64_t syns : 16;	/* retransmitted */
	uint64_t result : 5;	/* enum verdict_result */
	uint64_t synack : 43;	/* the first one */
	uint64_t synacks : 16;	/* retransmitted */
	uint64_t why : 5;	/* enum verdict_why */
	uint64_t took : 43;	/* to the verdict */
	uint64_t flags : 16;
	uint64_t event : 5;	/* what decided it: enum attempt_event */
	uint64_t queued : 43;	/* when the table queued it: see attempts.c */
	uint64_t syn_len : 16;	/* data in the SYN */
	uint64_t icmp_kind : 3;
	uint32_t isn[2];	/* the client's and the server's */
	uint32_t next[2];	/* one past what each has sent */
	uint32_t tsval;		/* of the client's last SYN, then of the
				 * segment that decided a success */
	uint8_t icmp_code;
	uint8_t reported;	/* enum verdict_result of its record; 0: none */
	uint8_t copied[2];	/* TCB_COPIED >> 8 of the client, the server */
	uint16_t port[2];
	uint8_t addr[2][16];
};

_Static_assert(WHY_REASONS <= 32, "why is too narrow");

/* What a segment or an ICMP error is to an attempt. */
enum attempt_event {
	ATTEMPT_UNRELATED,
	ATTEMPT_LATE,		/* a RST or an error after the verdict */
	ATTEMPT_LATE_SYN,	/* the SYN of a live connection, delayed */
	ATTEMPT_UNSEEN,		/* acknowledges what was not captured */
	ATTEMPT_BEFORE,		/* of the connection that was live before */
	ATTEMPT_BEGIN, ATTEMPT_BEGIN_MIDSTREAM,
	ATTEMPT_NEW_SYN,	/* its sequence number, or a newer timestamp,
				 * begins another attempt */
	ATTEMPT_SYN_LATE,	/* captured after the SYN/ACK that answers it */
	ATTEMPT_SYN_AGAIN, ATTEMPT_SYNACK, ATTEMPT_SYNACK_AGAIN,
	ATTEMPT_SERVER_SYN,	/* without an ACK: a simultaneous open */
	ATTEMPT_SERVER_SYN_AGAIN, ATTEMPT_SYN_ACKED,
	ATTEMPT_CLIENT_ACK, ATTEMPT_CLIENT_DATA, ATTEMPT_SERVER_ACK,
	ATTEMPT_RST, ATTEMPT_RST_AFTER_SYNACK, ATTEMPT_CLIENT_RST,
	ATTEMPT_CLIENT_FIN,
	ATTEMPT_ICMP_HARD, ATTEMPT_ICMP_SOFT,
	ATTEMPT_EVENTS
};

/* Is it of this attempt, which goes on? */
static inline bool
attempt_event_counts(enum attempt_event event)
{
	return event > ATTEMPT_BEFORE;
}

/* Begin an attempt, *a being zeros, with a segment that end `from` of its flow
 * sent from src to dst: a SYN or a SYN/ACK. */
enum attempt_event attempt_begin(struct attempt *a, int from,
    const struct tcp *tcp, const struct endpoint *src,
    const struct endpoint *dst);

/* Begin anew between the same ends, with the SYN of an ATTEMPT_NEW_SYN. */
void attempt_begin_again(struct attempt *a, bool by_client,
    const struct tcp *tcp);

/* It began so much earlier: its SYN was written late in the capture. */
void attempt_begin_earlier(struct attempt *a, uint64_t ns);

/* Does this number of the client, or ACK of the server, answer the SYN: is it
 * the next after it, or after some of its data? */
bool attempt_answers_syn(const struct attempt *a, uint32_t number);

/* Is end `from` of the flow the client? */
bool attempt_is_client(const struct attempt *a, int from);

/* The client (0) or the server (1). */
struct endpoint attempt_end(const struct attempt *a, int which);

/* Not decided yet? */
bool attempt_is_pending(const struct attempt *a);

/* Is this SYN a late copy of that of the live connection, whose ends have left
 * SYN-SENT? */
bool attempt_is_late_syn(const struct attempt *a, bool by_client,
    const struct tcp *syn);

/* Did the server send a segment that shows that it received the third ACK? */
bool attempt_is_established(const struct attempt *a);

/* Was its first SYN captured; its first SYN/ACK? */
bool attempt_has_syn(const struct attempt *a);
bool attempt_has_synack(const struct attempt *a);

/* How often the other end's segment was retransmitted that follows once more if
 * the segment that decided the attempt is lost. */
unsigned attempt_retransmits(const struct attempt *a);

/* Update the attempt by a segment.  ATTEMPT_NEW_SYN changes nothing. */
enum attempt_event attempt_segment(struct attempt *a, bool by_client,
    uint64_t at, const struct tcp *tcp);

/*
 * Update it by an ICMP error about a segment that the client or the server sent
 * with this sequence number; RFC 1122, 4.2.3.9; RFC 5461.
 */
enum attempt_event attempt_icmp(struct attempt *a, bool by_client, uint64_t at,
    enum icmp_kind kind, uint8_t code, uint32_t seq);

/* The SYN or SYN/ACK was captured again, nearer to its receiver: a round trip
 * is measured at one place. */
void attempt_elsewhere(struct attempt *a, bool by_client, uint64_t at,
    const struct tcp *tcp);

/* Decide it. */
void attempt_decide(struct attempt *a, uint64_t at, enum verdict_result result,
    enum verdict_why why);

/* Has its record become wrong: is there another verdict, or were more SYNs or
 * SYN/ACKs counted? */
bool attempt_is_changed(const struct attempt *a);

/* Its verdict is written to a record.  Returns the result of the record that
 * this one replaces, VERDICT_PENDING if none. */
enum verdict_result attempt_report(struct attempt *a);

/* Decide it without an answer: result, or unreach after a soft ICMP error. */
void attempt_give_up(struct attempt *a, uint64_t at,
    enum verdict_result result);

/* The verdict of an attempt that began at `first`. */
void attempt_verdict(const struct attempt *a, uint64_t first,
    struct verdict *v);

#endif
