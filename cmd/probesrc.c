/*
 * probesrc - pings, traces and port scans of a list of hosts, as records.  One
 * process with one loop for any number of hosts: a heap tells which task of
 * which host is due, and few sockets serve them all.
 *
 * Its rights narrow step by step and never widen:
 *
 *	as started	opens the list and the ICMP sockets
 *	user		becomes the -Z user, starts a helper to look names up
 *	sandbox		reads the list, sends probes and receives the answers
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "probe/host.h"
#include "probe/outbox.h"
#include "probe/reload.h"
#include "probe/scan.h"
#include "probe/tcpping.h"
#include "stage/stage.h"
#include "sys/clock.h"
#include "sys/privilege.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "wire/units.h"

#define STOP_WAIT	NS_PER_S	/* for answers, after a signal */
#define READER_WAIT	(800 * NS_PER_MS)	/* for the reader, after that */
#define ASK_AGAIN	(10 * NS_PER_MS)
#define EVENTS		64
/* Above this rate, in packets a second, send and receive in batches. */
#define BATCH_FROM	2500.0
#define BATCH_MAX	(4 * NS_PER_MS)

static const struct opt opts[] = {
	{ '1', "once", NULL, "run each probe of the list once, then exit" },
	OPT_COLUMNS,
	{ 'f', "finish", NULL, "at a signal to stop, finish the runs that have "
	    "begun" },
	OPT_HELP,
	{ 'r', "rate", "packets", "send at most packets a second (1000)" },
	OPT_VERSION,
	{ 'w', "wait", "secs", "wait at most secs for an answer (2)" },
	{ 'x', "exit", NULL, "at SIGHUP, exit if the list cannot be read" },
	{ 'Z', "user", "user", "when started by root, become user (nobody)" },
	{ 0 }
};

static const enum rec_kind writes[] = { REC_ping, REC_hop, REC_port,
    REC_route, REC_outage, REC_conf, REC_host, REC_count };

static const struct command command = {
	.prog = "probesrc", .operands = "[file]", .opts = opts,
	.writes = writes,
};

static struct stage st;
static const char *file, *user;
static bool finish, exits;	/* -f, -x */
static bool finishing;		/* begin no more runs */
static const char *place;	/* the name of the list in messages */

static struct monitor m = {
	.rate = 1000, .wait = 2 * NS_PER_S, .out = &st.out,
	.queue_end = &m.queued, .stop_at = MONITOR_NEVER, .stretch = 1,
	.counts = {
		[COUNT_SENT] = { "sent", 0 },
		[COUNT_RECEIVED] = { "received", 0 },
		[COUNT_LATE] = { "late", 0 }, [COUNT_DUP] = { "dup", 0 },
		[COUNT_LOST] = { "lost", 0 },
		[COUNT_UNREACH] = { "unreach", 0 },
		[COUNT_ERROR] = { "error", 0 },
		[COUNT_FOREIGN] = { "foreign", 0 },
		[COUNT_UNSTAMPED] = { "unstamped", 0 },
		[COUNT_SKIPPED] = { "skipped", 0 },
		[COUNT_HELD] = { "held", 0 },
		[COUNT_DROPPED] = { "dropped", 0 },
	},
};

static struct outbox outbox = { .fd = -1 };
static int icmp_error;		/* why there is no ICMP socket, or 0 */
static bool is_watched;		/* the outbox waits for its reader */

/* Messages about the list. */

static void
warn_unresolved(const struct host *h, const char *why)
{
	warnx("%s:%u: %s: %s", place, h->e->line, h->e->host, why);
}

static void
warn_list(const struct hostlist_error *e, const char *then)
{
	if (e->line != 0)
		warnx("%s:%u: %s%s", place, e->line, e->text, then);
	else
		warnx("%s: %s%s", place, e->text, then);
}

static void
warn_stretched(const struct monitor *of)
{
	warnx("%s: asks for %.0f packets a second, but -r allows %" PRIu32
	    ": all periods are %.2f times as long", place, of->demand,
	    of->rate, of->stretch);
}

/* The output. */

static _Noreturn void
fail_output(void)
{
	if (errno == EPIPE)
		errx(1, "standard output: the program that reads it has ended");
	err(1, "standard output");
}

