/*
 * Signals as every program here takes them.  A source stops at the first
 * SIGINT or SIGTERM; a program that reads a pipe goes on to the end of it,
 * so that Ctrl-C on a pipeline prints the final report.  The second ends
 * any of them at once.  SIGUSR1 (and SIGINFO) asks for the counts so far.
 * SIGPIPE stays at its default: it ends quietly.
 */
#ifndef SYS_SIGNALS_H
#define SYS_SIGNALS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Install the handlers; 0, or -1 with errno.  System calls go on after a
 * signal (SA_RESTART): waiting is what notices one, by a pipe to itself.
 */
int signals_setup(void);

/* Has SIGINT or SIGTERM come? */
bool signals_stop(void);

/* Has SIGUSR1 or SIGINFO come since the last call? */
bool signals_counts(void);

/* Take SIGHUP too, as the request to read the configuration again: 0, or -1
 * with errno.  Has it come since the last call? */
int signals_take_reload(void);
bool signals_reload(void);

/*
 * Wait until fd can be read (or has ended), a signal comes, or timeout_ns
 * has passed (negative: no limit): 1, 0 and 0, or -1 with errno.
 */
int signals_wait(int fd, int64_t timeout_ns);

/*
 * The same for fds[0..n), as poll(2) does; fds has room for one more, which
 * is used here.  How many have revents, 0 and 0, or -1 with errno.
 */
int signals_poll(struct pollfd *fds, unsigned n, int64_t timeout_ns);

/* The descriptor to poll for reading beside one's own, for many at once;
 * signals_drain() empties it. */
int signals_fd(void);
void signals_drain(void);

#endif
