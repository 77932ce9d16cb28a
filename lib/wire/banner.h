/*
 * What servers say of themselves first: the head of an HTTP response, and the
 * greeting of MySQL.  Pure, and for any bytes.
 */
#ifndef WIRE_BANNER_H
#define WIRE_BANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum banner {
	BANNER_MORE,		/* so far so good: more must come */
	BANNER_DONE,
	BANNER_NOT		/* it is something else */
};

/* Parts of the bytes that were scanned. */
struct banner_text {
	const uint8_t *p;
	size_t n;		/* 0: none */
};

/*
 * The final response's status and Server header in p[0..n), where responses
 * before it (1xx) are skipped.  The rest of the head is not looked at.  With
 * all no more will come, and what is there of a head counts, from the status
 * on.  RFC 9112, sections 4 and 5.
 */
struct banner_http {
	unsigned status;	/* three digits */
	struct banner_text server;
};

enum banner banner_http(const uint8_t *p, size_t n, bool all,
    struct banner_http *http);

/*
 * The greeting, Protocol::HandshakeV10 or V9, as far as the version: or an
 * error in its place (ERR_Packet), which is its number.
 */
struct banner_mysql {
	unsigned error;		/* 0: none, but a version */
	struct banner_text version;
};

enum banner banner_mysql(const uint8_t *p, size_t n,
    struct banner_mysql *mysql);

#endif
