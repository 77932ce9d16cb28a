/*
 * First fragments of a capture that may have no others: a filter by ports
 * matches first fragments alone.  Nothing completes them then, and each is all
 * that will be known of its segment.  A pure module.
 *
 * Before the first fragment that is not the first of its datagram, nobody knows
 * which kind of capture it is, and first fragments wait: FIRSTS_MAX of them, or
 * FIRSTS_NS, whichever ends first.
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

/* A fragment that is not the first of its datagram came: what waits is only
 * forgotten, and nothing will wait.  How many packets that was. */
unsigned firsts_end_wait(struct firsts *f);

/*
 * The next packet that has waited, by the time now, until there are no others:
 * f->alone is set then.  Good until the next call.  NULL if none.
 */
const struct packet *firsts_next(struct firsts *f, uint64_t now);

void firsts_close(struct firsts *f);

#endif
