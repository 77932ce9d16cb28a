/*
 * The lines of HTTP/1 messages (RFC 9112).  Pure: a line in, slices of it out.
 * A line is given without its LF and the CR before that.
 */
#ifndef WIRE_HTTP1_H
#define WIRE_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP2_PREFACE	"PRI * HTTP/2.0\r\n"	/* RFC 9113, 3.4 */

/* A part of a line. */
struct http1_text {
	const char *p;
	size_t n;
};

/* The first line of a message; RFC 9112, 3 and 4. */
struct http1_start {
	bool is_request;
	struct http1_text method, target;
	uint16_t status;
	uint8_t version;	/* 10, 11; 20: HTTP/2's preface; 0: unknown */
	bool malformed;		/* see http1_malformed() */
};

/*
 * Parse the start line of a request or response; false if it is neither.  Any
 * token is a method.  Blanks in the target are accepted, since some clients
 * send them.
 */
bool http1_start_line(const char *line, size_t n, struct http1_start *s);

/*
 * Parse a malformed start line that receivers in use accept: a request whose
 * version is missing or is not 1.0 or 1.1, whose method is not a token or
 * follows bytes that are not printable; or a status line with another version,
 * with several blanks, or with "ICY".
 */
bool http1_malformed(const char *line, size_t n, struct http1_start *s);

/* Is it a method that RFC 9110 or RFC 5789 defines? */
bool http1_is_common(struct http1_text method);

/* The status code that a text is, from 100 to 999; else 0. */
uint16_t http1_status(struct http1_text t);

/* Does a message certainly begin with these bytes: a status line, a request
 * with a common method, or the preface of HTTP/2? */
bool http1_begins(const uint8_t *p, size_t n);

/* Can a start line begin with text[0..n)?  n is at least 1. */
bool http1_may_start(const char *text, size_t n);

struct http1_field {
	struct http1_text name, value;
};

/* Parse a field line (RFC 9112, 5); false for anything else, for example the
 * continuation of a field (obs-fold). */
bool http1_field_line(const char *line, size_t n, struct http1_field *f);

/* Is it the continuation of a field (obs-fold; RFC 9112, 5.2)?  Then *value is
 * what it adds. */
bool http1_is_fold(const char *line, size_t n, struct http1_text *value);

/* Is it this name or token, in any case? */
bool http1_is(struct http1_text t, const char *name);

/* Does a list (RFC 9110, 5.6.1) have this token; does it end with it? */
bool http1_list_has(struct http1_text list, const char *token);
bool http1_list_ends(struct http1_text list, const char *token);

/* The number after "name=" in a list of parameters, as Keep-Alive has them. */
bool http1_parameter(struct http1_text list, const char *name, uint32_t *v);

/* A Content-Length; a list that repeats one number is valid (RFC 9112, 6.3). */
bool http1_length(struct http1_text value, uint64_t *length);

/* The size in the first line of a chunk, without extensions; RFC 9112, 7.1. */
bool http1_chunk_size(const char *line, size_t n, uint64_t *size);

#endif
