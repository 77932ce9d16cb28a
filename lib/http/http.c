#include "http/http.h"

#include <stdlib.h>
#include <string.h>

#include "http/message.h"
#include "conn/seq.h"
#include "http/side.h"
#include "wire/units.h"

#define LINGER		(60 * NS_PER_S)	/* what comes late belongs to it */
#define IDLE_SECS	1	/* a server closed for idleness, at the least */

/* The queues of the flow table. */
enum { LIVE, HALF_CLOSED, OVER, QUEUES };

/* A connection, and all that its callbacks need. */
struct at {
	struct http *h;
	struct http_conn *c;
};

int
http_open(struct http *h, uint32_t max, uint64_t max_idle, uint64_t seed)
{
	*h = (struct http){ .max_idle = max_idle };
	return flow_open(&h->flows, max, sizeof(struct http_conn), seed);
}

static void
let_go(struct http_conn *c)
{
	while (c->first != NULL) {
		struct exchange *e = c->first;

		c->first = e->next;
		exchange_free(e);
	}
	message_free(c, 0);
	message_free(c, 1);
	reassembly_free(&c->stream);
	free(c->host);
	c->host = NULL;
}

void
http_free(struct http *h)
{
	for (unsigned q = 0; q < QUEUES; q++)
		for (uint32_t i; (i = flow_oldest(&h->flows, q)) != 0;) {
			let_go(flow_state(&h->flows, i));
			flow_drop(&h->flows, i);
		}
	flow_close(&h->flows);
}

/*
 * Why a connection ends.
 */
static enum http_close
server_fin(const struct http_conn *c)
{
	uint64_t limit = c->has_keep_secs && c->keep_secs > 0 ?
	    c->keep_secs - UINT64_C(1) : IDLE_SECS;

	if (c->has_keep_max && c->keep_max == 0)
		return HTTP_MAX_REQUESTS;
	return c->requests > 0 && c->first == NULL &&
	    c->idle >= limit * NS_PER_S && c->idle >= IDLE_SECS * NS_PER_S ?
	    HTTP_KEEPALIVE_TIMEOUT : HTTP_SERVER_FIN;
}

static enum http_close
reset(const struct http_conn *c)
{
	const struct http_side *client = &c->side[c->client % NO_SIDE];
	bool answering = c->first != NULL && c->first->status != 0;

	if (c->speaks == HTTP_1 && message_is_within(client) && !answering)
		return HTTP_RST_IN_REQUEST;
	return c->first != NULL ? HTTP_RST_IN_RESPONSE : HTTP_RST_IDLE;
}

/* The first FIN or RST, from a side. */
static void
begin_end(struct http_conn *c, int from, uint64_t time, bool rst)
{
	if (c->by != NO_SIDE)
		return;
	c->by = (uint8_t)from;
	c->idle = time > c->active ? time - c->active : 0;
	if (c->has_cause && !(rst && c->first != NULL))
		c->close = c->cause;
	else if (rst)
		c->close = (uint8_t)reset(c);
	else
		c->close = (uint8_t)(from == c->client ? HTTP_CLIENT_FIN :
		    server_fin(c));
}

static bool
is_unused(const struct http_conn *c)
{
	return c->requests == 1 && !c->unasked &&
	    !(c->notes & HTTP_MIDSTREAM) && c->first == NULL &&
	    c->keeps && c->asks_more &&
	    (c->close == HTTP_CLIENT_FIN || c->close == HTTP_SERVER_FIN ||
	    c->close == HTTP_KEEPALIVE_TIMEOUT || c->close == HTTP_RST_IDLE);
}

/* Tell a connection, and what is left of its exchanges. */
static void
tell(struct http *h, struct http_conn *c)
{
	if (!c->side[0].syn && !c->side[1].syn)
		c->notes |= HTTP_MIDSTREAM;
	if (is_unused(c))
		c->notes |= HTTP_UNUSED;
	while (c->first != NULL) {
		if (c->by != NO_SIDE)
			c->first->notes |= EXCHANGE_CUT;
		talk_tell_first(h, c);
	}
	if (c->speaks == HTTP_UNKNOWN && !c->said && c->side[0].syn &&
	    c->side[1].syn)
		c->notes |= HTTP_EMPTY;
	else if (c->speaks == HTTP_UNKNOWN) {
		h->others += c->said;
		return;
	} else if (c->speaks == HTTP_OTHER)
		return;
	h->closed(h->arg, c);
}

/*
 * What conn/reassembly tells.
 */
static void
on_bytes(void *arg, const struct reassembly_bytes *b)
{
	struct at *at = arg;

	at->c->said = true;
	message_bytes(at->h, at->c, b);
	if (b->time > at->c->active)
		at->c->active = b->time;
}

static void
on_gap(void *arg, int from, uint64_t time, uint32_t n)
{
	struct at *at = arg;

	message_gap(at->h, at->c, from, time, n);
}

static void
on_fin(void *arg, int from, uint64_t time)
{
	struct at *at = arg;

	message_fin(at->h, at->c, from, time);
	begin_end(at->c, from, time, false);
}

static uint64_t
on_unwanted(void *arg, int from)
{
	struct at *at = arg;

	return message_unwanted(at->c, from);
}

static uint32_t
on_room(void *arg)
{
	const struct at *at = arg;

	return at->c->held < HTTP_HELD_MAX ? HTTP_HELD_MAX - at->c->held : 0;
}

static struct reassembly_user
user_of(struct at *at)
{
	return (struct reassembly_user){ on_bytes, on_gap, on_fin, on_unwanted,
	    on_room, at };
}

static void
drain(struct http *h, struct http_conn *c)
{
	struct at at = { h, c };
	struct reassembly_user u = user_of(&at);

	reassembly_drain(&c->stream, &u);
}

