#include "http/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "http/frames.h"
#include "http/framing.h"
#include "http/front.h"
#include "http/preface.h"
#include "wire/tls.h"

#define LINE_END	16	/* bytes kept of the end of a cut line */

/* Before the body of a response whose request is unknown: that may be HEAD. */
static bool
may_have_no_body(const struct connection *c, int from)
{
	const struct side *s = &c->side[from];

	return from != c->client && s->state == SIDE_BODY &&
	    !s->head.body_begun && c->first != NULL &&
	    c->first->e.notes & EXCHANGE_UNASKED;
}

uint64_t
message_unwanted(const struct connection *c, int from)
{
	const struct side *s = &c->side[from];

	switch (s->state) {
	case SIDE_BODY:
	case SIDE_CHUNK:
		return (from == c->client && side_may_omit_body(c)) ||
		    may_have_no_body(c, from) ? 0 : s->left;
	case SIDE_TO_CLOSE:
	case SIDE_IGNORED:
		return UINT64_MAX;
	case SIDE_HTTP2:
		return frames_unwanted(c, from);
	case SIDE_TLS:
		return records_unwanted(c, from);
	case SIDE_WEBSOCKET:
		return s->websocket.left;
	default:
		return 0;
	}
}

/*
 * Lines.
 */
static void
resync(struct http *h, struct connection *c, int from, enum side_state where,
    const char *why)
{
	side_resync(h, c, from, where, EXCHANGE_NO_NOTE, why);
}

static void
chunk_line(struct http *h, struct connection *c, int from, const char *line,
    size_t n)
{
	struct side *s = &c->side[from];

	s->nhead = 0;
	s->head.body_begun = true;
	if (!http1_chunk_size(line, n, &s->left))
		resync(h, c, from, SIDE_LOST, "invalid size of a chunk");
	else
		s->state = s->left > 0 ? SIDE_CHUNK : SIDE_TRAILERS;
}

static void
parse_line(struct http *h, struct connection *c, int from, uint64_t time,
    const char *line, size_t n)
{
	struct side *s = &c->side[from];

	switch ((enum side_state)s->state) {
	case SIDE_START:
		if (n == 0 || front_line(c, line, n))
			s->nhead = 0;	/* RFC 9112, 2.2 */
		else if (!head_begin(h, c, from, time, line, n))
			resync(h, c, from, SIDE_LOST, "not a start line");
		break;
	case SIDE_FIELDS:
		if (n > 0)
			head_field(h, c, from, line, n);
		else
			framing_begin_body(h, c, from);
		break;
	case SIDE_CHUNK_LINE:
		chunk_line(h, c, from, line, n);
		break;
	case SIDE_CHUNK_END:
		s->nhead = 0;
		s->state = SIDE_CHUNK_LINE;
		if (n > 0)
			resync(h, c, from, SIDE_LOST,
			    "no line end after a chunk");
		break;
	case SIDE_TRAILERS:
		if (n == 0)
			side_done(h, c, from);
		else
			head_trailer(c, from, line, n);
		break;
	case SIDE_LOST:
	case SIDE_LOST_TORN:
		if (!head_begin(h, c, from, time, line, n))
			side_get_lost(c, from, SIDE_LOST);
		break;
	case SIDE_LOST_LINE:
		side_get_lost(c, from, SIDE_LOST);
		break;
	default:
		break;
	}
}

/* Keep a part of a line of any length; of a line that is too long, its
 * beginning and its end, which has the version.  False if there is no room. */
static bool
keep_line(struct connection *c, int from, const uint8_t *p, uint32_t n)
{
	struct side *s = &c->side[from];
	uint32_t room = HTTP_LINE_MAX - s->nline;
	uint32_t rest = n > room ? n - room : 0;
	char *end;

	if (!side_append(c, from, p, n - rest, HTTP_LINE_MAX))
		return false;
	if (rest == 0)
		return true;
	end = s->line + HTTP_LINE_MAX - LINE_END;
	p += n;
	n = rest < LINE_END ? rest : LINE_END;
	memmove(end, end + n, LINE_END - n);
	memcpy(end + LINE_END - n, p - n, n);
	return true;
}

/* Can the first bytes of a line, n of them new, become a line that is expected
 * here?  Beyond SIDE_LINE_MIN bytes they were checked before. */