/* Have epoll(7) report when the reader has made room, or has ended.  It cannot
 * watch files, which always have room. */
static void
watch_output(int op)
{
	static enum watch output = WATCH_OUTPUT;
	struct epoll_event ev = { .data.ptr = &output,
	    .events = is_watched ? EPOLLOUT : 0 };

	if (epoll_ctl(m.epoll, op, outbox.fd, &ev) < 0 && errno != EPERM)
		err(1, "epoll");
}

static void
write_records(void)
{
	if (rec_flush(m.out) < 0) {
		errno = m.out->error;
		fail_output();
	}
	if (outbox_drain(&outbox) < 0)
		fail_output();
	if (is_watched != outbox_is_empty(&outbox))
		return;
	is_watched = !is_watched;
	watch_output(EPOLL_CTL_MOD);
}

/* Exit if the reader of the pipe has ended: nobody reads the records. */
static void
check_reader(uint32_t events)
{
	if ((events & EPOLLERR) == 0)
		return;
	errno = EPIPE;
	fail_output();
}

/* Events. */

/* With -f, finish the runs that have begun, then exit as -1 does. */
static void
stop(bool failed)
{
	st.failed |= failed;
	if (finish && !finishing)
		host_finish(&m);
	else if (!finish && m.stop_at == MONITOR_NEVER)
		m.stop_at = clock_ns(CLOCK_MONOTONIC) + STOP_WAIT;
	finishing = true;
}

/* SIGHUP asked for the list again: the helper has opened it. */
static void
reload(const struct lookup_answer *a)
{
	static const char then[] = "; keeping the old list";
	bool ends = exits && file != NULL;
	struct hostlist_error why;

	if (a->file < 0) {
		warnx("%s: %s%s", place, a->why, ends ? "" : then);
		if (ends)
			stop(true);
		return;
	}
	if (reload_list(&m, a->file, &why) < 0)
		warn_list(&why, then);
	close(a->file);
}

static void
receive_lookups(void)
{
	struct lookup_answer a;

	while (lookup_next(&m.lookup, &a))
		if (a.id == 0)
			reload(&a);
		else
			host_answer(&a);
	if (m.lookup.ended)
		errx(1, "the helper process that looks names up has died");
}

/* Handle all events but those of the helper; true if there are such.  The caller
 * handles them afterwards: they can free hosts that other events point to. */
static bool
handle_events(const struct epoll_event *ev, int n)
{
	bool any_lookups = false;

	for (int i = 0; i < n; i++) {
		enum watch *watch = ev[i].data.ptr;

		switch (*watch) {
		case WATCH_SIGNALS:
			signals_drain();
			break;
		case WATCH_OUTPUT:
			check_reader(ev[i].events);
			break;
		case WATCH_LOOKUP:
			any_lookups = true;
			break;
		case WATCH_SOCKET:
			prober_read(&m.prober,
			    ((struct socket_watch *)ev[i].data.ptr)->socket);
			break;
		case WATCH_PORT:
			scan_ready(ev[i].data.ptr);
			break;
		case WATCH_TCP_PING:
			tcpping_ready(ev[i].data.ptr);
			break;
		}
	}
	return any_lookups;
}

static void
sum_up(struct stage *stage)
{
	(void)stage;
	m.counts[COUNT_SENT].value = m.prober.sent;
	m.counts[COUNT_RECEIVED].value = m.prober.received;
	m.counts[COUNT_FOREIGN].value = m.prober.foreign;
	m.counts[COUNT_UNSTAMPED].value = m.prober.unstamped;
	m.counts[COUNT_DROPPED].value = outbox.dropped;
}

static void
handle_signals(void)
{
	stage_progress(&st);
	if (signals_reload() && !finishing && !lookup_ask_list(&m.lookup, 0))
		warn("%s", place);
	if (signals_stop())
		stop(false);
}

/* The loop. */

static void
run_due(void)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct due *d;

	while (m.stop_at == MONITOR_NEVER &&
	    (d = schedule_first(&m.schedule)) != NULL && d->at <= now &&
	    monitor_may_send(&m, now))
		if (host_step((struct task *)d, now) < 0)
			err(1, NULL);
}

