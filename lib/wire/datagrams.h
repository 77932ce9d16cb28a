/*
 * The datagrams that wire/fragments puts together: a table of bounded size, by
 * key.  A pure module, whose memory is allocated once.
 *
 *	open		begun, but not whole.  Given up after 30 seconds, or, if
 *			there are too many, when it is the one that began first
 *	done		whole.  A few are remembered, lest duplicates of their
 *			fragments look like others that remain incomplete
 */
#ifndef WIRE_DATAGRAMS_H
#define WIRE_DATAGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#define DATAGRAMS_MAX	65536	/* by datagrams_open() */
#define DATAGRAM_LEN_MAX	65535	/* bytes, with the header */
#define DATAGRAM_UNIT	8	/* bytes: offsets count them */
#define DATAGRAM_WORDS	((DATAGRAM_LEN_MAX + 1) / DATAGRAM_UNIT / 64 + 1)
#define DATAGRAM_UNKNOWN	UINT32_MAX	/* before the last fragment */

struct datagram {
	uint64_t key[2];
	uint64_t born;		/* its first fragment came, ns */
	uint64_t number;	/* how many began before */
	uint32_t chain;		/* the next one in its bucket, or 0 */
	uint32_t end;		/* one past the highest byte so far */
	uint32_t total;		/* bytes, or DATAGRAM_UNKNOWN */
	uint32_t units;		/* that have come */
	uint32_t cut;		/* the first byte that was not captured */
	uint16_t last, last_end;	/* the bytes that made it whole, */
	uint16_t last_captured;		/* and how many were captured */
	uint16_t head;		/* bytes of the first fragment's headers */
	uint8_t proto, ttl, tos;	/* the first fragment's */
	bool congested;		/* a fragment has CE; RFC 3168, 5.3 */
	bool refused;
	bool done;		/* whole, and no fragment came since */
	bool again;		/* one with the same key was whole before */
	uint64_t come[DATAGRAM_WORDS];	/* units that have come */
	uint64_t first[DATAGRAM_WORDS];	/* those that begin a fragment */
	uint8_t data[DATAGRAM_LEN_MAX + 1];
};

struct datagrams {
	struct datagram *all;	/* owned, as is links */
	struct datagrams_link *links;
	uint32_t *buckets, mask;
	uint32_t max, fresh;
	uint32_t nopen, ndone;
	uint64_t seed;		/* for keys */
	uint64_t begun;		/* datagrams */
	/* What happened. */
	uint64_t whole;		/* datagrams put together */
	uint64_t incomplete;	/* given up */
	uint64_t refused;	/* datagrams, by the rules of wire/fragments */
	uint64_t duplicates;	/* fragments that had come before */
};

static inline uint32_t
datagram_units(uint32_t bytes)
{
	return (bytes + DATAGRAM_UNIT - 1) / DATAGRAM_UNIT;
}

/* Did its first fragment come over 30 seconds ago? */
bool datagram_is_old(const struct datagram *d, uint64_t now);

/*
 * At most max datagrams are open at a time, each of which takes at most 66 KiB;
 * keys are hashed with seed.  0, or -1 with errno.
 */
int datagrams_open(struct datagrams *t, uint32_t max, uint64_t seed);
void datagrams_close(struct datagrams *t);

/* Give up the open datagrams that are old. */
void datagrams_expire(struct datagrams *t, uint64_t now);

/* The datagram with this key, open or done; NULL if none. */
struct datagram *datagrams_find(const struct datagrams *t,
    const uint64_t key[2]);

/* The open datagram with this key; d is the result of datagrams_find(). */
struct datagram *datagrams_begin(struct datagrams *t, struct datagram *d,
    const uint64_t key[2], uint64_t now);

/* Forget the fragments of an open datagram of which one was whole before: they
 * were duplicates. */
void datagrams_restart(struct datagrams *t, struct datagram *d);

/* An open datagram is whole.  Its data stay valid until the next call. */
void datagrams_finish(struct datagrams *t, struct datagram *d, uint64_t now);

/* Forget what is open, without counting it. */
void datagrams_forget(struct datagrams *t);

/* No fragment follows: what is open is incomplete. */
void datagrams_end(struct datagrams *t);

#endif
