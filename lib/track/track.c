#include "track/track.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "track/extra.h"
#include "track/report.h"
#include "wire/units.h"

#define LINGER		(5 * NS_PER_S)	/* for packets after the end */
#define RTT_MAX_AGE	(10 * NS_PER_S)	/* a segment waits for its ACK */

enum { OPEN, ENDED };		/* queues of the table */

/* Slots for packets in flight, beside the one that each side has. */
static uint32_t
slots_for(uint32_t nflows)
{
	uint32_t least = nflows < 128 ? (nflows + 1) << 13 : 1 << 20;

	return nflows < least / 2 ? least :
	    nflows < RING_POOL_MAX / 2 ? 2 * nflows : RING_POOL_MAX;
}

int
track_open(struct track *t, uint32_t max, uint64_t idle, uint64_t interval,
    uint64_t seed)
{
	memset(t, 0, sizeof *t);
	t->idle = idle;
	t->loss.arg = t;
	/* Pages that are never touched cost nothing. */
	t->ipbytes = calloc((size_t)max + 1, sizeof *t->ipbytes);
	t->ip_id = calloc((size_t)max + 1, sizeof *t->ip_id);
	if (t->ipbytes == NULL || t->ip_id == NULL ||
	    updates_open(&t->updates, max, interval) < 0 ||
	    flow_open(&t->flows, max, sizeof(struct conn), seed) < 0 ||
	    rtt_open(&t->rtt, RTT_MAX_AGE, slots_for(max)) < 0 ||
	    loss_open(&t->loss, max, slots_for(max), &t->rtt) < 0 ||
	    pool_open(&t->extra, max, sizeof(struct conn_extra)) < 0 ||
	    pool_open(&t->addr6, max, sizeof(uint8_t[2][16])) < 0)
		return -1;
	t->loss.seed = (uint32_t)seed;
	t->loss.event = report_loss;
	t->loss.explained = report_evidence;
	t->loss.arg = t;
	return 0;
}

void
track_close(struct track *t)
{
	free(t->ipbytes);
	free(t->ip_id);
	updates_close(&t->updates);
	flow_close(&t->flows);
	rtt_close(&t->rtt);
	loss_close(&t->loss);
	pool_close(&t->extra);
	pool_close(&t->addr6);
}

void
track_end(struct track *t, uint32_t i, enum track_reason why)
{
	uint64_t last = flow_queued(&t->flows, i);

	extra_settle(t, i, last, true);
	report_conn(t, i, why, last);
	t->one_sided += rtt_one_sided(&conn_at(t, i)->rtt);
	conn_free(t, i);
	updates_leave(&t->updates, i);
	flow_drop(&t->flows, i);
}

/* --- segments ---------------------------------------------------------- */

/* A segment that changes flow i. */
static void
update(struct track *t, struct accept *a, uint32_t i, int from, uint64_t time,
    const struct tcp *tcp, const struct accept_result *judged, uint32_t iplen)
{
	uint64_t last = flow_queued(&t->flows, i);

	conn_segment(t, i, from, time, tcp, judged, iplen);
	flow_queue(&t->flows, i, conn_at(t, i)->ended ? ENDED : OPEN,
	    time > last ? time : last);
	accept_seen(a, i, track_tcb(t, i, from), track_tcb(t, i, !from), tcp);
}

bool
track_has_ended(const struct track *t, uint32_t i)
{
	return conn_at(t, i)->ended;
}

bool
track_is_idle(const struct track *t, uint32_t i, uint64_t time)
{
	uint64_t last = flow_queued(&t->flows, i);

	return time > last && time - last > t->idle;
}

struct tcb *
track_tcb(const struct track *t, uint32_t i, int side)
{
	return &conn_at(t, i)->rtt.side[side].tcb;
}

void
track_tcbs(const void *state, struct tcb side[2])
{
	const struct conn *c = state;

	side[0] = c->rtt.side[0].tcb;
	side[1] = c->rtt.side[1].tcb;
}

/* Make room in the table. */
static void
end_oldest(struct track *t)
{
	uint32_t i = flow_oldest(&t->flows, ENDED);

	t->forgotten++;
	track_end(t, i != 0 ? i : flow_oldest(&t->flows, OPEN), TRACK_FULL);
}

