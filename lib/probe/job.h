/* Jobs: when their runs are due, and how soon a packet may go. */
#ifndef PROBE_JOB_H
#define PROBE_JOB_H

#include "probe/monitor.h"

/* From run to run of what an entry asks for, ns; 0: none. */
uint64_t job_period(const struct hostlist_entry *e, enum job_kind kind);

/* The first run of a job; at once, or as the host's time in the period is. */
void job_start(struct job *j, uint64_t now);

/* The run that is due begins. */
void job_begin(struct job *j);

/* It is over: the next is due a period after it was. */
void job_next(struct job *j, uint64_t now);

/* The run goes on then, but not before the host had its rest. */
void job_again(struct job *j, uint64_t at, uint64_t now);

/* May a packet go now?  One has gone. */
bool job_may_send(const struct monitor *m, uint64_t now);
void job_sent(struct monitor *m, uint64_t now);

/* If none may before, when may one? */
uint64_t job_may_send_at(const struct monitor *m);

/* Have epoll(7) tell of a descriptor; what begins with an enum watch. */
void job_watch(struct monitor *m, int fd, void *what, uint32_t events);

#endif
