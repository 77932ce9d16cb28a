#include "handshake/attempt.h"

#include <string.h>

#include "conn/seq.h"
#include "conn/tcb.h"
#include "wire/units.h"

#define INITIAL_RTO	NS_PER_S
#define EARLY		(1 << 20)	/* bytes of a side not captured at all */

/* Bits of flags. */
enum {
	FROM = 1,		/* which end of the flow the client is */
	V6 = 2,
	SERVER_ACKED = 4,	/* the client's SYN */
	CLIENT_ACKED = 8,	/* the server's SYN */
	SERVER_SYN = 16,	/* isn[1] is set */
	SIMULTANEOUS = 32,	/* the server's SYN came without an ACK */
	MIDSTREAM = 64,		/* the first SYN was not captured */
	SERVER_CLEAR = 128,	/* rtt_server is one round trip */
	CLIENT_CLEAR = 256,
	FAST_OPEN = 512,	/* the server acknowledged data in the SYN */
	SOFT_ICMP = 1024,	/* an ICMP error that ends nothing by itself */
	HAS_TSVAL = 2048,	/* tsval is set */
	ESTABLISHED = 4096,	/* both sides are past the handshake */
	SAME_TSVAL = 8192,	/* several SYNs have tsval */
	CLIENT_HEARD = 16384,	/* the client sent something */
	CHANGED = 32768		/* since it was reported */
};

bool
attempt_is_client(const struct attempt *a, int from)
{
	return from == !!(a->flags & FROM);
}

struct endpoint
attempt_end(const struct attempt *a, int which)
{
	struct endpoint e = { .port = a->port[which] };

	memcpy(e.addr.b, a->addr[which], sizeof e.addr.b);
	e.addr.v6 = (a->flags & V6) != 0;
	return e;
}

void
attempt_begin_earlier(struct attempt *a, uint64_t ns)
{
	a->last_syn = (a->last_syn + ns) & ATTEMPT_TIME_MAX;
	a->synack = (a->synack + ns) & ATTEMPT_TIME_MAX;
	a->took = (a->took + ns) & ATTEMPT_TIME_MAX;
	a->queued = (a->queued + ns) & ATTEMPT_TIME_MAX;
}

bool
attempt_is_pending(const struct attempt *a)
{
	return a->result == VERDICT_PENDING;
}

bool
attempt_is_established(const struct attempt *a)
{
	return a->result == VERDICT_SUCCESS && a->flags & ESTABLISHED;
}

bool
attempt_has_syn(const struct attempt *a)
{
	return !(a->flags & MIDSTREAM);
}

bool
attempt_has_synack(const struct attempt *a)
{
	return a->flags & SERVER_SYN && !(a->flags & SIMULTANEOUS);
}

bool
attempt_is_late_syn(const struct attempt *a, bool by_client,
    const struct tcp *syn)
{
	return a->result == VERDICT_SUCCESS && syn->seq == a->isn[!by_client] &&
	    !(by_client && a->event == ATTEMPT_CLIENT_ACK &&
	    tcb_is_reused(a->tsval, syn));
}

unsigned
attempt_retransmits(const struct attempt *a)
{
	return a->result == VERDICT_SUCCESS ? a->synacks : a->syns;
}

void
attempt_decide(struct attempt *a, uint64_t at, enum verdict_result result,
    enum verdict_why why)
{
	a->result = result;
	a->why = why;
	a->took = at & ATTEMPT_TIME_MAX;
}

bool
attempt_is_changed(const struct attempt *a)
{
	return a->reported != a->result || a->flags & CHANGED;
}

enum verdict_result
attempt_report(struct attempt *a)
{
	enum verdict_result before = (enum verdict_result)a->reported;

	a->reported = a->result;
	a->flags &= ~(uint64_t)CHANGED;
	return before;
}

void
attempt_give_up(struct attempt *a, uint64_t at, enum verdict_result result)
{
	if (a->flags & SOFT_ICMP)
		attempt_decide(a, at, VERDICT_UNREACH, WHY_ICMP);
	else
		attempt_decide(a, at, result, a->flags & SERVER_SYN ?
		    WHY_NO_ACK : WHY_NO_ANSWER);
}

