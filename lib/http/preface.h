/*
 * How a connection becomes HTTP/2 without TLS (RFC 9113, 3): by the preface of
 * either side, by an upgrade, or, if its beginning was not captured, by its
 * frames.
 */
#ifndef HTTP_PREFACE_H
#define HTTP_PREFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct http;
struct pending;

/* The client, side from, sent the first line of its preface. */
void preface_client(struct http *h, struct connection *c, int from);

/* The server, side from, begins with its settings: see http2_are_settings(). */
void preface_server(struct http *h, struct connection *c, int from);

/* The server agrees to the upgrade that p asks for (RFC 7540, 3.2): frames
 * follow, and p is stream 1. */
void preface_upgrade(struct http *h, struct connection *c, struct pending *p);

/* Does a segment of a connection whose beginning was not captured begin with
 * frames, n bytes at p?  Then it is HTTP/2. */
bool preface_found(struct http *h, struct connection *c, int from,
    const uint8_t *p, size_t n);

#endif
