/* The list of hosts, the first time and again. */
#ifndef PROBE_RELOAD_H
#define PROBE_RELOAD_H

#include "probe/monitor.h"

/*
 * Read the list from fd to its end and probe its hosts from now on; those that
 * ask for the same as before go on.  0; -1 where it cannot be read, understood
 * or done, which was said, and nothing has changed.
 */
int reload_list(struct monitor *m, int fd);

/* All hosts go. */
void reload_end(struct monitor *m);

#endif
