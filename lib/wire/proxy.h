/*
 * What proxies put in front of the first byte of a client, and what clients
 * send to proxies first: the PROXY protocol of HAProxy, versions 1 and 2, and
 * SOCKS. Pure: bytes in, facts out.
 */
#ifndef WIRE_PROXY_H
#define WIRE_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

#define PROXY_MESSAGE_MAX	1024	/* bytes of a message of SOCKS */

/* Is a line, without its line end, the header of PROXY version 1 (2.1)? 
 * *client is the client that it names, if *known. */
bool proxy_line(const char *line, size_t n, struct endpoint *client,
    bool *known);

/* The client that the addresses p[0..n) of PROXY version 2 name (2.2), with the
 * bytes 12 and 13 of its header; false if none. */
bool proxy_client(const uint8_t head[2], const uint8_t *p, size_t n,
    struct endpoint *client);

/* A message of SOCKS 4 or 5 (RFC 1928, RFC 1929). */
enum proxy_message {
	PROXY_MORE,		/* it is longer than the bytes so far */
	PROXY_NOT,
	PROXY_HELLO,		/* others follow */
	PROXY_LAST		/* what follows is no longer SOCKS */
};

/*
 * The message of a client, or of a proxy, that begins with p[0..n), n at least
 * 1; first if it is the first message of its side.  *len is its length, at most
 * PROXY_MESSAGE_MAX; not set for PROXY_NOT, and while the length is unknown.
 */
enum proxy_message proxy_socks(const uint8_t *p, size_t n, bool client,
    bool first, size_t *len);

#endif
