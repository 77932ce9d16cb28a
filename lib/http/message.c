#include "http/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/head.h"
#include "http/side.h"
#include "wire/tls.h"

#define LINE_MIN	128	/* bytes taken for a line that is cut */

void
message_free(struct http_conn *c, int from)
{
	talk_drop_line(c, &c->side[from]);
}

void
message_begin(struct http_side *side, bool midstream)
{
	side->state = midstream ? TALK_LOST_TORN : TALK_START;
	side->nhead = 0;
}

bool
message_is_within(const struct http_side *side)
{
	return side->state == TALK_START ? side->nhead > 0 :
	    side->state < TALK_LOST;
}

uint64_t
message_unwanted(const struct http_conn *c, int from)
{
	const struct http_side *side = &c->side[from];

	switch (side->state) {
	case TALK_BODY:
	case TALK_CHUNK:
		return from == c->client && talk_may_spare_body(c) ? 0 :
		    side->left;
	case TALK_TO_CLOSE:
	case TALK_SILENT:
		return UINT64_MAX;
	default:
		return 0;
	}
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
	if (!http1_chunk_size(line, n, &side->left))
		talk_misunderstand(h, c, from, TALK_LOST);
	else
		side->state = side->left > 0 ? TALK_CHUNK : TALK_TRAILERS;
}

