#include "probe/prober.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sys/clock.h"
#include "wire/echo.h"
#include "wire/icmp.h"
#include "wire/units.h"

/* No sequence number is reused within that time, or twice the wait. */
#define KEPT		(10 * NS_PER_S)
#define LANES_MAX	64
#define UDP_PROBES	256	/* of one trace, and the one before */
#define NOTES		4096	/* probes whose stamps were not read yet */

/* A packet that leaves so much after sendmsg(2) was held by a queue, such as
 * that of packets whose neighbour is not resolved. */
#define HELD_NS		(10 * NS_PER_MS)

/* How much the wall clock may be adjusted between two stamps. */
#define CLOCKS_AGREE_NS	NS_PER_MS

/* What prober_read() hands to the functions that receive events. */
struct receipt {
	struct prober *p;
	struct prober_socket *s;
	uint64_t at;		/* monotonic, ns */
};

static int
open_lane(struct prober_lane *l, struct prober_socket *s, uint16_t id,
    uint32_t probes)
{
	*l = (struct prober_lane){ .socket = s, .id = id };
	return flight_open(&l->flight, probes);
}

/* Prepare a socket whose first lane is l. */
static int
open_notes(struct prober_socket *s, struct prober_lane *l, uint32_t notes)
{
	s->lane = l;
	s->mask = notes - 1;
	s->note = calloc(notes, sizeof(*s->note));
	return s->note != NULL ? 0 : -1;
}

/* Open n lanes: on one raw socket, or on a datagram socket each. */
static int
open_family(struct prober *p, bool v6, unsigned n)
{
	struct prober_lane *lanes = calloc(n, sizeof(*lanes));
	struct prober_socket *sockets = calloc(n, sizeof(*sockets));
	unsigned i, k = 0;

	p->lane[v6] = lanes;
	p->socket[v6] = sockets;
	if (lanes == NULL || sockets == NULL)
		return -1;
	for (i = 0; i < n; k++) {
		struct prober_socket *s = &sockets[k];

		if (probesock_open_icmp(&s->sock, v6, (uint16_t)n) < 0 ||
		    open_notes(s, &lanes[i], NOTES) < 0)
			return -1;
		for (uint16_t id = 0; id < s->sock.ids; id++, i++)
			if (open_lane(&lanes[i], s,
			    (uint16_t)(s->sock.id + id), FLIGHT_MAX) < 0)
				return -1;
	}
	p->nlanes[v6] = n;
	p->nsockets[v6] = k;
	return 0;
}

int
prober_open(struct prober *p, uint32_t rate, uint64_t wait, uint64_t seed)
{
	uint64_t kept = 2 * wait > KEPT ? 2 * wait : KEPT;
	double lanes = (double)rate * (double)kept / (double)NS_PER_S /
	    FLIGHT_MAX;
	unsigned n = lanes < LANES_MAX ? 1 + (unsigned)lanes : LANES_MAX;
	int v4, v6;

	p->wait = wait;
	p->seed = seed;
	p->packet = malloc(ECHO_HEADER + ECHO_PAYLOAD_MAX);
	if (p->packet == NULL)
		return -1;
	v6 = open_family(p, true, n);
	v4 = open_family(p, false, n);
	return v4 < 0 && v6 < 0 ? -1 : 0;
}

struct prober_socket *
prober_open_udp(bool v6)
{
	struct prober_socket *s = calloc(1, sizeof(*s));
	struct prober_lane *l = calloc(1, sizeof(*l));

	if (s != NULL && l != NULL &&
	    probesock_open_udp(&s->sock, v6) == 0) {
		if (open_notes(s, l, UDP_PROBES) == 0 &&
		    open_lane(l, s, s->sock.id, UDP_PROBES) == 0)
			return s;
		probesock_close(&s->sock);
		free(s->note);
	}
	free(l);
	free(s);
	return NULL;
}

void
prober_close_udp(struct prober_socket *s)
{
	probesock_close(&s->sock);
	flight_close(&s->lane->flight);
	free(s->lane);
	free(s->note);
	free(s);
}

struct prober_lane *
prober_lane(struct prober *p, bool v6, uint64_t number)
{
	unsigned n = p->nlanes[v6];

	return n > 0 ? &p->lane[v6][number % n] : NULL;
}

/* A value that nobody can guess who has not seen the probe. */
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

/* A hash of an address, never 0: without a cookie, an answer must come from
 * the address probed. */
static uint32_t
hash_of(const struct prober *p, const struct addr *a)
{
	return 1 | (uint32_t)XXH3_64bits_withSeed(a->b, sizeof(a->b), p->seed);
}

static bool
has_cookie(const struct prober_lane *l, const struct prober_probe *probe)
{
	return l->socket->sock.kind == PROBESOCK_UDP ||
	    probe->payload >= ECHO_BALANCE + ECHO_COOKIE;
}

/* Sending. */

