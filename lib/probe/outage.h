/*
 * Outages: pings in a row, in the order in which they were sent, that were not
 * answered.  Pure: no clock, no I/O.
 *
 * An answer may arrive before earlier pings time out, so outcomes wait in a ring
 * until those of all earlier pings are known.  If the ring is full, the missing
 * outcomes count as OUTAGE_NOTHING.
 */
#ifndef PROBE_OUTAGE_H
#define PROBE_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/units.h"

#define OUTAGE_LOST	3	/* pings in a row that make one */
#define OUTAGE_RING	128	/* outcomes that wait */
#define OUTAGE_RECENT_NS (3600 * NS_PER_S)
#define OUTAGE_FLAPS	16	/* outages that are remembered */

enum outage_ping {
	OUTAGE_UNKNOWN, OUTAGE_ANSWERED, OUTAGE_UNANSWERED,
	OUTAGE_NOTHING		/* failed on this machine: not counted */
};

struct outage_outcome {
	enum outage_ping what;
	uint64_t time;		/* wall clock ns: sent, or answered */
};

struct outage {
	bool started;
	uint64_t next;		/* the first ping whose outcome is unknown */
	struct outage_outcome *ring;	/* owned; NULL: none waited yet */
	uint64_t begin;		/* when the first lost ping was sent */
	uint64_t end;		/* when the first answer after it arrived */
	uint32_t lost;		/* pings in a row, before that answer */
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

/* Add the outcome of a ping; then call outage_next() until it returns
 * OUTAGE_NONE.  Without memory the outcome is left out. */
void outage_add(struct outage *o, uint64_t number, enum outage_ping what,
    uint64_t time);

/* The next change that the outcomes so far show. */
enum outage_change outage_next(struct outage *o);

static inline bool
outage_is_down(const struct outage *o)
{
	return o->lost >= OUTAGE_LOST;
}

/* The number of outages that began within OUTAGE_RECENT_NS before the last one,
 * which counts too. */
unsigned outage_recent(const struct outage *o);

#endif
