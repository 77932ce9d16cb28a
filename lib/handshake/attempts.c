#include "handshake/attempts.h"

#include <string.h>

#include "conn/seq.h"
#include "handshake/attempt.h"
#include "handshake/evidence.h"
#include "wire/units.h"

/* The queues of the table: pending attempts by their last packet, lingering
 * ones by how long they linger, known ones. */
enum { PENDING, LINGERING, KNOWN = FLOW_QUEUES - 1 };

/* The numbers of a connection are at most so far from what it sent last: more
 * than windows have in use, and less than ISNs differ. */
#define NEAR	(1 << 20)

#define LATE	NS_PER_S	/* a packet at most: see stage/clock */

_Static_assert(sizeof(struct attempt) <= 96, "there may be a million of them");

/*
 * How long after a verdict the next retransmission can come: one RTO after the
 * last, and the RTO is 1 s at first (RFC 6298, 2; 3 s on some systems), then
 * twice as long each time.
 */
static const uint64_t linger[KNOWN - LINGERING] = {
	7 * NS_PER_S / 2, 5 * NS_PER_S, 9 * NS_PER_S, 17 * NS_PER_S
};

int
attempts_open(struct attempts *t, struct copies *copies, uint32_t max,
    uint64_t timeout, uint64_t seed)
{
	memset(t, 0, sizeof *t);
	t->timeout = timeout;
	t->copies = copies;
	return flow_open(&t->flows, max, sizeof(struct attempt), seed);
}

void
attempts_close(struct attempts *t)
{
	flow_close(&t->flows);
}

static struct attempt *
attempt(const struct attempts *t, uint32_t i)
{
	return flow_state(&t->flows, i);
}

/* The slot of attempt i for the connection that was live before. */
static struct attempts_live *
live(struct attempts *t, uint32_t i)
{
	return &t->live[i % ATTEMPTS_LIVE];
}

/* When its first segment came. */
static uint64_t
begun(const struct attempts *t, uint32_t i)
{
	return flow_queued(&t->flows, i) - attempt(t, i)->queued;
}

static uint64_t
offset(const struct attempts *t, uint32_t i, uint64_t now)
{
	uint64_t first = begun(t, i);

	if (now < first)
		return 0;
	return now - first < ATTEMPT_TIME_MAX ? now - first : ATTEMPT_TIME_MAX;
}

static void
move(struct attempts *t, uint32_t i, unsigned queue, uint64_t now)
{
	uint64_t since = offset(t, i, now), first = begun(t, i);

	attempt(t, i)->queued = since & ATTEMPT_TIME_MAX;
	flow_queue(&t->flows, i, queue, first + since);
}

/* No packet comes that late: the stamp with which the attempt began was wrong,
 * and would hold its verdict. */
static void
mend_begin(struct attempts *t, uint32_t i, uint64_t now)
{
	if (begun(t, i) <= now + LATE)
		return;
	attempt(t, i)->queued = 0;
	flow_queue(&t->flows, i, t->flows.link[i].queue, now);
}

static bool
is_known(const struct attempts *t, uint32_t i)
{
	return t->flows.link[i].queue == KNOWN;
}

/* Report the verdict.  because: why now, for an explanation. */
static void
report(struct attempts *t, uint32_t i, uint64_t now, const char *because)
{
	struct attempt *a = attempt(t, i);
	struct verdict v;
	bool passes;

	if (a->reported && !attempt_is_changed(a))
		return;
	attempt_verdict(a, begun(t, i), &v);
	v.before = attempt_report(a);
	passes = t->report(t->arg, &v);
	if (explains(&t->explain, ATTEMPTS_VERDICTS))
		evidence_verdict(&t->explain, ATTEMPTS_VERDICTS, a, &v, now,
		    passes ? because : NULL);
}

/* Report what the attempt comes to if nothing follows, at once. */
static void
report_early(struct attempts *t, uint32_t i, uint64_t now)
{
	struct attempt *a = attempt(t, i), pending = *a;

	if (attempt_is_pending(a))
		attempt_give_up(a, offset(t, i, now), VERDICT_PENDING);
	if (a->result != a->reported)
		report(t, i, now, "the verdict is reached");
	pending.reported = a->reported;
	if (attempt_is_pending(&pending))
		*a = pending;
}

/* Report it and keep the attempt as known. */
static void
settle(struct attempts *t, uint32_t i, uint64_t now, const char *because)
{
	report(t, i, now, because);
	move(t, i, KNOWN, now);
}

/* Report it and drop the attempt. */
static void
drop(struct attempts *t, uint32_t i, uint64_t now, const char *because)
{
	report(t, i, now, because);
	flow_drop(&t->flows, i);
}

