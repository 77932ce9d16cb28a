#include "http/frames.h"

#include <stdlib.h>
#include <string.h>

#include "http/connection.h"
#include "http/hpack.h"
#include "wire/view.h"

#define PREFACE_REST	8	/* bytes of the preface after its first line */

/*
 * The beginning.
 */
bool
frames_begin(struct connection *c, int from, enum frames_state state,
    bool unknown)
{
	if (c->frames == NULL) {
		if ((c->frames = calloc(1, sizeof *c->frames)) == NULL)
			return false;
		c->held += (uint32_t)sizeof *c->frames;
	}
	side_get_lost(c, from, SIDE_LOST);
	c->side[from].state = SIDE_HTTP2;
	c->frames->side[from].state = (uint8_t)state;
	c->frames->side[from].left = PREFACE_REST;
	c->frames->side[from].unknown = unknown;
	return true;
}

void
frames_free(struct connection *c)
{
	if (c->frames == NULL)
		return;
	hpack_free(c->frames->side[0].hpack);
	hpack_free(c->frames->side[1].hpack);
	free(c->frames);
	c->frames = NULL;
}

/*
 * Header blocks.
 */
struct context {
	struct http *h;
	struct connection *c;
	int from;
};

static void
on_field(void *arg, struct http1_text name, struct http1_text value)
{
	struct context *x = arg;
	struct http1_field f = { name, value };

	streams_field(x->h, x->c, x->from,
	    &x->c->frames->side[x->from].block, &f);
}

/* The table of a side, made when it is used first. */
static struct hpack *
table(struct frames_side *s)
{
	if (s->hpack == NULL)
		s->hpack = hpack_new(s->unknown);
	return s->hpack;
}

/* From now on the entries of a side's table are unknown. */
static void
forget_table(struct http *h, struct connection *c, int from, const char *why)
{
	struct frames_side *s = &c->frames->side[from];

	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
	    "entries of the header table are unknown: %s", why);
	hpack_free(s->hpack);
	s->hpack = NULL;
	s->unknown = true;
}

static void
close_block(struct http *h, struct connection *c, int from, bool whole)
{
	struct frames_side *s = &c->frames->side[from];
	struct streams_block b = s->block;

	if (b.stream == 0)
		return;
	if (!whole)
		streams_gap(c, b.about);
	s->block.stream = 0;
	streams_end_block(h, c, &b);
	if (whole && b.ends)
		streams_end(h, c, from, b.stream);
}

/* Inflate the next part of a block; after an error the rest is skipped. */
static void
inflate(struct http *h, struct connection *c, int from, const uint8_t *p,
    uint32_t n, bool last)
{
	struct frames_side *s = &c->frames->side[from];
	struct context x = { h, c, from };
	struct http1_field unknown = { { NULL, 0 }, { NULL, 0 } };

	s->block.bytes += n;
	if (s->torn)
		return;
	if (table(s) != NULL && hpack_inflate(s->hpack, p, n, last, on_field,
	    &x))
		return;
	streams_field(h, c, from, &s->block, &unknown);
	forget_table(h, c, from, "a header block is invalid");
	s->torn = true;
}

/*
 * Frames.
 */
static void
lose(struct http *h, struct connection *c, int from, const char *why)
{
	struct frames_side *s = &c->frames->side[from];

	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
	    "out of sync: %s", why);
	close_block(h, c, from, false);
	forget_table(h, c, from, why);
	streams_lost(h, c, from);
	s->state = FRAMES_LOST;
	s->nkept = 0;
}

static bool
is_block(const struct http2_frame *f)
{
	return f->type == HTTP2_HEADERS || f->type == HTTP2_PUSH_PROMISE ||
	    f->type == HTTP2_CONTINUATION;
}

/* The stream of the exchange whose bytes the frame carries; 0 if none. */
static uint32_t
exchange_of(const struct frames_side *s)
{
	if (s->frame.type == HTTP2_DATA)
		return s->frame.stream;
	return is_block(&s->frame) && s->block.stream != 0 ?
	    s->block.about : 0;
}

static void
count(struct connection *c, int from, uint64_t time, uint32_t n, bool data)
{
	struct frames_side *s = &c->frames->side[from];
	uint32_t stream = exchange_of(s);

	if (stream != 0)
		streams_count(c, from, stream, time, n,
		    data && s->frame.type == HTTP2_DATA);
}

