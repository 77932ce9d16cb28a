#include "http/head.h"

#include <inttypes.h>
#include <string.h>

#include "conn/seq.h"
#include "http/connection.h"
#include "http/framing.h"
#include "http/preface.h"

/*
 * Requests.
 */
static bool
is_method(struct http1_text t, const char *method)
{
	return t.n == strlen(method) && memcmp(t.p, method, t.n) == 0;
}

/* Another request shows that the connection went on after the last response,
 * unless the server had announced that it would close it. */
static void
withdraw_cause(struct http *h, struct connection *c, int from)
{
	if (!c->keeps || !c->has_cause)
		return;
	c->has_cause = false;
	connection_explain(h, c, HTTP_EXPLAIN_CLOSE, from,
	    "not %s: another request follows",
	    http_close_name((enum http_close)c->cause));
}

/* Note what a request's start line and its place in the connection say. */
static void
note_request(const struct connection *c, struct pending *p, int from,
    uint64_t time, const struct http1_start *start, bool pipelined)
{
	const struct side *s = &c->side[from];
	struct exchange *e = &p->e;

	p->seq = s->seq;
	p->ack = s->ack;
	p->has_ack = s->has_ack;
	p->head = is_method(start->method, "HEAD");
	p->connect = is_method(start->method, "CONNECT");
	e->number = c->requests;
	e->request_began = s->since;
	e->request_ended = time;
	e->bytes[0] = s->nhead;
	e->notes = (uint16_t)((pipelined ? EXCHANGE_PIPELINED : 0) |
	    (start->malformed ? EXCHANGE_MALFORMED : 0));
	e->has_idle = pipelined || c->active != 0;
	if (!pipelined && e->request_began > c->active)
		e->idle = e->request_began - c->active;
	e->version = start->version;
}

static void
begin_request(struct http *h, struct connection *c, int from, uint64_t time,
    const struct http1_start *start)
{
	struct side *s = &c->side[from];
	bool pipelined = c->first != NULL;
	struct pending *p;

	c->client = (uint8_t)from;
	if (c->protocol == PROTOCOL_UNKNOWN)
		c->has_cause = false;	/* that of a tunnel */
	/* After a malformed one, the server's answer decides. */
	if (!start->malformed)
		c->protocol = PROTOCOL_HTTP1;
	if ((p = connection_new_exchange(h, c, HTTP_HEAD_MAX)) == NULL) {
		side_get_lost(c, from, SIDE_LOST);
		return;
	}
	withdraw_cause(h, c, from);
	c->requests++;
	note_request(c, p, from, time, start, pipelined);
	connection_append(c, p);
	connection_keep(c, p, EXCHANGE_METHOD, start->method);
	connection_keep(c, p, EXCHANGE_TARGET, start->target);
	s->head = (struct head){ .version = start->version };
	s->state = SIDE_FIELDS;
}

/*
 * Responses.
 */
/* Add an exchange for a response whose request is unknown. */
static struct pending *
add_unasked(struct http *h, struct connection *c, const struct side *s)
{
	struct pending *p = connection_new_exchange(h, c, 0);

	if (p == NULL)
		return NULL;
	c->unasked = true;
	p->e.notes = EXCHANGE_UNASKED;
	p->e.request_began = p->e.request_ended = s->since;
	p->request_done = true;
	p->next = c->first;
	c->first = p;
	if (c->last == NULL)
		c->last = p;
	return p;
}

/* Is the response to the first request in the gap before this one?  It is if
 * the client had received more by its second request than by its first one, and
 * this response begins after that. */
static bool
first_is_past(const struct connection *c, const struct side *s)
{
	const struct pending *p = c->first, *next = p->next;

	return p->e.status == 0 && next != NULL && p->has_ack &&
	    next->has_ack && seq_before(p->ack, next->ack) &&
	    !seq_before(s->seq, next->ack);
}

static void
pass_over_first(struct http *h, struct connection *c)
{
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, !c->client,
	    "response to request %" PRIu32 " is in a gap: request %" PRIu32
	    " acknowledges more", c->first->e.number, c->first->next->e.number);
	c->first->e.notes |= EXCHANGE_GAP;
	c->first->next->e.notes &= (uint16_t)~EXCHANGE_PIPELINED;
	c->first->next->e.has_idle = false;
	connection_report_first(h, c);
}

void
head_lose_response(struct http *h, struct connection *c, uint32_t seq)
{
	struct pending *p = c->first;

	if (p == NULL || p->e.status != 0 || !p->request_done || p->expect ||
	    !p->has_ack || seq_before(seq, p->ack))
		return;
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, !c->client,
	    "response to request %" PRIu32 " begins in a gap", p->e.number);
	p->e.notes |= EXCHANGE_GAP;
	connection_report_first(h, c);
}

