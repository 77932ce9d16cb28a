/* A request and its response, as they are reported. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/http1.h"

#define EXCHANGE_FIELDS_MAX	16	/* fields of a request that are kept */

enum exchange_note {
	EXCHANGE_NO_NOTE = 0,
	EXCHANGE_PIPELINED = 1,	/* began before the last response ended */
	EXCHANGE_EARLY = 2,	/* its response began before it ended */
	EXCHANGE_UNASKED = 4,	/* a response whose request was not captured */
	EXCHANGE_GAP = 8,	/* bytes of it are missing in the capture */
	EXCHANGE_LONG = 16,	/* a head is longer than HTTP_HEAD_MAX */
	EXCHANGE_LENGTH = 32,	/* lengths that are invalid or contradictory */
	EXCHANGE_CUT = 64,	/* the connection ended first */
	EXCHANGE_DROPPED = 128,	/* reported early, to make room */
	EXCHANGE_MALFORMED = 256,	/* a start line is malformed */
	EXCHANGE_RESET = 512,	/* HTTP/2: the stream was reset */
	EXCHANGE_REFUSED = 1024,	/* HTTP/2: not processed, by GOAWAY */
	EXCHANGE_PUSHED = 2048,	/* HTTP/2: promised by the server */
	EXCHANGE_HPACK = 4096,	/* HTTP/2: has fields that are unknown */
	EXCHANGE_EVENTS = 8192,	/* the response is a stream of events */
	EXCHANGE_POLL = 16384	/* the request asks the server to wait */
};
/* The word for each, from the lowest bit. */
#define EXCHANGE_NOTE_WORDS	"pipelined", "early", "unasked", "gap", \
				"long-head", "bad-length", "cut", "dropped", \
				"malformed", "reset", "refused", "pushed", \
				"hpack", "events", "poll"

/* What is kept of the request's text. */
enum exchange_part {
	EXCHANGE_METHOD, EXCHANGE_TARGET, EXCHANGE_HOST, EXCHANGE_FIELD,
	EXCHANGE_PARTS = EXCHANGE_FIELD + EXCHANGE_FIELDS_MAX
};

struct exchange {
	/* The first and the last byte of the request, of the final response. */
	uint64_t request_began, request_ended;
	uint64_t response_began, response_ended;
	uint64_t body_began;		/* the response's body; 0: not yet */
	uint64_t idle, wait;		/* before the request, the response */
	uint64_t bytes[2];		/* of the request, the responses */
	uint32_t number;		/* in the connection, from 1 */
	uint16_t status;		/* 0: no final response */
	uint16_t grpc;			/* grpc-status, if has_grpc */
	uint16_t notes;			/* enum exchange_note */
	uint8_t version;		/* 10, 11, 20; 0: unknown */
	bool has_idle, has_wait, has_grpc;
	uint16_t ntext;
	struct {
		uint16_t at, n;		/* n is 0 if it has none */
	} part[EXCHANGE_PARTS];
	char *text;
};

/* A part of the request's text, enum exchange_part; empty if it has none. */
static inline struct http1_text
exchange_text(const struct exchange *e, unsigned part)
{
	return (struct http1_text){ e->text + e->part[part].at,
	    e->part[part].n };
}

#endif