/* By a segment with tsval. */
static void
succeed(struct attempt *a, uint64_t at, uint32_t tsval)
{
	enum verdict_why why = WHY_NONE;

	if (a->flags & SIMULTANEOUS)
		why = WHY_SIMULTANEOUS;
	else if (a->flags & MIDSTREAM)
		why = WHY_MIDSTREAM;
	else if (a->flags & FAST_OPEN)
		why = WHY_FASTOPEN;
	else if (!(a->flags & SERVER_SYN))
		why = WHY_ONE_SIDED;
	if (a->flags & SERVER_SYN)
		a->tsval = tsval;
	attempt_decide(a, at, VERDICT_SUCCESS, why);
}

void
attempt_verdict(const struct attempt *a, uint64_t first, struct verdict *v)
{
	*v = (struct verdict){
		.client = attempt_end(a, 0), .server = attempt_end(a, 1),
		.time = first, .took = a->took,
		.result = (enum verdict_result)a->result,
		.why = (enum verdict_why)a->why,
		.icmp_kind = a->icmp_kind, .icmp_code = a->icmp_code,
		.has_server = (a->flags & SERVER_CLEAR) != 0,
		.has_client = (a->flags & CLIENT_CLEAR) != 0,
		.syns = a->syns, .synacks = a->synacks,
	};
	/* The SYN of the server, where it made no simultaneous open. */
	v->syns += a->flags & SIMULTANEOUS && a->why != WHY_SIMULTANEOUS;
	/* Stamps may be in the wrong order. */
	v->has_server &= a->synack > a->last_syn;
	v->has_client &= a->took > a->synack;
	if (v->has_server)
		v->rtt_server = a->synack - a->last_syn;
	if (v->has_client)
		v->rtt_client = a->took - a->synack;
}

/* Keep what the answer to a SYN is compared with. */
static void
note_syn(struct attempt *a, const struct tcp *tcp)
{
	a->flags &= ~(uint64_t)SAME_TSVAL;
	if (a->flags & HAS_TSVAL && tcp->has_ts && a->tsval == tcp->tsval)
		a->flags |= SAME_TSVAL;
	a->isn[0] = tcp->seq;
	a->syn_len = tcp->len & 0xffff;
	a->tsval = tcp->tsval;
	a->flags |= CLIENT_HEARD | (tcp->has_ts ? HAS_TSVAL : 0);
}

/* Remember how far a side has sent. */
static void
note_sent(struct attempt *a, int side, const struct tcp *tcp)
{
	uint32_t end = tcp_end(tcp);

	if (tcp->flags & TCP_SYN || (seq_before(a->next[side], end) &&
	    seq_diff(end, a->isn[side]) < EARLY))
		a->next[side] = end;
	if (side == 0)
		a->flags |= CLIENT_HEARD;
}

enum attempt_event
attempt_begin(struct attempt *a, int from, const struct tcp *tcp,
    const struct endpoint *src, const struct endpoint *dst)
{
	bool is_answer = (tcp->flags & TCP_ACK) != 0;
	const struct endpoint *client = is_answer ? dst : src;
	const struct endpoint *server = is_answer ? src : dst;

	memcpy(a->addr[0], client->addr.b, sizeof a->addr[0]);
	memcpy(a->addr[1], server->addr.b, sizeof a->addr[1]);
	a->port[0] = client->port;
	a->port[1] = server->port;
	a->flags = (from != is_answer ? FROM : 0u) | (src->addr.v6 ? V6 : 0u);
	if (!is_answer) {
		note_syn(a, tcp);
		note_sent(a, 0, tcp);
		return ATTEMPT_BEGIN;
	}
	a->isn[0] = tcp->ack - 1;
	a->isn[1] = tcp->seq;
	a->next[1] = tcp->seq + 1;
	a->flags |= MIDSTREAM | SERVER_SYN | SERVER_ACKED;
	return ATTEMPT_BEGIN_MIDSTREAM;
}

void
attempt_begin_again(struct attempt *a, bool by_client, const struct tcp *tcp)
{
	int client = by_client ? 0 : 1;
	struct attempt fresh = { .flags =
	    (a->flags ^ (by_client ? 0 : FROM)) & (FROM | V6) };

	for (int i = 0; i < 2; i++) {
		memcpy(fresh.addr[i], a->addr[i ^ client], sizeof a->addr[i]);
		fresh.port[i] = a->port[i ^ client];
	}
	*a = fresh;
	note_syn(a, tcp);
	note_sent(a, 0, tcp);
}

bool
attempt_answers_syn(const struct attempt *a, uint32_t number)
{
	return seq_before(a->isn[0], number) &&
	    seq_diff(number, a->isn[0]) <= 1 + (int32_t)a->syn_len;
}

