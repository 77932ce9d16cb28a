/* Heads of HTTP/1 messages: which exchange they belong to, and what follows
 * them; for http/message. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http/side.h"

/* A line where a message may begin; does one? */
bool head_begin(struct http *h, struct http_conn *c, int from, uint64_t time,
    const char *line, size_t n);

/* A line behind it. */
void head_field(const struct http *h, struct http_conn *c, int from,
    const char *line, size_t n);

/* The empty line behind all: a body comes, or not. */
void head_done(struct http *h, struct http_conn *c, int from);

#endif
