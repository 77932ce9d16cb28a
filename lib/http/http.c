#include "http/http.h"

#include "http/close.h"
#include "http/connection.h"
#include "http/message.h"
#include "wire/units.h"

#define LINGER		(60 * NS_PER_S)	/* for packets after the end */

/* The queues of the flow table. */
enum { LIVE, HALF_CLOSED, OVER, QUEUES };

/* A connection, and what its callbacks need. */
struct context {
	struct http *h;
	struct connection *c;
};

int
http_open(struct http *h, uint32_t max, uint64_t max_idle, uint64_t seed)
{
	*h = (struct http){ .max_idle = max_idle };
	return flow_open(&h->flows, max, sizeof(struct connection), seed);
}

void
http_free(struct http *h)
{
	for (unsigned q = 0; q < QUEUES; q++)
		for (uint32_t i; (i = flow_oldest(&h->flows, q)) != 0;) {
			connection_free(flow_state(&h->flows, i));
			flow_drop(&h->flows, i);
		}
	flow_close(&h->flows);
}

/*
 * What conn/reassembly calls.
 */
static void
on_bytes(void *arg, const struct reassembly_bytes *b)
{
	struct context *context = arg;
	struct connection *c = context->c;

	c->has_data = true;
	c->bytes[b->from] += b->len;
	message_bytes(context->h, c, b);
	if (b->time > c->active)
		c->active = b->time;
}

static void
on_gap(void *arg, int from, uint64_t time, uint32_t n)
{
	struct context *context = arg;

	context->c->bytes[from] += n;
	message_gap(context->h, context->c, from, time, n);
}

static void
on_fin(void *arg, int from, uint64_t time)
{
	struct context *context = arg;

	message_fin(context->h, context->c, from, time);
	close_decide(context->h, context->c, from, time, false);
}

static uint64_t
on_unwanted(void *arg, int from)
{
	struct context *context = arg;

	return message_unwanted(context->c, from);
}

static uint32_t
on_room(void *arg)
{
	const struct context *context = arg;

	return connection_room(context->c) + context->c->stream.held;
}

static struct reassembly_user
user_of(struct context *context)
{
	return (struct reassembly_user){ on_bytes, on_gap, on_fin, on_unwanted,
	    on_room, context };
}

/*
 * The end of a connection.
 */

/* Report a connection, and its exchanges that are not complete. */
static void
report(struct http *h, struct connection *c)
{
	struct http_conn view;

	if (!c->side[0].syn && !c->side[1].syn)
		c->notes |= HTTP_MIDSTREAM;
	if (close_is_unused(c))
		c->notes |= HTTP_UNUSED;
	if (c->protocol == PROTOCOL_UNKNOWN && !c->has_data &&
	    c->side[0].syn && c->side[1].syn)
		c->notes |= HTTP_EMPTY;
	else if (c->protocol == PROTOCOL_UNKNOWN &&
	    !(c->notes & HTTP_TUNNEL)) {
		h->others += c->has_data;
		return;
	} else if (c->protocol == PROTOCOL_OTHER)
		return;
	while (c->first != NULL) {
		if (c->by != NO_SIDE)
			c->first->e.notes |= EXCHANGE_CUT;
		connection_report_first(h, c);
	}
	view = connection_view(c);
	h->closed(h->arg, &view);
}

/* Parse what is still held. */
static void
drain(struct http *h, struct connection *c)
{
	struct context context = { h, c };
	struct reassembly_user u = user_of(&context);

	reassembly_drain(&c->stream, &u);
}

/* A connection has ended; its late packets are to be recognised. */
static void
end(struct http *h, uint32_t i, uint64_t now)
{
	struct connection *c = flow_state(&h->flows, i);

	drain(h, c);
	report(h, c);
	connection_free(c);
	c->over = true;
	flow_queue(&h->flows, i, OVER, now);
}