/* Does this number acknowledge what a side has sent?  An ACK of what it was not
 * seen to send acknowledges nothing, unless nothing of it is captured. */
static bool
is_sent(const struct attempt *a, int side, uint32_t ack)
{
	if (side == 0 && !(a->flags & CLIENT_HEARD))
		return seq_before(a->isn[0], ack) &&
		    seq_diff(ack, a->isn[0]) < EARLY;
	return seq_before(a->isn[side], ack) &&
	    !seq_before(a->next[side], ack);
}

/* What an ACK is that acknowledges nothing that was captured: if the capture
 * lost some packets, the numbers are near; what else the segment shows counts. */
static enum attempt_event
unsent(const struct attempt *a, int side, uint32_t ack)
{
	return seq_before(a->next[side], ack) &&
	    seq_diff(ack, a->next[side]) < EARLY ? ATTEMPT_UNSEEN :
	    ATTEMPT_UNRELATED;
}

/* A SYN/ACK after a RST or an error: the client went on (Windows sends its SYN
 * three times in a second), and what comes of that is the verdict. */
static void
revive(struct attempt *a)
{
	a->result = VERDICT_PENDING;
	a->why = WHY_NONE;
	a->flags &= ~(uint64_t)(SERVER_ACKED | CLIENT_ACKED | SERVER_SYN);
}

/* Was it decided by what the client need not have received? */
static bool
can_go_on(const struct attempt *a)
{
	return a->result == VERDICT_REJECT || a->result == VERDICT_UNREACH ||
	    (a->result == VERDICT_ABORT && a->why == WHY_CLIENT_RST);
}

static enum attempt_event
client_syn(struct attempt *a, uint64_t at, const struct tcp *tcp)
{
	bool is_answer = (tcp->flags & TCP_ACK) != 0;

	if (tcp->seq != a->isn[0])
		return is_answer ? ATTEMPT_UNRELATED : ATTEMPT_NEW_SYN;
	if (is_answer) {		/* of a simultaneous open */
		if (!(a->flags & SERVER_SYN) || tcp->ack != a->isn[1] + 1)
			return ATTEMPT_UNRELATED;
		a->flags |= CLIENT_ACKED;
		return ATTEMPT_SYN_ACKED;
	}
	if (a->flags & MIDSTREAM) {	/* captured after its answer */
		a->flags &= ~(uint64_t)MIDSTREAM;
		a->last_syn = at & ATTEMPT_TIME_MAX;
		if (at < a->synack && a->synack - at < INITIAL_RTO &&
		    a->synacks == 0)
			a->flags |= SERVER_CLEAR;
		note_syn(a, tcp);
		if (a->why == WHY_MIDSTREAM)
			a->why = WHY_NONE;
		return ATTEMPT_SYN_LATE;
	}
	a->syns += a->syns < UINT16_MAX;
	if (!(a->flags & SERVER_SYN)) {
		a->last_syn = at & ATTEMPT_TIME_MAX;
		note_syn(a, tcp);
	}
	return ATTEMPT_SYN_AGAIN;
}

/*
 * The first SYN/ACK.  If the SYN was sent once, it answers that SYN, unless it
 * came as late as a server retransmits a SYN/ACK: the first may have been lost
 * upstream of the capture point (RFC 6298, 2).  If the SYN was sent several
 * times, it answers the last one if its TSecr says so; with the TSecr of an
 * earlier one it may be a retransmitted SYN/ACK as well.
 */
static enum attempt_event
first_synack(struct attempt *a, uint64_t at, const struct tcp *tcp)
{
	/* Captured after the ACK of it? */
	bool is_late = a->why == WHY_ONE_SIDED;

	if (is_late)
		a->why = WHY_NONE;
	a->isn[1] = tcp->seq;
	a->synack = at & ATTEMPT_TIME_MAX;
	a->flags |= SERVER_SYN | SERVER_ACKED;
	if (a->syn_len > 0 && tcp->ack != a->isn[0] + 1)
		a->flags |= FAST_OPEN;
	if ((attempt_is_pending(a) || (is_late && a->synack <= a->took)) &&
	    (a->syns == 0 ? a->synack < INITIAL_RTO :
	    (a->flags & (HAS_TSVAL | SAME_TSVAL)) == HAS_TSVAL &&
	    tcp->has_ts && tcp->tsecr == a->tsval))
		a->flags |= SERVER_CLEAR;
	return ATTEMPT_SYNACK;
}

