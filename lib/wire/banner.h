/*
 * Banners, by which servers identify themselves: the head of an HTTP response
 * and the greeting of MySQL.  Pure; for any bytes.
 */
#ifndef WIRE_BANNER_H
#define WIRE_BANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum banner {
	BANNER_MORE,		/* incomplete so far */
	BANNER_DONE,
	BANNER_NOT		/* another protocol */
};

/* A part of the parsed bytes; n is 0 if it is not there. */
struct banner_text {
	const uint8_t *p;
	size_t n;
};

/*
 * The status and the Server field of the final response in p[0..n), after any
 * interim ones (1xx); RFC 9112, 4 and 5.  It is done as soon as both are known.
 * With all, no more bytes follow, and an incomplete head is enough if it has
 * the status.
 */
struct banner_http {
	unsigned status;	/* three digits */
	struct banner_text server;
};

enum banner banner_http(const uint8_t *p, size_t n, bool all,
    struct banner_http *http);

/*
 * The version in a greeting (Protocol::HandshakeV10 or V9), or the number of
 * the error that was sent in its place (ERR_Packet).
 */
struct banner_mysql {
	unsigned error;		/* 0: see version */
	struct banner_text version;
};

enum banner banner_mysql(const uint8_t *p, size_t n,
    struct banner_mysql *mysql);

#endif
