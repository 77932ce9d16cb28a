/*
 * What a connection's sides are in the middle of, for http/message and
 * http/head: states, exchanges that are not complete, and getting lost.
 *
 *	START -> FIELDS -> BODY | TO_CLOSE | CHUNK_LINE -> CHUNK -> CHUNK_END
 *	  ^         |        |                 |   ^                    |
 *	  |         v        v                 v   +--------------------+
 *	  +------- done <--- done <-------- TRAILERS
 *
 * What cannot be understood leads to LOST, and a message's first line back.
 */
#ifndef HTTP_SIDE_H
#define HTTP_SIDE_H

#include "http/http.h"

#define NO_SIDE		2	/* of http_conn: which one is not known */

enum talk_state {
	TALK_START, TALK_FIELDS, TALK_BODY, TALK_TO_CLOSE, TALK_CHUNK_LINE,
	TALK_CHUNK, TALK_CHUNK_END, TALK_TRAILERS,
	TALK_LOST,		/* at the begin of a line */
	TALK_LOST_TORN,		/* at what may be the middle of a line */
	TALK_LOST_LINE,		/* at what surely is */
	TALK_HELLO,		/* TLS says its name */
	TALK_SILENT		/* nothing more is of interest */
};

static inline bool
talk_is_lost(const struct http_side *side)
{
	return side->state >= TALK_LOST && side->state <= TALK_LOST_LINE;
}

/* Let go of the part of a line that is kept. */
void talk_drop_line(struct http_conn *c, struct http_side *side);

/* Nothing that either side says is of interest any more. */
void talk_silence(struct http_conn *c);

/* It speaks none of what is known here. */
void talk_say_other(struct http *h, struct http_conn *c);

/* May the client yet leave its body out?  RFC 9110, 10.1.1. */
bool talk_may_spare_body(const struct http_conn *c);

/* The exchange that a side is in the middle of, or NULL. */
struct exchange *talk_current(const struct http_conn *c, int from);

/* n bytes of a message came. */
void talk_count(struct http_conn *c, int from, uint64_t time, uint64_t n);

/* How many bytes more may be held? */
uint32_t talk_room(const struct http_conn *c);

/* A new exchange with room for its text; for that the oldest are let go.
 * NULL without. */
struct exchange *talk_add(struct http *h, struct http_conn *c, uint32_t text);

/* Keep a part of its text, where there is room. */
void talk_keep(struct http_conn *c, struct exchange *e, unsigned part,
    struct http1_text t);

/* Tell the oldest exchange as it is, and let it go. */
void talk_tell_first(struct http *h, struct http_conn *c);

/* Why the connection must end, the first time that this is known. */
void talk_set_cause(struct http_conn *c, enum http_close cause);

/* A side's message is complete; the response is. */
void talk_done(struct http *h, struct http_conn *c, int from);
void talk_answered(struct http *h, struct http_conn *c);

/* A side goes on from such a place of which nothing is known. */
void talk_be_lost(struct http_conn *c, int from, enum talk_state where);

/* The same; and what it was in is torn, which the exchange is to note. */
void talk_lose(struct http *h, struct http_conn *c, int from,
    enum talk_state where, unsigned note);

/* A line, or a part of one, does not belong where it stands. */
void talk_misunderstand(struct http *h, struct http_conn *c, int from,
    enum talk_state where);

#endif
