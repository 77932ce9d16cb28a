#include "http/connection.h"

#include <inttypes.h>
#include <stdlib.h>

#include "http/frames.h"

void
connection_reset(struct connection *c, uint64_t now)
{
	struct endpoint end[2] = { c->end[0], c->end[1] };

	*c = (struct connection){ .end = { end[0], end[1] }, .began = now,
	    .client = NO_SIDE, .by = NO_SIDE };
	side_begin(&c->side[0], true);
	side_begin(&c->side[1], true);
}

void
connection_free(struct connection *c)
{
	while (c->first != NULL) {
		struct pending *p = c->first;

		c->first = p->next;
		pending_free(p);
	}
	side_drop_line(c, 0);
	side_drop_line(c, 1);
	frames_free(c);
	reassembly_free(&c->stream);
	free(c->host);
	free(c->proxied);
	free(c->records);
	c->host = NULL;
	c->proxied = NULL;
	c->records = NULL;
}

uint32_t
connection_room(const struct connection *c)
{
	uint32_t held = c->held + c->stream.held;
	uint32_t max = c->protocol == PROTOCOL_HTTP2 ? HTTP_HELD_MAX_2 :
	    HTTP_HELD_MAX;

	return held < max ? max - held : 0;
}

struct pending *
connection_current(const struct connection *c, int from)
{
	if (from == c->client)
		return c->last != NULL && !c->last->request_done ?
		    c->last : NULL;
	return c->client != NO_SIDE && c->first != NULL &&
	    !c->first->response_done ? c->first : NULL;
}

void
connection_count(struct connection *c, int from, uint64_t time, uint64_t n)
{
	struct pending *p = connection_current(c, from);

	if (p == NULL)
		return;
	p->e.bytes[from != c->client] += n;
	if (from == c->client)
		p->e.request_ended = time;
	else
		p->e.response_ended = time;
}

/* A dropped request may yet be answered: its response is to be recognised. */
static void
owe_response(struct connection *c, const struct pending *p)
{
	if (p->e.status != 0)
		side_get_lost(c, !c->client, SIDE_LOST);
	else
		c->owed++;
}

struct pending *
connection_new_exchange(struct http *h, struct connection *c, uint32_t text)
{
	uint32_t size = (uint32_t)sizeof(struct pending);
	struct pending *p;

	while ((p = c->first) != NULL && connection_room(c) < size + text) {
		connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, c->client,
		    "request %" PRIu32 " is dropped: %" PRIu32 " bytes held",
		    p->e.number, c->held + c->stream.held);
		p->e.notes |= EXCHANGE_DROPPED;
		if (c->protocol != PROTOCOL_HTTP2)
			owe_response(c, p);
		connection_report_first(h, c);
	}
	if (connection_room(c) < size || (p = pending_new()) == NULL)
		return NULL;
	c->held += size;
	return p;
}

void
connection_keep(struct connection *c, struct pending *p, unsigned part,
    struct http1_text t)
{
	uint32_t size = pending_size(p);

	pending_keep(p, part, t, connection_room(c));
	c->held += pending_size(p) - size;
}

void
connection_append(struct connection *c, struct pending *p)
{
	if (c->last != NULL)
		c->last->next = p;
	else
		c->first = p;
	c->last = p;
}

/* Take an exchange off the list. */
static void
take_off(struct connection *c, struct pending *p)
{
	struct pending *before = NULL;

	for (struct pending *at = c->first; at != p; at = at->next)
		before = at;
	if (before != NULL)
		before->next = p->next;
	else
		c->first = p->next;
	if (c->last == p)
		c->last = before;
}

void
connection_report(struct http *h, struct connection *c, struct pending *p)
{
	struct http_conn view = connection_view(c);

	h->exchange(h->arg, &view, &p->e);
	c->held -= pending_size(p);
	take_off(c, p);
	pending_free(p);
}

/*
 * Exchanges of HTTP/1 are reported in the order of their requests.
 */
void
connection_report_first(struct http *h, struct connection *c)
{
	connection_report(h, c, c->first);
}

void
connection_report_complete(struct http *h, struct connection *c)
{
	while (c->first != NULL && c->first->request_done &&
	    c->first->response_done)
		connection_report_first(h, c);
}

void
connection_set_cause(struct http *h, struct connection *c, int from,
    enum http_close cause)
{
	if (c->has_cause)
		return;
	c->has_cause = true;
	c->cause = (uint8_t)cause;
	if (c->by == NO_SIDE)
		connection_explain(h, c, HTTP_EXPLAIN_CLOSE, from,
		    "the %s announces %s", from == c->client ? "request" :
		    "response", http_close_name(cause));
}

void
connection_ignore(struct connection *c)
{
	for (int i = 0; i < 2; i++) {
		c->side[i].state = SIDE_IGNORED;
		side_drop_line(c, i);
	}
}

struct http_conn
connection_view(const struct connection *c)
{
	int client = c->client % NO_SIDE;

	return (struct http_conn){
		.client = c->end[client], .server = c->end[!client],
		.proxied = c->proxied, .tls = c->records,
		.bytes = { c->bytes[client], c->bytes[!client] },
		.frames = { c->frames_of[client], c->frames_of[!client] },
		.began = c->began, .seen = c->seen, .idle = c->idle,
		.requests = c->requests, .keep_secs = c->keep_secs,
		.keep_max = c->keep_max, .has_keep_secs = c->has_keep_secs,
		.has_keep_max = c->has_keep_max,
		.close = (enum http_close)c->close,
		.by = c->by == NO_SIDE ? HTTP_NOBODY :
		    c->by == c->client ? HTTP_CLIENT : HTTP_SERVER,
		.notes = c->notes, .host = c->host
	};
}
