/*
 * Echo requests and replies (RFC 792, RFC 4443) whose checksum is always the
 * same: routers that spread packets by it see one flow.  The payload is
 *
 *	balance 2	what makes the checksum so
 *	cookie 8	says that an answer is to this request
 *	pattern
 *
 * as far as it goes; without the cookie, the sequence number must do.
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
 * Write a request with payload bytes of payload to out, which has ECHO_HEADER
 * more.  sum is what its 16-bit words add up to, 1 to 0xfffe: the flow.  The
 * checksum is filled in for IPv4; for IPv6 the kernel does it, with the
 * addresses.  Returns the bytes.
 */
size_t echo_build(uint8_t *out, bool v6, const struct echo *e,
    size_t payload, uint16_t sum);

/* Read an echo, whole or cut short: at least its header.  False for what is
 * none. */
bool echo_take(struct view v, bool v6, struct echo *e);

/* The same layout in UDP: seq, balance, cookie. */
#define ECHO_DATAGRAM	(2 + ECHO_BALANCE + ECHO_COOKIE)
void echo_build_datagram(uint8_t out[ECHO_DATAGRAM], const struct echo *e,
    uint16_t sum);
bool echo_take_datagram(struct view v, struct echo *e);

#endif
