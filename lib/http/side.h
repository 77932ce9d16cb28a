/*
 * One direction of a connection: where it is in a message.
 *
 *	START -> FIELDS -> BODY | TO_CLOSE | CHUNK_LINE -> CHUNK -> CHUNK_END
 *	  ^         |        |                 |   ^                    |
 *	  |         v        v                 v   +--------------------+
 *	  +------- done <--- done <-------- TRAILERS
 *
 * Unexpected bytes lead to LOST, and the start line of a message back.
 */
#ifndef HTTP_SIDE_H
#define HTTP_SIDE_H

#include "conn/reassembly.h"
#include "http/exchange.h"
#include "http/head.h"
#include "http/websocket.h"

enum side_state {
	SIDE_START, SIDE_FIELDS, SIDE_BODY, SIDE_TO_CLOSE, SIDE_CHUNK_LINE,
	SIDE_CHUNK, SIDE_CHUNK_END, SIDE_TRAILERS,
	SIDE_LOST,		/* at the start of a line */
	SIDE_LOST_TORN,		/* perhaps in the middle of a line */
	SIDE_LOST_LINE,		/* in the middle of a line */
	SIDE_HELLO,		/* in what may be a ClientHello */
	SIDE_PROXY,		/* in the header of a proxy: http/front */
	SIDE_SOCKS,		/* in messages of SOCKS: http/front */
	SIDE_WEBSOCKET,		/* in frames: http/websocket */
	SIDE_HTTP2,		/* in frames: http/frames */
	SIDE_TLS,		/* in records: http/records */
	SIDE_IGNORED		/* the rest is of no interest */
};

struct side {
	uint64_t left;		/* bytes left of a body or a chunk */
	uint64_t since;		/* when the head's first byte came */
	union {
		struct head head;
		struct websocket websocket;
	};
	uint8_t state;
	bool syn;		/* its SYN was captured */
	bool has_ack;
	uint32_t seq, ack;	/* of the segment of the head's first byte */
	uint32_t nhead;		/* bytes of the head so far */
	uint16_t nline, size;	/* bytes kept of a line, and allocated */
	char *line;		/* the first part of an incomplete line */
};

static inline bool
side_is_lost(const struct side *s)
{
	return s->state >= SIDE_LOST && s->state <= SIDE_LOST_LINE;
}

/* In the middle of a message? */
bool side_is_within(const struct side *s);

/* Expect a start line; or, midstream, anything. */
void side_begin(struct side *s, bool midstream);

/* Consume the next n bytes of b. */
void side_consume(struct reassembly_bytes *b, uint32_t n);

/* Consume bytes of b and append them to the *nkept bytes at kept, until these
 * are want; false if they are still fewer. */
bool side_collect(struct reassembly_bytes *b, uint8_t *kept, uint8_t *nkept,
    unsigned want);

/* Append n bytes to the part of a line that is kept, for which at most max
 * bytes are allocated; false if there is no room. */
#define SIDE_LINE_MIN	128	/* bytes allocated for a line, at first */
bool side_append(struct connection *c, int from, const uint8_t *p, uint32_t n,
    uint32_t max);

/* Free the part of a line that is kept. */
void side_drop_line(struct connection *c, int from);

/* May the client still omit the body of its request?  RFC 9110, 10.1.1. */
bool side_may_omit_body(const struct connection *c);

/* The message of a side is complete. */
void side_done(struct http *h, struct connection *c, int from);

/* Skip bytes up to the next start line; where is a state of LOST. */
void side_get_lost(struct connection *c, int from, enum side_state where);

/* The same; the message that the side was in gets the note, and the rest of it
 * is among the skipped bytes. */
void side_lose(struct http *h, struct connection *c, int from,
    enum side_state where, enum exchange_note note);

/*
 * Unexpected bytes: resynchronise at the next start line.  If so far nothing
 * showed that the connection carries HTTP, it does not, and is ignored; but a
 * client of which only the first SIDE_OTHER_BYTES were seen may yet be answered
 * in HTTP.  why is for the explanation.
 */
#define SIDE_OTHER_BYTES	(64 * 1024)	/* from a client alone */
void side_resync(struct http *h, struct connection *c, int from,
    enum side_state where, enum exchange_note note, const char *why);

#endif
