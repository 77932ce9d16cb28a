/*
 * Copies: the same segment seen again, because it was captured again or because
 * the network copied it.  A pure module, asked before anything else is.
 *
 * A device `any`, a bond, a mirror port with both directions, both sides of a
 * router, a tunnel's outside and inside: each gives a segment twice, with the
 * same numbers, options and window.  A sender that sends something again does
 * not do so sooner than its timer allows, and counts its IP identification up.
 *
 *	before and now		identification	time to live	then it is
 *	1 s and more apart	any		any		another one
 *	200 ms and more apart	unknown		any		another one
 *	nearer			differs		any		another one
 *	nearer			same		same		a copy
 *	nearer			same, unknown	differs		a copy, seen
 *								elsewhere
 *	SYN, SYN/ACK		unknown		same		a copy
 *	with a timestamp,	unknown		same		a copy
 *	  10 ms apart at most
 *	others, 1 ms at most	unknown		same		a copy
 *	a pure ACK		unknown		same		a copy if
 *								copies are
 *								the rule
 *
 * 200 ms is the least time-out in use (RFC 6298 has a second, Linux 200 ms).
 * An identification is unknown where it is 0 (RFC 6864, 4.1), in IPv6, and
 * where the sender gives all its packets the same.
 *
 * Where most segments of a side come twice, the capture is what makes copies;
 * where few do, it is the network.  Where they come twice, and hardly ever
 * three times, the third is a copy by the network, and the fourth its copy.
 */
#ifndef CONN_COPIES_H
#define CONN_COPIES_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/tcb.h"
#include "wire/tcp.h"

enum copy_kind {
	COPY_NONE,
	COPY_CAPTURED,		/* captured again: it is no event at all */
	COPY_ELSEWHERE,		/* the same, at another place of its path */
	COPY_NETWORK		/* copied on its way */
};

/* 16 bytes, four of them in a cache line. */
struct copy_slot {
	uint64_t time;
	uint32_t print;		/* of what the segment says */
	uint16_t id;
	uint8_t ttl, times;
};

/* Segments that came twice, and of them those that came once more. */
struct copies_seen {
	uint8_t twice, more;
};

#define COPIES_SIDES	(1u << 12)

struct copies {
	struct copy_slot *slots;	/* aligned to cache lines */
	char *memory;
	uint64_t seed;
	uint16_t last_id[COPIES_SIDES];	/* of a side's packet before */
	struct copies_seen seen[COPIES_SIDES + 1];	/* the last of all */
	bool resent;		/* the last was known, by its identification, to
				 * be sent again */
	bool like;		/* the last has every bit of an earlier one, as
				 * a copy must */
	uint64_t since;		/* like: ns since that one; else no such one
				 * came for at least that long, 0: unknown */
	uint64_t captured, network;
};

/* A table keyed with seed.  0, or -1 with errno. */
int copies_open(struct copies *c, uint64_t seed);
void copies_close(struct copies *c);

/* Fetch into the processor's caches what copies_check() of this segment will
 * read. */
void copies_fetch(const struct copies *c, uint32_t flow,
    const struct tcp *tcp);

/*
 * A segment of connection flow, sent by side from, of which s is known.  Must
 * be asked once for each, in the order of the capture.
 */
enum copy_kind copies_check(struct copies *c, uint32_t flow, int from,
    struct tcb *s, uint64_t time, const struct tcp *tcp);

#endif
