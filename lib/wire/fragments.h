/*
 * IP datagrams put together from their fragments: IPv4 by RFC 791 and 815, IPv6
 * by RFC 8200, 4.5.  A pure module.
 *
 * A datagram is open until all its bytes have come.  A map has a bit for each
 * eight bytes that have, since no fragment but the last ends within eight: a
 * fragment costs no more than its length, whatever came before.
 *
 *	overlaps	of IPv4: the later copy of a byte counts (RFC 791, 3.2);
 *			of IPv6: the datagram is refused, with what still comes
 *			of it (RFC 5722), unless a fragment is a duplicate
 *	contradictions	of IPv4 and IPv6: a second end, bytes after the end,
 *			or past 65535 bytes: refused in the same way
 *
 * wire/datagrams keeps the datagrams, and gives them up if fragments are lost.
 */
#ifndef WIRE_FRAGMENTS_H
#define WIRE_FRAGMENTS_H

#include "wire/datagrams.h"
#include "wire/ip.h"
#include "wire/layer.h"

/* A datagram that is whole: good until the next fragment. */
struct fragments_whole {
	const uint8_t *data;	/* after the headers that each fragment has */
	uint32_t len;		/* bytes */
	uint32_t captured;	/* bytes from the front, without a gap */
};

/*
 * Add a fragment, captured at now (ns): its IP header, the encapsulation before
 * it, and the captured part of its payload.  True if its datagram is whole: *ip
 * is then that of the datagram, as if it had never been fragmented, but for its
 * extension headers that follow in w->data.
 */
bool fragments_add(struct datagrams *t, uint64_t now, struct ip *ip,
    const struct encaps *encaps, const struct view *payload,
    struct fragments_whole *w);

#endif
