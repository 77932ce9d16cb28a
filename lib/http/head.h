/*
 * Heads of HTTP/1 messages: which exchange a message belongs to, and what its
 * fields say.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct http;
struct http1_field;
struct pending;

/* What was parsed of the head of the current message. */
struct head {
	uint64_t length;	/* Content-Length */
	uint16_t status;	/* of a response */
	uint8_t version;	/* 10 or 11 */
	bool has_length, bad_length;
	bool coded, chunked;	/* has Transfer-Encoding; it ends in chunked */
	bool close, keep_alive;	/* tokens of Connection */
	uint8_t last;		/* the field that a folded line continues */
	bool body_begun;	/* a byte of the body came, or of its chunks */
	bool h2c, websocket;	/* Upgrade, of a response */
};

/* Receive a line where a message may begin; false if it is not a start line. */
bool head_begin(struct http *h, struct connection *c, int from, uint64_t time,
    const char *line, size_t n);

/* Receive a field line. */
void head_field(const struct http *h, struct connection *c, int from,
    const char *line, size_t n);

/* Bytes of the server are missing from seq on, where a response begins.  It is
 * the response to the first request, unless the client had acknowledged these
 * bytes before it sent that. */
void head_lose_response(struct http *h, struct connection *c, uint32_t seq);

/* Receive a field line of a message's trailers. */
void head_trailer(struct connection *c, int from, const char *line, size_t n);

/* A field of a request, or of a response's head or trailers, of any version. */
void head_request_field(const struct http *h, struct connection *c,
    struct pending *p, const struct http1_field *f);
void head_response_field(struct pending *p, const struct http1_field *f);

#endif
