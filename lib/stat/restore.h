/* Add stat records, as stat/store writes them, to a report. */
#ifndef STAT_RESTORE_H
#define STAT_RESTORE_H

#include "stat/plan.h"

/*
 * Add a stat record to a report.  start is the start of the report's window; 0:
 * it has none.  False if the record is not selected, or cannot be parsed, which
 * marks it (rec_bad).
 */
bool restore_record(struct report *r, uint64_t start, struct rec *rec,
    struct selection *sel);

#endif
