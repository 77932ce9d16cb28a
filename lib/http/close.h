/* Why a connection ends. */
#ifndef HTTP_CLOSE_H
#define HTTP_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

struct connection;
struct http;

/* A FIN or RST from a side; the first one decides. */
void close_decide(struct http *h, struct connection *c, int from,
    uint64_t time, bool rst);

/* The connection is forgotten, if nothing decided before; why is for the
 * explanation. */
void close_forget(struct http *h, struct connection *c, const char *why);

/* It carried one request and ended, though both sides allowed another. */
bool close_is_unused(const struct connection *c);

#endif
