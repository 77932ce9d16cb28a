#include "handshake/handshake.h"

#include <string.h>

#include "conn/seq.h"
#include "wire/units.h"

#define INITIAL_RTO	NS_PER_S
#define FAR		(1 << 20)	/* more than the first data sent */
#define OFFSET_MAX	((UINT64_C(1) << 40) - 1)	/* ns: 18 minutes */

/* The queues of the table: pending by first SYN, settling by how long they
 * linger, known. */
enum { PENDING, SETTLING, KNOWN = FLOW_QUEUES - 1 };

/*
 * How long after a verdict the next repetition may still come: it is due one
 * time-out after the last, a second at first (RFC 6298, 2; on some systems
 * three), then twice as long each time.
 */
static const uint64_t linger[KNOWN - SETTLING] = {
	7 * NS_PER_S / 2, 5 * NS_PER_S, 9 * NS_PER_S, 17 * NS_PER_S
};

enum {
	FROM = 1,		/* which end of the key the client is */
	V6 = 2,
	SERVER_ACKED = 4,	/* the client's SYN */
	CLIENT_ACKED = 8,	/* the server's SYN */
	SERVER_SYN = 16,	/* isn[1] is set */
	SIMULTANEOUS = 32,	/* the server's came without an ACK */
	MIDSTREAM = 64,		/* the first SYN was not seen */
	SERVER_CLEAR = 128,	/* rtt_server is one round trip */
	CLIENT_CLEAR = 256,
	FAST_OPEN = 512,	/* data in the SYN, and it was acknowledged */
	SOFT_ICMP = 1024,	/* an ICMP error that ends nothing by itself */
	HAS_TSVAL = 2048,	/* tsval is of the last SYN */
	ESTABLISHED = 4096	/* both sides are past the handshake */
};

/* Times are offsets from the first SYN. */
struct attempt {
	uint64_t last_syn : 40;
	uint64_t syns : 16;
	uint64_t result : 8;
	uint64_t synack : 40;	/* the first one */
	uint64_t synacks : 16;
	uint64_t why : 8;
	uint64_t took : 40;
	uint64_t flags : 16;
	uint64_t icmp : 8;	/* code */
	uint64_t queued : 40;	/* when it was put in its queue */
	uint64_t syn_len : 16;	/* data in the SYN */
	uint64_t icmp_kind : 8;
	uint32_t isn[2];	/* the client's and the server's */
	uint32_t tsval;
	uint16_t port[2];
	uint8_t addr[2][16];
};

int
hs_open(struct hs *h, uint32_t max, uint64_t timeout, uint64_t seed)
{
	memset(h, 0, sizeof *h);
	h->timeout = timeout;
	return flow_open(&h->flows, max, sizeof(struct attempt), seed);
}

void
hs_close(struct hs *h)
{
	flow_close(&h->flows);
}

static struct attempt *
attempt(const struct hs *h, uint32_t i)
{
	return flow_state(&h->flows, i);
}

static bool
is_pending(const struct attempt *a)
{
	return a->result == HS_PENDING;
}

/* When its first SYN came. */
static uint64_t
begun(const struct hs *h, uint32_t i)
{
	return flow_queued(&h->flows, i) - attempt(h, i)->queued;
}

static uint64_t
offset(const struct hs *h, uint32_t i, uint64_t now)
{
	uint64_t first = begun(h, i);

	if (now < first)
		return 0;
	return now - first < OFFSET_MAX ? now - first : OFFSET_MAX;
}

static void
move(struct hs *h, uint32_t i, unsigned queue, uint64_t now)
{
	uint64_t since = offset(h, i, now), first = begun(h, i);

	attempt(h, i)->queued = since & OFFSET_MAX;
	flow_queue(&h->flows, i, queue, first + since);
}

static struct endpoint
end_of(const struct attempt *a, int which)
{
	struct endpoint e = { .port = a->port[which] };

	memcpy(e.addr.b, a->addr[which], sizeof e.addr.b);
	e.addr.v6 = (a->flags & V6) != 0;
	return e;
}

