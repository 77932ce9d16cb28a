/* The first thing that a TLS client says; RFC 8446, 4.1.2 and 5.1. */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_NAME_MAX	255	/* bytes of a DNS name */
#define TLS_ALPN_MAX	255	/* of the protocols' names with commas */

struct tls_hello {
	char name[TLS_NAME_MAX + 1];	/* server_name, RFC 6066; "" for none */
	char alpn[TLS_ALPN_MAX + 1];	/* RFC 7301: "h2,http/1.1" */
};

enum tls_result { TLS_OK, TLS_MORE, TLS_NOT };

/* Could text[0..n), n at least 1, begin a TLS handshake record? */
bool tls_may_start(const uint8_t *p, size_t n);

/*
 * Read a ClientHello out of a stream's first bytes, in however many records
 * it comes.  TLS_MORE when it goes on behind p[0..n), TLS_NOT when it is none.
 * Names with bytes that are no printable ASCII are left out.
 */
enum tls_result tls_client_hello(const uint8_t *p, size_t n,
    struct tls_hello *hello);

#endif
