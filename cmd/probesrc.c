/*
 * probesrc: pings, traces and port scans of a list of hosts, as records.  One
 * process and one loop, whatever the number of hosts: a heap says which job of
 * which host is due, a socket answers for many of them.
 *
 * What it may do narrows step by step, never back:
 *
 *	as started	the list and the sockets for ICMP are opened
 *	user		as the -Z user; helpers for names are started
 *	sandbox		reads the list and what comes, sends
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "probe/address.h"
#include "probe/host.h"
#include "probe/job.h"
#include "probe/scan.h"
#include "probe/reload.h"
#include "stage/stage.h"
#include "sys/clock.h"
#include "sys/io.h"
#include "sys/privilege.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "wire/units.h"

#define STOP_WAIT	NS_PER_S
#define EVENTS		64
/* With more than so many packets a second, they go and come in batches. */
#define BATCH_FROM	2500.0
#define BATCH_MAX	(4 * NS_PER_MS)

static struct stage st;
static const char *file, *user;

static struct monitor m = {
	.rate = 1000, .wait = 2 * NS_PER_S, .out = &st.out,
	.ask_last = &m.ask_first, .stop_at = MONITOR_NEVER,
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
	},
};

/* What comes. */

/* The list again, which SIGHUP asked for: its file comes from the helpers. */
static void
reload(const struct lookup_answer *a)
{
	if (!a->found) {
		warnx("%s: %s; the old list goes on", m.place, a->why);
		return;
	}
	if (reload_list(&m, a->file) < 0)
		warnx("%s: the old list goes on", m.place);
	close(a->file);
}

static void
take_names(void)
{
	struct lookup_answer a;

	while (lookup_next(&m.lookup, &a))
		if (a.id == 0)
			reload(&a);
		else
			address_answer(&a);
	if (m.lookup.ended)
		errx(1, "the helpers for names have ended");
	address_ask_more(&m);
}

/* True where some of it is the helpers': hosts may go by that, so it comes
 * after all that is of hosts. */
static bool
take_events(const struct epoll_event *ev, int n)
{
	bool any_names = false;

	for (int i = 0; i < n; i++) {
		enum watch *what = ev[i].data.ptr;

		switch (*what) {
		case WATCH_SIGNALS:
			signals_drain();
			break;
		case WATCH_NAMES:
			any_names = true;
			break;
		case WATCH_SOCKET:
			prober_read(&m.prober,
			    ((struct socket_watch *)ev[i].data.ptr)->socket);
			break;
		case WATCH_PORT:
			ports_ready(ev[i].data.ptr);
			break;
		}
	}
	return any_names;
}

static void
sum_up(void)
{
	m.counts[COUNT_SENT].value = m.prober.sent;
	m.counts[COUNT_RECEIVED].value = m.prober.received;
	m.counts[COUNT_FOREIGN].value = m.prober.foreign;
	m.counts[COUNT_UNSTAMPED].value = m.prober.unstamped;
}

static void
heed_signals(void)
{
	if (signals_counts()) {
		sum_up();
		count_print("probesrc", m.counts, COUNTS);
	}
	if (signals_reload() && m.stop_at == MONITOR_NEVER &&
	    !lookup_ask_list(&m.lookup, 0))
		warn("%s", m.place);
	if (signals_stop() && m.stop_at == MONITOR_NEVER)
		m.stop_at = clock_ns(CLOCK_MONOTONIC) + STOP_WAIT;
}

/* What is due. */

static void
run_due(void)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct due *d;

	while (m.stop_at == MONITOR_NEVER &&
	    (d = schedule_first(&m.schedule)) != NULL && d->at <= now &&
	    job_may_send(&m, now))
		host_step((struct job *)d, now);
}

/* For each lane of ICMP: what is given up by now; and when the next is. */
static uint64_t
expire(void)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), due = MONITOR_NEVER, at;

	for (int v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < m.prober.nlanes[v6]; i++) {
			struct prober_lane *l = &m.prober.lane[v6][i];

			prober_expire(&m.prober, l, now);
			at = prober_due(&m.prober, l);
			if (at < due)
				due = at;
		}
	return due;
}

/* When the next job is due, and may send. */
static uint64_t
next_job(void)
{
	const struct due *d = schedule_first(&m.schedule);
	uint64_t at = job_may_send_at(&m);

	if (d == NULL || m.stop_at != MONITOR_NEVER)
		return MONITOR_NEVER;
	return d->at > at ? d->at : at;
}

/* Milliseconds to wait, until a probe is given up, or a job or the end is
 * due. */
static int
patience(uint64_t given_up)
{
	const uint64_t dues[] = { given_up, next_job(), m.stop_at };
	uint64_t now = clock_ns(CLOCK_MONOTONIC), at = MONITOR_NEVER;

	for (size_t i = 0; i < sizeof dues / sizeof *dues; i++)
		if (dues[i] < at)
			at = dues[i];
	if (at == MONITOR_NEVER)
		return -1;
	return at <= now ? 0 :
	    (int)((at - now + NS_PER_MS - 1) / NS_PER_MS);
}

/*
 * The more there is to do, the more is done at once, which costs less: the
 * kernel keeps what comes, with its stamps, and a few milliseconds after it
 * was due is soon enough for a probe.  A signal ends the sleep.
 */