/* Nothing answers a request that its sender had not received. */
static bool
is_too_early(const struct pending *p, const struct side *s)
{
	return s->has_ack && p->has_ack && seq_diff(s->ack, p->seq) <= 0;
}

/* The exchange that a response belongs to; NULL if its request was not captured
 * or was dropped. */
static struct pending *
find_request(struct http *h, struct connection *c, const struct side *s,
    bool was_lost)
{
	/* The previous response has ended, at the latest now. */
	if (c->first != NULL && c->first->e.status != 0)
		connection_report_first(h, c);
	while (was_lost && c->first != NULL && first_is_past(c, s))
		pass_over_first(h, c);
	return c->owed > 0 || c->first == NULL || is_too_early(c->first, s) ?
	    NULL : c->first;
}

static void
explain_unasked(struct http *h, struct connection *c, int from, unsigned status)
{
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
	    "response %u belongs to no request: %s", status,
	    c->owed > 0 ? "its request was dropped" : c->first == NULL ?
	    "none is unanswered" :
	    "it does not acknowledge the next unanswered one");
}

/* A request without a version may have no fields, and no empty line after them;
 * its response shows that it is complete. */
static void
end_malformed(struct connection *c, struct pending *p)
{
	if (p == NULL || p->e.version != 0 || p->request_done ||
	    c->side[c->client].state != SIDE_FIELDS)
		return;
	p->request_done = true;
	side_begin(&c->side[c->client], false);
	side_drop_line(c, c->client);
}

static void
begin_response(struct http *h, struct connection *c, int from, uint64_t time,
    const struct http1_start *start)
{
	struct side *s = &c->side[from];
	bool was_lost = side_is_lost(s);
	bool interim = framing_is_interim(start->status);
	struct pending *p;

	c->client = !from;
	c->protocol = PROTOCOL_HTTP1;
	p = find_request(h, c, s, was_lost);
	if (p == NULL && !interim) {
		explain_unasked(h, c, from, start->status);
		c->owed -= c->owed > 0;
		if ((p = add_unasked(h, c, s)) == NULL) {
			side_get_lost(c, from, SIDE_LOST);
			return;
		}
	} else
		end_malformed(c, p);
	s->head = (struct head){ .version = start->version,
	    .status = start->status };
	s->state = SIDE_FIELDS;
	if (p == NULL)
		return;
	p->e.bytes[1] += s->nhead;
	p->e.notes |= start->malformed ? EXCHANGE_MALFORMED : 0;
	p->e.response_ended = time;
	if (!interim)
		pending_begin_final(p, start->status, s->since);
}

/*
 * Start lines.
 */
static void
explain_found(struct http *h, struct connection *c, int from,
    const struct http1_start *start)
{
	if (side_is_lost(&c->side[from]))
		connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
		    "in sync at the start line of a %s",
		    start->is_request ? "request" : "response");
}

/* The preface of HTTP/2 begins a connection, or follows an upgrade. */
static bool
preface(struct http *h, struct connection *c, int from)
{
	if (c->protocol != PROTOCOL_UNKNOWN && c->protocol != PROTOCOL_HTTP2)
		return false;
	preface_client(h, c, from);
	return true;
}

bool
head_begin(struct http *h, struct connection *c, int from, uint64_t time,
    const char *line, size_t n)
{
	struct http1_start start;

	if (!http1_start_line(line, n, &start) &&
	    (c->side[from].state != SIDE_START ||
	    !http1_malformed(line, n, &start)))
		return false;
	if (!start.is_request) {
		if (c->client == from)
			return false;
		explain_found(h, c, from, &start);
		begin_response(h, c, from, time, &start);
		return true;
	}
	if (c->client == !from)
		return false;
	if (start.version == 20)
		return preface(h, c, from);
	if (c->side[from].state == SIDE_LOST_TORN &&
	    !http1_is_common(start.method))
		return false;
	explain_found(h, c, from, &start);
	begin_request(h, c, from, time, &start);
	return true;
}

/*
 * Fields.
 */
/* Fields that say how a message is framed. */
enum { OTHER_FIELD, LENGTH_FIELD, CODING_FIELD, CONNECTION_FIELD };

static void
length_field(struct head *head, struct http1_text value)
{
	uint64_t length;

	if (value.n == 0)
		return;		/* it may be folded */
	if (!http1_length(value, &length) ||
	    (head->has_length && head->length != length))
		head->bad_length = true;
	head->has_length = true;
	head->length = length;
}

