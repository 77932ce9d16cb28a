/* HTTP/1 messages out of the bytes of a connection's sides; for http/http. */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include "http/http.h"

/* Nothing is known of what a side says next: it is at a message's begin, or,
 * where that was not seen, anywhere. */
void message_begin(struct http_side *side, bool midstream);

/* Bytes of a side, in order. */
void message_bytes(struct http *h, struct http_conn *c,
    const struct reassembly_bytes *b);

/* n bytes of a side are missing. */
void message_gap(struct http *h, struct http_conn *c, int from, uint64_t time,
    uint32_t n);

/* A side has said all: a body that ends so is complete. */
void message_fin(struct http *h, struct http_conn *c, int from,
    uint64_t time);

/* How many of a side's next bytes are of no interest? */
uint64_t message_unwanted(const struct http_conn *c, int from);

/* Is a side in the middle of a message? */
bool message_is_within(const struct http_side *side);

/* Let go of a side's text. */
void message_free(struct http_conn *c, int from);

#endif