/* Linger for the retransmission that follows if the other end missed the last
 * segment. */
static void
wait_for_retransmission(struct attempts *t, uint32_t i, uint64_t now)
{
	unsigned n = attempt_retransmits(attempt(t, i));

	if (n >= KNOWN - LINGERING)
		n = KNOWN - LINGERING - 1;
	move(t, i, LINGERING + n, now);
}

void
attempts_clock(struct attempts *t, uint64_t now)
{
	struct flow_table *flows = &t->flows;
	uint32_t i;

	while ((i = flow_oldest(flows, PENDING)) != 0 &&
	    now >= flow_queued(flows, i) + t->timeout) {
		attempt_give_up(attempt(t, i), attempt(t, i)->queued,
		    VERDICT_TIMEOUT);
		settle(t, i, now, "timed out");
	}
	for (unsigned q = LINGERING; q < KNOWN; q++)
		while ((i = flow_oldest(flows, q)) != 0 &&
		    now >= flow_queued(flows, i) + linger[q - LINGERING])
			settle(t, i, now, "no retransmission came");
	while ((i = flow_oldest(flows, KNOWN)) != 0 &&
	    now >= flow_queued(flows, i) + t->timeout)
		flow_drop(flows, i);
}

/* Make room for one more: drop a known attempt if there is one, else the oldest
 * pending one, else one that lingers. */
static void
make_room(struct attempts *t, uint64_t now)
{
	struct flow_table *flows = &t->flows;
	uint32_t i;

	if (!flow_full(flows))
		return;
	if ((i = flow_oldest(flows, KNOWN)) != 0) {
		flow_drop(flows, i);
		return;
	}
	if ((i = flow_oldest(flows, PENDING)) != 0) {
		attempt_decide(attempt(t, i), offset(t, i, now),
		    VERDICT_PENDING, WHY_FORGOTTEN);
		t->forgotten++;
	} else
		for (unsigned q = LINGERING; i == 0; q++)
			i = flow_oldest(flows, q);
	drop(t, i, now, "the table is full");
}

static void
explain_segment(const struct attempts *t, uint32_t i, bool by_client,
    uint64_t now, const struct tcp *tcp, enum attempt_event event)
{
	if (explains(&t->explain, ATTEMPTS_SEGMENTS))
		evidence_segment(&t->explain, ATTEMPTS_SEGMENTS, attempt(t, i),
		    by_client, now, tcp, event);
}

static enum copy_kind
check_copy(struct attempts *t, uint32_t i, bool by_client, uint64_t now,
    const struct tcp *tcp)
{
	struct attempt *a = attempt(t, i);
	struct tcb tcb = { .flags = (uint16_t)(a->copied[!by_client] << 8) };
	enum copy_kind kind = copies_check(t->copies, i, !by_client, &tcb,
	    now, tcp);

	a->copied[!by_client] = (uint8_t)((tcb.flags & TCB_COPIED) >> 8);
	return kind;
}

/* Is this SYN or SYN/ACK of an attempt a copy?  It is no event then, but may be
 * captured at another place of its path. */
static bool
is_copy(struct attempts *t, uint32_t i, bool by_client, uint64_t now,
    const struct tcp *tcp)
{
	enum copy_kind kind = check_copy(t, i, by_client, now, tcp);

	if (kind == COPY_NONE)
		return false;
	t->copied++;
	t->copied_syns += !(tcp->flags & TCP_ACK);
	if (kind == COPY_ELSEWHERE)
		attempt_elsewhere(attempt(t, i), by_client, offset(t, i, now),
		    tcp);
	return true;
}

/* An ATTEMPT_NEW_SYN: the same ends begin another attempt. */
static void
begin_again(struct attempts *t, uint32_t i, bool by_client, uint64_t now,
    const struct tcp *tcp)
{
	struct attempt *a = attempt(t, i);

	if (a->result == VERDICT_SUCCESS)
		*live(t, i) = (struct attempts_live){ i, {
		    a->next[!attempt_is_client(a, 0)],
		    a->next[!attempt_is_client(a, 1)] } };
	if (attempt_is_pending(a))
		attempt_decide(a, offset(t, i, now), VERDICT_ABORT,
		    WHY_NEW_SYN);
	if (!is_known(t, i))
		report(t, i, now, "another attempt begins");
	attempt_begin_again(a, by_client, tcp);
	flow_queue(&t->flows, i, PENDING, now);
}

static bool
is_near(uint32_t number, uint32_t next)
{
	int32_t d = seq_diff(number, next);

	return d < NEAR && d > -NEAR;
}

