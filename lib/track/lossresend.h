/* Bytes that were captured before: a retransmission, or a duplicate made by the
 * network?  Private to lib/track/loss*.c. */
#ifndef TRACK_LOSSRESEND_H
#define TRACK_LOSSRESEND_H

#include "track/lossside.h"

/* The sender's segment has seq..end, which was captured before and fills no
 * hole. */
void loss_resent(struct loss *l, const struct loss_view *v, uint32_t seq,
    uint32_t end, const struct tcp *tcp, const struct loss_id *id);

/* May the sender have sent seq..end again, age ns after the original?  Not if
 * nothing that the receiver sent at most within ns ago, nor a time-out, made it
 * do so. */
bool loss_has_cause(const struct loss *l, const struct loss_view *v,
    uint32_t seq, uint32_t end, uint64_t age, uint64_t within);

#endif
