/* IP addresses, and their text as inet_ntop(3) writes it. */
#ifndef WIRE_ADDR_H
#define WIRE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ADDR_TEXT_MAX	46	/* and a byte to spare */

/* Network order; IPv4 uses the first four bytes and the rest are zero. */
struct addr {
	uint8_t b[16];
	bool v6;
};

/* An end of a connection. */
struct endpoint {
	struct addr addr;
	uint16_t port;
};

/* An address and how many of its leading bits are significant. */
struct prefix {
	struct addr addr;
	unsigned bits;
};

static inline bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return a->v6 == b->v6 && memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* Write the text of *a, without a NUL, to out, which has room for ADDR_TEXT_MAX
 * bytes.  Returns its length. */
size_t addr_fmt(char *out, const struct addr *a);

/* Write ADDR:PORT, or [ADDR]:PORT for IPv6, and a NUL to out, which has room
 * for ENDPOINT_TEXT_MAX bytes. */
#define ENDPOINT_TEXT_MAX	(ADDR_TEXT_MAX + sizeof "[]:65535")
void endpoint_fmt(char *out, const struct endpoint *e);

/* Parse text[0..n), which has ADDR_PADDING readable bytes on both sides, as one
 * address.  Returns n, or 0 if it is not an address. */
#define ADDR_PADDING	16
size_t addr_scan(const char *text, size_t n, struct addr *a);

/* Parse a string as ADDR or ADDR/BITS.  Returns its length, or 0 if it is
 * neither. */
size_t prefix_scan(const char *text, struct prefix *p);

bool prefix_has(const struct prefix *p, const struct addr *a);

#endif
