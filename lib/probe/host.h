/* A host: its jobs together, from its line in the list to its end. */
#ifndef PROBE_HOST_H
#define PROBE_HOST_H

#include "probe/monitor.h"

/* A host of that entry, which must stay.  Without memory the program ends. */
struct host *host_new(struct monitor *m, const struct hostlist_entry *e);

/* Tell of it; probe it as soon as it has an address. */
void host_start(struct host *h);

/* Its address is known, or another one: its jobs begin. */
void host_begin(struct host *h);

/* They end: what they have begun is told as stopped.  Its probes are to be
 * forgotten before. */
void host_stop(struct host *h);

/* Forget the probes of all hosts that are marked gone. */
void host_forget_gone(struct monitor *m);

void host_free(struct host *h);

/* A job of its is due. */
void host_step(struct job *j, uint64_t now);

/* What became of a probe: prober.tell. */
void host_outcome(void *host, const struct prober_outcome *o);

#endif