static void
advance(uint32_t *next, uint32_t number)
{
	if (seq_before(*next, number))
		*next = number;
}

/* Is it what the client sends after its SYN, or the server as an answer, and
 * beyond what the client of the connection before had sent? */
static bool
answers_new_syn(const struct attempt *a, bool by_client, const struct tcp *tcp,
    uint32_t next)
{
	uint32_t number = by_client ? tcp->seq : tcp->ack;

	return (by_client || tcp->flags & TCP_ACK) &&
	    seq_before(next, number) && attempt_answers_syn(a, number);
}

/* Is this segment of the connection that was live when attempt i began? */
static bool
is_of_live(struct attempts *t, uint32_t i, int from, const struct tcp *tcp)
{
	struct attempts_live *l = live(t, i);
	const struct attempt *a = attempt(t, i);
	bool has_ack = (tcp->flags & TCP_ACK) != 0;
	bool by_client = attempt_is_client(a, from);

	if (l->flow != i || attempt_has_synack(a) ||
	    !is_near(tcp->seq, l->next[from]) ||
	    (has_ack && !is_near(tcp->ack, l->next[!from])) ||
	    answers_new_syn(a, by_client, tcp,
	    l->next[by_client ? from : !from]))
		return false;
	advance(&l->next[from], tcp->seq + tcp->len);
	if (has_ack)
		advance(&l->next[!from], tcp->ack);
	return true;
}

/* A client that is in SYN-SENT acknowledges nothing (RFC 9293, 3.10.7.3): this
 * is of a connection that was live before, and was not known. */