static size_t
build(struct prober *p, const struct prober_lane *l,
    const struct prober_probe *probe, const struct flight_probe *as)
{
	const struct probesock *s = &l->socket->sock;
	struct echo e = { .id = l->id, .seq = l->flight.head,
	    .cookie = cookie_of(p, as, l->flight.head) };
	uint16_t sum = (uint16_t)(1 + probe->flow);

	if (s->kind != PROBESOCK_UDP)
		return echo_build(p->packet, s->v6, &e, probe->payload, sum);
	echo_build_datagram(p->packet, &e, sum);
	return ECHO_DATAGRAM;
}

/* Note which probe the kernel's stamp will be of. */
static void
note(const struct prober_lane *l, uint16_t seq)
{
	struct prober_socket *s = l->socket;

	s->note[(s->sock.sent - 1) & s->mask] = (struct prober_note){
	    (uint16_t)(l - s->lane), seq };
}

int
prober_send(struct prober *p, struct prober_lane *l,
    const struct prober_probe *probe, uint64_t now, uint64_t *stamp)
{
	struct probesock *s = &l->socket->sock;
	struct flight_probe *as = flight_next(&l->flight);
	size_t n;

	*stamp = clock_ns(CLOCK_REALTIME);
	if (as == NULL)
		return EBUSY;
	*as = (struct flight_probe){ .sent = now, .stamp = *stamp,
	    .owner = probe->owner, .run = probe->run, .index = probe->index,
	    .trace = probe->trace, .alone = probe->alone };
	if (!has_cookie(l, probe))
		as->to = hash_of(p, &probe->to->addr);
	n = build(p, l, probe, as);
	if (probesock_send(s, probe->to,
	    s->kind == PROBESOCK_UDP ? probe->port : 0, probe->ttl, probe->how,
	    p->packet, n) < 0) {
		as->owner = NULL;
		return errno;
	}
	as->state = FLIGHT_WAITING;
	note(l, flight_sent(&l->flight));
	p->sent++;
	return 0;
}

/* Receiving. */

/* A stamp from before the probe was sent is another probe's. */
static void
receive_stamp(struct prober_socket *s, const struct probesock_event *e)
{
	struct prober_note n = s->note[e->key & s->mask];
	struct flight_probe *probe = flight_at(&s->lane[n.lane].flight, n.seq);

	if (!e->has_stamp || probe->stamped || e->stamp < probe->stamp)
		return;
	probe->held = e->stamp - probe->stamp >= HELD_NS;
	probe->stamp = e->stamp;
	probe->stamped = true;
}

/* Has the sender of an answer seen the probe?  Errors may quote less than the
 * cookie. */
static bool
is_authentic(const struct prober *p, const struct flight_probe *probe,
    const struct echo *echo, const struct probesock_event *e)
{
	if (probe->state == FLIGHT_NONE || probe->owner == NULL)
		return false;
	if (probe->to == 0 && echo->has_cookie)
		return echo->cookie == cookie_of(p, probe, echo->seq);
	return e->what == PROBESOCK_ERROR ||
	    probe->to == hash_of(p, &e->from);
}

/* The probe that an answer belongs to, or NULL. */
static struct flight_probe *
probe_of(const struct prober *p, const struct prober_socket *s,
    const struct probesock_event *e)
{
	struct echo echo;
	struct flight_probe *probe;

	if (s->sock.kind == PROBESOCK_UDP) {
		if (!echo_parse_datagram(e->data, &echo))
			return NULL;
		echo.id = s->sock.id;
	} else if (!echo_parse(e->data, s->sock.v6, &echo) ||
	    echo.id < s->sock.id || echo.id - s->sock.id >= s->sock.ids ||
	    echo.reply != (e->what == PROBESOCK_REPLY))
		return NULL;
	probe = flight_at(&s->lane[echo.id - s->sock.id].flight, echo.seq);
	return is_authentic(p, probe, &echo, e) ? probe : NULL;
}

/*
 * The probe for an answer that does not identify one: the target of a UDP probe
 * may send anything, and a router may quote no more than the ports (RFC 792).
 * *several: any of several may be meant.
 */
static struct flight_probe *
only_of(struct prober_socket *s, const struct probesock_event *e,
    bool *several)
{
	bool may = s->sock.kind == PROBESOCK_UDP &&
	    (e->what == PROBESOCK_REPLY || view_left(&e->data) == 0);

	return may ? flight_only(&s->lane->flight, several) : NULL;
}

/* By the kernel's stamps, or by our clock if they are missing or differ by more
 * than the time that has passed. */
static uint64_t
rtt_of(const struct receipt *r, const struct flight_probe *probe,
    const struct probesock_event *e)
{
	uint64_t passed = r->at - probe->sent;

	if (!probe->stamped || !e->has_stamp)
		r->p->unstamped++;
	if (!e->has_stamp || e->stamp < probe->stamp ||
	    e->stamp - probe->stamp > passed + CLOCKS_AGREE_NS)
		return passed;
	return e->stamp - probe->stamp;
}