static void
tell(struct hs *h, uint32_t i)
{
	const struct attempt *a = attempt(h, i);
	struct hs_verdict v = {
		.client = end_of(a, 0), .server = end_of(a, 1),
		.time = begun(h, i), .took = a->took,
		.result = (enum hs_result)a->result, .why = (enum hs_why)a->why,
		.icmp_kind = a->icmp_kind, .icmp_code = a->icmp,
		.syns = a->syns, .synacks = a->synacks,
	};

	v.has_server = (a->flags & SERVER_CLEAR) != 0;
	v.has_client = (a->flags & CLIENT_CLEAR) != 0;
	if (v.has_server)
		v.rtt_server = a->synack - a->last_syn;
	if (v.has_client)
		v.rtt_client = a->took - a->synack;
	h->done(h->arg, &v);
}

/* A verdict is seen; it settles. */
static void
decide(struct hs *h, uint32_t i, uint64_t now, enum hs_result result,
    enum hs_why why)
{
	struct attempt *a = attempt(h, i);

	a->result = result;
	a->why = why;
	a->took = offset(h, i, now) & OFFSET_MAX;
}

/* It is certain. */
static void
settle(struct hs *h, uint32_t i, uint64_t now)
{
	tell(h, i);
	move(h, i, KNOWN, now);
}

/* It waits for the repetition that comes if nobody else saw it. */
static void
wait_a_while(struct hs *h, uint32_t i, uint64_t now)
{
	const struct attempt *a = attempt(h, i);
	unsigned n = a->result == HS_SUCCESS ? a->synacks : a->syns;

	if (n >= KNOWN - SETTLING)
		n = KNOWN - SETTLING - 1;
	move(h, i, SETTLING + n, now);
}

static bool
is_known(const struct hs *h, uint32_t i)
{
	return h->flows.link[i].queue == KNOWN;
}

/* What the end of waiting makes of an attempt. */
static void
give_up(struct hs *h, uint32_t i, uint64_t now, enum hs_result result)
{
	struct attempt *a = attempt(h, i);

	if (a->flags & SOFT_ICMP)
		decide(h, i, now, HS_UNREACH, HS_ICMP);
	else
		decide(h, i, now, result, a->flags & SERVER_SYN ?
		    HS_NO_ACK : HS_NO_ANSWER);
}

void
hs_clock(struct hs *h, uint64_t now)
{
	struct flow_table *t = &h->flows;
	uint32_t i;

	while ((i = flow_oldest(t, PENDING)) != 0 &&
	    now >= flow_queued(t, i) + h->timeout) {
		give_up(h, i, flow_queued(t, i) + h->timeout, HS_TIMEOUT);
		settle(h, i, now);
	}
	for (unsigned q = SETTLING; q < KNOWN; q++)
		while ((i = flow_oldest(t, q)) != 0 &&
		    now >= flow_queued(t, i) + linger[q - SETTLING])
			settle(h, i, now);
	while ((i = flow_oldest(t, KNOWN)) != 0 &&
	    now >= flow_queued(t, i) + h->timeout)
		flow_drop(t, i);
}

/* Room for one more: what is known goes first, then the oldest. */
static void
make_room(struct hs *h, uint64_t now)
{
	uint32_t i;

	if (!flow_full(&h->flows))
		return;
	if ((i = flow_oldest(&h->flows, KNOWN)) != 0) {
		flow_drop(&h->flows, i);
		return;
	}
	if ((i = flow_oldest(&h->flows, PENDING)) != 0) {
		decide(h, i, now, HS_PENDING, HS_FORGOTTEN);
		h->forgotten++;
	} else
		for (unsigned q = SETTLING; i == 0; q++)
			i = flow_oldest(&h->flows, q);
	tell(h, i);
	flow_drop(&h->flows, i);
}

/* The first SYN; or, where that was not seen, a SYN/ACK. */
static void
note_syn(struct attempt *a, const struct tcp *tcp)
{
	a->isn[0] = tcp->seq;
	a->syn_len = tcp->len & 0xffff;
	a->tsval = tcp->tsval;
	if (tcp->has_ts)
		a->flags |= HAS_TSVAL;
}

