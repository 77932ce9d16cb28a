#include "conn/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn/seq.h"
#include "wire/tls.h"

/*
 *	START -> FIELDS -> BODY | TO_CLOSE | CHUNK_LINE -> CHUNK -> CHUNK_END
 *	  ^         |        |                 |   ^                    |
 *	  |         v        v                 v   +--------------------+
 *	  +------- done <--- done <-------- TRAILERS
 *
 * What cannot be understood leads to LOST, and a message's first line back.
 */
enum state {
	START, FIELDS, BODY, TO_CLOSE, CHUNK_LINE, CHUNK, CHUNK_END, TRAILERS,
	LOST,		/* at the begin of a line */
	LOST_TORN,	/* at what may be the middle of a line */
	LOST_LINE,	/* at what surely is */
	HELLO,		/* TLS says its name */
	SILENT		/* nothing more is of interest */
};

#define LINE_MIN	128	/* bytes taken for a line that is cut */
#define UNKNOWN_SIDE	2

static bool
is_lost(const struct http_side *side)
{
	return side->state >= LOST && side->state <= LOST_LINE;
}

static void
drop_line(struct http_conn *c, struct http_side *side)
{
	c->held -= side->room;
	free(side->line);
	side->line = NULL;
	side->nline = side->room = 0;
}

void
message_free(struct http_conn *c, int from)
{
	drop_line(c, &c->side[from]);
}

void
message_begin(struct http_side *side, bool midstream)
{
	side->state = midstream ? LOST_TORN : START;
	side->nhead = 0;
}

bool
message_is_within(const struct http_side *side)
{
	return side->state == START ? side->nhead > 0 : side->state < LOST;
}

/* May the client yet leave its body out?  RFC 9110, 10.1.1. */
static bool
may_spare_body(const struct http_conn *c)
{
	const struct http_side *client = &c->side[c->client];

	return c->last != NULL && c->last->expect && !c->last->asked_all &&
	    (client->state == BODY || client->state == CHUNK_LINE) &&
	    client->nhead == 0 && !client->head.begun;
}

uint64_t
message_unwanted(const struct http_conn *c, int from)
{
	const struct http_side *side = &c->side[from];

	switch (side->state) {
	case BODY:
	case CHUNK:
		return from == c->client && may_spare_body(c) ? 0 : side->left;
	case TO_CLOSE:
	case SILENT:
		return UINT64_MAX;
	default:
		return 0;
	}
}

static void
silence(struct http_conn *c)
{
	for (int i = 0; i < 2; i++) {
		c->side[i].state = SILENT;
		drop_line(c, &c->side[i]);
	}
}

static void
be_lost(struct http_conn *c, int from, enum state where)
{
	c->side[from].state = (uint8_t)where;
	c->side[from].nhead = 0;
	drop_line(c, &c->side[from]);
}

/* The exchange that a side is in the middle of, or NULL. */
static struct exchange *
current(const struct http_conn *c, int from)
{
	if (from == c->client)
		return c->last != NULL && !c->last->asked_all ? c->last : NULL;
	return c->client != UNKNOWN_SIDE && c->first != NULL &&
	    !c->first->answered_all ? c->first : NULL;
}

/* n bytes of a message came. */
static void
count_bytes(struct http_conn *c, int from, uint64_t time, uint64_t n)
{
	struct exchange *e = current(c, from);

	if (e == NULL)
		return;
	e->bytes[from != c->client] += n;
	if (from == c->client)
		e->asked = time;
	else
		e->ended = time;
}

/*
 * Exchanges: told in the order in which they were asked.
 */
void
message_tell_first(struct http *h, struct http_conn *c)
{
	struct exchange *e = c->first;

	h->exchange(h->arg, c, e);
	c->held -= exchange_size(e);
	c->first = e->next;
	if (c->first == NULL)
		c->last = NULL;
	exchange_free(e);
}

static void
tell_complete(struct http *h, struct http_conn *c)
{
	while (c->first != NULL && c->first->asked_all &&
	    c->first->answered_all)
		message_tell_first(h, c);
}

