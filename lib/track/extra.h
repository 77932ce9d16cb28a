/* What few connections need: counts of SACK and zero windows, and losses.  For
 * lib/track alone. */
#ifndef TRACK_EXTRA_H
#define TRACK_EXTRA_H

#include "track/conn.h"

/* The extra state of c, allocated if need be; NULL without memory. */
struct conn_extra *extra_need(struct track *t, struct conn *c);

/* Update that of connection i by a segment that is no RST. */
void extra_segment(struct track *t, uint32_t i, struct conn_extra *extra,
    int from, uint64_t time, const struct tcp *tcp,
    const struct accept_result *judged);

/* Update that of connection i by an ICMP error: loss_toobig(). */
bool extra_toobig(struct track *t, uint32_t i, int from, uint64_t time,
    uint32_t seq);

/* Decide what losses can be decided by now, at the end all of them. */
void extra_settle(struct track *t, uint32_t i, uint64_t time, bool end);

/* Give back what c has. */
void extra_free(struct track *t, struct conn *c);

#endif
