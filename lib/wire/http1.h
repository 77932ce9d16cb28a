/*
 * The lines of HTTP/1 messages (RFC 9112) as facts.  Pure: a line in, slices
 * of it out.  A line comes without its LF and the CR before that.
 */
#ifndef WIRE_HTTP1_H
#define WIRE_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP2_PREFACE	"PRI * HTTP/2.0\r\n"	/* RFC 9113, 3.4 */

struct http_text {
	const char *p;
	size_t n;
};

/* The first line of a message; RFC 9112, 3 and 4. */
struct http_start {
	bool is_request;
	struct http_text method, target;
	uint16_t status;
	uint8_t version;	/* 10 or 11; 20 for HTTP/2's preface */
};

/*
 * Is this line the first of a request or a response?  Any token is a method;
 * blanks in the target are taken, as some clients send them.
 */
bool http_start_line(const char *line, size_t n, struct http_start *s);

/* Could text[0..n), the beginning of a line, become such a line?  At least
 * one byte of it. */
bool http_may_start(const char *text, size_t n);

struct http_field {
	struct http_text name, value;
};

/* A field line; RFC 9112, 5.  A continued one (obs-fold) is none. */
bool http_field_line(const char *line, size_t n, struct http_field *f);

/* The same name or token, in any case? */
bool http_is(struct http_text t, const char *name);

/* Does a list (RFC 9110, 5.6.1) have this token; is it the last of it? */
bool http_list_has(struct http_text list, const char *token);
bool http_list_ends(struct http_text list, const char *token);

/* The number behind "name=" in a list of parameters as Keep-Alive has. */
bool http_parameter(struct http_text list, const char *name, uint32_t *v);

/* Content-Length; the same number more than once is one; RFC 9112, 6.3. */
bool http_length(struct http_text value, uint64_t *length);

/* The size at the head of a chunk, extensions left out; RFC 9112, 7.1. */
bool http_chunk_size(const char *line, size_t n, uint64_t *size);

#endif