/* How many bytes more may be held? */
static uint32_t
room_of(const struct http_conn *c)
{
	uint32_t held = c->held + c->stream.held;

	return held < HTTP_HELD_MAX ? HTTP_HELD_MAX - held : 0;
}

/* A new exchange with room for its text; for that the oldest are let go.
 * NULL without. */
static struct exchange *
add_exchange(struct http *h, struct http_conn *c, uint32_t text)
{
	uint32_t size = (uint32_t)sizeof(struct exchange);
	struct exchange *e;

	while (c->first != NULL && room_of(c) < size + text) {
		c->first->notes |= EXCHANGE_DROPPED;
		if (c->first->status != 0)
			be_lost(c, !c->client, LOST);
		else
			c->owed++;
		message_tell_first(h, c);
	}
	if (room_of(c) < size || (e = exchange_new()) == NULL)
		return NULL;
	c->held += size;
	return e;
}

static void
keep_text(struct http_conn *c, struct exchange *e, unsigned part,
    struct http_text t)
{
	uint32_t size = exchange_size(e);

	exchange_keep(e, part, t, room_of(c));
	c->held += exchange_size(e) - size;
}

static void
set_cause(struct http_conn *c, enum http_close cause)
{
	if (c->has_cause)
		return;
	c->has_cause = true;
	c->cause = (uint8_t)cause;
}

/*
 * The ends of messages.
 */
static void
request_done(struct http *h, struct http_conn *c)
{
	struct http_side *side = &c->side[c->client];

	side->state = START;
	side->nhead = 0;
	if (c->last != NULL)
		c->last->asked_all = true;
	tell_complete(h, c);
}

static void
response_done(struct http *h, struct http_conn *c)
{
	struct http_side *side = &c->side[!c->client];

	side->state = START;
	side->nhead = 0;
	if (c->first != NULL)
		c->first->answered_all = true;
	tell_complete(h, c);
}

static void
message_done(struct http *h, struct http_conn *c, int from)
{
	if (from == c->client)
		request_done(h, c);
	else
		response_done(h, c);
}

/* The side cannot be understood from here on; what it was in is torn. */
static void
lose(struct http *h, struct http_conn *c, int from, enum state where,
    unsigned note)
{
	struct exchange *e = current(c, from);

	if (e != NULL && c->side[from].state > START &&
	    c->side[from].state < LOST) {
		e->notes |= (uint8_t)note;
		if (from == c->client)
			e->asked_all = true;
		else if (e->status != 0)
			e->answered_all = true;
	}
	be_lost(c, from, where);
	tell_complete(h, c);
}

static void
say_other(struct http *h, struct http_conn *c)
{
	h->others++;
	c->speaks = HTTP_OTHER;
	silence(c);
}

/* A line, or a part of one, does not belong where it stands. */
static void
misunderstand(struct http *h, struct http_conn *c, int from, enum state where)
{
	if (c->speaks == HTTP_UNKNOWN && c->side[from].syn) {
		say_other(h, c);
		return;
	}
	if (c->speaks == HTTP_1)
		c->notes |= HTTP_RESYNC;
	lose(h, c, from, where, 0);
}

/*
 * Heads.
 */
static void
begin_request(struct http *h, struct http_conn *c, int from, uint64_t time,
    const struct http_start *s)
{
	struct http_side *side = &c->side[from];
	bool pipelined = c->first != NULL;
	struct exchange *e;

	c->client = (uint8_t)from;
	c->speaks = HTTP_1;
	if ((e = add_exchange(h, c, HTTP_HEAD_MAX)) == NULL) {
		be_lost(c, from, LOST);
		return;
	}
	/* What was said is void; but not that the server will close. */
	if (c->keeps)
		c->has_cause = false;
	e->number = ++c->requests;
	e->began = side->since;
	e->asked = time;
	e->bytes[0] = side->nhead;
	e->seq = side->seq;
	e->ack = side->ack;
	e->has_ack = side->has_ack;
	e->notes = pipelined ? EXCHANGE_PIPELINED : 0;
	e->has_idle = pipelined || c->active != 0;
	if (!pipelined && e->began > c->active)
		e->idle = e->began - c->active;
	e->version = s->version;
	e->head = s->method.n == 4 && memcmp(s->method.p, "HEAD", 4) == 0;
	e->connect = s->method.n == 7 && memcmp(s->method.p, "CONNECT", 7) == 0;
	if (c->last != NULL)
		c->last->next = e;
	else
		c->first = e;
	c->last = e;
	keep_text(c, e, EXCHANGE_METHOD, s->method);
	keep_text(c, e, EXCHANGE_TARGET, s->target);
	side->head = (struct http_head){ .version = s->version };
	side->state = FIELDS;
}