static enum attempt_event
server_synack(struct attempt *a, uint64_t at, const struct tcp *tcp)
{
	if (!attempt_answers_syn(a, tcp->ack))
		return ATTEMPT_UNRELATED;	/* of a half-dead peer */
	if (can_go_on(a) && a->syns > 0 && !(a->flags & SERVER_SYN))
		revive(a);
	if (a->flags & SIMULTANEOUS) {
		a->flags |= SERVER_ACKED;
		return ATTEMPT_SYN_ACKED;
	}
	if (!(a->flags & SERVER_SYN))
		return first_synack(a, at, tcp);
	a->isn[1] = tcp->seq;
	a->synacks += a->synacks < UINT16_MAX;
	return ATTEMPT_SYNACK_AGAIN;
}

static enum attempt_event
server_syn(struct attempt *a, uint64_t at, const struct tcp *tcp)
{
	if (tcp->flags & TCP_ACK)
		return server_synack(a, at, tcp);
	if (a->flags & SERVER_SYN) {
		if (tcp->seq != a->isn[1])
			return ATTEMPT_NEW_SYN;
		a->syns += a->syns < UINT16_MAX;
		return ATTEMPT_SERVER_SYN_AGAIN;
	}
	a->isn[1] = tcp->seq;
	a->flags |= SERVER_SYN | SIMULTANEOUS;
	return ATTEMPT_SERVER_SYN;
}

/* A RST counts only if it answers what was sent; RFC 9293, 3.10.7.3. */
static enum attempt_event
reset(struct attempt *a, bool by_client, uint64_t at, const struct tcp *tcp)
{
	bool acks_syn = tcp->flags & TCP_ACK &&
	    attempt_answers_syn(a, tcp->ack);

	if (by_client) {
		if (!attempt_answers_syn(a, tcp->seq))
			return ATTEMPT_UNRELATED;
		attempt_decide(a, at, VERDICT_ABORT, WHY_CLIENT_RST);
		return ATTEMPT_CLIENT_RST;
	}
	if (a->flags & SERVER_ACKED) {
		if (tcp->seq != a->isn[1] + 1 && !acks_syn)
			return ATTEMPT_UNRELATED;
		attempt_decide(a, at, VERDICT_REJECT, WHY_RST_AFTER_SYNACK);
		return ATTEMPT_RST_AFTER_SYNACK;
	}
	if (!acks_syn)
		return ATTEMPT_UNRELATED;
	attempt_decide(a, at, VERDICT_REJECT, WHY_RST);
	return ATTEMPT_RST;
}

/* An ACK of the client: the third of the handshake or a later one. */
static enum attempt_event
client_ack(struct attempt *a, const struct tcp *tcp)
{
	if (!(a->flags & SERVER_SYN)) {
		if (!attempt_answers_syn(a, tcp->seq))
			return ATTEMPT_UNRELATED;
		/* The client can only go on if it has an answer. */
		a->flags |= SERVER_ACKED | CLIENT_ACKED;
		return ATTEMPT_CLIENT_DATA;
	}
	if (!is_sent(a, 1, tcp->ack))
		return unsent(a, 1, tcp->ack);
	/* Before data or a FIN a pure ACK may have been lost upstream. */
	if (attempt_is_pending(a) && tcp->len == 0 && a->synacks == 0 &&
	    !(tcp->flags & TCP_FIN) && !(a->flags & SIMULTANEOUS))
		a->flags |= CLIENT_CLEAR;
	a->flags |= CLIENT_ACKED;
	return ATTEMPT_CLIENT_ACK;
}

/* An ACK of the server without a SYN: it has the third ACK.  Before its SYN it
 * acknowledges the client's alone, as in a handshake of four parts. */
static enum attempt_event
server_ack(struct attempt *a, const struct tcp *tcp)
{
	if (!(a->flags & SERVER_SYN) && !attempt_answers_syn(a, tcp->ack))
		return ATTEMPT_UNRELATED;
	if (a->flags & SERVER_SYN && !is_sent(a, 0, tcp->ack))
		return unsent(a, 0, tcp->ack);
	a->flags |= SERVER_ACKED;
	if (!(a->flags & SERVER_SYN) && tcp->len == 0)
		return ATTEMPT_SYN_ACKED;
	a->flags |= CLIENT_ACKED | ESTABLISHED;
	return ATTEMPT_SERVER_ACK;
}

