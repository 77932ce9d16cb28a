/* HTTP/1 messages, parsed from the bytes of a connection's two sides. */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include "http/connection.h"

/* Receive bytes of a side, in order. */
void message_bytes(struct http *h, struct connection *c,
    const struct reassembly_bytes *b);

/* The next n bytes of a side are missing in the capture. */
void message_gap(struct http *h, struct connection *c, int from,
    uint64_t time, uint32_t n);

/* A side has sent its FIN; it completes a body without a length. */
void message_fin(struct http *h, struct connection *c, int from,
    uint64_t time);

/* How many of a side's next bytes are only counted. */
uint64_t message_unwanted(const struct connection *c, int from);

#endif
