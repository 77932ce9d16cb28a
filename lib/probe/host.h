/*
 * A host of the list, from its line there until it is gone: its address, as far
 * as its name has to be looked up (by probe/lookup), and its tasks.
 */
#ifndef PROBE_HOST_H
#define PROBE_HOST_H

#include "probe/monitor.h"

/* A host for an entry, which must outlive it.  NULL without memory. */
struct host *host_new(struct monitor *m, const struct hostlist_entry *e);
void host_free(struct host *h);

/* Report the host's options, and probe it as soon as it has an address. */
void host_start(struct host *h);

/* End its tasks: what they have begun is reported as stopped.  Its probes must
 * have been forgotten before. */
void host_stop(struct host *h);

/* Begin no more runs of any host; those that have begun go on to their end. */
void host_finish(struct monitor *m);

/* Forget the probes in flight of all hosts that are marked as gone. */
void host_forget_gone(struct monitor *m);

/* Look its name up, now or when the helper accepts one more. */
void host_look_up(struct host *h);

/* Look up the queued names that the helper accepts. */
void host_look_up_queued(struct monitor *m);

/* A name was looked up; this removes addresses from the answer. */
void host_answer(struct lookup_answer *a);

/* Stop and free the hosts that have the further addresses of its name. */
void host_end_siblings(struct host *h);

/* A task is due.  Returns 0, or -1 without memory. */
int host_step(struct task *t, uint64_t now);

/* For prober.outcome: the owner of a probe is its host. */
void host_outcome(void *host, const struct prober_outcome *o);

#endif
