/* Reports as 'stat' records, and back: what merges. */
#ifndef STAT_RECORD_H
#define STAT_RECORD_H

#include "rec/write.h"
#include "stat/plan.h"
#include "stat/rows.h"

/* Write all of a report; false without memory. */
bool stat_write(struct rec_writer *w, const struct report *r,
    const struct layout *l);

/*
 * Add what a 'stat' record says to a report, where it is wanted, and so
 * return true.  start is when the report's window begins, 0 where it has
 * none.  What cannot be read marks the record (rec_bad).
 */
bool stat_take(struct report *r, uint64_t start, struct rec *rec,
    struct wanted *w);

#endif