static bool
may_be_expected(const struct side *s, uint32_t n)
{
	if (s->state != SIDE_START && !side_is_lost(s))
		return true;
	return s->nline - n > SIDE_LINE_MIN ||
	    (s->nline == 1 && *s->line == '\r') ||
	    (s->state != SIDE_LOST_LINE && http1_may_start(s->line, s->nline));
}

static void
part_of_line(struct http *h, struct connection *c, int from, uint32_t n)
{
	const struct side *s = &c->side[from];

	if (may_be_expected(s, n))
		return;
	if (side_is_lost(s))
		side_get_lost(c, from, SIDE_LOST_LINE);
	else
		resync(h, c, from, SIDE_LOST_LINE, "not a start line");
}

static void
note_long(struct connection *c, int from)
{
	struct pending *p = connection_current(c, from);

	if (p != NULL)
		p->e.notes |= EXCHANGE_LONG;
}

/* Note the segment in which a head begins. */
static void
begin_head(struct side *s, const struct reassembly_bytes *b)
{
	s->since = b->time;
	s->seq = b->seq;
	s->ack = b->ack;
	/* Nothing waits for what an ambiguous ACK acknowledges, but the order
	 * of requests and responses follows from it. */
	s->has_ack = b->has_ack || b->ack != 0;
}

/* Consume the next line of b, or the part of it that is there. */
static void
next_line(struct http *h, struct connection *c, int from,
    struct reassembly_bytes *b)
{
	struct side *s = &c->side[from];
	const uint8_t *line = b->data;
	const uint8_t *newline = memchr(line, '\n', b->ndata);
	uint32_t n = newline != NULL ? (uint32_t)(newline - line) + 1 :
	    b->ndata;

	if (s->nhead == 0)
		begin_head(s, b);
	side_consume(b, n);
	if (s->state == SIDE_LOST_LINE && newline == NULL)
		return;
	if ((newline == NULL || s->nline > 0) && !keep_line(c, from, line, n)) {
		side_resync(h, c, from, newline != NULL ? SIDE_LOST :
		    SIDE_LOST_LINE, EXCHANGE_LONG, "no room for a line");
		return;
	}
	s->nhead += n;
	if (s->state >= SIDE_FIELDS && s->state <= SIDE_TRAILERS)
		connection_count(c, from, b->time, n);
	if (newline == NULL) {
		part_of_line(h, c, from, n);
		return;
	}
	if (s->nline > 0) {
		line = (const uint8_t *)s->line;
		n = s->nline;
	}
	n--;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	s->nline = 0;
	parse_line(h, c, from, b->time, (const char *)line, n);
	side_drop_line(c, from);
	if (s->state == SIDE_FIELDS && s->nhead > HTTP_HEAD_MAX)
		note_long(c, from);
}

/*
 * TLS.
 */
static void
become_tls(struct http *h, struct connection *c, int client,
    const struct tls_hello *hello)
{
	char host[TLS_NAME_MAX + TLS_ALPN_MAX + 2];

	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, client,
	    "TLS, by its hello");
	c->client = (uint8_t)client;
	c->protocol = PROTOCOL_TLS;
	c->notes |= HTTP_IS_TLS;
	if (!h->tls || !records_begin(c))
		connection_ignore(c);
	if ((hello->name[0] == '\0' && hello->alpn[0] == '\0') ||
	    sizeof host > connection_room(c))
		return;
	snprintf(host, sizeof host, "%s%s%s",
	    hello->name[0] != '\0' ? hello->name : "-",
	    hello->alpn[0] != '\0' ? " " : "", hello->alpn);
	if ((c->host = strdup(host)) != NULL)
		c->held += (uint32_t)strlen(host) + 1;
}

/* Parse n bytes at p, the start of a side; full if no more will be kept. */
static void
parse_hello(struct http *h, struct connection *c, int from, const uint8_t *p,
    uint32_t n, bool full)
{
	struct tls_hello hello = { .name = "" };
	enum tls_result result;

	if (p[5] == TLS_SERVER_HELLO) {
		become_tls(h, c, !from, &hello);
		return;
	}
	result = tls_client_hello(p, n, &hello);
	if (result == TLS_NOT)
		resync(h, c, from, SIDE_LOST_TORN, "not a start line");
	else if (result == TLS_OK || full)
		become_tls(h, c, from, &hello);
}