void
hs_begin(struct hs *h, const struct flow_key *key, int from, uint64_t now,
    const struct tcp *tcp, const struct endpoint *src, const struct endpoint *dst)
{
	const struct endpoint *client = src, *server = dst;
	struct attempt *a;
	uint32_t i;

	make_room(h, now);
	i = flow_add(&h->flows, key, now);
	a = attempt(h, i);
	if (tcp->flags & TCP_ACK) {
		client = dst;
		server = src;
		from = !from;
	}
	memcpy(a->addr[0], client->addr.b, sizeof a->addr[0]);
	memcpy(a->addr[1], server->addr.b, sizeof a->addr[1]);
	a->port[0] = client->port;
	a->port[1] = server->port;
	a->flags = (from ? FROM : 0u) | (src->addr.v6 ? V6 : 0u);
	if (!(tcp->flags & TCP_ACK)) {
		note_syn(a, tcp);
		return;
	}
	a->isn[0] = tcp->ack - 1;
	a->isn[1] = tcp->seq;
	a->flags |= MIDSTREAM | SERVER_SYN | SERVER_ACKED;
}

/* Both ends changed places: the server of before is the client now. */
static void
swap_ends(struct attempt *a)
{
	struct endpoint client = end_of(a, 0);

	memcpy(a->addr[0], a->addr[1], sizeof a->addr[0]);
	memcpy(a->addr[1], client.addr.b, sizeof a->addr[1]);
	a->port[0] = a->port[1];
	a->port[1] = client.port;
}

/* The same ends try anew, with another initial sequence number. */
static void
begin_again(struct hs *h, uint32_t i, bool by_client, uint64_t now,
    const struct tcp *tcp)
{
	struct attempt *a = attempt(h, i), fresh;

	if (!is_known(h, i)) {
		if (a->result == HS_PENDING)
			decide(h, i, now, HS_ABORT, HS_NEW_SYN);
		tell(h, i);
	}
	if (!by_client)
		swap_ends(a);
	fresh = (struct attempt){
		.flags = (a->flags ^ (by_client ? 0 : FROM)) & (FROM | V6) };
	memcpy(fresh.addr, a->addr, sizeof fresh.addr);
	memcpy(fresh.port, a->port, sizeof fresh.port);
	*a = fresh;
	flow_queue(&h->flows, i, PENDING, now);
	note_syn(a, tcp);
}

/* Does this number lie in what the SYN and its data took? */
static bool
answers_syn(const struct attempt *a, uint32_t ack)
{
	return seq_before(a->isn[0], ack) &&
	    seq_diff(ack, a->isn[0]) <= 1 + (int32_t)a->syn_len;
}

/* May it be the ACK of a connection that began with isn a while ago? */
static bool
is_near(uint32_t ack, uint32_t isn)
{
	return seq_before(isn, ack) && seq_diff(ack, isn) < FAR;
}

static void
succeed(struct hs *h, uint32_t i, uint64_t now)
{
	const struct attempt *a = attempt(h, i);
	enum hs_why why = HS_PLAIN;

	if (a->flags & SIMULTANEOUS)
		why = HS_SIMULTANEOUS;
	else if (a->flags & MIDSTREAM)
		why = HS_MIDSTREAM;
	else if (a->flags & FAST_OPEN)
		why = HS_FASTOPEN;
	else if (!(a->flags & SERVER_SYN))
		why = HS_ONE_SIDED;
	decide(h, i, now, HS_SUCCESS, why);
	wait_a_while(h, i, now);
}

/* A SYN of the client, known or to be counted. */
static void
client_syn(struct hs *h, uint32_t i, uint64_t now, const struct tcp *tcp)
{
	struct attempt *a = attempt(h, i);

	if (tcp->seq != a->isn[0]) {
		if (!(tcp->flags & TCP_ACK))
			begin_again(h, i, true, now, tcp);
		return;
	}
	if (tcp->flags & TCP_ACK) {	/* of a simultaneous open */
		if (a->flags & SERVER_SYN && tcp->ack == a->isn[1] + 1)
			a->flags |= CLIENT_ACKED;
		return;
	}
	a->syns += a->syns < UINT16_MAX;
	if (a->flags & SERVER_SYN)
		return;
	a->last_syn = offset(h, i, now) & OFFSET_MAX;
	note_syn(a, tcp);
}

/*
 * The first SYN/ACK.  It answers a SYN that was sent once, unless it took as
 * long as a server waits before it repeats a SYN/ACK, which may have been
 * lost before us (RFC 6298, 2).  Of several SYNs it answers the last if its
 * TSecr says so; an earlier one's TSecr is such a repetition's, too.
 */
