/*
 * First fragments of a capture that may have no others: a filter by ports
 * matches first fragments alone.  Their datagrams never become whole then, and
 * each is all that is known of its segment.  A pure module.
 *
 * Until a fragment that is not the first of its datagram comes, the kind of the
 * capture is unknown, and first fragments wait: at most FIRSTS_MAX of them, for
 * at most FIRSTS_NS.
 */
#ifndef WIRE_FIRSTS_H
#define WIRE_FIRSTS_H

#include <stdbool.h>

#include "wire/savefile.h"
#include "wire/units.h"

#define FIRSTS_MAX	16
#define FIRSTS_NS	(NS_PER_S / 2)

/* Zero-initialised: nothing is known. */
struct firsts {
	bool others;		/* fragments after the first are captured */
	bool alone;		/* they are not */
	unsigned n, next;	/* packets that wait; the next to be used */
	struct packet packet[FIRSTS_MAX];	/* with copies of their bytes */
};

/* A first fragment: copy it and return true if it must wait. */
bool firsts_hold(struct firsts *f, const struct packet *pkt);

/* A fragment that is not the first of its datagram came: forget the packets
 * that wait; no others will.  Returns how many they were. */
unsigned firsts_end_wait(struct firsts *f);

/*
 * The next of the packets whose wait ends by the time now, since only first
 * fragments came: f->alone is set then.  Good until the next call.  NULL if
 * none.
 */
const struct packet *firsts_next(struct firsts *f, uint64_t now);

void firsts_close(struct firsts *f);

#endif
