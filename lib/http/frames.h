/*
 * Frames of HTTP/2 without TLS (RFC 9113), parsed from the bytes of a
 * connection's two sides.
 *
 *	PREFACE -> HEAD -> PREFIX -> BLOCK | REST
 *	            ^  |     |         |       |
 *	            |  +-----+---------+-------+
 *	            +---------- end ----+
 *
 * A gap that is not within a payload leads to LOST, and a segment that begins
 * with frames back.
 */
#ifndef HTTP_FRAMES_H
#define HTTP_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/reassembly.h"
#include "http/streams.h"
#include "wire/http2.h"

struct connection;
struct hpack;
struct http;

enum frames_state {
	FRAMES_PREFACE,		/* after its first line */
	FRAMES_HEAD,		/* in the bytes before a payload */
	FRAMES_PREFIX,		/* in the fields before data or a block */
	FRAMES_BLOCK,		/* in a part of a header block */
	FRAMES_REST,		/* in bytes that are only counted */
	FRAMES_LOST
};

struct frames_side {
	struct hpack *hpack;	/* from the first header block on */
	struct streams_block block;
	struct http2_frame frame;
	uint64_t since;		/* when the frame's first byte came */
	uint32_t left;		/* bytes left of its payload */
	uint32_t padding;	/* of these, at its end */
	uint8_t state;
	bool unknown;		/* header blocks are missing */
	bool began;		/* a frame came */
	bool torn;		/* the rest of the block cannot be inflated */
	uint8_t nkept;
	uint8_t kept[HTTP2_HEAD];	/* bytes of a head or a prefix */
};

struct frames {
	struct frames_side side[2];
	struct streams streams;
};

/*
 * The bytes of side from are frames from now on, beginning in a state; unknown,
 * if header blocks before them are missing.  False if out of memory.
 */
bool frames_begin(struct connection *c, int from, enum frames_state state,
    bool unknown);
void frames_free(struct connection *c);

/* Receive bytes of a side; all are consumed, unless it turns out that the
 * server answers in HTTP/1. */
void frames_bytes(struct http *h, struct connection *c,
    struct reassembly_bytes *b);

/* The next n bytes of a side are missing in the capture. */
void frames_gap(struct http *h, struct connection *c, int from, uint64_t time,
    uint32_t n);

/* How many of a side's next bytes are only counted. */
uint64_t frames_unwanted(const struct connection *c, int from);

#endif
