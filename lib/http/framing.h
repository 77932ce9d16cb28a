/*
 * How a message is framed, when its head is complete: where its body ends, and
 * whether the connection persists after it (RFC 9112, 6.3 and 9.3).
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include <stdbool.h>

struct connection;
struct http;

/* Does another response to the same request follow?  RFC 9110, 15.2. */
bool framing_is_interim(unsigned status);

/* The head of a side's message is complete: expect its body, or the next
 * message. */
void framing_begin_body(struct http *h, struct connection *c, int from);

#endif
