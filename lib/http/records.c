#include "http/records.h"

#include <stdlib.h>

#include "http/connection.h"

#define ALERT_13	(2 + 1 + 16)	/* bytes of an encrypted alert */
#define HELLO_MAX	4096	/* bytes kept of the server's hello */

bool
records_begin(struct connection *c)
{
	if ((c->records = calloc(1, sizeof *c->records)) == NULL)
		return false;
	c->held += (uint32_t)sizeof *c->records;
	c->records->last = NO_SIDE;
	side_drop_line(c, !c->client);
	c->side[0].state = c->side[1].state = SIDE_TLS;
	return true;
}

void
records_again(struct connection *c, int from, bool full)
{
	struct side *s = &c->side[from];
	struct reassembly_bytes b = { .time = s->since, .from = from,
	    .data = (const uint8_t *)s->line, .ndata = s->nline,
	    .len = s->nline };

	c->records->began = from == c->client ? s->since : 0;
	c->records->side[from].lost = full || from != c->client;
	records_bytes(c, &b);
	side_drop_line(c, from);
}

/*
 * The handshake.
 */
static void
end_handshake(struct records *r, uint64_t time)
{
	if (r->has_handshake || r->began == 0 || time < r->began)
		return;
	r->has_handshake = true;
	r->handshake = time - r->began;
}

static bool
is_13(const struct records *r)
{
	return r->has_server && r->server.version >= TLS_1_3;
}

/* May the server's hello, which did not come yet, be in this record? */
static bool
wants_hello(const struct connection *c, int from)
{
	const struct records *r = c->records;

	return from != c->client && !r->has_server &&
	    r->side[from].type == TLS_HANDSHAKE && !r->side[from].lost;
}

/* A record of the server's handshake is complete: look for the hello in it.
 * Another hello follows a HelloRetryRequest (RFC 8446, 4.1.4). */
static void
look_for_hello(struct connection *c, int from)
{
	struct side *s = &c->side[from];
	struct records *r = c->records;
	struct tls_server_hello hello;
	enum tls_result result = tls_server_hello((const uint8_t *)s->line,
	    s->nline, &hello);

	if (result == TLS_MORE)
		return;
	side_drop_line(c, from);
	if (result == TLS_NOT || hello.is_retry)
		return;
	r->server = hello;
	r->has_server = true;
	if (is_13(r)) {
		r->has_resumed = true;
		r->resumed = hello.has_psk;
	}
}

/* In a full handshake of TLS 1.2 the client changes its cipher first, in a
 * resumed one the server (RFC 5246, 7.3). */
static void
change_cipher(struct connection *c, int from)
{
	struct records *r = c->records;

	if (r->side[from].switched)
		return;
	r->side[from].switched = true;
	if (from == c->client || !r->has_server || is_13(r))
		return;
	r->has_resumed = true;
	r->resumed = !r->side[!from].switched;
}

static void
handshake_record(struct connection *c, int from, uint64_t time)
{
	struct records *r = c->records;

	if (!r->side[from].switched || is_13(r))
		return;
	r->side[from].finished = true;
	if (r->side[!from].finished)
		end_handshake(r, time);
}

/* In TLS 1.3 the client's first record of this type after the server's hello
 * ends its handshake; others are requests, or parts of them. */
static void
application_record(struct connection *c, int from, uint64_t time)
{
	struct records *r = c->records;
	bool client = from == c->client;

	if (is_13(r) && r->side[from].len == ALERT_13)
		return;
	if (client && is_13(r) && !r->side[from].finished) {
		r->side[from].finished = true;
		end_handshake(r, time);
		return;
	}
	r->turns += client && r->last != from;
	/* Until the client has spoken, the server's are of its handshake. */
	if (client || r->last != NO_SIDE)
		r->last = (uint8_t)from;
}

/*
 * Records.
 */
static void
end_record(struct connection *c, int from, uint64_t time)
{
	struct records_side *s = &c->records->side[from];

	s->nkept = 0;
	switch (s->type) {
	case TLS_HANDSHAKE:
		if (wants_hello(c, from))
			look_for_hello(c, from);
		handshake_record(c, from, time);
		break;
	case TLS_CHANGE_CIPHER:
		change_cipher(c, from);
		break;
	case TLS_APPLICATION:
		application_record(c, from, time);
		break;
	}
}

/* Keep bytes in which the server's hello may be. */
static void
keep(struct connection *c, int from, const uint8_t *p, uint32_t n)
{
	if (wants_hello(c, from) && n > 0)
		side_append(c, from, p, n, HELLO_MAX);
}

static void
begin_record(struct connection *c, int from, uint64_t time)
{
	struct records_side *s = &c->records->side[from];

	if (!tls_record(s->kept, &s->left)) {
		s->lost = true;
		return;
	}
	s->type = s->kept[0];
	s->len = s->left;
	c->frames_of[from]++;
	keep(c, from, s->kept, TLS_RECORD_HEAD);
	if (s->left == 0)
		end_record(c, from, time);
}

static void
next_head(struct connection *c, struct reassembly_bytes *b)
{
	struct records_side *s = &c->records->side[b->from];

	if (side_collect(b, s->kept, &s->nkept, TLS_RECORD_HEAD))
		begin_record(c, b->from, b->time);
}

static void
next_payload(struct connection *c, struct reassembly_bytes *b)
{
	struct records_side *s = &c->records->side[b->from];
	uint32_t n = s->left < b->len ? s->left : b->len;

	keep(c, b->from, b->data, n < b->ndata ? n : b->ndata);
	side_consume(b, n);
	s->left -= n;
	if (s->left == 0)
		end_record(c, b->from, b->time);
}

/* Records that follow each other, at the beginning of a segment? */
static bool
may_be_records(const uint8_t *p, size_t n)
{
	uint32_t len;
	bool whole = false;

	while (n >= TLS_RECORD_HEAD) {
		if (!tls_record(p, &len))
			return false;
		if (len > n - TLS_RECORD_HEAD)
			return whole;
		whole = true;
		p += TLS_RECORD_HEAD + len;
		n -= TLS_RECORD_HEAD + len;
	}
	return whole;
}

void
records_bytes(struct connection *c, struct reassembly_bytes *b)
{
	struct records_side *s = &c->records->side[b->from];

	if (s->lost && may_be_records(b->data, b->ndata)) {
		s->lost = false;
		s->nkept = 0;
	}
	while (b->len > 0 && !s->lost)
		if (s->nkept == TLS_RECORD_HEAD)
			next_payload(c, b);
		else if (b->ndata > 0)
			next_head(c, b);
		else
			s->lost = true;
	side_consume(b, b->len);
}

void
records_gap(struct connection *c, int from, uint64_t time, uint32_t n)
{
	struct records_side *s = &c->records->side[from];
	struct reassembly_bytes b = { .time = time, .from = from, .len = n };

	if (!s->lost && s->nkept == TLS_RECORD_HEAD)
		next_payload(c, &b);
	s->lost |= b.len > 0;
}

uint64_t
records_unwanted(const struct connection *c, int from)
{
	const struct records_side *s = &c->records->side[from];

	return !s->lost && s->nkept == TLS_RECORD_HEAD &&
	    !wants_hello(c, from) ? s->left : 0;
}
