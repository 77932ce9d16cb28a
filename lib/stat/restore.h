/* 'stat' records, as stat/store writes them, added up to a report again. */
#ifndef STAT_RESTORE_H
#define STAT_RESTORE_H

#include "stat/plan.h"

/*
 * Add what a 'stat' record says to a report, where it is wanted, and so
 * return true.  start is when the report's window begins, 0 where it has
 * none.  What cannot be read marks the record (rec_bad).
 */
bool restore_record(struct report *r, uint64_t start, struct rec *rec,
    struct wanted *w);

#endif