/* identity is not a coding: RFC 7230, 4.2 removed it, but software sends it. */
static void
coding_field(struct head *head, struct http1_text value)
{
	if (value.n == 0 || http1_is(value, "identity"))
		return;
	head->coded = true;
	head->chunked = http1_list_ends(value, "chunked") ||
	    (http1_list_ends(value, "identity") &&
	    http1_list_has(value, "chunked"));
}

static void
framing_field(struct head *head, struct http1_text value)
{
	if (head->last == LENGTH_FIELD)
		length_field(head, value);
	else if (head->last == CODING_FIELD)
		coding_field(head, value);
	else if (head->last == CONNECTION_FIELD) {
		head->close |= http1_list_has(value, "close");
		head->keep_alive |= http1_list_has(value, "keep-alive");
	}
}

static uint8_t
kind_of(struct http1_text name)
{
	return http1_is(name, "content-length") ? LENGTH_FIELD :
	    http1_is(name, "transfer-encoding") ? CODING_FIELD :
	    http1_is(name, "connection") ? CONNECTION_FIELD : OTHER_FIELD;
}

void
head_request_field(const struct http *h, struct connection *c,
    struct pending *p, const struct http1_field *f)
{
	uint32_t secs;

	if (http1_is(f->name, "host"))
		connection_keep(c, p, EXCHANGE_HOST, f->value);
	else if (http1_is(f->name, "expect"))
		p->expect = http1_list_has(f->value, "100-continue");
	else if (http1_is(f->name, "upgrade"))
		p->websocket = http1_list_has(f->value, "websocket");
	else if (http1_is(f->name, "prefer") &&
	    http1_parameter(f->value, "wait", &secs))
		p->e.notes |= EXCHANGE_POLL;
	for (unsigned i = 0; i < h->nfields; i++)
		if (http1_is(f->name, h->fields[i]))
			connection_keep(c, p, EXCHANGE_FIELD + i, f->value);
}

/* A type of media, without its parameters? */
static bool
is_type(struct http1_text value, const char *type)
{
	const char *end = value.n > 0 ? memchr(value.p, ';', value.n) : NULL;

	if (end != NULL)
		value.n = (size_t)(end - value.p);
	while (value.n > 0 && value.p[value.n - 1] == ' ')
		value.n--;
	return http1_is(value, type);
}

void
head_response_field(struct pending *p, const struct http1_field *f)
{
	uint64_t code;

	if (http1_is(f->name, "content-type") &&
	    is_type(f->value, "text/event-stream"))
		p->e.notes |= EXCHANGE_EVENTS;
	else if (http1_is(f->name, "grpc-status") &&
	    http1_length(f->value, &code) && code <= UINT16_MAX) {
		p->e.has_grpc = true;
		p->e.grpc = (uint16_t)code;
	}
}

static void
keep_alive_field(struct connection *c, struct http1_text value)
{
	uint32_t v;

	if (http1_parameter(value, "timeout", &v)) {
		c->has_keep_secs = true;
		c->keep_secs = v;
	}
	if (http1_parameter(value, "max", &v)) {
		c->has_keep_max = true;
		c->keep_max = v;
	}
}

static void
upgrade_field(struct head *head, struct http1_text value)
{
	head->h2c = http1_list_has(value, "h2c");
	head->websocket = http1_list_has(value, "websocket");
}

void
head_field(const struct http *h, struct connection *c, int from,
    const char *line, size_t n)
{
	struct head *head = &c->side[from].head;
	struct pending *p = connection_current(c, from);
	struct http1_field f;

	if (http1_is_fold(line, n, &f.value)) {
		framing_field(head, f.value);
		return;
	}
	head->last = OTHER_FIELD;
	if (!http1_field_line(line, n, &f))
		return;
	head->last = kind_of(f.name);
	framing_field(head, f.value);
	if (from != c->client && http1_is(f.name, "keep-alive"))
		keep_alive_field(c, f.value);
	else if (from != c->client && http1_is(f.name, "upgrade"))
		upgrade_field(head, f.value);
	if (p == NULL)
		return;
	if (from == c->client)
		head_request_field(h, c, p, &f);
	else
		head_response_field(p, &f);
}

void
head_trailer(struct connection *c, int from, const char *line, size_t n)
{
	struct pending *p = connection_current(c, from);
	struct http1_field f;

	if (from != c->client && p != NULL && http1_field_line(line, n, &f))
		head_response_field(p, &f);
}
