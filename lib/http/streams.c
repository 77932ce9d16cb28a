#include "http/streams.h"

#include <inttypes.h>
#include <string.h>

#include "http/connection.h"
#include "http/frames.h"
#include "http/framing.h"

/*
 * Exchanges.
 */
/* A client's stream numbers increase (RFC 9113, 5.1.1): a greater one has no
 * exchange yet, and need not be searched for among perhaps many. */
static bool
is_new(const struct streams *s, uint32_t stream)
{
	return !s->lost && stream % 2 == 1 && stream > s->newest;
}

static struct pending *
find(const struct connection *c, uint32_t stream)
{
	struct pending *p = c->last;

	if (p == NULL || p->stream == stream)
		return p;
	if (is_new(&c->frames->streams, stream))
		return NULL;
	for (p = c->first; p != NULL && p->stream != stream; p = p->next)
		;
	return p;
}

bool
streams_has(const struct connection *c, uint32_t stream)
{
	return find(c, stream) != NULL;
}

static void
report_if_complete(struct http *h, struct connection *c, struct pending *p)
{
	if (p->response_done && (p->request_done || p->end_lost))
		connection_report(h, c, p);
}

/* Was a stream's request captured for certain?  Its exchange may have been
 * reported. */
static bool
is_known(const struct streams *s, uint32_t stream)
{
	return stream % 2 == 1 && stream <= s->newest &&
	    (stream <= s->lost_from || stream >= s->lost_to);
}

static struct pending *
add(struct http *h, struct connection *c, const struct streams_block *b,
    uint64_t time, uint32_t text)
{
	struct pending *p = connection_new_exchange(h, c, text);

	if (p == NULL)
		return NULL;
	p->stream = b->about;
	p->e.version = 20;
	p->e.request_began = b->since;
	p->e.request_ended = time;
	connection_append(c, p);
	return p;
}

/* The client begins a request on a stream that is new. */
static void
note_newest(struct streams *s, uint32_t stream)
{
	if (s->lost) {
		s->lost = false;
		s->lost_from = s->newest;
		s->lost_to = stream;
	}
	if (stream > s->newest)
		s->newest = stream;
}

static void
begin_request(struct http *h, struct connection *c, uint64_t time,
    const struct streams_block *b, bool promised)
{
	struct pending *p = add(h, c, b, time, HTTP_HEAD_MAX);

	if (p == NULL)
		return;
	p->e.number = ++c->requests;
	p->e.has_idle = c->active != 0;
	if (b->since > c->active)
		p->e.idle = b->since - c->active;
	if (promised)
		p->e.notes |= EXCHANGE_PUSHED;
}

static void
add_unasked(struct http *h, struct connection *c, uint64_t time,
    const struct streams_block *b)
{
	struct pending *p = add(h, c, b, time, 0);

	if (p == NULL)
		return;
	c->unasked = true;
	p->e.notes |= EXCHANGE_UNASKED;
	p->request_done = true;
}

/* What a block of the client is: a request, or the trailers of one. */
static enum streams_kind
client_block(struct http *h, struct connection *c, uint64_t time,
    const struct streams_block *b)
{
	struct streams *s = &c->frames->streams;

	if (find(c, b->stream) != NULL)
		return STREAMS_TRAILERS;
	if (is_known(s, b->stream) || b->stream % 2 == 0)
		return STREAMS_NOTHING;
	note_newest(s, b->stream);
	begin_request(h, c, time, b, false);
	return STREAMS_REQUEST;
}

static enum streams_kind
server_block(struct http *h, struct connection *c, uint64_t time,
    const struct streams_block *b)
{
	const struct pending *p = find(c, b->stream);

	if (p == NULL && is_known(&c->frames->streams, b->stream))
		return STREAMS_NOTHING;
	if (p == NULL)
		add_unasked(h, c, time, b);
	return p != NULL && p->e.status != 0 ? STREAMS_TRAILERS :
	    STREAMS_RESPONSE;
}

void
streams_begin_block(struct http *h, struct connection *c, int from,
    uint64_t time, struct streams_block *b, uint32_t promised)
{
	b->about = promised != 0 ? promised : b->stream;
	if (from == c->client)
		b->kind = (uint8_t)client_block(h, c, time, b);
	else if (promised == 0)
		b->kind = (uint8_t)server_block(h, c, time, b);
	else if (find(c, promised) == NULL) {
		begin_request(h, c, time, b, true);
		b->kind = STREAMS_REQUEST;
	}
}

/*
 * Fields.
 */