/* A response whose request was not seen. */
static struct exchange *
unasked(struct http *h, struct http_conn *c, const struct http_side *side)
{
	struct exchange *e = add_exchange(h, c, 0);

	if (e == NULL)
		return NULL;
	c->unasked = true;
	e->notes = EXCHANGE_UNASKED;
	e->began = e->asked = side->since;
	e->asked_all = true;
	e->next = c->first;
	c->first = e;
	if (c->last == NULL)
		c->last = e;
	return e;
}

/* After a gap in the responses: did the client ask the next one only when it
 * had seen more than where the first one's answer would begin? */
static bool
first_is_past(const struct http_conn *c, const struct http_side *side)
{
	const struct exchange *e = c->first, *next = e->next;

	return e->status == 0 && next != NULL && e->has_ack && next->has_ack &&
	    seq_before(e->ack, next->ack) && !seq_before(side->seq, next->ack);
}

/* The exchange that a response belongs to; NULL when its request was not seen,
 * or is let go. */
static struct exchange *
find_asked(struct http *h, struct http_conn *c, struct http_side *side,
    bool was_lost)
{
	/* The one before ends with this, at the latest. */
	if (c->first != NULL && c->first->status != 0)
		message_tell_first(h, c);
	while (was_lost && c->first != NULL && first_is_past(c, side)) {
		c->first->notes |= EXCHANGE_GAP;
		c->first->next->notes &= (uint8_t)~EXCHANGE_PIPELINED;
		c->first->next->has_idle = false;
		message_tell_first(h, c);
	}
	/* Nothing answers what its sender had not yet received. */
	if (c->owed > 0 || c->first == NULL || (side->has_ack &&
	    c->first->has_ack && seq_diff(side->ack, c->first->seq) <= 0))
		return NULL;
	return c->first;
}

/* RFC 9110, 15.2: more responses to the same request follow. */
static bool
is_interim(uint16_t status)
{
	return status < 200 && status != 101;
}

/* Its final response began at time. */
static void
answer(struct exchange *e, uint16_t status, uint64_t time)
{
	e->status = status;
	e->answered = time;
	if (!e->asked_all)
		e->notes |= EXCHANGE_EARLY;
	e->has_wait = e->asked_all && !(e->notes & EXCHANGE_UNASKED) &&
	    e->answered >= e->asked;
	e->wait = e->has_wait ? e->answered - e->asked : 0;
}

static void
begin_response(struct http *h, struct http_conn *c, int from, uint64_t time,
    const struct http_start *s)
{
	struct http_side *side = &c->side[from];
	bool was_lost = is_lost(side), interim = is_interim(s->status);
	struct exchange *e;

	c->client = !from;
	c->speaks = HTTP_1;
	e = find_asked(h, c, side, was_lost);
	if (e == NULL && !interim) {
		c->owed -= c->owed > 0;
		if ((e = unasked(h, c, side)) == NULL) {
			be_lost(c, from, LOST);
			return;
		}
	}
	side->head = (struct http_head){ .version = s->version,
	    .status = s->status };
	side->state = FIELDS;
	if (e == NULL)
		return;
	e->bytes[1] += side->nhead;
	e->ended = time;
	if (!interim)
		answer(e, s->status, side->since);
}

static void
say_http2(struct http_conn *c, int from)
{
	c->client = (uint8_t)from;
	c->speaks = HTTP_2;
	c->notes |= HTTP_SAYS_2;
	silence(c);
}

