/*
 * Echo requests and replies (RFC 792, RFC 4443) with a constant checksum, so
 * that routers that balance load by it see one flow.  The payload is
 *
 *	balance 2	makes the checksum constant
 *	cookie 8	shows that a reply belongs to a request
 *	pattern
 *
 * cut to its length.  Without room for the cookie a reply is matched by its
 * sequence number alone.
 */
#ifndef WIRE_ECHO_H
#define WIRE_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/view.h"

#define ECHO_HEADER	8
#define ECHO_BALANCE	2
#define ECHO_COOKIE	8
#define ECHO_PAYLOAD_MAX 65507	/* in an IPv4 packet */

struct echo {
	bool reply;
	uint16_t id, seq;
	bool has_cookie;
	uint64_t cookie;
};

/*
 * Write a request with payload bytes of payload to out, which has room for
 * ECHO_HEADER more.  sum, 1 to 0xfffe, is the sum of its 16-bit words and so
 * identifies the flow.  For IPv4 the checksum is filled in; for IPv6 the kernel
 * does that, since it covers the addresses.  Returns the bytes written.
 */
size_t echo_build(uint8_t *out, bool v6, const struct echo *e,
    size_t payload, uint16_t sum);

/* Parse an echo request or reply, of which at least the header is there.  False
 * if it is something else. */
bool echo_parse(struct view v, bool v6, struct echo *e);

/* The payload of a UDP probe: seq, balance, cookie. */
#define ECHO_DATAGRAM	(2 + ECHO_BALANCE + ECHO_COOKIE)
void echo_build_datagram(uint8_t out[ECHO_DATAGRAM], const struct echo *e,
    uint16_t sum);
bool echo_parse_datagram(struct view v, struct echo *e);

#endif
