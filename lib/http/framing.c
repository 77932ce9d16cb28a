#include "http/framing.h"

#include <inttypes.h>
#include <stdio.h>

#include "http/connection.h"
#include "http/preface.h"

bool
framing_is_interim(unsigned status)
{
	return status < 200 && status != 101;
}

/* "request 2", or "response 200 to request 2", for explanations. */
static void
put_message(char out[48], const struct connection *c, int from)
{
	const struct pending *p = connection_current(c, from);
	uint32_t number = p != NULL ? p->e.number : 0;
	unsigned status = c->side[from].head.status;

	if (from == c->client)
		snprintf(out, 48, "request %" PRIu32, number);
	else if (number != 0)
		snprintf(out, 48, "response %u to request %" PRIu32, status,
		    number);
	else
		snprintf(out, 48, "response %u", status);
}

/* Explain how the body of a side's message is framed. */
static void
explain_body(struct http *h, struct connection *c, int from, const char *how)
{
	char message[48];

	if (!explains(&h->explain, HTTP_EXPLAIN_EXCHANGE))
		return;
	put_message(message, c, from);
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from, "%s: %s",
	    message, how);
}

static void
explain_length(struct http *h, struct connection *c, int from, uint64_t length)
{
	char how[60];

	if (!explains(&h->explain, HTTP_EXPLAIN_EXCHANGE))
		return;
	snprintf(how, sizeof how, "body of %" PRIu64
	    " bytes, by Content-Length", length);
	explain_body(h, c, from, how);
}

/* Does the sender let the connection persist?  RFC 9112, 9.3. */
static bool
persists(const struct head *head)
{
	return !head->close && (head->version >= 11 || head->keep_alive);
}

/* Expect a body in chunks or with a length, or none; RFC 9112, 6.3. */
static void
begin_body(struct http *h, struct connection *c, int from)
{
	struct side *s = &c->side[from];
	struct head *head = &s->head;

	s->nhead = 0;
	if (head->chunked) {
		explain_body(h, c, from, "body in chunks");
		s->state = SIDE_CHUNK_LINE;
	} else if (head->bad_length || (from == c->client && head->coded)) {
		explain_body(h, c, from, head->bad_length ?
		    "end unknown, by an invalid Content-Length" :
		    "end unknown, by a Transfer-Encoding without chunked");
		side_lose(h, c, from, SIDE_LOST, EXCHANGE_LENGTH);
	} else if (head->has_length && head->length > 0) {
		explain_length(h, c, from, head->length);
		s->left = head->length;
		s->state = SIDE_BODY;
	} else {
		explain_body(h, c, from, head->has_length ?
		    "no body, by Content-Length" :
		    "no body, without Content-Length and Transfer-Encoding");
		side_done(h, c, from);
	}
}

static void
request_body(struct http *h, struct connection *c)
{
	struct head *head = &c->side[c->client].head;
	struct pending *p = connection_current(c, c->client);
	bool keeps = persists(head);

	if (p != NULL)
		p->keeps = keeps;
	if (!keeps)
		connection_set_cause(h, c, c->client,
		    head->close ? HTTP_CLIENT_CLOSE : HTTP_10);
	begin_body(h, c, c->client);
}

/* What follows the response belongs to another connection, of any protocol. */
static void
enter_tunnel(struct connection *c)
{
	c->notes |= HTTP_TUNNEL;
	c->protocol = PROTOCOL_UNKNOWN;
	for (int i = 0; i < 2; i++) {
		side_get_lost(c, i, SIDE_LOST);
		side_begin(&c->side[i], false);
	}
}

/* The response to p ends HTTP on this connection. */
static void
leave_http(struct http *h, struct connection *c, const struct pending *p)
{
	const struct head *head = &c->side[!c->client].head;
	bool websocket = head->status == 101 &&
	    (head->websocket || p->websocket);
	bool connect = head->status != 101;

	explain_body(h, c, !c->client, websocket ? "WebSocket follows" :
	    "a tunnel follows");
	side_done(h, c, !c->client);
	c->has_cause = false;
	connection_set_cause(h, c, !c->client, HTTP_UPGRADE);
	if (websocket)
		websocket_begin(c);
	else if (connect)
		enter_tunnel(c);
	else
		connection_ignore(c);
}

/* A client that waits for 100 (Continue) does not send the body after a
 * refusal: the next start line may follow. */
static void
skip_body(struct http *h, struct connection *c, struct pending *p)
{
	if (p != c->last || p->e.status < 300 || !side_may_omit_body(c))
		return;
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, c->client,
	    "request %" PRIu32 ": no body, since it expected 100 and got %u",
	    p->e.number, (unsigned)p->e.status);
	p->request_done = true;
	side_get_lost(c, c->client, SIDE_LOST);
}

/* The response does not let the connection persist. */
static void
server_cause(struct http *h, struct connection *c, const struct head *head)
{
	connection_set_cause(h, c, !c->client, !head->close ? HTTP_10 :
	    c->has_keep_max && c->keep_max <= 1 ? HTTP_MAX_REQUESTS :
	    HTTP_SERVER_CLOSE);
}

static void
response_body(struct http *h, struct connection *c)
{
	int from = !c->client;
	struct side *s = &c->side[from];
	struct head *head = &s->head;
	struct pending *p = c->first;

	if (framing_is_interim(head->status)) {
		explain_body(h, c, from, "interim, another response follows");
		side_begin(s, false);
		return;
	}
	if (p == NULL) {
		side_get_lost(c, from, SIDE_LOST);
		return;
	}
	if (head->status == 101 || (p->connect && head->status < 300)) {
		if (head->status == 101 && head->h2c && p == c->last)
			preface_upgrade(h, c, p);
		else
			leave_http(h, c, p);
		return;
	}
	c->keeps = persists(head);
	c->asks_more = p->keeps;
	if (!c->keeps)
		server_cause(h, c, head);
	skip_body(h, c, p);
	if (p->head || head->status == 204 || head->status == 304) {
		explain_body(h, c, from, p->head ? "no body, by HEAD" :
		    "no body, by its status");
		side_done(h, c, from);
	} else if (head->chunked || (head->has_length && !head->coded))
		begin_body(h, c, from);
	else {
		explain_body(h, c, from, "body until the connection ends");
		s->state = SIDE_TO_CLOSE;
	}
}

void
framing_begin_body(struct http *h, struct connection *c, int from)
{
	if (from == c->client)
		request_body(h, c);
	else
		response_body(h, c);
}
