/* Connections and losses as the user of track/track.h receives them.  For
 * lib/track alone. */
#ifndef TRACK_REPORT_H
#define TRACK_REPORT_H

#include "track/conn.h"

/* Report connection i as it was at time last.  due is why it is reported now,
 * which differs from the reason if it had ended before. */
void report_conn(struct track *t, uint32_t i, enum track_reason due,
    uint64_t last);

/* Report an event, or why it was decided so; arg is the track.  For struct
 * loss. */
void report_loss(void *arg, const struct loss_view *v,
    const struct loss_event *e);
void report_evidence(void *arg, const struct loss_view *v,
    const struct loss_event *e, const char *text);

/* Explain that connection i begins, with segment tcp; or that this segment of
 * its end from begins another one, and why. */
void report_begin(const struct track *t, uint32_t i, const struct tcp *tcp);
void report_restart(const struct track *t, uint32_t i, int from,
    uint64_t time, const struct tcp *tcp);

#endif