static bool
shows_live(struct attempts *t, uint32_t i, int from, const struct tcp *tcp)
{
	struct attempts_live *l = live(t, i);
	const struct attempt *a = attempt(t, i);

	if (!attempt_is_client(a, from) || attempt_has_synack(a) ||
	    (tcp->flags & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK)
		return false;
	l->flow = i;
	l->next[from] = tcp->seq + tcp->len;
	l->next[!from] = tcp->ack;
	return true;
}

/* What a segment is to attempt i. */
static enum attempt_event
update(struct attempts *t, uint32_t i, int from, uint64_t now,
    const struct tcp *tcp)
{
	struct attempt *a = attempt(t, i);
	bool by_client = attempt_is_client(a, from);
	bool is_syn = (tcp->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
	enum attempt_event event;

	if (is_known(t, i) && is_syn && (attempt_has_syn(a) ||
	    a->result != VERDICT_SUCCESS))
		return attempt_is_late_syn(a, by_client, tcp) ?
		    ATTEMPT_LATE_SYN : ATTEMPT_NEW_SYN;
	if (is_syn && by_client && tcp->seq == a->isn[0] && now < begun(t, i))
		attempt_begin_earlier(a, begun(t, i) - now);
	if (!(tcp->flags & TCP_SYN) && attempt_is_pending(a) &&
	    is_of_live(t, i, from, tcp))
		return ATTEMPT_BEFORE;
	event = attempt_segment(a, by_client, offset(t, i, now), tcp);
	if (event == ATTEMPT_UNRELATED && attempt_is_pending(a) &&
	    shows_live(t, i, from, tcp))
		return ATTEMPT_BEFORE;
	return event;
}

/* Queue an attempt after an event that changed it. */
static void
requeue(struct attempts *t, uint32_t i, bool was_pending, uint64_t now,
    const struct tcp *tcp, enum attempt_event event)
{
	const struct attempt *a = attempt(t, i);

	if (is_known(t, i))
		return;
	if (attempt_is_pending(a)) {
		if (!was_pending || attempt_event_counts(event))
			move(t, i, PENDING, now);
		return;
	}
	if (t->early)
		report_early(t, i, now);
	if (was_pending || (tcp->flags & (TCP_SYN | TCP_RST)) == TCP_SYN)
		wait_for_retransmission(t, i, now);
	if (attempt_is_established(a))
		settle(t, i, now, "the server received the ACK");
}

void
attempts_segment(struct attempts *t, uint32_t i, int from, uint64_t now,
    const struct tcp *tcp)
{
	struct attempt *a = attempt(t, i);
	bool by_client = attempt_is_client(a, from);
	bool was_pending = attempt_is_pending(a);
	enum attempt_event event;

	if (tcp->flags & TCP_SYN && is_copy(t, i, by_client, now, tcp))
		return;
	mend_begin(t, i, now);
	event = update(t, i, from, now, tcp);
	explain_segment(t, i, by_client, now, tcp, event);
	t->rejected += event == ATTEMPT_UNRELATED && was_pending;
	t->ambiguous += event == ATTEMPT_UNSEEN && was_pending;
	t->copied += event == ATTEMPT_LATE_SYN;
	t->copied_syns += event == ATTEMPT_LATE_SYN;
	if (event == ATTEMPT_NEW_SYN)
		begin_again(t, i, by_client, now, tcp);
	else
		requeue(t, i, was_pending, now, tcp, event);
}

void
attempts_refuse(struct attempts *t, const struct flow_key *key, int from,
    uint64_t now, const struct tcp *tcp)
{
	t->refusal[t->refusals++ % ATTEMPTS_REFUSALS] =
	    (struct attempts_refusal){ *key, now, tcp->ack, from };
}

static bool
refuses(const struct attempts_refusal *r, const struct flow_key *key, int from,
    uint64_t now, const struct tcp *syn)
{
	return r->key.id[0] == key->id[0] && r->key.id[1] == key->id[1] &&
	    r->from != from && r->ack == tcp_end(syn) && now <= r->time;
}

/* The reset that answers the SYN of attempt i was captured before it, but is
 * stamped after it. */
static void
apply_refusal(struct attempts *t, uint32_t i, const struct flow_key *key,
    int from, uint64_t now, const struct tcp *syn)
{
	for (uint32_t n = t->refusals; n-- > 0 &&
	    t->refusals - n <= ATTEMPTS_REFUSALS;) {
		const struct attempts_refusal *r =
		    &t->refusal[n % ATTEMPTS_REFUSALS];
		const struct tcp rst = { .flags = TCP_RST | TCP_ACK,
		    .ack = r->ack };

		if (r->time + LATE < now)
			return;
		if (refuses(r, key, from, now, syn)) {
			attempts_segment(t, i, r->from, r->time, &rst);
			return;
		}
	}
}

void
attempts_begin(struct attempts *t, const struct flow_key *key, int from,
    uint64_t now, const struct tcp *tcp, const struct endpoint *src,
    const struct endpoint *dst)
{
	enum attempt_event event;
	uint32_t i;

	make_room(t, now);
	i = flow_add(&t->flows, key, now);
	live(t, i)->flow = 0;
	event = attempt_begin(attempt(t, i), from, tcp, src, dst);
	/* The first segment is no copy, whatever attempt had this number. */
	check_copy(t, i, attempt_is_client(attempt(t, i), from), now, tcp);
	explain_segment(t, i, attempt_is_client(attempt(t, i), from), now, tcp,
	    event);
	if (!(tcp->flags & TCP_ACK))
		apply_refusal(t, i, key, from, now, tcp);
}

bool
attempts_icmp(struct attempts *t, uint32_t i, int from, uint64_t now,
    enum icmp_kind kind, uint8_t code, uint32_t seq)
{
	struct attempt *a = attempt(t, i);
	bool by_client = attempt_is_client(a, from);
	enum attempt_event event;

	mend_begin(t, i, now);
	event = attempt_icmp(a, by_client, offset(t, i, now), kind, code, seq);
	if (explains(&t->explain, ATTEMPTS_SEGMENTS))
		evidence_icmp(&t->explain, ATTEMPTS_SEGMENTS, a, by_client, now,
		    kind, code, seq, event);
	if (event == ATTEMPT_ICMP_HARD)
		wait_for_retransmission(t, i, now);
	if (event == ATTEMPT_ICMP_SOFT)
		move(t, i, PENDING, now);
	if (t->early && attempt_event_counts(event))
		report_early(t, i, now);
	return event != ATTEMPT_UNRELATED;
}

void
attempts_tcbs(const void *state, struct tcb side[2])
{
	const struct attempt *a = state;
	int client = attempt_is_client(a, 0) ? 0 : 1;

	for (int k = 0; k < 2; k++)
		side[k ^ client] = (struct tcb){ .isn = a->isn[k],
		    .next = a->next[k], .flags = a->next[k] != 0 ?
		    TCB_ISN | TCB_NEXT : 0 };
}

void
attempts_end(struct attempts *t, uint64_t now)
{
	uint32_t i;

	attempts_clock(t, now);
	while ((i = flow_oldest(&t->flows, PENDING)) != 0) {
		attempt_give_up(attempt(t, i), offset(t, i, now),
		    VERDICT_PENDING);
		drop(t, i, now, "the input ended");
	}
	for (unsigned q = LINGERING; q < KNOWN; q++)
		while ((i = flow_oldest(&t->flows, q)) != 0)
			drop(t, i, now, "the input ended");
}
