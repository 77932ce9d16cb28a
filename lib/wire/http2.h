/*
 * Frames of HTTP/2 (RFC 9113, 4 and 6).  Pure: bytes in, facts out.
 */
#ifndef WIRE_HTTP2_H
#define WIRE_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP2_HEAD		9	/* bytes before a frame's payload */
#define HTTP2_PREFIX_MAX	6	/* see http2_prefix() */
#define HTTP2_SETTING		6	/* bytes of one setting */
#define HTTP2_FRAME_MAX		(1 << 14)	/* of payload, by default */

enum http2_type {
	HTTP2_DATA, HTTP2_HEADERS, HTTP2_PRIORITY, HTTP2_RST_STREAM,
	HTTP2_SETTINGS, HTTP2_PUSH_PROMISE, HTTP2_PING, HTTP2_GOAWAY,
	HTTP2_WINDOW_UPDATE, HTTP2_CONTINUATION,
	HTTP2_TYPES
};

enum http2_flag {
	HTTP2_ACK = 0x01,	/* of SETTINGS and PING */
	HTTP2_END_STREAM = 0x01,
	HTTP2_END_HEADERS = 0x04,
	HTTP2_PADDED = 0x08,
	HTTP2_PRIORITIZED = 0x20
};

enum http2_setting { HTTP2_TABLE_SIZE = 1 };

struct http2_frame {
	uint32_t len;		/* bytes of payload */
	uint32_t stream;
	uint8_t type, flags;
};

/* Parse the HTTP2_HEAD bytes before a payload. */
struct http2_frame http2_frame(const uint8_t *p);

/* Are its stream and its length possible for its type?  A type that RFC 9113
 * does not define may have any. */
bool http2_is_valid(const struct http2_frame *f);

/*
 * How many bytes of fields precede the data or the header block of a frame: the
 * length of its padding, a priority or a promised stream; or, in SETTINGS,
 * RST_STREAM and GOAWAY, the bytes of the first setting, of the error, or of
 * the last stream.  At most HTTP2_PREFIX_MAX; 0 if there are none.
 */
unsigned http2_prefix(const struct http2_frame *f);

/* The bytes of padding at the end of a frame, by its prefix p. */
uint32_t http2_padding(const struct http2_frame *f, const uint8_t *p);

/* The stream that the prefix p of PUSH_PROMISE promises. */
uint32_t http2_promised(const struct http2_frame *f, const uint8_t *p);

/*
 * Do the n bytes at p look like frames of a connection that is under way?  Each
 * must be valid, of a known type and at most HTTP2_FRAME_MAX long, and all but
 * the last be whole in p; one is not enough unless it is whole.
 */
bool http2_may_be_frames(const uint8_t *p, size_t n);

/* Can the n bytes at p begin what a server sends first: its settings, also of a
 * server that does not wait for the client's preface? */
bool http2_are_settings(const uint8_t *p, size_t n);

/*
 * If the payload of a HEADERS frame, of which p has the first n bytes, begins a
 * request or a response for certain, by a pseudo-field of HPACK's static table
 * (RFC 7541, A): 'q' or 's'; else 0.
 */
char http2_begins(const struct http2_frame *f, const uint8_t *p, size_t n);

#endif