/* Drop a connection, because it was idle or the table is full. */
static void
forget(struct http *h, uint32_t i, bool idle)
{
	struct connection *c = flow_state(&h->flows, i);

	if (!c->over) {
		drain(h, c);
		h->forgotten += c->by == NO_SIDE &&
		    c->protocol != PROTOCOL_UNKNOWN;
		close_forget(h, c, idle ? "idle" : "the table is full");
		report(h, c);
		connection_free(c);
	}
	flow_drop(&h->flows, i);
}

/*
 * The beginning of a connection.
 */
uint32_t
http_begin(struct http *h, const struct flow_key *key, int from, uint64_t now,
    const struct endpoint *src, const struct endpoint *dst)
{
	struct connection *c;
	uint32_t i;

	if (flow_full(&h->flows)) {
		for (unsigned q = QUEUES; q-- > 0;)
			if ((i = flow_oldest(&h->flows, q)) != 0) {
				forget(h, i, false);
				break;
			}
	}
	i = flow_add(&h->flows, key, now);
	c = flow_state(&h->flows, i);
	c->end[from] = *src;
	c->end[!from] = *dst;
	connection_reset(c, now);
	return i;
}

static void
receive_syn(struct connection *c, int from, uint64_t now,
    const struct tcp *tcp)
{
	if (c->side[from].syn || c->has_data)
		return;
	c->side[from].syn = true;
	side_begin(&c->side[from], false);
	/* Its numbers begin here, whatever it sent before. */
	c->stream.known[from] = c->stream.hole[from] = false;
	if (tcp->flags & TCP_ACK) {
		c->active = now;
		c->client = (uint8_t)!from;
		side_begin(&c->side[!from], false);
		return;
	}
	c->isn = tcp->seq;
	if (c->client == NO_SIDE)
		c->client = (uint8_t)from;
}

struct tcb *
http_sides(const struct http *h, uint32_t i)
{
	struct connection *c = flow_state(&h->flows, i);

	return c->tcb;
}

void
http_tcbs(const void *state, struct tcb side[2])
{
	const struct connection *c = state;

	side[0] = c->tcb[0];
	side[1] = c->tcb[1];
}

bool
http_has_ended(const struct http *h, uint32_t i)
{
	const struct connection *c = flow_state(&h->flows, i);

	return c->ended;
}

/*
 * Segments.
 */
bool
http_unwanted(const struct http *h, uint32_t i, int from,
    const struct tcp *tcp)
{
	struct connection *c = flow_state(&h->flows, i);
	struct context context = { NULL, c };
	struct reassembly_user u = user_of(&context);

	return c->over || reassembly_unwanted(&c->stream, &u, from, tcp);
}

bool
http_ignores(const struct http *h, uint32_t i, const struct tcp *tcp)
{
	struct connection *c = flow_state(&h->flows, i);

	if (!c->over || c->ended || tcp->flags & TCP_SYN)
		return false;
	c->ended |= tcp->flags & TCP_RST;
	return true;
}

static void
receive(struct http *h, struct connection *c, int from, uint64_t now,
    const struct tcp *tcp, const uint8_t *data, uint32_t ndata)
{
	struct context context = { h, c };
	struct reassembly_user u = user_of(&context);

	if (tcp->flags & TCP_RST) {
		/* The payload of a RST is not part of the stream. */
		reassembly_drain(&c->stream, &u);
		close_decide(h, c, from, now, true);
		return;
	}
	if (tcp->flags & TCP_SYN)
		receive_syn(c, from, now, tcp);
	else if (!c->has_data && c->side[!from].syn && tcp->len == 0 &&
	    !c->acked && from == c->client) {
		c->acked = true;
		c->active = now;
	}
	reassembly_add(&c->stream, &u, from, now, tcp, data, ndata);
}

void
http_segment(struct http *h, uint32_t i, int from, uint64_t now,
    const struct tcp *tcp, const uint8_t *data, uint32_t ndata)
{
	struct connection *c = flow_state(&h->flows, i);

	if (c->over)
		return;
	/* Captured late, or not sorted. */
	c->seen = now > c->seen ? now : c->seen;
	c->began = now < c->began ? now : c->began;
	receive(h, c, from, now, tcp, data, ndata);
	c->ended |= tcp->flags & TCP_RST ||
	    (c->stream.ended[0] && c->stream.ended[1]);
	if (c->ended || c->protocol == PROTOCOL_OTHER)
		end(h, i, now);
	else
		flow_queue(&h->flows, i, c->by == NO_SIDE ? LIVE : HALF_CLOSED,
		    now);
}

