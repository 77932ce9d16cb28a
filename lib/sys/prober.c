#include "sys/prober.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sys/clock.h"
#include "wire/echo.h"

#define KEPT_S		10	/* so long a number is not used again */
#define UDP_PROBES	256	/* of one trace, and the one before */

/* The wall clock may be set between two of its stamps. */
#define CLOCKS_AGREE_NS	1000000

/* probesock_read() has no argument of its own. */
static struct prober *reading;
static struct prober_lane *lane_read;
static uint64_t read_at;

static int
open_lanes(struct prober *p, bool v6)
{
	p->lane[v6] = calloc(p->nlanes, sizeof(*p->lane[v6]));
	if (p->lane[v6] == NULL)
		return -1;
	for (unsigned i = 0; i < p->nlanes; i++)
		if (probesock_open_icmp(&p->lane[v6][i].sock, v6) < 0 ||
		    flight_open(&p->lane[v6][i].flight, FLIGHT_MAX) < 0) {
			p->lane[v6] = NULL;
			return -1;
		}
	return 0;
}

int
prober_open(struct prober *p, uint32_t rate, uint64_t wait, uint64_t seed)
{
	int v4, v6;

	p->nlanes = 1 + (uint32_t)((uint64_t)rate * KEPT_S / FLIGHT_MAX);
	p->wait = wait;
	p->seed = seed;
	p->packet = malloc(ECHO_HEADER + ECHO_PAYLOAD_MAX);
	if (p->packet == NULL)
		return -1;
	v6 = open_lanes(p, true);
	v4 = open_lanes(p, false);
	return v4 < 0 && v6 < 0 ? -1 : 0;
}

int
prober_open_udp(struct prober_lane *l, bool v6)
{
	*l = (struct prober_lane){ .overflow = 0 };
	if (probesock_open_udp(&l->sock, v6) < 0)
		return -1;
	if (flight_open(&l->flight, UDP_PROBES) == 0)
		return 0;
	probesock_close(&l->sock);
	return -1;
}

void
prober_close_udp(struct prober_lane *l)
{
	probesock_close(&l->sock);
	flight_close(&l->flight);
}

struct prober_lane *
prober_lane(struct prober *p, bool v6, uint64_t number)
{
	return p->lane[v6] != NULL ? &p->lane[v6][number % p->nlanes] : NULL;
}

/* What nobody guesses who has not seen the probe. */
static uint64_t
cookie_of(const struct prober *p, const struct flight_probe *probe,
    uint16_t seq)
{
	struct {
		uint64_t sent;
		uint64_t seq;
	} what = { probe->sent, seq };

	return XXH3_64bits_withSeed(&what, sizeof(what), p->seed);
}

/* Sending. */

static size_t
build(struct prober *p, const struct prober_lane *l,
    const struct prober_probe *probe, const struct flight_probe *as)
{
	struct echo e = { .id = l->sock.id, .seq = l->flight.head,
	    .cookie = cookie_of(p, as, l->flight.head) };
	uint16_t sum = (uint16_t)(1 + probe->flow);

	if (l->sock.kind != PROBESOCK_UDP)
		return echo_build(p->packet, l->sock.v6, &e, probe->payload,
		    sum);
	echo_build_datagram(p->packet, &e, sum);
	return ECHO_DATAGRAM;
}

int
prober_send(struct prober *p, struct prober_lane *l,
    const struct prober_probe *probe, uint64_t now, uint64_t *stamp)
{
	struct flight_probe *as = flight_next(&l->flight);
	size_t n;

	*stamp = clock_ns(CLOCK_REALTIME);
	if (as == NULL)
		return EBUSY;
	*as = (struct flight_probe){ .sent = now, .stamp = *stamp,
	    .owner = probe->owner, .run = probe->run, .index = probe->index,
	    .trace = probe->trace };
	n = build(p, l, probe, as);
	if (probesock_send(&l->sock, probe->to, probe->port, probe->ttl,
	    p->packet, n) < 0) {
		as->owner = NULL;
		return errno;
	}
	as->state = FLIGHT_WAITING;
	flight_sent(&l->flight);
	p->sent++;
	return 0;
}

/* Receiving. */

/* A stamp older than the call that sent it is another probe's. */
static void
take_stamp(struct prober_lane *l, const struct probesock_event *e)
{
	uint16_t seq = (uint16_t)(l->flight.head - l->sock.sent + e->key);
	struct flight_probe *probe = flight_at(&l->flight, seq);

	if (!e->has_stamp || probe->stamped || e->stamp < probe->stamp)
		return;
	probe->stamp = e->stamp;
	probe->stamped = true;
}

/* The probe that an answer says it is to, if it can know of it. */
static struct flight_probe *
probe_of(const struct prober *p, const struct prober_lane *l,
    const struct probesock_event *e)
{
	struct echo echo;
	struct flight_probe *probe;

	if (l->sock.kind == PROBESOCK_UDP) {
		if (!echo_take_datagram(e->data, &echo))
			return NULL;
	} else if (!echo_take(e->data, l->sock.v6, &echo) ||
	    echo.id != l->sock.id ||
	    echo.reply != (e->what == PROBESOCK_REPLY))
		return NULL;
	probe = flight_at(&l->flight, echo.seq);
	if (probe->state == FLIGHT_NONE || probe->owner == NULL ||
	    (echo.has_cookie && echo.cookie != cookie_of(p, probe, echo.seq)))
		return NULL;
	return probe;
}