/* All bytes of the frame came. */
static void
end_frame(struct http *h, struct connection *c, int from)
{
	struct frames_side *s = &c->frames->side[from];

	s->state = FRAMES_HEAD;
	s->nkept = 0;
	if (is_block(&s->frame) && s->frame.flags & HTTP2_END_HEADERS)
		close_block(h, c, from, true);
	else if (s->frame.type == HTTP2_DATA &&
	    s->frame.flags & HTTP2_END_STREAM)
		streams_end(h, c, from, s->frame.stream);
}

/* The part of a block in this frame is complete; padding may follow. */
static void
end_part(struct http *h, struct connection *c, int from)
{
	struct frames_side *s = &c->frames->side[from];

	s->state = FRAMES_REST;
	if (s->left == 0)
		end_frame(h, c, from);
}

static void
begin_block(struct http *h, struct connection *c, int from, uint64_t time)
{
	struct frames_side *s = &c->frames->side[from];

	s->block = (struct streams_block){
		.since = s->since, .stream = s->frame.stream,
		.ends = s->frame.type == HTTP2_HEADERS &&
		    s->frame.flags & HTTP2_END_STREAM
	};
	s->torn = false;
	streams_begin_block(h, c, from, time, &s->block,
	    s->frame.type == HTTP2_PUSH_PROMISE ?
	    http2_promised(&s->frame, s->kept) : 0);
}

/* The payload after its prefix. */
static void
begin_payload(struct http *h, struct connection *c, int from, uint64_t time)
{
	struct frames_side *s = &c->frames->side[from];

	s->padding = http2_padding(&s->frame, s->kept);
	if (s->padding > s->left)
		s->padding = s->left;	/* RFC 9113, 6.1: an error */
	if (s->frame.type == HTTP2_HEADERS ||
	    s->frame.type == HTTP2_PUSH_PROMISE)
		begin_block(h, c, from, time);
	count(c, from, time, HTTP2_HEAD + http2_prefix(&s->frame), false);
	if (!is_block(&s->frame) || s->block.stream == 0)
		end_part(h, c, from);
	else if (s->left > s->padding)
		s->state = FRAMES_BLOCK;
	else {
		inflate(h, c, from, s->kept, 0,
		    s->frame.flags & HTTP2_END_HEADERS);
		end_part(h, c, from);
	}
}

/* A block must be complete before another frame begins: RFC 9113, 4.3. */
static void
check_block(struct http *h, struct connection *c, int from)
{
	struct frames_side *s = &c->frames->side[from];
	bool continues = s->frame.type == HTTP2_CONTINUATION &&
	    s->frame.stream == s->block.stream;

	if (s->block.stream == 0 ? s->frame.type != HTTP2_CONTINUATION :
	    continues)
		return;
	close_block(h, c, from, false);
	forget_table(h, c, from, "a header block is not complete");
}

static void
begin_frame(struct http *h, struct connection *c, int from, uint64_t time)
{
	struct frames_side *s = &c->frames->side[from];

	s->frame = http2_frame(s->kept);
	s->nkept = 0;
	s->began = true;
	c->frames_of[from]++;
	if (!http2_is_valid(&s->frame)) {
		lose(h, c, from, "an invalid frame");
		return;
	}
	check_block(h, c, from);
	s->left = s->frame.len;
	if (http2_prefix(&s->frame) > 0)
		s->state = FRAMES_PREFIX;
	else
		begin_payload(h, c, from, time);
}

static void
setting(struct frames_side *other, const uint8_t *p)
{
	if (be16(p) == HTTP2_TABLE_SIZE && table(other) != NULL)
		hpack_allow(other->hpack, be32(p + 2));
}

static void
end_prefix(struct http *h, struct connection *c, int from, uint64_t time)
{
	struct frames_side *s = &c->frames->side[from];

	s->nkept = 0;
	switch (s->frame.type) {
	case HTTP2_SETTINGS:
		setting(&c->frames->side[!from], s->kept);
		if (s->left >= HTTP2_SETTING)
			return;
		break;
	case HTTP2_RST_STREAM:
		streams_reset(h, c, from, s->frame.stream, be32(s->kept));
		break;
	case HTTP2_GOAWAY:
		streams_goaway(h, c, from, time, be32(s->kept));
		break;
	}
	begin_payload(h, c, from, time);
}

/*
 * Bytes.
 */
static void
next_head(struct http *h, struct connection *c, struct reassembly_bytes *b)
{
	struct frames_side *s = &c->frames->side[b->from];

	if (s->nkept == 0)
		s->since = b->time;
	if (side_collect(b, s->kept, &s->nkept, HTTP2_HEAD))
		begin_frame(h, c, b->from, b->time);
}

