#include "track/track.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "track/extra.h"
#include "track/report.h"
#include "wire/units.h"

#define LINGER		(5 * NS_PER_S)	/* for packets after the end */
#define RTT_MAX_AGE	(10 * NS_PER_S)	/* a segment waits for its ACK */
#define SYN_LATE_MAX	(1 << 20)	/* bytes of data before a late SYN */

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
	t->ip = calloc((size_t)max + 1, sizeof *t->ip);
	if (t->ip == NULL || updates_open(&t->updates, max, interval) < 0 ||
	    flow_open(&t->flows, max, sizeof(struct conn), seed) < 0 ||
	    rtt_open(&t->rtt, RTT_MAX_AGE, slots_for(max)) < 0 ||
	    loss_open(&t->loss, max, slots_for(max), &t->rtt) < 0 ||
	    pool_open(&t->extra, max, sizeof(struct conn_extra)) < 0 ||
	    pool_open(&t->addr6, max, sizeof(uint8_t[2][16])) < 0)
		return -1;
	t->loss.event = report_loss;
	t->loss.explained = report_evidence;
	t->loss.arg = t;
	return 0;
}

void
track_close(struct track *t)
{
	free(t->ip);
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

void
track_segment(struct track *t, uint32_t i, int from, uint64_t now,
    uint64_t time, const struct tcp *tcp, const struct track_ip *ip)
{
	conn_segment(t, i, from, time, tcp, ip);
	flow_queue(&t->flows, i, conn_at(t, i)->ended ? ENDED : OPEN, now);
}

/*
 * Why a SYN begins another connection, or NULL if it does not.  One with
 * another number does, unless it is the first packet of its side, as in a
 * simultaneous open, or was captured late, after data that follows it.
 */
static const char *
restarts(const struct conn *c, int from, const struct tcp *tcp)
{
	const struct rtt_side *s = &c->rtt.side[from];
	uint32_t ahead = s->next - tcp->seq;

	if (rtt_has_isn(s))
		return s->isn != tcp->seq ?
		    "not the sequence number of the first one" : NULL;
	if (rtt_has_next(s))
		return ahead == 0 || ahead > SYN_LATE_MAX ?
		    "not shortly before the data captured" : NULL;
	return c->ended ? "after the end of the last one" : NULL;
}

bool
track_restart(struct track *t, uint32_t i, int from, uint64_t time,
    const struct tcp *tcp)
{
	const char *why;

	if ((tcp->flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN ||
	    (why = restarts(conn_at(t, i), from, tcp)) == NULL)
		return false;
	report_restart(t, i, from, time, tcp, why);
	track_end(t, i, TRACK_REUSED);
	return true;
}

/* Make room in the table. */
static void
end_oldest(struct track *t)
{
	uint32_t i = flow_oldest(&t->flows, ENDED);

	t->forgotten++;
	track_end(t, i != 0 ? i : flow_oldest(&t->flows, OPEN), TRACK_FULL);
}

void
track_first(struct track *t, const struct flow_key *key, int from,
    uint64_t now, uint64_t time, const struct tcp *tcp,
    const struct track_ip *ip, const struct addr addr[2])
{
	uint32_t i;

	if (flow_full(&t->flows))
		end_oldest(t);
	i = flow_add(&t->flows, key, now);
	conn_begin(t, i, from, time, tcp, addr);
	updates_enter(&t->updates, i, now);
	report_begin(t, i, tcp);
	track_segment(t, i, from, now, time, tcp, ip);
}

/* --- the clock --------------------------------------------------------- */

/* When the oldest of a queue is due; UINT64_MAX if there is none. */
static uint64_t
queue_due(const struct track *t, unsigned queue, uint64_t after, uint64_t now)
{
	uint32_t i = flow_oldest(&t->flows, queue);
	uint64_t last;

	if (i == 0)
		return UINT64_MAX;
	last = flow_queued(&t->flows, i);
	/* From another capture, later than this one: it does not continue. */
	return last > now + after ? 0 : last + after;
}

static void
update(struct track *t, uint32_t i)
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
		uint64_t ended = queue_due(t, ENDED, LINGER, now);
		uint64_t idle = queue_due(t, OPEN, t->idle, now);
		uint64_t due = updates_due(&t->updates);

		if (due <= ended && due <= idle && due <= now)
			update(t, t->updates.oldest);
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