/* Behind a gap a word may be the end of a longer one. */
static bool
is_common_method(struct http_text t)
{
	static const char *const common[] = {
		"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE",
		"CONNECT", "PATCH"
	};

	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (t.n == strlen(common[i]) &&
		    memcmp(t.p, common[i], t.n) == 0)
			return true;
	return false;
}

/* A line where a message may begin; does one? */
static bool
begin_message(struct http *h, struct http_conn *c, int from, uint64_t time,
    const char *line, size_t n)
{
	struct http_start s;

	if (!http_start_line(line, n, &s))
		return false;
	if (!s.is_request) {
		if (c->client == from)
			return false;
		begin_response(h, c, from, time, &s);
		return true;
	}
	if (c->client == !from || (c->side[from].state == LOST_TORN &&
	    !is_common_method(s.method)))
		return false;
	if (s.version == 20) {
		if (c->speaks != HTTP_UNKNOWN)
			return false;
		say_http2(c, from);
	} else
		begin_request(h, c, from, time, &s);
	return true;
}

static void
length_field(struct http_head *head, struct http_text value)
{
	uint64_t length;

	if (!http_length(value, &length) ||
	    (head->has_length && head->length != length))
		head->bad_length = true;
	head->has_length = true;
	head->length = length;
}

static void
request_field(const struct http *h, struct http_conn *c, struct exchange *e,
    const struct http_field *f)
{
	if (http_is(f->name, "host"))
		keep_text(c, e, EXCHANGE_HOST, f->value);
	else if (http_is(f->name, "expect"))
		e->expect = http_list_has(f->value, "100-continue");
	for (unsigned i = 0; i < h->nfields; i++)
		if (http_is(f->name, h->fields[i]))
			keep_text(c, e, EXCHANGE_FIELD + i, f->value);
}

static void
keep_alive_field(struct http_conn *c, struct http_text value)
{
	uint32_t v;

	if (http_parameter(value, "timeout", &v)) {
		c->has_keep_secs = true;
		c->keep_secs = v;
	}
	if (http_parameter(value, "max", &v)) {
		c->has_keep_max = true;
		c->keep_max = v;
	}
}

static void
take_field(const struct http *h, struct http_conn *c, int from,
    const char *line, size_t n)
{
	struct http_head *head = &c->side[from].head;
	struct exchange *e = current(c, from);
	struct http_field f;

	if (!http_field_line(line, n, &f))
		return;
	if (http_is(f.name, "content-length"))
		length_field(head, f.value);
	else if (http_is(f.name, "transfer-encoding")) {
		head->coded = true;
		if (f.value.n > 0)
			head->chunked = http_list_ends(f.value, "chunked");
	} else if (http_is(f.name, "connection")) {
		head->close |= http_list_has(f.value, "close");
		head->keep_alive |= http_list_has(f.value, "keep-alive");
	} else if (from != c->client && http_is(f.name, "keep-alive"))
		keep_alive_field(c, f.value);
	if (from == c->client && e != NULL)
		request_field(h, c, e, &f);
}

/* RFC 9112, 9.3 */
static bool
persists(const struct http_head *head)
{
	return !head->close && (head->version >= 11 || head->keep_alive);
}

/* A head is complete, and a body with a length or in chunks follows, or
 * none; RFC 9112, 6.3. */
static void
begin_body(struct http *h, struct http_conn *c, int from)
{
	struct http_side *side = &c->side[from];
	struct http_head *head = &side->head;

	side->nhead = 0;
	if (head->chunked)
		side->state = CHUNK_LINE;
	else if (head->bad_length || (from == c->client && head->coded))
		lose(h, c, from, LOST, EXCHANGE_LENGTH);
	else if (head->has_length && head->length > 0) {
		side->left = head->length;
		side->state = BODY;
	} else
		message_done(h, c, from);
}