/* Is an ICMP error only advice, and the probe was not dropped? */
static bool
is_advice(const struct probesock_event *e)
{
	int kind = icmp_kind_of(e->from.v6, e->type);

	return kind == ICMP_QUENCH || kind == ICMP_REDIRECT;
}

/*
 * What an answer means for its probe.  False if nothing: an ICMP error about a
 * ping that was answered, a hop's second answer.
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
	else if (e->what == PROBESOCK_ERROR)
		*what = PROBER_REASON;
	else
		*what = probe->state == FLIGHT_LOST ? PROBER_LATE : PROBER_DUP;
	return first || (!probe->trace && (e->what == PROBESOCK_REPLY ||
	    probe->state == FLIGHT_LOST));
}

static void
receive_answer(struct receipt *r, const struct probesock_event *e)
{
	struct prober *p = r->p;
	struct flight_probe *probe = probe_of(p, r->s, e);
	struct prober_outcome o = { .has_ttl = e->has_ttl, .ttl = e->ttl,
	    .from = e->from, .type = e->type, .code = e->code };
	bool several = false;

	if (e->what == PROBESOCK_ERROR && is_advice(e))
		return;
	if (probe == NULL)
		probe = only_of(r->s, e, &several);
	if (probe == NULL) {
		p->foreign++;
		return;
	}
	p->received++;
	o.run = probe->run;
	o.index = probe->index;
	o.trace = probe->trace;
	o.stamp = probe->stamp;
	o.held = probe->held;
	if (several)
		o.what = PROBER_UNCLEAR;
	else if (judge(probe, e, &o.what)) {
		probe->state = FLIGHT_ANSWERED;
		o.rtt = rtt_of(r, probe, e);
	} else
		return;
	p->outcome(probe->owner, &o);
}

/* Stamps and errors are read before replies; but the kernel stamps a probe
 * before its reply arrives, so a stamp that is missing can be read now. */
static void
receive(void *receipt, const struct probesock_event *e)
{
	struct receipt *r = receipt;
	const struct flight_probe *probe;

	if (e->what == PROBESOCK_STAMP) {
		receive_stamp(r->s, e);
		return;
	}
	if (e->what == PROBESOCK_REPLY) {
		probe = probe_of(r->p, r->s, e);
		if (probe != NULL && !probe->stamped)
			probesock_read_errors(&r->s->sock, receive, r);
	}
	receive_answer(r, e);
}

void
prober_read(struct prober *p, struct prober_socket *s)
{
	struct receipt r = { p, s, clock_ns(CLOCK_MONOTONIC) };

	probesock_read(&s->sock, receive, &r);
}

/* Timing out, and forgetting. */

/* When the oldest probe of a lane times out; UINT64_MAX if none waits. */
static uint64_t
due_of(const struct prober *p, struct prober_lane *l)
{
	uint64_t since = flight_waits_since(&l->flight);

	return since == UINT64_MAX ? UINT64_MAX : since + p->wait;
}

void
prober_expire(struct prober *p, struct prober_lane *l, uint64_t now)
{
	struct flight_probe *probe;

	if (due_of(p, l) > now)
		return;
	prober_read(p, l->socket);	/* the answer may be in the queue */
	while ((probe = flight_oldest(&l->flight, now - p->wait)) != NULL) {
		struct prober_outcome o = { .run = probe->run,
		    .index = probe->index, .stamp = probe->stamp };

		if (probesock_overflowed(&l->socket->sock))
			l->socket->overflow = now;
		o.what = l->socket->overflow >= probe->sent ? PROBER_OVERFLOW :
		    PROBER_LOST;
		probe->state = FLIGHT_LOST;
		if (!probe->trace)
			p->outcome(probe->owner, &o);
	}
}

uint64_t
prober_expire_all(struct prober *p, uint64_t now)
{
	uint64_t first = UINT64_MAX;

	for (int v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < p->nlanes[v6]; i++) {
			struct prober_lane *l = &p->lane[v6][i];
			uint64_t due;

			prober_expire(p, l, now);
			if ((due = due_of(p, l)) < first)
				first = due;
		}
	return first;
}

static void
forget_in(struct flight *f, bool (*is_gone)(const void *owner),
    void (*each)(void *owner, const struct flight_probe *probe))
{
	for (uint32_t i = 0; i <= f->mask; i++) {
		struct flight_probe *probe = &f->probes[i];

		if (probe->owner == NULL || !is_gone(probe->owner))
			continue;
		if (probe->state == FLIGHT_WAITING)
			each(probe->owner, probe);
		probe->state = FLIGHT_NONE;
		probe->owner = NULL;
	}
}

void
prober_forget(struct prober *p, bool (*is_gone)(const void *owner),
    void (*each)(void *owner, const struct flight_probe *probe))
{
	for (int v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < p->nlanes[v6]; i++)
			forget_in(&p->lane[v6][i].flight, is_gone, each);
}