static void
take_line(struct http *h, struct http_conn *c, int from, uint64_t time,
    const char *line, size_t n)
{
	struct http_side *side = &c->side[from];

	switch ((enum talk_state)side->state) {
	case TALK_START:
		if (n == 0)
			side->nhead = 0;	/* RFC 9112, 2.2 */
		else if (!head_begin(h, c, from, time, line, n))
			talk_misunderstand(h, c, from, TALK_LOST);
		break;
	case TALK_FIELDS:
		if (n > 0)
			head_field(h, c, from, line, n);
		else
			head_done(h, c, from);
		break;
	case TALK_CHUNK_LINE:
		chunk_line(h, c, from, line, n);
		break;
	case TALK_CHUNK_END:
		side->nhead = 0;
		side->state = TALK_CHUNK_LINE;
		if (n > 0)
			talk_misunderstand(h, c, from, TALK_LOST);
		break;
	case TALK_TRAILERS:
		if (n == 0)
			talk_done(h, c, from);
		break;
	case TALK_LOST:
	case TALK_LOST_TORN:
		if (!head_begin(h, c, from, time, line, n))
			talk_be_lost(c, from, TALK_LOST);
		break;
	case TALK_LOST_LINE:
		talk_be_lost(c, from, TALK_LOST);
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
		if (room > HTTP_HEAD_MAX || room - side->room > talk_room(c) ||
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
consume(struct reassembly_bytes *b, uint32_t n)
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
		talk_say_other(h, c);
		return;
	}
	if (c->speaks == HTTP_1 && !talk_is_lost(&c->side[from]))
		c->notes |= HTTP_RESYNC;
	talk_lose(h, c, from, line_ends ? TALK_LOST : TALK_LOST_LINE,
	    EXCHANGE_LONG);
}

/* The first bytes of a line that is not whole, n of them new: could it become
 * one that is waited for?  One that is long has been asked often enough. */
static bool
is_hopeful(const struct http_side *side, uint32_t n)
{
	return (side->state != TALK_START && !talk_is_lost(side)) ||
	    side->nline - n > LINE_MIN ||
	    (side->state != TALK_LOST_LINE && http1_may_start(side->line,
	    side->nline)) || (side->nline == 1 && side->line[0] == '\r');
}

static void
part_of_line(struct http *h, struct http_conn *c, int from, uint32_t n)
{
	if (is_hopeful(&c->side[from], n))
		return;
	if (talk_is_lost(&c->side[from]))
		talk_be_lost(c, from, TALK_LOST_LINE);
	else
		talk_misunderstand(h, c, from, TALK_LOST_LINE);
}

/* Take the next line off the front of b, or the part of it that is there. */
static void
next_line(struct http *h, struct http_conn *c, int from,
    struct reassembly_bytes *b)
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
	if (side->state == TALK_LOST_LINE && newline == NULL)
		return;
	if (side->nhead + n > HTTP_HEAD_MAX ||
	    ((newline == NULL || side->nline > 0) &&
	    !keep_line(c, side, line, n))) {
		too_long(h, c, from, newline != NULL);
		return;
	}
	side->nhead = (uint16_t)(side->nhead + n);
	if (side->state >= TALK_FIELDS && side->state <= TALK_TRAILERS)
		talk_count(c, from, b->time, n);
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
	talk_drop_line(c, side);
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
	talk_silence(c);
	if ((hello->name[0] == '\0' && hello->alpn[0] == '\0') ||
	    sizeof host > talk_room(c))
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
    struct reassembly_bytes *b)
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
		talk_misunderstand(h, c, from, TALK_LOST_TORN);
		return;
	}
	if (p[5] == TLS_SERVER_HELLO) {
		say_tls(c, !from, &hello);
		return;
	}
	switch (tls_client_hello(p, n, &hello)) {
	case TLS_NOT:
		talk_misunderstand(h, c, from, TALK_LOST_TORN);
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
begins_tls(const struct http_conn *c, int from,
    const struct reassembly_bytes *b)
{
	const struct http_side *side = &c->side[from];

	return c->speaks == HTTP_UNKNOWN && side->state == TALK_START &&
	    side->nline == 0 && tls_may_start(b->data, b->ndata);
}

/* Bytes of a body, seen or not. */
static void
take_body(struct http *h, struct http_conn *c, int from,
    struct reassembly_bytes *b)
{
	struct http_side *side = &c->side[from];
	uint32_t n = b->len;

	if (side->state != TALK_TO_CLOSE && side->left < n)
		n = (uint32_t)side->left;
	side->head.begun = true;
	talk_count(c, from, b->time, n);
	consume(b, n);
	if (side->state == TALK_TO_CLOSE)
		return;
	side->left -= n;
	if (side->left > 0)
		return;
	if (side->state == TALK_CHUNK)
		side->state = TALK_CHUNK_END;
	else
		talk_done(h, c, from);
}

static bool
in_body(const struct http_side *side)
{
	return side->state == TALK_BODY || side->state == TALK_CHUNK ||
	    side->state == TALK_TO_CLOSE;
}

void
message_bytes(struct http *h, struct http_conn *c,
    const struct reassembly_bytes *bytes)
{
	struct reassembly_bytes b = *bytes;
	struct http_side *side = &c->side[b.from];

	while (b.len > 0 && side->state != TALK_SILENT) {
		if (in_body(side))
			take_body(h, c, b.from, &b);
		else if (b.ndata == 0) {
			message_gap(h, c, b.from, b.time, b.len);
			break;
		} else if (side->state == TALK_HELLO)
			take_hello(h, c, b.from, &b);
		else if (begins_tls(c, b.from, &b))
			side->state = TALK_HELLO;
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
	if (side->state == TALK_SILENT)
		return;
	if (side->state == TALK_HELLO && c->speaks == HTTP_UNKNOWN) {
		say_tls(c, from, &nameless);
		return;
	}
	if (in_body(side)) {
		struct reassembly_bytes b = { .time = time, .from = from,
		    .len = n };
		struct exchange *e = talk_current(c, from);

		if (e != NULL)
			e->notes |= EXCHANGE_GAP;
		take_body(h, c, from, &b);
		if (b.len == 0)
			return;
	}
	talk_lose(h, c, from, TALK_LOST_TORN, EXCHANGE_GAP);
}

void
message_fin(struct http *h, struct http_conn *c, int from, uint64_t time)
{
	struct http_side *side = &c->side[from];

	if (side->state != TALK_TO_CLOSE)
		return;
	talk_set_cause(c, HTTP_UNTIL_CLOSE);
	if (c->first != NULL)
		c->first->ended = time;
	talk_answered(h, c);
}