uint32_t
track_begin(struct track *t, const struct flow_key *key, int from,
    uint64_t time, const struct tcp *tcp, const struct addr addr[2])
{
	uint32_t i;

	if (flow_full(&t->flows))
		end_oldest(t);
	i = flow_add(&t->flows, key, time);
	conn_begin(t, i, from, time, tcp, addr);
	updates_enter(&t->updates, i, time);
	report_begin(t, i, tcp);
	return i;
}

/* Another connection begins on the ends of flow i, maybe with a SYN that was
 * refused at first. */
static uint32_t
restart(struct track *t, struct accept *a, uint32_t i, int from, uint64_t time,
    const struct tcp *tcp, const struct accept_syn *syn)
{
	const struct accept_result ok = { .verdict = ACCEPT_OK };
	const struct flow_key key = *flow_key_of(&t->flows, i);
	struct conn *c = conn_at(t, i);
	int opener = syn != NULL ? syn->from : from;
	struct addr addr[2] = { conn_endpoint(t, c, opener).addr,
	    conn_endpoint(t, c, !opener).addr };
	struct tcp first = syn != NULL ? syn->tcp : *tcp;

	first.sport = c->port[opener];
	first.dport = c->port[!opener];
	report_restart(t, i, opener, syn != NULL ? syn->time : time, &first);
	if (syn != NULL && syn->counted)
		conn_uncount_syn(t, c, opener);
	track_end(t, i, TRACK_REUSED);
	i = track_begin(t, &key, opener, syn != NULL ? syn->time : time,
	    &first, addr);
	if (syn != NULL)
		update(t, a, i, syn->from, syn->time, &syn->tcp, &ok, 0);
	return i;
}

bool
track_segment(struct track *t, struct accept *a, uint32_t i, int from,
    uint64_t time, const struct tcp *tcp, const struct accept_result *judged,
    uint32_t iplen)
{
	if (judged->verdict == ACCEPT_COPY && judged->copy != COPY_NETWORK) {
		if (judged->copy == COPY_ELSEWHERE)
			rtt_elsewhere(&t->rtt, &conn_at(t, i)->rtt, from, time,
			    tcp);
		return true;
	}
	if (judged->verdict == ACCEPT_REJECTED)
		return false;
	if (judged->begins)
		i = restart(t, a, i, from, time, tcp, judged->syn);
	update(t, a, i, from, time, tcp, judged, iplen);
	return false;
}

bool
track_toobig(struct track *t, uint32_t i, int from, uint64_t time,
    uint32_t seq)
{
	struct conn *c = conn_at(t, i);

	if (!rtt_toobig(&t->rtt, &c->rtt.side[from], seq) ||
	    extra_need(t, c) == NULL)
		return false;
	return extra_toobig(t, i, from, time, seq);
}

/* --- the clock --------------------------------------------------------- */

/* When the oldest of a queue is due; UINT64_MAX if there is none. */
static uint64_t
queue_due(const struct track *t, unsigned queue, uint64_t after)
{
	uint32_t i = flow_oldest(&t->flows, queue);
	uint64_t last;

	if (i == 0)
		return UINT64_MAX;
	last = flow_queued(&t->flows, i);
	return last + after;
}

static void
report_update(struct track *t, uint32_t i)
{
	uint64_t at = updates_due(&t->updates);

	updates_repeat(&t->updates, i);
	if (conn_at(t, i)->ended)
		return;
	extra_settle(t, i, at, false);
	report_conn(t, i, TRACK_UPDATE, at);
}

void
track_clock(struct track *t, uint64_t now)
{
	for (;;) {
		uint64_t ended = queue_due(t, ENDED, LINGER);
		uint64_t idle = queue_due(t, OPEN, t->idle);
		uint64_t due = updates_due(&t->updates);

		if (due <= ended && due <= idle && due <= now)
			report_update(t, t->updates.oldest);
		else if (ended <= idle && ended < now)
			track_end(t, flow_oldest(&t->flows, ENDED),
			    TRACK_CLOSED);
		else if (idle < now)
			track_end(t, flow_oldest(&t->flows, OPEN), TRACK_IDLE);
		else
			return;
	}
}

void
track_finish(struct track *t)
{
	uint32_t open, ended;

	for (;;) {
		open = flow_oldest(&t->flows, OPEN);
		ended = flow_oldest(&t->flows, ENDED);
		if (open == 0 && ended == 0)
			return;
		if (open == 0 || (ended != 0 && flow_queued(&t->flows, ended) <
		    flow_queued(&t->flows, open)))
			open = ended;
		track_end(t, open, TRACK_END);
	}
}
