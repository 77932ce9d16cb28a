/*
 * What precedes the first message of a connection: the header of a proxy, which
 * names the client, or a dialogue of SOCKS.
 */
#ifndef HTTP_FRONT_H
#define HTTP_FRONT_H

#include <stdbool.h>
#include <stddef.h>

#include "conn/reassembly.h"

struct connection;
struct http;

/* Is a line the header of a proxy (PROXY 1)?  Then note its client. */
bool front_line(struct connection *c, const char *line, size_t n);

/* Do the next bytes of a side begin with the header of a proxy (PROXY 2), or
 * with SOCKS?  Then the side is in state SIDE_PROXY or SIDE_SOCKS. */
bool front_begins(struct connection *c, const struct reassembly_bytes *b);

/* Consume bytes of the header, captured or not; or of SOCKS. */
void front_header(struct connection *c, struct reassembly_bytes *b);
void front_socks(struct http *h, struct connection *c,
    struct reassembly_bytes *b);

#endif
