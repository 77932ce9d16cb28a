#include "sys/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "sys/clock.h"
#include "wire/units.h"

/* timeout(1), or a terminal and the program's parent, send what is one request
 * twice. */
#define SAME_NS		(NS_PER_S / 4)

static volatile sig_atomic_t stop_came, counts_came, reload_came;
static volatile sig_atomic_t hup_reloads;
static uint64_t stop_ns;		/* when the first of them came */
static int wake[2] = { -1, -1 };	/* a pipe to this process */

/* The second one ends the program. */
static void
on_stop(int sig)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!stop_came) {
		stop_ns = now;
		stop_came = 1;
	} else if (now - stop_ns >= SAME_NS) {
		signal(sig, SIG_DFL);
		raise(sig);		/* delivered when the handler returns */
	}
}

static void
on_signal(int sig)
{
	int keep = errno;
	ssize_t done;

	if (sig == SIGHUP && hup_reloads)
		reload_came = 1;
	else if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP)
		on_stop(sig);
	else
		counts_came = 1;
	done = write(wake[1], "", 1);	/* a full pipe wakes the reader, too */
	(void)done;
	errno = keep;
}

static int
wake_open(void)
{
	if (pipe(wake) < 0)
		return -1;
	for (int i = 0; i < 2; i++)
		if (fcntl(wake[i], F_SETFD, FD_CLOEXEC) < 0 ||
		    fcntl(wake[i], F_SETFL, O_NONBLOCK) < 0)
			return -1;
	return 0;
}

static int
handle(int sig)
{
	struct sigaction act = { .sa_handler = on_signal,
	    .sa_flags = SA_RESTART };

	sigfillset(&act.sa_mask);
	return sigaction(sig, &act, NULL);
}

/* Under nohup(1) it is ignored, and stays so. */
static int
handle_hup(void)
{
	struct sigaction now;

	if (sigaction(SIGHUP, NULL, &now) < 0)
		return -1;
	return now.sa_handler == SIG_IGN ? 0 : handle(SIGHUP);
}

int
signals_setup(void)
{
	static const int caught[] = {
		SIGINT, SIGTERM, SIGUSR1,
#ifdef SIGINFO
		SIGINFO,
#endif
	};

	if (wake_open() < 0)
		return -1;
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		if (handle(caught[i]) < 0)
			return -1;
	return handle_hup();
}

int
signals_catch_reload(void)
{
	hup_reloads = 1;
	return handle(SIGHUP);
}

bool
signals_reload(void)
{
	bool came = reload_came;

	if (came)
		reload_came = 0;
	return came;
}

bool
signals_stop(void)
{
	return stop_came;
}

bool
signals_counts(void)
{
	bool came = counts_came;

	if (came)
		counts_came = 0;
	return came;
}

static int
poll_ns(struct pollfd *fds, nfds_t n, int64_t timeout_ns)
{
#ifdef __APPLE__	/* has no ppoll */
	return poll(fds, n, timeout_ns < 0 ? -1 :
	    (int)((timeout_ns + 999999) / 1000000));
#else
	struct timespec limit = { .tv_sec = timeout_ns / (int64_t)NS_PER_S,
	    .tv_nsec = timeout_ns % (int64_t)NS_PER_S };

	return ppoll(fds, n, timeout_ns < 0 ? NULL : &limit, NULL);
#endif
}

int
signals_poll(struct pollfd *fds, unsigned n, int64_t timeout_ns)
{
	int ready;

	fds[n] = (struct pollfd){ .fd = wake[0], .events = POLLIN };
	if ((ready = poll_ns(fds, n + 1, timeout_ns)) < 0) {
		for (unsigned i = 0; i < n; i++)
			fds[i].revents = 0;
		return errno == EINTR ? 0 : -1;
	}
	if (fds[n].revents == 0)
		return ready;
	signals_drain();
	return 0;
}

int
signals_wait(int fd, int64_t timeout_ns)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = -1 } };

	return signals_poll(fds, 1, timeout_ns);
}

int
signals_fd(void)
{
	return wake[0];
}

void
signals_drain(void)
{
	char some[64];

	while (read(wake[0], some, sizeof(some)) > 0)
		continue;
}