/* When the next task is due and may send. */
static uint64_t
next_task(void)
{
	const struct due *d = schedule_first(&m.schedule);
	uint64_t at = monitor_may_send_at(&m);

	if (d == NULL || m.stop_at != MONITOR_NEVER)
		return MONITOR_NEVER;
	return d->at > at ? d->at : at;
}

/* Milliseconds until a probe times out, a task is due, or we stop; -1 for
 * never. */
static int
patience(uint64_t timeout)
{
	const uint64_t dues[] = { timeout, next_task(), m.stop_at };
	uint64_t now = clock_ns(CLOCK_MONOTONIC), at = MONITOR_NEVER;

	/* The helper may have no room for more questions, but soon. */
	if (m.queued != NULL)
		at = now + ASK_AGAIN;

	for (size_t i = 0; i < sizeof dues / sizeof *dues; i++)
		if (dues[i] < at)
			at = dues[i];
	if (at == MONITOR_NEVER)
		return -1;
	return at <= now ? 0 :
	    (int)((at - now + NS_PER_MS - 1) / NS_PER_MS);
}

/*
 * With many packets a second, sleep for up to BATCH_MAX since the last round so
 * that each round handles more of them, which costs less: the kernel keeps
 * what arrives, with its timestamps, and probes may be a few milliseconds late.
 * A signal ends the sleep.
 */
static void
gather(uint64_t since)
{
	double ns = m.demand / m.stretch / BATCH_FROM * (double)NS_PER_MS;
	uint64_t until = since + (ns < (double)BATCH_MAX ? (uint64_t)ns :
	    BATCH_MAX);
	struct timespec t = { .tv_sec = (time_t)(until / NS_PER_S),
	    .tv_nsec = (long)(until % NS_PER_S) };

	if (m.demand >= BATCH_FROM && m.stop_at == MONITOR_NEVER)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static bool
is_finished(void)
{
	if (m.stop_at != MONITOR_NEVER)
		return clock_ns(CLOCK_MONOTONIC) >= m.stop_at ||
		    (m.pings == 0 && m.connections == 0);
	return m.once && m.pings == 0 && m.schedule.n == 0 &&
	    (finishing || (m.lookup.waiting == 0 && m.queued == NULL));
}

/* Time out probes.  Returns when the next one times out. */
static uint64_t
expire(void)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	uint64_t icmp = prober_expire_all(&m.prober, now);
	uint64_t tcp = tcpping_expire(&m, now);

	return icmp < tcp ? icmp : tcp;
}

static void
run(void)
{
	struct epoll_event ev[EVENTS];
	uint64_t timeout, since;
	int n;

	for (;;) {
		since = clock_ns(CLOCK_MONOTONIC);
		run_due();
		host_look_up_queued(&m);
		timeout = expire();
		write_records();
		if (is_finished())
			break;
		gather(since);
		n = epoll_wait(m.epoll, ev, EVENTS, patience(timeout));
		if (handle_events(ev, n))
			receive_lookups();
		handle_signals();
	}
}

/* Setting up, in the order of the steps at the top. */

static int
open_list(void)
{
	int fd;

	place = file != NULL ? file : "stdin";
	if (file == NULL) {
		if (isatty(STDIN_FILENO))
			opt_wrong("standard input is a terminal: "
			    "name a file of hosts or pipe it in");
		return STDIN_FILENO;
	}
	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) < 0)
		err(1, "%s", file);
	return fd;
}

/* Without an ICMP socket, go on: the list may have only scans and pings by TCP,
 * which need none.  check_sockets() reports the error if it has more. */
static void
open_sockets(void)
{
	icmp_error = prober_open(&m.prober, m.rate, m.wait, stage_seed()) == 0 ?
	    0 : errno;
}

static bool
needs_icmp(const struct hostlist_entry *e)
{
	return (e->ping_ns != 0 && !e->tcp) || e->on_loss ||
	    (e->trace_ns != 0 && !e->udp);
}