/*
 * Connections come and go.
 */
static void
end_conn(struct http *h, uint32_t i, uint64_t now)
{
	struct http_conn *c = flow_state(&h->flows, i);

	drain(h, c);
	tell(h, c);
	let_go(c);
	c->over = true;
	flow_queue(&h->flows, i, OVER, now);
}

static void
forget(struct http *h, uint32_t i)
{
	struct http_conn *c = flow_state(&h->flows, i);

	if (!c->over) {
		drain(h, c);
		if (c->by == NO_SIDE) {
			c->close = HTTP_FORGOTTEN;
			h->forgotten += c->speaks != HTTP_UNKNOWN;
		}
		tell(h, c);
		let_go(c);
	}
	flow_drop(&h->flows, i);
}

static void
clean(struct http_conn *c, uint64_t now)
{
	struct endpoint end[2] = { c->end[0], c->end[1] };

	*c = (struct http_conn){ .end = { end[0], end[1] }, .began = now,
	    .client = NO_SIDE, .by = NO_SIDE };
	message_begin(&c->side[0], true);
	message_begin(&c->side[1], true);
}

uint32_t
http_begin(struct http *h, const struct flow_key *key, int from, uint64_t now,
    const struct endpoint *src, const struct endpoint *dst)
{
	struct http_conn *c;
	uint32_t i;

	if (flow_full(&h->flows)) {
		for (unsigned q = QUEUES; q-- > 0;)
			if ((i = flow_oldest(&h->flows, q)) != 0) {
				forget(h, i);
				break;
			}
	}
	i = flow_add(&h->flows, key, now);
	c = flow_state(&h->flows, i);
	c->end[from] = *src;
	c->end[!from] = *dst;
	clean(c, now);
	return i;
}

static void
take_syn(struct http_conn *c, int from, uint64_t now, const struct tcp *tcp)
{
	if (c->side[from].syn || c->said)
		return;
	c->side[from].syn = true;
	message_begin(&c->side[from], false);
	if (tcp->flags & TCP_ACK) {
		c->active = now;
		c->client = (uint8_t)!from;
		message_begin(&c->side[!from], false);
		return;
	}
	c->isn = tcp->seq;
	if (c->client == NO_SIDE)
		c->client = (uint8_t)from;
}

/* A SYN of another connection between the same ends? */
static bool
is_new(const struct http_conn *c, int from, const struct tcp *tcp)
{
	return (tcp->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
	    (!c->side[from].syn || c->client != from || c->isn != tcp->seq) &&
	    (c->said || c->over || c->side[from].syn);
}

bool
http_unwanted(const struct http *h, uint32_t i, int from,
    const struct tcp *tcp)
{
	struct http_conn *c = flow_state(&h->flows, i);
	struct at at = { NULL, c };
	struct reassembly_user u = user_of(&at);

	return !is_new(c, from, tcp) &&
	    (c->over || reassembly_unwanted(&c->stream, &u, from, tcp));
}

static void
take_segment(struct http *h, struct http_conn *c, int from, uint64_t now,
    const struct tcp *tcp, const uint8_t *data, uint32_t ndata)
{
	struct at at = { h, c };
	struct reassembly_user u = user_of(&at);

	if (tcp->flags & TCP_RST) {
		/* What it carries is no part of the stream. */
		reassembly_drain(&c->stream, &u);
		begin_end(c, from, now, true);
		return;
	}
	if (tcp->flags & TCP_SYN)
		take_syn(c, from, now, tcp);
	else if (!c->said && c->side[!from].syn && tcp->len == 0 &&
	    !c->acked && from == c->client) {
		c->acked = true;	/* the handshake is complete */
		c->active = now;
	}
	reassembly_add(&c->stream, &u, from, now, tcp, data, ndata);
}

void
http_segment(struct http *h, uint32_t i, int from, uint64_t now,
    const struct tcp *tcp, const uint8_t *data, uint32_t ndata)
{
	struct http_conn *c = flow_state(&h->flows, i);

	if (is_new(c, from, tcp)) {
		if (!c->over && c->by == NO_SIDE)
			c->close = HTTP_FORGOTTEN;
		if (!c->over)
			end_conn(h, i, now);
		clean(c, now);
	}
	if (c->over)
		return;
	c->seen = now;
	take_segment(h, c, from, now, tcp, data, ndata);
	if (c->speaks == HTTP_OTHER || tcp->flags & TCP_RST ||
	    (c->stream.ended[0] && c->stream.ended[1]))
		end_conn(h, i, now);
	else
		flow_queue(&h->flows, i, c->by == NO_SIDE ? LIVE : HALF_CLOSED,
		    now);
}

static bool
is_past(const struct http *h, uint32_t i, uint64_t now, uint64_t limit)
{
	uint64_t last = flow_queued(&h->flows, i);

	return (now > last ? now - last : last - now) > limit;
}

void
http_clock(struct http *h, uint64_t now)
{
	static const unsigned lingering[] = { HALF_CLOSED, OVER };
	uint32_t i;

	for (int q = 0; q < 2; q++)
		while ((i = flow_oldest(&h->flows, lingering[q])) != 0 &&
		    is_past(h, i, now, LINGER))
			forget(h, i);
	while ((i = flow_oldest(&h->flows, LIVE)) != 0 &&
	    is_past(h, i, now, h->max_idle))
		forget(h, i);
}

void
http_end(struct http *h)
{
	for (unsigned q = 0; q < QUEUES; q++)
		for (uint32_t i; (i = flow_oldest(&h->flows, q)) != 0;) {
			struct http_conn *c = flow_state(&h->flows, i);

			if (q != OVER)
				end_conn(h, i, c->seen);
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