static void
request_field(const struct http *h, struct connection *c, struct pending *p,
    const struct http1_field *f)
{
	struct http1_text value = f->value;

	if (value.n > HTTP_LINE_MAX)
		value.n = HTTP_LINE_MAX;
	if (http1_is(f->name, ":method"))
		connection_keep(c, p, EXCHANGE_METHOD, value);
	else if (http1_is(f->name, ":path"))
		connection_keep(c, p, EXCHANGE_TARGET, value);
	else if (http1_is(f->name, ":authority"))
		connection_keep(c, p, EXCHANGE_HOST, value);
	else
		head_request_field(h, c, p, &(struct http1_field){ f->name,
		    value });
}

static void
response_field(struct connection *c, struct pending *p,
    const struct streams_block *b, const struct http1_field *f)
{
	uint16_t status = http1_is(f->name, ":status") ?
	    http1_status(f->value) : 0;

	head_response_field(p, f);
	if (b->kind != STREAMS_RESPONSE || p->e.status != 0 || status == 0 ||
	    framing_is_interim(status))
		return;
	c->keeps = c->asks_more = true;
	pending_begin_final(p, status, b->since);
}

void
streams_field(struct http *h, struct connection *c, int from,
    const struct streams_block *b, const struct http1_field *f)
{
	struct pending *p = find(c, b->about);

	if (b->kind == STREAMS_NOTHING || p == NULL)
		return;
	if (f->name.n == 0)
		p->e.notes |= EXCHANGE_HPACK;
	else if (b->kind == STREAMS_REQUEST)
		request_field(h, c, p, f);
	else if (from != c->client)
		response_field(c, p, b, f);
}

void
streams_end_block(struct http *h, struct connection *c,
    const struct streams_block *b)
{
	struct pending *p = find(c, b->about);

	if (p == NULL || b->kind == STREAMS_NOTHING)
		return;
	if (b->bytes > HTTP_HEAD_MAX)
		p->e.notes |= EXCHANGE_LONG;
	if (b->about == b->stream)
		return;
	p->request_done = true;		/* promised: RFC 9113, 8.4.1 */
	report_if_complete(h, c, p);
}

/*
 * Bytes, and the end.
 */
void
streams_count(struct connection *c, int from, uint32_t stream, uint64_t time,
    uint32_t n, bool data)
{
	struct pending *p = find(c, stream);
	bool asks;

	if (p == NULL)
		return;
	asks = from == c->client ||
	    (p->e.notes & EXCHANGE_PUSHED && !p->request_done);
	if (asks ? p->request_done : p->response_done)
		return;			/* RFC 9113, 5.1: an error */
	p->e.bytes[!asks] += n;
	if (asks)
		p->e.request_ended = time;
	else
		p->e.response_ended = time;
	if (!asks && data)
		pending_begin_body(p, time);
}

void
streams_gap(struct connection *c, uint32_t stream)
{
	struct pending *p = find(c, stream);

	if (p != NULL)
		p->e.notes |= EXCHANGE_GAP;
}

void
streams_end(struct http *h, struct connection *c, int from, uint32_t stream)
{
	struct pending *p = find(c, stream);

	if (p == NULL)
		return;
	if (from == c->client)
		p->request_done = true;
	else
		p->response_done = true;
	report_if_complete(h, c, p);
}

void
streams_reset(struct http *h, struct connection *c, int from, uint32_t stream,
    uint32_t code)
{
	struct pending *p = find(c, stream);

	if (p == NULL)
		return;
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
	    "request %" PRIu32 " is reset, with error %" PRIu32,
	    p->e.number, code);
	if (!p->response_done)
		p->e.notes |= EXCHANGE_RESET;
	connection_report(h, c, p);
}

/* Only the server's GOAWAY refuses requests: the client receives none. */
void
streams_goaway(struct http *h, struct connection *c, int from, uint64_t time,
    uint32_t last)
{
	struct pending *p = c->first, *next;

	last &= UINT32_C(0x7fffffff);
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
	    "GOAWAY after stream %" PRIu32, last);
	if (from == c->client)
		return;
	connection_set_cause(h, c, from, c->requests > 0 && p == NULL &&
	    time >= c->active + NS_PER_S ? HTTP_KEEPALIVE_TIMEOUT :
	    HTTP_SERVER_CLOSE);
	for (; p != NULL; p = next) {
		next = p->next;
		if (p->stream % 2 == 0 || p->stream <= last ||
		    p->e.status != 0)
			continue;
		p->e.notes |= EXCHANGE_REFUSED;
		connection_report(h, c, p);
	}
}

void
streams_lost(struct http *h, struct connection *c, int from)
{
	struct pending *p = c->first, *next;

	if (from == c->client)
		c->frames->streams.lost = true;
	for (; p != NULL; p = next) {
		next = p->next;
		if (from == c->client ? p->request_done : p->response_done)
			continue;
		p->e.notes |= EXCHANGE_GAP;
		p->end_lost |= from == c->client;
		report_if_complete(h, c, p);
	}
}