/*
 * An answer of UDP's target is whatever it likes, and a router may quote no
 * more than the ports: then it is to the oldest that waits.
 */
static struct flight_probe *
oldest_of(struct prober_lane *l, const struct probesock_event *e)
{
	bool may = l->sock.kind == PROBESOCK_UDP &&
	    (e->what == PROBESOCK_REPLY || view_left(&e->data) == 0);

	return may ? flight_oldest(&l->flight, UINT64_MAX) : NULL;
}

static uint64_t
rtt_of(struct prober *p, const struct flight_probe *probe,
    const struct probesock_event *e)
{
	uint64_t most = read_at - probe->sent + CLOCKS_AGREE_NS;

	if (!probe->stamped || !e->has_stamp)
		p->unstamped++;
	if (!e->has_stamp || e->stamp < probe->stamp ||
	    e->stamp - probe->stamp > most)
		return read_at - probe->sent;
	return e->stamp - probe->stamp;
}

/*
 * What an answer is to its probe; false for what changes nothing: an error
 * about a ping that was given up, what comes to a hop again.
 */
static bool
judge(const struct flight_probe *probe, const struct probesock_event *e,
    enum prober_what *what)
{
	bool first = probe->state == FLIGHT_WAITING ||
	    (probe->trace && probe->state == FLIGHT_LOST);

	if (first)
		*what = e->what == PROBESOCK_ERROR ? PROBER_ICMP :
		    PROBER_ANSWERED;
	else
		*what = probe->state == FLIGHT_LOST ? PROBER_LATE : PROBER_DUP;
	return first || (!probe->trace && e->what == PROBESOCK_REPLY);
}

static void
take_answer(struct prober *p, struct prober_lane *l,
    const struct probesock_event *e)
{
	struct flight_probe *probe = probe_of(p, l, e);
	struct prober_outcome o = { .has_ttl = e->has_ttl, .ttl = e->ttl,
	    .from = e->from, .type = e->type, .code = e->code };

	if (probe == NULL)
		probe = oldest_of(l, e);
	if (probe == NULL) {
		p->foreign++;
		return;
	}
	p->received++;
	if (!judge(probe, e, &o.what))
		return;
	probe->state = FLIGHT_ANSWERED;
	o.run = probe->run;
	o.index = probe->index;
	o.trace = probe->trace;
	o.stamp = probe->stamp;
	o.rtt = rtt_of(p, probe, e);
	p->tell(probe->owner, &o);
}

static void take(struct probesock *s, const struct probesock_event *e);

/* The stamp of what an answer is to was there before the answer was. */
static void
take(struct probesock *s, const struct probesock_event *e)
{
	const struct flight_probe *probe;

	if (e->what == PROBESOCK_STAMP) {
		take_stamp(lane_read, e);
		return;
	}
	if (e->what == PROBESOCK_REPLY) {
		probe = probe_of(reading, lane_read, e);
		if (probe != NULL && !probe->stamped)
			probesock_read_errors(s, take);
	}
	take_answer(reading, lane_read, e);
}

void
prober_read(struct prober *p, struct prober_lane *l)
{
	reading = p;
	lane_read = l;
	read_at = clock_ns(CLOCK_MONOTONIC);
	probesock_read(&l->sock, take);
}

/* Giving up. */

void
prober_expire(struct prober *p, struct prober_lane *l, uint64_t now)
{
	struct flight_probe *probe;

	while (now >= p->wait &&
	    (probe = flight_oldest(&l->flight, now - p->wait)) != NULL) {
		struct prober_outcome o = { .run = probe->run,
		    .index = probe->index, .stamp = probe->stamp };

		if (probesock_overflowed(&l->sock))
			l->overflow = now;
		o.what = l->overflow >= probe->sent ? PROBER_OVERFLOW :
		    PROBER_LOST;
		probe->state = FLIGHT_LOST;
		if (!probe->trace)
			p->tell(probe->owner, &o);
	}
}

uint64_t
prober_due(const struct prober *p, struct prober_lane *l)
{
	uint64_t since = flight_waits_since(&l->flight);

	return since == UINT64_MAX ? UINT64_MAX : since + p->wait;
}

void
prober_forget(struct prober_lane *l, bool (*goes)(const void *owner),
    void (*each)(void *owner, const struct flight_probe *p))
{
	for (uint32_t i = 0; i <= l->flight.mask; i++) {
		struct flight_probe *probe = &l->flight.probes[i];

		if (probe->owner == NULL || !goes(probe->owner))
			continue;
		if (probe->state == FLIGHT_WAITING)
			each(probe->owner, probe);
		probe->state = FLIGHT_NONE;
		probe->owner = NULL;
	}
}