static void
request_head_done(struct http *h, struct http_conn *c)
{
	struct http_head *head = &c->side[c->client].head;
	struct exchange *e = current(c, c->client);
	bool keeps = persists(head);

	if (e != NULL)
		e->keeps = keeps;
	if (!keeps)
		set_cause(c, head->close ? HTTP_CLIENT_CLOSE : HTTP_10);
	begin_body(h, c, c->client);
}

/* No more HTTP comes. */
static void
become_tunnel(struct http *h, struct http_conn *c)
{
	response_done(h, c);
	c->has_cause = true;
	c->cause = HTTP_UPGRADE;
	silence(c);
}

/* A client that was to wait for 100 does not send the body after this. */
static void
spare_body(struct http_conn *c, struct exchange *e)
{
	if (e != c->last || e->status < 300 || !may_spare_body(c))
		return;
	e->asked_all = true;
	be_lost(c, c->client, LOST);
}

/* The server will not keep the connection. */
static void
server_cause(struct http_conn *c, const struct http_head *head)
{
	if (!head->close)
		set_cause(c, HTTP_10);
	else
		set_cause(c, c->has_keep_max && c->keep_max <= 1 ?
		    HTTP_MAX_REQUESTS : HTTP_SERVER_CLOSE);
}

static void
response_head_done(struct http *h, struct http_conn *c)
{
	struct http_side *side = &c->side[!c->client];
	struct http_head *head = &side->head;
	struct exchange *e = c->first;

	if (is_interim(head->status)) {
		side->state = START;
		side->nhead = 0;
		return;
	}
	if (e == NULL) {
		be_lost(c, !c->client, LOST);
		return;
	}
	if (head->status == 101 || (e->connect && head->status < 300)) {
		become_tunnel(h, c);
		return;
	}
	c->keeps = persists(head);
	c->asks_more = e->keeps;
	if (!c->keeps)
		server_cause(c, head);
	spare_body(c, e);
	if (e->head || head->status == 204 || head->status == 304)
		response_done(h, c);
	else if (head->chunked || (head->has_length && !head->coded))
		begin_body(h, c, !c->client);
	else
		side->state = TO_CLOSE;
}

/*
 * Lines.
 */
static void
chunk_line(struct http *h, struct http_conn *c, int from, const char *line,
    size_t n)
{
	struct http_side *side = &c->side[from];

	side->nhead = 0;
	side->head.begun = true;
	if (!http_chunk_size(line, n, &side->left))
		misunderstand(h, c, from, LOST);
	else
		side->state = side->left > 0 ? CHUNK : TRAILERS;
}

static void
take_line(struct http *h, struct http_conn *c, int from, uint64_t time,
    const char *line, size_t n)
{
	struct http_side *side = &c->side[from];

	switch ((enum state)side->state) {
	case START:
		if (n == 0)
			side->nhead = 0;	/* RFC 9112, 2.2 */
		else if (!begin_message(h, c, from, time, line, n))
			misunderstand(h, c, from, LOST);
		break;
	case FIELDS:
		if (n > 0)
			take_field(h, c, from, line, n);
		else if (from == c->client)
			request_head_done(h, c);
		else
			response_head_done(h, c);
		break;
	case CHUNK_LINE:
		chunk_line(h, c, from, line, n);
		break;
	case CHUNK_END:
		side->nhead = 0;
		side->state = CHUNK_LINE;
		if (n > 0)
			misunderstand(h, c, from, LOST);
		break;
	case TRAILERS:
		if (n == 0)
			message_done(h, c, from);
		break;
	case LOST:
	case LOST_TORN:
		if (!begin_message(h, c, from, time, line, n))
			be_lost(c, from, LOST);
		break;
	case LOST_LINE:
		be_lost(c, from, LOST);
		break;
	default:
		break;
	}
}

/* Keep the beginning of a line, or what goes on; false without room. */
static bool
keep_line(struct http_conn *c, struct http_side *side, const uint8_t *p,
    uint32_t n)
{
	uint32_t need = side->nline + n;
	uint32_t room = side->room > 0 ? side->room : LINE_MIN;
	char *line;

	while (room < need)
		room *= 2;
	if (room > side->room) {
		if (room > HTTP_HEAD_MAX || room - side->room > room_of(c) ||
		    (line = realloc(side->line, room)) == NULL)
			return false;
		c->held += room - side->room;
		side->line = line;
		side->room = (uint16_t)room;
	}
	memcpy(side->line + side->nline, p, n);
	side->nline = (uint16_t)need;
	return true;
}

