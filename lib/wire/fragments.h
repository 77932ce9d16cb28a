/*
 * IP datagrams put together from their fragments: IPv4 by RFC 791 and 815, IPv6
 * by RFC 8200, 4.5.  A pure module, whose memory is allocated once.
 *
 * A datagram is open until all its bytes have come.  Which these are is a map
 * of bits, one for eight bytes, since no fragment but the last ends within
 * eight: a fragment costs no more than its length, whatever came before.
 *
 *	overlaps	of IPv4: the later copy of a byte counts (RFC 791, 3.2);
 *			of IPv6: the datagram is refused, with what still comes
 *			of it (RFC 5722), unless a fragment is a duplicate
 *	contradictions	of IPv4 and IPv6: a second end, bytes after the end,
 *			or past 65535 bytes: refused in the same way
 *	lost fragments	the datagram is given up after 30 seconds, or, if there
 *			are too many, when it is the one that began first
 *
 * Datagrams that became whole are remembered for a while, lest duplicates of
 * their fragments look like others that remain incomplete.
 */
#ifndef WIRE_FRAGMENTS_H
#define WIRE_FRAGMENTS_H

#include "wire/ip.h"
#include "wire/layer.h"

#define FRAGMENTS_MAX	65536	/* datagrams, by fragments_open() */

struct fragments {
	struct fragments_datagram *datagrams;	/* owned, as is links */
	struct fragments_link *links;
	uint32_t *buckets, mask;
	uint32_t max, fresh;
	uint32_t nopen, ndone;
	uint64_t seed;
	uint64_t begun;		/* datagrams */
	/* What happened. */
	uint64_t whole;		/* datagrams put together */
	uint64_t incomplete;	/* given up */
	uint64_t refused;	/* datagrams, by the rules above */
	uint64_t duplicates;	/* fragments that had come before */
};

/* A datagram that is whole: good until the next fragment. */
struct fragments_whole {
	const uint8_t *data;	/* after the headers that each fragment has */
	uint32_t len;		/* bytes; of them */
	uint32_t captured;	/* were captured without a gap from the front */
};

/*
 * Put at most max datagrams together at a time, each of which takes at most 66
 * KiB; hashed with seed.  0, or -1 with errno.
 */
int fragments_open(struct fragments *f, uint32_t max, uint64_t seed);
void fragments_close(struct fragments *f);

/*
 * Add a fragment, captured at now (ns): its header, of which encaps came before,
 * and what was captured of its payload.  True if its datagram is whole: *ip is
 * then that of the datagram, as if it had never been fragmented, but for its
 * extension headers that follow in w->data.
 */
bool fragments_add(struct fragments *f, uint64_t now, struct ip *ip,
    const struct encaps *encaps, const struct view *payload,
    struct fragments_whole *w);

/* Forget what is open, without counting it. */
void fragments_forget(struct fragments *f);

/* No fragment follows: what is open is incomplete. */
void fragments_end(struct fragments *f);

#endif
