/* The ClientHello of TLS; RFC 8446, 4.1.2 and 5.1. */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_NAME_MAX	255	/* bytes of a DNS name */
#define TLS_ALPN_MAX	255	/* bytes of protocol names with commas */

struct tls_hello {
	char name[TLS_NAME_MAX + 1];	/* server_name, RFC 6066; "" if none */
	char alpn[TLS_ALPN_MAX + 1];	/* RFC 7301: "h2,http/1.1" */
};

enum tls_result { TLS_OK, TLS_MORE, TLS_NOT };

/* The type of a handshake message, in byte 5 of the record that begins it. */
enum { TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2 };

/* Can a record with one of these begin with p[0..n)?  n is at least 1. */
bool tls_may_start(const uint8_t *p, size_t n);

/*
 * Parse a ClientHello at the start of a stream, in one record or more.
 * TLS_MORE if it goes on after p[0..n), TLS_NOT if it is something else.  Names
 * that are not printable ASCII are omitted.
 */
enum tls_result tls_client_hello(const uint8_t *p, size_t n,
    struct tls_hello *hello);

#endif