/* Another connection begins, maybe with a SYN that was refused at first. */
static void
restart(struct http *h, struct accept *a, uint32_t i, uint64_t now,
    const struct accept_syn *syn)
{
	struct connection *c = flow_state(&h->flows, i);

	if (syn != NULL)
		now = syn->time;
	if (!c->over) {
		close_forget(h, c, "its ports are used again");
		end(h, i, now);
	}
	connection_reset(c, now);
	flow_queue(&h->flows, i, LIVE, now);
	if (syn == NULL)
		return;
	http_segment(h, i, syn->from, now, &syn->tcp, NULL, 0);
	accept_follow(a, i, &c->tcb[syn->from], &c->tcb[!syn->from],
	    &syn->tcp, ACCEPT_OK);
}

bool
http_accept(struct http *h, struct accept *a, uint32_t i, int from,
    uint64_t now, const struct accept_result *judged, struct tcp *tcp)
{
	struct connection *c = flow_state(&h->flows, i);

	if (judged->verdict >= ACCEPT_REJECTED)
		return false;
	if (judged->begins)
		restart(h, a, i, now, judged->syn);
	accept_follow(a, i, &c->tcb[from], &c->tcb[!from], tcp,
	    judged->verdict);
	/* Nothing waits for bytes that were maybe never sent. */
	if (judged->verdict == ACCEPT_AMBIGUOUS)
		tcp->flags &= (uint16_t)~TCP_ACK;
	return true;
}

/*
 * Time.
 */
/* Forget the connections of a queue that were idle for more than limit ns. */
static inline void
forget_idle(struct http *h, unsigned queue, uint64_t now, uint64_t limit)
{
	uint32_t i;

	while ((i = flow_oldest(&h->flows, queue)) != 0) {
		uint64_t last = flow_queued(&h->flows, i);

		if (now <= last || now - last <= limit)
			return;
		forget(h, i, true);
	}
}

bool
http_expire(struct http *h, uint32_t i, uint64_t now)
{
	uint64_t last = flow_queued(&h->flows, i);

	if (now <= last || now - last <= h->max_idle)
		return false;
	forget(h, i, true);
	return true;
}

void
http_clock(struct http *h, uint64_t now)
{
	forget_idle(h, HALF_CLOSED, now, LINGER);
	forget_idle(h, OVER, now, LINGER);
	forget_idle(h, LIVE, now, h->max_idle);
}

void
http_end(struct http *h)
{
	for (unsigned q = 0; q < QUEUES; q++)
		for (uint32_t i; (i = flow_oldest(&h->flows, q)) != 0;) {
			struct connection *c = flow_state(&h->flows, i);

			if (q != OVER)
				end(h, i, c->seen);
			else
				flow_drop(&h->flows, i);
		}
}

const char *
http_close_name(enum http_close c)
{
	static const char *const names[HTTP_CLOSES] = {
		[HTTP_OPEN] = "open",
		[HTTP_FORGOTTEN] = "forgotten",
		[HTTP_CLIENT_FIN] = "client-fin",
		[HTTP_SERVER_FIN] = "server-fin",
		[HTTP_CLIENT_CLOSE] = "client-close",
		[HTTP_SERVER_CLOSE] = "server-close",
		[HTTP_KEEPALIVE_TIMEOUT] = "keepalive-timeout",
		[HTTP_MAX_REQUESTS] = "max-requests",
		[HTTP_UNTIL_CLOSE] = "until-close",
		[HTTP_10] = "http10",
		[HTTP_RST_IDLE] = "rst-idle",
		[HTTP_RST_IN_REQUEST] = "rst-in-request",
		[HTTP_RST_IN_RESPONSE] = "rst-in-response",
		[HTTP_UPGRADE] = "upgrade"
	};

	return names[c];
}
