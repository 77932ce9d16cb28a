/*
 * Signals, handled the same way in every program.  A source stops at the first
 * SIGINT, SIGTERM or SIGHUP (unless that is ignored); a program that reads a pipe
 * continues to the end of its input, so that Ctrl-C on a pipeline prints the
 * final report.  A second one ends either at once, but not within 250 ms of the
 * first: timeout(1) sends each signal twice.  SIGUSR1 (and SIGINFO) asks for the
 * counts so far.  SIGPIPE keeps its default: the program ends quietly.
 */
#ifndef SYS_SIGNALS_H
#define SYS_SIGNALS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Install the handlers.  0, or -1 with errno.  Interrupted system calls are
 * restarted (SA_RESTART); the functions below that wait notice a signal, since
 * its handler writes to a pipe that they poll.
 */
int signals_setup(void);

/* Has SIGINT, SIGTERM or SIGHUP come? */
bool signals_stop(void);

/* Has SIGUSR1 or SIGINFO come since the last call? */
bool signals_counts(void);

/*
 * Handle SIGHUP as the request to reload the configuration: 0, or -1 with
 * errno.  signals_reload(): has it come since the last call?
 */
int signals_catch_reload(void);
bool signals_reload(void);

/*
 * Wait for input or the end of fd, a signal or the time-out (negative: none).
 * 1 for input or the end, 0 for a signal or the time-out, -1 with errno.
 */
int signals_wait(int fd, int64_t timeout_ns);

/*
 * The same for fds[0..n), as poll(2) does; fds must have room for one more.
 * Returns how many have revents, 0 for a signal or the time-out, -1 with errno.
 */
int signals_poll(struct pollfd *fds, unsigned n, int64_t timeout_ns);

/*
 * For a caller that polls by itself: the descriptor that becomes readable with
 * a signal.  signals_drain() empties it.
 */
int signals_fd(void);
void signals_drain(void);

#endif