static void
check_sockets(void)
{
	size_t i = 0;

	while (i < m.list.n && !needs_icmp(&m.list.entries[i]))
		i++;
	errno = icmp_error;
	if (errno == 0 || i == m.list.n)
		return;
	if (errno == EACCES || errno == EPERM)
		errx(1, "cannot open an ICMP socket: run as root, "
		    "grant CAP_NET_RAW (setcap cap_net_raw+ep probesrc), "
		    "or add your group to net.ipv4.ping_group_range");
	err(1, "cannot open an ICMP socket");
}

static void
watch(int fd, void *what)
{
	if (monitor_watch(&m, fd, what, EPOLLIN) < 0)
		err(1, "epoll");
}

static void
watch_sockets(void)
{
	static struct socket_watch *watches;
	size_t n = 0;

	watches = calloc(m.prober.nsockets[0] + m.prober.nsockets[1],
	    sizeof *watches);
	if (watches == NULL)
		err(1, NULL);
	for (int v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < m.prober.nsockets[v6]; i++) {
			struct prober_socket *s = &m.prober.socket[v6][i];

			watches[n] = (struct socket_watch){ WATCH_SOCKET, s };
			watch(s->sock.fd, &watches[n++]);
		}
}

static void
watch_all(void)
{
	static enum watch signals = WATCH_SIGNALS, lookups = WATCH_LOOKUP;

	if ((m.epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		err(1, "epoll");
	if (signals_catch_reload() < 0)
		err(1, "signals");
	watch_sockets();
	watch(signals_fd(), &signals);
	watch_output(EPOLL_CTL_ADD);
	watch(m.lookup.fd, &lookups);
}

static void
open_all(void)
{
	char why[160];

	stage_prepare();
	signal(SIGPIPE, SIG_IGN);	/* the error of write(2) is reported */
	if (outbox_open(&outbox, st.out.fd) < 0)
		err(1, NULL);
	st.out.write = outbox_put;
	st.out.arg = &outbox;
	open_sockets();
	if (privilege_drop(user, NULL, why, sizeof why) < 0)
		errx(1, "%s", why);
	if (lookup_open(&m.lookup, file) < 0)
		err(1, "cannot start the helper process that looks names up");
	if (routers_open(&m.routers, stage_seed()) < 0)
		err(1, NULL);
	watch_all();
	stage_confine(&st);
}

static int
enter_sandbox(struct stage *stage)
{
	(void)stage;
	return sandbox_enter(SANDBOX_PROBE);
}

static void
options(int argc, char **argv)
{
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		switch (c) {
		case '1':
			m.once = true;
			break;
		case 'f':
			finish = true;
			break;
		case 'r':
			m.rate = opt_number(c, optarg, 1, 1000000);
			break;
		case 'w':
			m.wait = opt_seconds(c, optarg, 60);
			break;
		case 'x':
			exits = true;
			break;
		case 'Z':
			user = optarg;
			break;
		}
	if (argc - optind > 1)
		opt_wrong("extra operand '%s': at most one list",
		    argv[optind + 1]);
	file = argv[optind];
}

/* Write what is left; after a signal, wait READER_WAIT for the reader. */
static int
end(void)
{
	outbox.until = m.stop_at == MONITOR_NEVER ? MONITOR_NEVER :
	    clock_ns(CLOCK_MONOTONIC) + READER_WAIT;
	st.out.write = outbox_finish;
	st.now = clock_ns(CLOCK_REALTIME);
	if (rec_flush(m.out) < 0 && errno == ETIMEDOUT)
		errx(1, "standard output: the program that reads it has "
		    "stalled: the last records are lost");
	return stage_end(&st) != 0 || (m.once && !finishing &&
	    m.resolved == 0);
}

int
main(int argc, char **argv)
{
	struct hostlist_error why;
	int fd;

	stage_begin(&st, &command);
	st.sandbox = enter_sandbox;
	st.sum_up = sum_up;
	st.counts = m.counts;
	st.ncounts = COUNTS;
	options(argc, argv);
	m.unresolved = warn_unresolved;
	m.stretched = warn_stretched;
	m.prober.outcome = host_outcome;
	fd = open_list();
	open_all();
	if (reload_list(&m, fd, &why) < 0) {
		warn_list(&why, "");
		return 1;
	}
	check_sockets();
	if (file != NULL)
		close(fd);
	run();
	reload_end(&m);
	return end();
}