static void
gather(uint64_t since)
{
	double ns = m.demand / BATCH_FROM * (double)NS_PER_MS;
	uint64_t until = since + (ns < (double)BATCH_MAX ? (uint64_t)ns :
	    BATCH_MAX);
	struct timespec t = { .tv_sec = (time_t)(until / NS_PER_S),
	    .tv_nsec = (long)(until % NS_PER_S) };

	if (m.demand >= BATCH_FROM && m.stop_at == MONITOR_NEVER)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static bool
any_port_under_way(void)
{
	for (size_t i = 0; i < m.nhosts; i++)
		if (ports_under_way(m.hosts[i]) > 0)
			return true;
	return false;
}

static bool
finished(void)
{
	if (m.stop_at != MONITOR_NEVER)
		return clock_ns(CLOCK_MONOTONIC) >= m.stop_at ||
		    (m.waiting == 0 && !any_port_under_way());
	return m.once && m.waiting == 0 && m.schedule.n == 0 &&
	    m.lookup.waiting == 0 && m.ask_first == NULL;
}

static void
run(void)
{
	struct epoll_event ev[EVENTS];
	uint64_t given_up, since;
	int n;

	for (;;) {
		since = clock_ns(CLOCK_MONOTONIC);
		run_due();
		given_up = expire();
		stage_flush(m.out);
		if (finished())
			break;
		gather(since);
		n = epoll_wait(m.epoll, ev, EVENTS, patience(given_up));
		if (take_events(ev, n))
			take_names();
		heed_signals();
	}
}

/* Setting up, in the order of the steps at the top. */

static int
open_list(void)
{
	int fd;

	m.place = file != NULL ? file : "stdin";
	if (file == NULL) {
		if (isatty(STDIN_FILENO))
			errx(2, "standard input is a terminal: "
			    "name a file of hosts or pipe it in");
		return STDIN_FILENO;
	}
	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) < 0)
		err(1, "%s", file);
	return fd;
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
			job_watch(&m, s->sock.fd, &watches[n++], EPOLLIN);
		}
}

static void
watch_all(void)
{
	static enum watch signals_watch = WATCH_SIGNALS;
	static enum watch names_watch = WATCH_NAMES;

	if ((m.epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		err(1, "epoll");
	if (signals_setup() < 0 || signals_catch_reload() < 0)
		err(1, "signals");
	watch_sockets();
	job_watch(&m, signals_fd(), &signals_watch, EPOLLIN);
	job_watch(&m, m.lookup.fd, &names_watch, EPOLLIN);
}

static void
open_all(void)
{
	char why[160];

	io_raise_file_limit();
	io_widen_pipe(STDOUT_FILENO);
	if (prober_open(&m.prober, m.rate, m.wait, stage_seed()) < 0)
		err(1, "a socket for ICMP, for which the group is not in "
		    "net.ipv4.ping_group_range and CAP_NET_RAW is not there");
	m.prober.tell = host_outcome;
	if (privilege_drop(user, NULL, why, sizeof why) < 0)
		errx(1, "%s", why);
	if (lookup_open(&m.lookup, file) < 0)
		err(1, "helpers for names");
	watch_all();
	if (sandbox_enter(SANDBOX_PROBE) < 0)
		err(1, "sandbox");
}

/* Options. */

static void
print_columns(void)
{
	static const enum rec_kind kinds[] = { REC_ping, REC_hop, REC_port,
	    REC_route, REC_conf, REC_host, REC_count };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		rec_kind_print(stdout, kinds[i]);
	exit(0);
}

static void
option(int c)
{
	switch (c) {
	case '1':
		m.once = true;
		break;
	case 'F':
		print_columns();
		break;
	case 'r':
		m.rate = stage_number(c, optarg, 1, 1000000);
		break;
	case 'w':
		m.wait = stage_seconds(c, optarg, 60);
		break;
	case 'Z':
		user = optarg;
		break;
	default:
		stage_option(&st, c);
	}
}

int
main(int argc, char **argv)
{
	int c, fd;

	stage_open(&st, "probesrc");
	st.synopsis = "probesrc [-1FhV] [-r packets] [-w seconds] [-Z user] "
	    "[file]";
	st.help =
	    "  -1          run every probe of the list once, and end\n"
	    "  -r packets  send at most so many a second; 1000\n"
	    "  -w seconds  wait so long for an answer; 2\n"
	    "  -Z user     become this user; nobody\n"
	    "  -F          print the columns it writes\n"
	    "  -h          this help\n"
	    "  -V          the version\n";
	while ((c = getopt(argc, argv, ":1Fhr:Vw:Z:")) != -1)
		option(c);
	if (argc - optind > 1)
		errx(2, "%s: one list is enough", argv[optind + 1]);
	file = argv[optind];
	fd = open_list();
	open_all();
	if (reload_list(&m, fd) < 0)
		return 1;
	if (file != NULL)
		close(fd);
	run();
	reload_end(&m);
	sum_up();
	count_write(m.out, "probesrc", clock_ns(CLOCK_REALTIME), m.counts,
	    COUNTS);
	stage_finish(m.out);
	return m.once && m.resolved == 0;
}