/* Does the client close without an answer?  With a number to acknowledge it has
 * one, and only the capture missed that. */
static bool
gives_up(const struct attempt *a, const struct tcp *tcp)
{
	return tcp->flags & TCP_FIN && attempt_is_pending(a) &&
	    !(tcp->flags & TCP_ACK && tcp->ack != 0) &&
	    !(a->flags & SERVER_SYN) && attempt_answers_syn(a, tcp->seq);
}

/* A segment with neither SYN nor RST. */
static enum attempt_event
other(struct attempt *a, bool by_client, uint64_t at, const struct tcp *tcp)
{
	if (by_client && gives_up(a, tcp)) {
		attempt_decide(a, at, VERDICT_ABORT, WHY_FIN);
		return ATTEMPT_CLIENT_FIN;
	}
	if (!(tcp->flags & TCP_ACK))
		return ATTEMPT_UNRELATED;
	return by_client ? client_ack(a, tcp) : server_ack(a, tcp);
}

enum attempt_event
attempt_segment(struct attempt *a, bool by_client, uint64_t at,
    const struct tcp *tcp)
{
	enum attempt_event event;
	bool was_pending = attempt_is_pending(a);

	if (tcp->flags & TCP_RST)
		event = was_pending ? reset(a, by_client, at, tcp) :
		    ATTEMPT_LATE;
	else if (!(tcp->flags & TCP_SYN))
		event = other(a, by_client, at, tcp);
	else if (by_client)
		event = client_syn(a, at, tcp);
	else
		event = server_syn(a, at, tcp);
	if (event == ATTEMPT_NEW_SYN)
		return event;
	if (tcp->flags & TCP_SYN && attempt_event_counts(event))
		a->flags |= CHANGED;
	if (event != ATTEMPT_UNRELATED && !(tcp->flags & TCP_RST))
		note_sent(a, !by_client, tcp);
	if (attempt_is_pending(a) && a->flags & SERVER_ACKED &&
	    a->flags & CLIENT_ACKED)
		succeed(a, at, tcp->tsval);
	if (was_pending && !attempt_is_pending(a))
		a->event = event;
	return event;
}

void
attempt_elsewhere(struct attempt *a, bool by_client, uint64_t at,
    const struct tcp *tcp)
{
	if (tcp->flags & TCP_ACK) {
		if (!by_client && tcp->seq == a->isn[1] && a->synacks == 0)
			a->synack = at & ATTEMPT_TIME_MAX;
	} else if (by_client && tcp->seq == a->isn[0] &&
	    !(a->flags & SERVER_SYN))
		a->last_syn = at & ATTEMPT_TIME_MAX;
}

/* Is it an error that ends an attempt?  These say that another SYN is useless;
 * the others are about the path, which may change (RFC 5461, 2.1). */
static bool
is_hard(bool v6, uint8_t code)
{
	if (v6)		/* admin, port, policy, reject route; RFC 4443, 3.1 */
		return code == 1 || code >= 4;
	switch (code) {
	case 2:		/* protocol */
	case 3:		/* port */
	case 9:		/* network and host administratively prohibited */
	case 10:
	case 13:
		return true;
	default:
		return false;
	}
}

enum attempt_event
attempt_icmp(struct attempt *a, bool by_client, uint64_t at,
    enum icmp_kind kind, uint8_t code, uint32_t seq)
{
	bool v6 = (a->flags & V6) != 0;

	if (!attempt_is_pending(a))
		return ATTEMPT_LATE;
	if (!by_client || seq != a->isn[0])
		return ATTEMPT_UNRELATED;
	if (kind == ICMP_TOOBIG || kind == ICMP_QUENCH ||
	    kind == ICMP_REDIRECT)
		return ATTEMPT_UNRELATED;
	if (kind == ICMP_UNREACH && !v6 && code == 4)
		return ATTEMPT_UNRELATED;	/* fragmentation needed */
	a->icmp_kind = (unsigned)kind & 7;
	a->icmp_code = code;
	if (kind != ICMP_UNREACH || !is_hard(v6, code)) {
		a->flags |= SOFT_ICMP;
		return ATTEMPT_ICMP_SOFT;
	}
	attempt_decide(a, at, VERDICT_UNREACH, WHY_ICMP);
	a->event = ATTEMPT_ICMP_HARD;
	return ATTEMPT_ICMP_HARD;
}
