#include "wire/echo.h"

#include <string.h>

#define ECHO_REPLY	0
#define ECHO_REQUEST	8
#define ECHO6_REQUEST	128
#define ECHO6_REPLY	129

static void
put_be64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t
be64(const uint8_t *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

/* The ones' complement sum of 16-bit words; RFC 1071. */
static uint16_t
sum16(const uint8_t *p, size_t n)
{
	uint64_t sum = 0;

	for (; n > 1; n -= 2, p += 2)
		sum += be16(p);
	if (n == 1)
		sum += (uint64_t)*p << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The word that changes the sum have into want. */
static uint16_t
balance(uint16_t have, uint16_t want)
{
	uint32_t sum = (uint32_t)want + (uint16_t)~have;

	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

static void
fill(uint8_t *p, size_t n, uint64_t cookie)
{
	if (n < ECHO_COOKIE) {
		memset(p, 0, n);
		return;
	}
	put_be64(p, cookie);
	for (size_t i = ECHO_COOKIE; i < n; i++)
		p[i] = (uint8_t)i;
}

size_t
echo_build(uint8_t *out, bool v6, const struct echo *e, size_t payload,
    uint16_t sum)
{
	size_t n = ECHO_HEADER + payload;

	put_be16(out, (uint16_t)((v6 ? ECHO6_REQUEST : ECHO_REQUEST) << 8));
	put_be16(out + 2, 0);
	put_be16(out + 4, e->id);
	put_be16(out + 6, e->seq);
	if (payload >= ECHO_BALANCE) {
		uint8_t *p = out + ECHO_HEADER;

		put_be16(p, 0);
		fill(p + ECHO_BALANCE, payload - ECHO_BALANCE, e->cookie);
		put_be16(p, balance(sum16(out, n), sum));
	} else
		memset(out + ECHO_HEADER, 0, payload);
	if (!v6)
		put_be16(out + 2, (uint16_t)~sum16(out, n));
	return n;
}

bool
echo_parse(struct view v, bool v6, struct echo *e)
{
	const uint8_t *h = view_bytes(&v, ECHO_HEADER), *cookie;

	if (h == NULL || h[1] != 0)
		return false;
	e->reply = h[0] == (v6 ? ECHO6_REPLY : ECHO_REPLY);
	if (!e->reply && h[0] != (v6 ? ECHO6_REQUEST : ECHO_REQUEST))
		return false;
	e->id = be16(h + 4);
	e->seq = be16(h + 6);
	view_skip(&v, ECHO_BALANCE);
	cookie = view_bytes(&v, ECHO_COOKIE);
	e->has_cookie = cookie != NULL;
	e->cookie = cookie != NULL ? be64(cookie) : 0;
	return true;
}

void
echo_build_datagram(uint8_t out[ECHO_DATAGRAM], const struct echo *e,
    uint16_t sum)
{
	put_be16(out, e->seq);
	put_be16(out + 2, 0);
	put_be64(out + 4, e->cookie);
	put_be16(out + 2, balance(sum16(out, ECHO_DATAGRAM), sum));
}

bool
echo_parse_datagram(struct view v, struct echo *e)
{
	const uint8_t *p = view_bytes(&v, ECHO_DATAGRAM);

	if (p == NULL)
		return false;
	*e = (struct echo){ .seq = be16(p), .has_cookie = true,
	    .cookie = be64(p + 4) };
	return true;
}
