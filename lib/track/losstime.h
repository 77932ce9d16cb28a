/* How long things take in one direction of a connection, by its own round
 * trips. */
#ifndef TRACK_LOSSTIME_H
#define TRACK_LOSSTIME_H

#include "track/loss.h"

static inline uint64_t
later_by(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

/* The least round trip from end to end; a guess while there is none. */
uint64_t loss_round_trip(const struct loss_view *v);

/* Nothing is sent again sooner than this after the original. */
uint64_t loss_soonest(const struct loss_view *v);

/* A sender that acts on what the receiver said has done so by then. */
uint64_t loss_reaction(const struct loss_view *v);

/*
 * By then an original that was held back has come, and the D-SACK for it: it
 * must have lost a race against a round trip or a time-out.
 */
uint64_t loss_patience(const struct loss_view *v);

/* How much round trips vary from one to the next, on the side that was timed
 * more often. */
uint64_t loss_jitter(const struct loss_view *v);

/* Is that much known of it? */
bool loss_knows_jitter(const struct loss_view *v);

#endif
