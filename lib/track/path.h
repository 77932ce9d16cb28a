/* What the round trips of a connection show about its path: how soon things
 * can happen, and how much delays vary.  All in ns. */
#ifndef TRACK_PATH_H
#define TRACK_PATH_H

#include "track/lossside.h"

static inline uint64_t
path_elapsed(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

/* The minimum round trip from end to end, or a guess if none is known. */
uint64_t path_rtt(const struct loss_view *v);

/* The least time from a segment to its retransmission. */
uint64_t path_resend_min(const struct loss_view *v);

/* The least time from the last segment to a probe that repeats it: RFC 8985,
 * 7.2. */
uint64_t path_probe_min(const struct loss_view *v);

/* The least time from a segment to its ACK.  Of few round trips the minimum is
 * not that of the path. */
uint64_t path_ack_min(const struct loss_view *v);

/* The most time that a sender needs to react to an ACK. */
uint64_t path_reaction_max(const struct loss_view *v);

/* The most time from a retransmission to a D-SACK for it: the original was
 * delayed by about the round trip, or time-out, that the sender waited, and
 * queues may have filled since. */
uint64_t path_dsack_max(const struct loss_view *v);

/* The usual difference between one round trip and the next, on the side that
 * has more samples; and whether there are enough to rely on it. */
uint64_t path_jitter(const struct loss_view *v);
bool path_knows_jitter(const struct loss_view *v);

#endif
