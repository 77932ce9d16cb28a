/* Frames of WebSocket (RFC 6455, 5.2), which are counted. */
#ifndef HTTP_WEBSOCKET_H
#define HTTP_WEBSOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/reassembly.h"

struct connection;

/* One side: where it is in a frame.  All zeros: at its start. */
struct websocket {
	uint64_t len;		/* of the payload, as far as it was parsed */
	uint64_t left;		/* bytes left of the payload */
	uint8_t nhead;		/* bytes of the head so far */
	uint8_t want;		/* bytes of the head; known after two */
	uint8_t extended;	/* of these, bytes of an extended length */
};

/* Both sides send frames from now on. */
void websocket_begin(struct connection *c);

/* Consume bytes of a side. */
void websocket_bytes(struct connection *c, struct reassembly_bytes *b);

/* n bytes are missing.  Unless they all belong to one payload, the side's
 * further frames are not counted. */
void websocket_gap(struct connection *c, int from, uint32_t n);

#endif