static void
consume(struct stream_bytes *b, uint32_t n)
{
	uint32_t here = b->ndata < n ? b->ndata : n;

	b->seq += n;
	b->len -= n;
	b->ndata -= here;
	if (here > 0)
		b->data += here;
}

/* A head that is longer than any should be. */
static void
too_long(struct http *h, struct http_conn *c, int from, bool line_ends)
{
	if (c->speaks == HTTP_UNKNOWN && c->side[from].syn) {
		say_other(h, c);
		return;
	}
	if (c->speaks == HTTP_1 && !is_lost(&c->side[from]))
		c->notes |= HTTP_RESYNC;
	lose(h, c, from, line_ends ? LOST : LOST_LINE, EXCHANGE_LONG);
}

/* The first bytes of a line that is not whole, n of them new: could it become
 * one that is waited for?  One that is long has been asked often enough. */
static bool
is_hopeful(const struct http_side *side, uint32_t n)
{
	return (side->state != START && !is_lost(side)) ||
	    side->nline - n > LINE_MIN ||
	    (side->state != LOST_LINE && http_may_start(side->line,
	    side->nline)) || (side->nline == 1 && side->line[0] == '\r');
}

static void
part_of_line(struct http *h, struct http_conn *c, int from, uint32_t n)
{
	if (is_hopeful(&c->side[from], n))
		return;
	if (is_lost(&c->side[from]))
		be_lost(c, from, LOST_LINE);
	else
		misunderstand(h, c, from, LOST_LINE);
}

/* Take the next line off the front of b, or the part of it that is there. */
static void
next_line(struct http *h, struct http_conn *c, int from,
    struct stream_bytes *b)
{
	struct http_side *side = &c->side[from];
	const uint8_t *line = b->data;
	const uint8_t *newline = memchr(line, '\n', b->ndata);
	uint32_t n = newline != NULL ? (uint32_t)(newline - line) + 1 :
	    b->ndata;

	if (side->nhead == 0) {
		side->since = b->time;
		side->seq = b->seq;
		side->ack = b->ack;
		side->has_ack = b->has_ack;
	}
	consume(b, n);
	if (side->state == LOST_LINE && newline == NULL)
		return;
	if (side->nhead + n > HTTP_HEAD_MAX ||
	    ((newline == NULL || side->nline > 0) &&
	    !keep_line(c, side, line, n))) {
		too_long(h, c, from, newline != NULL);
		return;
	}
	side->nhead = (uint16_t)(side->nhead + n);
	if (side->state >= FIELDS && side->state <= TRAILERS)
		count_bytes(c, from, b->time, n);
	if (newline == NULL) {
		part_of_line(h, c, from, n);
		return;
	}
	if (side->nline > 0) {
		line = (const uint8_t *)side->line;
		n = side->nline;
	}
	n--;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	side->nline = 0;
	take_line(h, c, from, b->time, (const char *)line, n);
	drop_line(c, side);
}

/*
 * TLS.
 */
static void
say_tls(struct http_conn *c, int client, const struct tls_hello *hello)
{
	char host[TLS_NAME_MAX + TLS_ALPN_MAX + 2];

	c->client = (uint8_t)client;
	c->speaks = HTTP_TLS;
	c->notes |= HTTP_SAYS_TLS;
	silence(c);
	if ((hello->name[0] == '\0' && hello->alpn[0] == '\0') ||
	    sizeof host > room_of(c))
		return;
	snprintf(host, sizeof host, "%s%s%s",
	    hello->name[0] != '\0' ? hello->name : "-",
	    hello->alpn[0] != '\0' ? " " : "", hello->alpn);
	if ((c->host = strdup(host)) != NULL)
		c->held += (uint32_t)strlen(host) + 1;
}

