/* Tasks: when the runs of a host are due. */
#ifndef PROBE_TASK_H
#define PROBE_TASK_H

#include "probe/monitor.h"

/* The time from run to run that an entry asks for, ns; 0: no runs.  If the list
 * asks for too much, runs are farther apart. */
uint64_t task_period(const struct hostlist_entry *e, enum task_kind kind);

/* Schedule the first run: at once, or at the host's place in the period. */
void task_start(struct task *t, uint64_t now);

/* Begin a run now, unless one is under way or scheduled. */
void task_start_now(struct task *t, uint64_t now);

/* A run that was due begins. */
void task_begin(struct task *t);

/* The run is over: schedule the next, a period after this one was due. */
void task_next(struct task *t, uint64_t now);

/* Go on with the run at that time, but not before the host had a rest. */
void task_resume(struct task *t, uint64_t at, uint64_t now);

#endif