/* Consume more of what may be a ClientHello. */
static void
next_hello(struct http *h, struct connection *c, int from,
    struct reassembly_bytes *b)
{
	struct side *s = &c->side[from];
	uint32_t n = b->ndata, room = HTTP_HEAD_MAX - s->nline;
	bool full = !side_append(c, from, b->data, n < room ? n : room,
	    HTTP_HEAD_MAX) || n >= room;
	const uint8_t *p = (const uint8_t *)s->line;

	side_consume(b, n);
	if (s->nline < 6 && !full)
		return;
	if (s->nline < 6 || c->protocol != PROTOCOL_UNKNOWN ||
	    !tls_may_start(p, s->nline))
		resync(h, c, from, SIDE_LOST_TORN, "not a start line");
	else
		parse_hello(h, c, from, p, s->nline, full);
	if (s->state == SIDE_TLS)
		records_again(c, from, full);
}

static bool
begins_tls(const struct connection *c, int from,
    const struct reassembly_bytes *b)
{
	const struct side *s = &c->side[from];

	return c->protocol == PROTOCOL_UNKNOWN && s->state == SIDE_START &&
	    s->nline == 0 && tls_may_start(b->data, b->ndata);
}

/* Some servers of HTTP/2 do not wait for the client's preface. */
static bool
begins_frames(const struct connection *c, int from,
    const struct reassembly_bytes *b)
{
	const struct side *s = &c->side[from];

	return c->protocol == PROTOCOL_UNKNOWN && s->state == SIDE_START &&
	    s->nline == 0 && c->client != from &&
	    http2_are_settings(b->data, b->ndata);
}

/*
 * Bodies.
 */
static bool
in_body(const struct side *s)
{
	return s->state == SIDE_BODY || s->state == SIDE_CHUNK ||
	    s->state == SIDE_TO_CLOSE;
}

/* Count bytes of a body, captured or not. */
static void
next_body(struct http *h, struct connection *c, int from,
    struct reassembly_bytes *b)
{
	struct side *s = &c->side[from];
	uint32_t n = b->len;

	if (s->state != SIDE_TO_CLOSE && s->left < n)
		n = (uint32_t)s->left;
	s->head.body_begun = true;
	if (from != c->client && c->first != NULL)
		pending_begin_body(c->first, b->time);
	connection_count(c, from, b->time, n);
	side_consume(b, n);
	if (s->state == SIDE_TO_CLOSE)
		return;
	s->left -= n;
	if (s->left > 0)
		return;
	if (s->state == SIDE_CHUNK)
		s->state = SIDE_CHUNK_END;
	else
		side_done(h, c, from);
}

/* Servers and clients begin messages, or frames, where segments begin. */
static void
look_at_segment(struct http *h, struct connection *c,
    const struct reassembly_bytes *b)
{
	if (http1_begins(b->data, b->ndata))
		side_get_lost(c, b->from, SIDE_LOST);
	else if (c->protocol != PROTOCOL_UNKNOWN ||
	    preface_found(h, c, b->from, b->data, b->ndata))
		return;
	else if (c->bytes[b->from] >= SIDE_OTHER_BYTES && c->side[b->from].syn)
		resync(h, c, b->from, SIDE_LOST, "too long");
}

/* Consume a line, or find what else begins. */
static void
next_text(struct http *h, struct connection *c, struct reassembly_bytes *b)
{
	struct side *s = &c->side[b->from];

	if (begins_tls(c, b->from, b)) {
		begin_head(s, b);
		s->state = SIDE_HELLO;
	} else if (begins_frames(c, b->from, b))
		preface_server(h, c, b->from);
	else if (!front_begins(c, b))
		next_line(h, c, b->from, b);
}

/* Can the side's next bytes be consumed without their data? */
static bool
is_counted(const struct side *s)
{
	return in_body(s) || s->state == SIDE_HTTP2 || s->state == SIDE_TLS ||
	    s->state == SIDE_PROXY ||
	    (s->state == SIDE_WEBSOCKET && s->websocket.left > 0);
}

