/* The hellos of TLS, and its records; RFC 8446, 4.1 and 5.1. */
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

/* What a server chose; RFC 8446, 4.1.3. */
struct tls_server_hello {
	uint16_t version;	/* TLS_1_3, or the one of an earlier hello */
	bool is_retry;		/* HelloRetryRequest, 4.1.4 */
	bool has_psk;		/* a pre-shared key was accepted, 4.2.11 */
	char alpn[TLS_ALPN_MAX + 1];	/* up to 1.2; "" if none */
};

#define TLS_1_3		0x0304
#define TLS_RECORD_HEAD	5	/* bytes of a record before its payload */

/* The types of records. */
enum {
	TLS_CHANGE_CIPHER = 20, TLS_ALERT, TLS_HANDSHAKE, TLS_APPLICATION,
	TLS_HEARTBEAT
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

/* The same for a ServerHello; alpn is that of the server alone. */
enum tls_result tls_server_hello(const uint8_t *p, size_t n,
    struct tls_server_hello *hello);

/* Can a record begin with the TLS_RECORD_HEAD bytes at p?  Then *len is the
 * length of its payload. */
bool tls_record(const uint8_t *p, uint32_t *len);

#endif