static void
first_synack(struct hs *h, uint32_t i, uint64_t now, const struct tcp *tcp)
{
	struct attempt *a = attempt(h, i);

	a->isn[1] = tcp->seq;
	a->synack = offset(h, i, now) & OFFSET_MAX;
	a->flags |= SERVER_SYN | SERVER_ACKED;
	if (a->syn_len > 0 && tcp->ack != a->isn[0] + 1)
		a->flags |= FAST_OPEN;
	if (is_pending(a) && (a->syns == 0 ? a->synack < INITIAL_RTO :
	    a->flags & HAS_TSVAL && tcp->has_ts && tcp->tsecr == a->tsval))
		a->flags |= SERVER_CLEAR;
}

static void
server_syn(struct hs *h, uint32_t i, uint64_t now, const struct tcp *tcp)
{
	struct attempt *a = attempt(h, i);

	if (tcp->flags & TCP_ACK) {
		if (!answers_syn(a, tcp->ack))
			return;		/* of a half-dead peer */
		if (a->flags & SIMULTANEOUS)
			a->flags |= SERVER_ACKED;
		else if (!(a->flags & SERVER_SYN))
			first_synack(h, i, now, tcp);
		else {
			a->isn[1] = tcp->seq;
			a->synacks += a->synacks < UINT16_MAX;
		}
	} else if (a->flags & SERVER_SYN) {
		if (tcp->seq != a->isn[1])
			begin_again(h, i, false, now, tcp);
	} else {
		a->isn[1] = tcp->seq;
		a->flags |= SERVER_SYN | SIMULTANEOUS;
	}
}

/* A RST is one only if it answers what was sent; RFC 9293, 3.10.7.3. */
static void
take_rst(struct hs *h, uint32_t i, bool by_client, uint64_t now,
    const struct tcp *tcp)
{
	const struct attempt *a = attempt(h, i);

	if (by_client) {
		if (!answers_syn(a, tcp->seq))
			return;
		decide(h, i, now, HS_ABORT, HS_CLIENT_RST);
	} else if (a->flags & SERVER_ACKED) {
		if (tcp->seq != a->isn[1] + 1 && !(tcp->flags & TCP_ACK &&
		    answers_syn(a, tcp->ack)))
			return;
		decide(h, i, now, HS_REJECT, HS_RST_AFTER_SYNACK);
	} else {
		if (!(tcp->flags & TCP_ACK) || !answers_syn(a, tcp->ack))
			return;
		decide(h, i, now, HS_REJECT, HS_RST);
	}
	wait_a_while(h, i, now);
}

/* An ACK of the client: the third of the handshake, or what stands for it. */
static void
client_ack(struct attempt *a, const struct tcp *tcp)
{
	if (a->flags & SERVER_SYN) {
		if (!is_near(tcp->ack, a->isn[1]))
			return;
		/* With data or FIN, the ACK of before may have been lost. */
		if (is_pending(a) && tcp->len == 0 && a->synacks == 0 &&
		    !(tcp->flags & TCP_FIN) && !(a->flags & SIMULTANEOUS))
			a->flags |= CLIENT_CLEAR;
	} else if (answers_syn(a, tcp->seq))
		a->flags |= SERVER_ACKED;	/* how else would it know? */
	else
		return;
	a->flags |= CLIENT_ACKED;
}

/* Neither SYN nor RST. */
static void
take_other(struct hs *h, uint32_t i, bool by_client, uint64_t now,
    const struct tcp *tcp)
{
	struct attempt *a = attempt(h, i);

	/* A FIN where nobody has answered: the client gives up. */
	if (by_client && tcp->flags & TCP_FIN && is_pending(a) &&
	    !(a->flags & SERVER_SYN)) {
		decide(h, i, now, HS_ABORT, HS_FIN);
		wait_a_while(h, i, now);
	} else if (by_client && tcp->flags & TCP_ACK)
		client_ack(a, tcp);
	else if (!by_client && tcp->flags & TCP_ACK &&
	    (a->flags & SERVER_SYN ? is_near(tcp->ack, a->isn[0]) :
	    answers_syn(a, tcp->ack)))
		/* No SYN any more: it has had the third ACK. */
		a->flags |= SERVER_ACKED | CLIENT_ACKED | ESTABLISHED;
}