static void
next_prefix(struct http *h, struct connection *c, struct reassembly_bytes *b)
{
	struct frames_side *s = &c->frames->side[b->from];
	uint32_t had = b->len;
	bool all = side_collect(b, s->kept, &s->nkept,
	    http2_prefix(&s->frame));

	s->left -= had - b->len;
	if (all)
		end_prefix(h, c, b->from, b->time);
}

static void
next_block(struct http *h, struct connection *c, struct reassembly_bytes *b)
{
	struct frames_side *s = &c->frames->side[b->from];
	uint32_t part = s->left - s->padding;
	uint32_t n = part < b->ndata ? part : b->ndata;

	count(c, b->from, b->time, n, false);
	inflate(h, c, b->from, b->data, n, n == part &&
	    s->frame.flags & HTTP2_END_HEADERS);
	side_consume(b, n);
	s->left -= n;
	if (n == part)
		end_part(h, c, b->from);
}

static void
next_rest(struct http *h, struct connection *c, struct reassembly_bytes *b)
{
	struct frames_side *s = &c->frames->side[b->from];
	uint32_t n = s->left < b->len ? s->left : b->len;

	count(c, b->from, b->time, n, true);
	side_consume(b, n);
	s->left -= n;
	if (s->left > 0)
		return;
	if (s->state == FRAMES_PREFACE)
		s->state = FRAMES_HEAD;
	else
		end_frame(h, c, b->from);
}

/* A server that does not know HTTP/2 answers the preface in HTTP/1. */
static bool
is_http1(const struct connection *c, const struct reassembly_bytes *b)
{
	const struct frames_side *s = &c->frames->side[b->from];

	return b->from != c->client && !s->began && s->nkept == 0 &&
	    http1_begins(b->data, b->ndata);
}

/* Resynchronise at the beginning of a segment. */
static bool
found(struct http *h, struct connection *c, const struct reassembly_bytes *b)
{
	struct frames_side *s = &c->frames->side[b->from];
	struct http2_frame f;

	if (!http2_may_be_frames(b->data, b->ndata))
		return false;
	f = http2_frame(b->data);
	if ((f.type == HTTP2_DATA || f.type == HTTP2_RST_STREAM) &&
	    !streams_has(c, f.stream))
		return false;
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, b->from,
	    "in sync at a frame");
	s->state = FRAMES_HEAD;
	return true;
}

static void
next(struct http *h, struct connection *c, struct reassembly_bytes *b)
{
	switch ((enum frames_state)c->frames->side[b->from].state) {
	case FRAMES_HEAD:
		next_head(h, c, b);
		break;
	case FRAMES_PREFIX:
		next_prefix(h, c, b);
		break;
	case FRAMES_BLOCK:
		next_block(h, c, b);
		break;
	case FRAMES_PREFACE:
	case FRAMES_REST:
		next_rest(h, c, b);
		break;
	case FRAMES_LOST:
		side_consume(b, b->len);
		break;
	}
}

static bool
is_counted(const struct frames_side *s)
{
	return s->state == FRAMES_REST || s->state == FRAMES_LOST;
}

void
frames_bytes(struct http *h, struct connection *c, struct reassembly_bytes *b)
{
	struct frames_side *s = &c->frames->side[b->from];

	if (is_http1(c, b)) {
		c->protocol = PROTOCOL_HTTP1;
		side_begin(&c->side[b->from], false);
		return;
	}
	if (s->state == FRAMES_LOST && !found(h, c, b))
		side_consume(b, b->len);
	while (b->len > 0) {
		if (b->ndata == 0 && !is_counted(s)) {
			frames_gap(h, c, b->from, b->time, b->len);
			side_consume(b, b->len);
		} else
			next(h, c, b);
	}
}

void
frames_gap(struct http *h, struct connection *c, int from, uint64_t time,
    uint32_t n)
{
	struct frames_side *s = &c->frames->side[from];
	struct reassembly_bytes b = { .time = time, .from = from, .len = n };

	if (s->state == FRAMES_LOST)
		return;
	if (s->state == FRAMES_REST) {
		streams_gap(c, exchange_of(s));
		next_rest(h, c, &b);
	}
	if (b.len > 0)
		lose(h, c, from, "frames are missing");
}

uint64_t
frames_unwanted(const struct connection *c, int from)
{
	const struct frames_side *s = &c->frames->side[from];

	return s->state == FRAMES_REST ? s->left : 0;
}