/* Consume some of the next bytes. */
static void
next(struct http *h, struct connection *c, struct reassembly_bytes *b)
{
	struct side *s = &c->side[b->from];

	if (b->ndata == 0 && !is_counted(s)) {
		message_gap(h, c, b->from, b->time, b->len);
		side_consume(b, b->len);
	} else if (in_body(s))
		next_body(h, c, b->from, b);
	else if (s->state == SIDE_HTTP2)
		frames_bytes(h, c, b);
	else if (s->state == SIDE_TLS)
		records_bytes(c, b);
	else if (s->state == SIDE_WEBSOCKET)
		websocket_bytes(c, b);
	else if (s->state == SIDE_HELLO)
		next_hello(h, c, b->from, b);
	else if (s->state == SIDE_PROXY)
		front_header(c, b);
	else if (s->state == SIDE_SOCKS)
		front_socks(h, c, b);
	else
		next_text(h, c, b);
}

void
message_bytes(struct http *h, struct connection *c,
    const struct reassembly_bytes *bytes)
{
	struct reassembly_bytes b = *bytes;
	struct side *s = &c->side[b.from];

	if (side_is_lost(s))
		look_at_segment(h, c, &b);
	else if (s->state == SIDE_START && s->nline > 0 &&
	    http1_begins(b.data, b.ndata))
		resync(h, c, b.from, SIDE_LOST, "bytes before a start line");
	else if (may_have_no_body(c, b.from) && http1_begins(b.data, b.ndata))
		side_done(h, c, b.from);
	while (b.len > 0 && s->state != SIDE_IGNORED)
		next(h, c, &b);
}

/* Count a gap as far as it is in a body.  Returns how much of it is not. */
static uint32_t
gap_in_body(struct http *h, struct connection *c, int from, uint64_t time,
    uint32_t n)
{
	struct reassembly_bytes b = { .time = time, .from = from, .len = n };
	struct pending *p = connection_current(c, from);

	if (p != NULL)
		p->e.notes |= EXCHANGE_GAP;
	next_body(h, c, from, &b);
	return b.len;
}

/* The line before a gap may be a whole start line, but for its end. */
static void
begin_before_gap(struct http *h, struct connection *c, int from, uint64_t time)
{
	struct side *s = &c->side[from];
	struct http1_start start;
	uint32_t n = s->nline;

	if (n > 0 && s->line[n - 1] == '\r')
		n--;
	s->nline = 0;
	if (http1_start_line(s->line, n, &start))
		head_begin(h, c, from, time, s->line, n);
	side_drop_line(c, from);
}

/* A gap in what is not a message of HTTP/1; false if it is in one. */
static bool
gap_elsewhere(struct http *h, struct connection *c, int from, uint64_t time,
    uint32_t n)
{
	static const struct tls_hello nameless;

	switch (c->side[from].state) {
	case SIDE_HTTP2:
		frames_gap(h, c, from, time, n);
		return true;
	case SIDE_TLS:
		records_gap(c, from, time, n);
		return true;
	case SIDE_WEBSOCKET:
		websocket_gap(c, from, n);
		return true;
	case SIDE_HELLO:
		if (c->protocol != PROTOCOL_UNKNOWN)
			return false;
		become_tls(h, c, from, &nameless);
		return true;
	default:
		return false;
	}
}

void
message_gap(struct http *h, struct connection *c, int from, uint64_t time,
    uint32_t n)
{
	struct side *s = &c->side[from];

	h->gaps++;
	h->gap_bytes += n;
	c->notes |= HTTP_GAP;
	if (s->state == SIDE_IGNORED)
		return;
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
	    "gap of %" PRIu32 " bytes%s", n, in_body(s) ? " in a body" : "");
	if (gap_elsewhere(h, c, from, time, n) ||
	    (in_body(s) && gap_in_body(h, c, from, time, n) == 0))
		return;
	if (s->state == SIDE_START && s->nline > 0)
		begin_before_gap(h, c, from, time);
	else if (s->state == SIDE_START && s->nhead == 0 && from != c->client)
		head_lose_response(h, c, c->stream.next[from] - n);
	side_lose(h, c, from, SIDE_LOST_TORN, EXCHANGE_GAP);
}

void
message_fin(struct http *h, struct connection *c, int from, uint64_t time)
{
	struct side *s = &c->side[from];

	if (s->state != SIDE_TO_CLOSE)
		return;
	connection_set_cause(h, c, from, HTTP_UNTIL_CLOSE);
	if (c->first != NULL)
		c->first->e.response_ended = time;
	side_done(h, c, from);
}
