/* Reading the list of hosts, the first time and again. */
#ifndef PROBE_RELOAD_H
#define PROBE_RELOAD_H

#include "probe/monitor.h"

/*
 * Read the list from fd to its end and probe its hosts from now on; hosts that
 * ask for the same as before go on.  Returns 0.  Returns -1 with the reason in
 * *why if the list cannot be read, is wrong, or needs more than memory allows;
 * then nothing has changed.
 */
int reload_list(struct monitor *m, int fd, struct hostlist_error *why);

/* Stop and free all hosts. */
void reload_end(struct monitor *m);

#endif
