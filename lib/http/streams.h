/*
 * Streams of HTTP/2 (RFC 9113, 5 and 8): each is an exchange, which is reported
 * when it is complete.
 */
#ifndef HTTP_STREAMS_H
#define HTTP_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/http1.h"

struct connection;
struct http;

enum streams_kind {
	STREAMS_NOTHING,	/* of no exchange */
	STREAMS_REQUEST, STREAMS_RESPONSE, STREAMS_TRAILERS
};

/* A header block. */
struct streams_block {
	uint64_t since;		/* when its first byte came */
	uint32_t stream;	/* that it is sent on; 0: no block is open */
	uint32_t about;		/* of its exchange: another one if promised */
	uint32_t bytes;		/* so far */
	uint8_t kind;
	bool ends;		/* no data follows on its stream */
};

struct streams {
	uint32_t newest;	/* of the client's requests */
	/* The requests between these may be missing in the capture. */
	uint32_t lost_from, lost_to;
	bool lost;		/* the next request is lost_to */
};

/* A header block of side from begins; stream, since and ends are set in it.
 * promised is the stream that it promises, or 0. */
void streams_begin_block(struct http *h, struct connection *c, int from,
    uint64_t time, struct streams_block *b, uint32_t promised);

/* A field of the block; its name is empty if it is unknown. */
void streams_field(struct http *h, struct connection *c, int from,
    const struct streams_block *b, const struct http1_field *f);

/* The block is complete; or the rest of it is unknown. */
void streams_end_block(struct http *h, struct connection *c,
    const struct streams_block *b);

/* n bytes of a stream came; or are missing. */
void streams_count(struct connection *c, int from, uint32_t stream,
    uint64_t time, uint32_t n, bool data);
void streams_gap(struct connection *c, uint32_t stream);

/* The side sends no more on a stream; or RST_STREAM ends the stream early. */
void streams_end(struct http *h, struct connection *c, int from,
    uint32_t stream);
void streams_reset(struct http *h, struct connection *c, int from,
    uint32_t stream, uint32_t code);

/* GOAWAY: the side processes no stream of the other side beyond last. */
void streams_goaway(struct http *h, struct connection *c, int from,
    uint64_t time, uint32_t last);

/* Frames of a side are missing, of any stream. */
void streams_lost(struct http *h, struct connection *c, int from);

/* Has a stream an exchange? */
bool streams_has(const struct connection *c, uint32_t stream);

#endif
