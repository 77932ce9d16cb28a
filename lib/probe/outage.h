/*
 * Outages: pings in a row, in the order in which they were sent, that nobody
 * answered.  Pure: no clock, no I/O.
 *
 * An answer may be known before the pings sent earlier are lost, so outcomes
 * wait in a ring until those before them are known.  If the ring is full, the
 * missing ones count as neither answered nor lost.
 */
#ifndef PROBE_OUTAGE_H
#define PROBE_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/units.h"

#define OUTAGE_LOST	3	/* pings in a row that make one */
#define OUTAGE_RING	128	/* outcomes that wait */
#define OUTAGE_RECENT_NS (3600 * NS_PER_S)
#define OUTAGE_FLAPS	16	/* that are remembered */

enum outage_ping {
	OUTAGE_UNKNOWN, OUTAGE_ANSWERED, OUTAGE_UNANSWERED,
	OUTAGE_NOTHING		/* it says nothing about the network */
};

struct outage_outcome {
	enum outage_ping what;
	uint64_t time;		/* wall clock ns: sent, or answered */
};

struct outage {
	bool started;
	uint64_t next;		/* the number of the ping whose turn it is */
	struct outage_outcome *ring;	/* owned; NULL: nothing ever waited */
	uint64_t begin;		/* when the first of them was sent */
	uint64_t end;		/* when the first answer after it came */
	uint32_t lost;		/* in a row, now or before that answer */
	uint64_t began[OUTAGE_FLAPS];	/* the last ones, a ring */
	unsigned nbegan;
};

enum outage_change {
	OUTAGE_NONE,
	OUTAGE_LOSS,		/* a first ping was lost */
	OUTAGE_DOWN, OUTAGE_UP
};

/* The ping with that number is the next to be sent. */
void outage_start(struct outage *o, uint64_t number);
void outage_stop(struct outage *o);

/* What became of a ping; then call outage_next() until it is OUTAGE_NONE.
 * Memory that is missing makes it count as OUTAGE_NOTHING. */
void outage_add(struct outage *o, uint64_t number, enum outage_ping what,
    uint64_t time);

/* What the outcomes so far mean, one after the other. */
enum outage_change outage_next(struct outage *o);

static inline bool
outage_is_down(const struct outage *o)
{
	return o->lost >= OUTAGE_LOST;
}

/* How many began within OUTAGE_RECENT_NS of the last one, with it. */
unsigned outage_recent(const struct outage *o);

#endif