/* What a packet without RST changed. */
static void
progress(struct hs *h, uint32_t i, bool syn, uint64_t now)
{
	struct attempt *a = attempt(h, i);

	if (is_known(h, i))
		return;
	if (is_pending(a) && a->flags & SERVER_ACKED &&
	    a->flags & CLIENT_ACKED)
		succeed(h, i, now);
	else if (!is_pending(a) && syn)
		wait_a_while(h, i, now);
	if (a->result == HS_SUCCESS && a->flags & ESTABLISHED)
		settle(h, i, now);
}

void
hs_segment(struct hs *h, uint32_t i, int from, uint64_t now,
    const struct tcp *tcp)
{
	struct attempt *a = attempt(h, i);
	bool by_client = from == !!(a->flags & FROM);

	if (tcp->flags & TCP_RST) {
		if (is_pending(a))
			take_rst(h, i, by_client, now, tcp);
		return;
	}
	if (!(tcp->flags & TCP_SYN))
		take_other(h, i, by_client, now, tcp);
	else if (by_client)
		client_syn(h, i, now, tcp);
	else
		server_syn(h, i, now, tcp);
	progress(h, i, tcp->flags & TCP_SYN, now);
}

/* Those that end an attempt: the host or a router says that it is no use.
 * The others are about the way there, which may change; RFC 5461, 2.1. */
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

void
hs_icmp(struct hs *h, uint32_t i, int from, uint64_t now,
    enum icmp_kind kind, uint8_t code, uint32_t seq)
{
	struct attempt *a = attempt(h, i);
	bool v6 = (a->flags & V6) != 0;

	if (!is_pending(a) || from != !!(a->flags & FROM) ||
	    seq != a->isn[0])
		return;
	if (kind == ICMP_TOOBIG || kind == ICMP_QUENCH ||
	    kind == ICMP_REDIRECT)
		return;
	if (kind == ICMP_UNREACH && !v6 && code == 4)
		return;		/* fragmentation needed: TCP sends less */
	a->icmp_kind = (uint8_t)kind;
	a->icmp = code;
	if (kind == ICMP_UNREACH && is_hard(v6, code)) {
		decide(h, i, now, HS_UNREACH, HS_ICMP);
		wait_a_while(h, i, now);
	} else
		a->flags |= SOFT_ICMP;
}

void
hs_end(struct hs *h, uint64_t now)
{
	struct flow_table *t = &h->flows;
	uint32_t i;

	hs_clock(h, now);
	while ((i = flow_oldest(t, PENDING)) != 0) {
		give_up(h, i, now, HS_PENDING);
		tell(h, i);
		flow_drop(t, i);
	}
	for (unsigned q = SETTLING; q < KNOWN; q++)
		while ((i = flow_oldest(t, q)) != 0) {
			tell(h, i);
			flow_drop(t, i);
		}
}

const char *
hs_result_name(enum hs_result r)
{
	static const char *const names[HS_RESULTS] = {
		[HS_PENDING] = "pending", [HS_SUCCESS] = "success",
		[HS_REJECT] = "reject", [HS_TIMEOUT] = "timeout",
		[HS_UNREACH] = "unreach", [HS_ABORT] = "abort",
	};

	return names[r];
}

const char *
hs_why_name(const struct hs_verdict *v)
{
	static const char *const names[] = {
		[HS_PLAIN] = "-", [HS_SIMULTANEOUS] = "simultaneous",
		[HS_FASTOPEN] = "fastopen", [HS_MIDSTREAM] = "midstream",
		[HS_ONE_SIDED] = "one-sided", [HS_RST] = "rst",
		[HS_RST_AFTER_SYNACK] = "rst-after-synack",
		[HS_CLIENT_RST] = "client-rst", [HS_FIN] = "fin",
		[HS_NEW_SYN] = "new-syn", [HS_NO_ANSWER] = "no-answer",
		[HS_NO_ACK] = "no-ack", [HS_FORGOTTEN] = "forgotten",
	};

	if (v->why == HS_ICMP)
		return icmp_why_name(v->client.addr.v6,
		    (enum icmp_kind)v->icmp_kind, v->icmp_code);
	return names[v->why];
}