/* More of what may be a ClientHello. */
static void
take_hello(struct http *h, struct http_conn *c, int from,
    struct stream_bytes *b)
{
	struct http_side *side = &c->side[from];
	struct tls_hello hello = { .name = "" };
	const uint8_t *p = b->data;
	uint32_t n = b->ndata, room = HTTP_HEAD_MAX - side->nline;
	bool kept = keep_line(c, side, p, n < room ? n : room) && n < room;

	consume(b, n);
	p = (const uint8_t *)side->line;
	n = side->nline;
	if (n < 6 && kept)
		return;
	if (n < 6 || c->speaks != HTTP_UNKNOWN || !tls_may_start(p, n)) {
		misunderstand(h, c, from, LOST_TORN);
		return;
	}
	if (p[5] == 2) {
		say_tls(c, !from, &hello);	/* a ServerHello */
		return;
	}
	switch (tls_client_hello(p, n, &hello)) {
	case TLS_NOT:
		misunderstand(h, c, from, LOST_TORN);
		return;
	case TLS_MORE:
		if (kept)
			return;
		break;
	case TLS_OK:
		break;
	}
	say_tls(c, from, &hello);
}

static bool
begins_tls(const struct http_conn *c, int from, const struct stream_bytes *b)
{
	const struct http_side *side = &c->side[from];

	return c->speaks == HTTP_UNKNOWN && side->state == START &&
	    side->nline == 0 && tls_may_start(b->data, b->ndata);
}

/* Bytes of a body, seen or not. */
static void
take_body(struct http *h, struct http_conn *c, int from,
    struct stream_bytes *b)
{
	struct http_side *side = &c->side[from];
	uint32_t n = b->len;

	if (side->state != TO_CLOSE && side->left < n)
		n = (uint32_t)side->left;
	side->head.begun = true;
	count_bytes(c, from, b->time, n);
	consume(b, n);
	if (side->state == TO_CLOSE)
		return;
	side->left -= n;
	if (side->left > 0)
		return;
	if (side->state == CHUNK)
		side->state = CHUNK_END;
	else
		message_done(h, c, from);
}

static bool
in_body(const struct http_side *side)
{
	return side->state == BODY || side->state == CHUNK ||
	    side->state == TO_CLOSE;
}

void
message_bytes(struct http *h, struct http_conn *c,
    const struct stream_bytes *bytes)
{
	struct stream_bytes b = *bytes;
	struct http_side *side = &c->side[b.from];

	while (b.len > 0 && side->state != SILENT) {
		if (in_body(side))
			take_body(h, c, b.from, &b);
		else if (b.ndata == 0) {
			message_gap(h, c, b.from, b.time, b.len);
			break;
		} else if (side->state == HELLO)
			take_hello(h, c, b.from, &b);
		else if (begins_tls(c, b.from, &b))
			side->state = HELLO;
		else
			next_line(h, c, b.from, &b);
	}
}

void
message_gap(struct http *h, struct http_conn *c, int from, uint64_t time,
    uint32_t n)
{
	struct http_side *side = &c->side[from];
	static const struct tls_hello nameless;

	h->gaps++;
	h->gap_bytes += n;
	c->notes |= HTTP_GAP;
	if (side->state == SILENT)
		return;
	if (side->state == HELLO && c->speaks == HTTP_UNKNOWN) {
		say_tls(c, from, &nameless);
		return;
	}
	if (in_body(side)) {
		struct stream_bytes b = { .time = time, .from = from,
		    .len = n };
		struct exchange *e = current(c, from);

		if (e != NULL)
			e->notes |= EXCHANGE_GAP;
		take_body(h, c, from, &b);
		if (b.len == 0)
			return;
	}
	lose(h, c, from, LOST_TORN, EXCHANGE_GAP);
}

void
message_fin(struct http *h, struct http_conn *c, int from, uint64_t time)
{
	struct http_side *side = &c->side[from];

	if (side->state != TO_CLOSE)
		return;
	set_cause(c, HTTP_UNTIL_CLOSE);
	if (c->first != NULL)
		c->first->ended = time;
	response_done(h, c);
}
