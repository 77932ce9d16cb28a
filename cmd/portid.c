/*
 * portid - who answers on the open ports of a scan, in the 'info' of its
 * 'port' records.
 *
 * A question to a port is in ask/ask; records that wait for answers, and
 * those behind them, are in stage/gaps; this is the program around them.
 */
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stage/gaps.h"
#include "stage/stage.h"
#include "ask/ask.h"
#include "sys/clock.h"
#include "sys/sandbox.h"
#include "ask/tlsclient.h"
#include "wire/units.h"

#define CONNECTIONS_MAX	1000
#define GAPS		16	/* records that wait, for each connection */

static const char synopsis[] =
"portid [-FhV] [-a port=service] [-n connections] [-t secs] [file ...]";

static const char help[] =
"  -a port=service  ask on this port for http, https, tls, mysql or none\n"
"  -F               print the columns that are written\n"
"  -h               print this\n"
"  -n connections   have so many at once (64)\n"
"  -t secs          wait so long for an answer (3)\n"
"  -V               print the version\n";

enum { PORTS, ASKED, ANSWERED, TIMEOUT, FAILED, BAD_LINES, COUNTS };

static struct count counts[COUNTS] = {
	[PORTS] = { "ports", 0 },
	[ASKED] = { "asked", 0 },
	[ANSWERED] = { "answered", 0 },
	[TIMEOUT] = { "timeout", 0 },
	[FAILED] = { "failed", 0 },
	[BAD_LINES] = { "bad_lines", 0 },
};

/* What is asked on a range of ports; on all others HTTP. */
static const struct {
	uint16_t first, last;
	uint8_t service;
} known[] = {
	{ 443, 443, ASK_HTTPS }, { 8443, 8443, ASK_HTTPS },
	{ 465, 465, ASK_TLS }, { 636, 636, ASK_TLS }, { 853, 853, ASK_TLS },
	{ 990, 990, ASK_TLS }, { 993, 993, ASK_TLS }, { 995, 995, ASK_TLS },
	{ 5061, 5061, ASK_TLS },
	{ 3306, 3306, ASK_MYSQL },
	/* These could take a request amiss: a printer prints it. */
	{ 7, 7, ASK_NONE }, { 9, 9, ASK_NONE }, { 13, 13, ASK_NONE },
	{ 19, 23, ASK_NONE }, { 25, 25, ASK_NONE }, { 37, 37, ASK_NONE },
	{ 43, 43, ASK_NONE }, { 49, 49, ASK_NONE }, { 53, 53, ASK_NONE },
	{ 79, 79, ASK_NONE }, { 88, 88, ASK_NONE }, { 109, 113, ASK_NONE },
	{ 119, 119, ASK_NONE }, { 135, 135, ASK_NONE },
	{ 139, 139, ASK_NONE }, { 143, 143, ASK_NONE },
	{ 179, 179, ASK_NONE }, { 389, 389, ASK_NONE },
	{ 445, 445, ASK_NONE }, { 512, 515, ASK_NONE },
	{ 544, 544, ASK_NONE }, { 548, 548, ASK_NONE },
	{ 554, 554, ASK_NONE }, { 587, 587, ASK_NONE },
	{ 631, 631, ASK_NONE }, { 873, 873, ASK_NONE },
	{ 1433, 1433, ASK_NONE }, { 1521, 1521, ASK_NONE },
	{ 1723, 1723, ASK_NONE }, { 1883, 1883, ASK_NONE },
	{ 2049, 2049, ASK_NONE }, { 3268, 3268, ASK_NONE },
	{ 3389, 3389, ASK_NONE }, { 4369, 4369, ASK_NONE },
	{ 5060, 5060, ASK_NONE }, { 5222, 5222, ASK_NONE },
	{ 5269, 5269, ASK_NONE }, { 5432, 5432, ASK_NONE },
	{ 5672, 5672, ASK_NONE }, { 5900, 5909, ASK_NONE },
	{ 6000, 6009, ASK_NONE }, { 6379, 6379, ASK_NONE },
	{ 6667, 6667, ASK_NONE }, { 9042, 9042, ASK_NONE },
	{ 9100, 9109, ASK_NONE }, { 11211, 11211, ASK_NONE },
	{ 27017, 27017, ASK_NONE },
};

/* A question under way; poll[i] waits for asking[i]. */
struct asking {
	struct ask ask;
	uint64_t gap;		/* where its answer goes */
	uint64_t due;		/* no later, by the monotonic clock */
};

static uint8_t service_of[UINT16_MAX + 1];
static uint32_t max_asking = 64;
static uint64_t timeout = 3 * NS_PER_S;
static struct asking *asking;
static struct pollfd *polled;
static unsigned nasking;
static struct gaps gaps;

/* It is over: its words go where they belong. */
static void
answer(const struct asking *a)
{
	static const int counted[] = { [ASK_ANSWERED] = ANSWERED,
	    [ASK_TIMEOUT] = TIMEOUT, [ASK_FAILED] = FAILED };

	counts[counted[a->ask.result]].value++;
	gaps_fill(&gaps, a->gap, a->ask.info, a->ask.ninfo);
}

/* One more is under way, or over already. */
static void
begin(struct stage *st, uint16_t port, const struct addr *addr,
    const char *host, size_t nhost)
{
	struct asking *a = &asking[nasking];

	counts[ASKED].value++;
	a->gap = gaps_leave(&gaps);
	a->due = clock_ns(CLOCK_MONOTONIC) + timeout;
	if (ask_open(&a->ask, service_of[port], addr, port, host, nhost)) {
		answer(a);
		return;
	}
	polled[nasking] = (struct pollfd){ .fd = a->ask.fd,
	    .events = a->ask.events };
	st->nwatch = ++nasking;
}

/* One step of a question; true when it is over. */
static bool
go(struct asking *a, struct pollfd *p, uint64_t now)
{
	if (p->revents != 0 && ask_go(&a->ask))
		return true;
	p->events = a->ask.events;
	if (now < a->due)
		return false;
	ask_late(&a->ask);
	return true;
}

/* The last one takes the place of one that is over. */
static void
on_ready(struct stage *st)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	for (unsigned i = nasking; i-- > 0;) {
		if (!go(&asking[i], &polled[i], now))
			continue;
		answer(&asking[i]);
		nasking--;
		asking[i] = asking[nasking];
		polled[i] = polled[nasking];
	}
	st->nwatch = nasking;
}

/* Until the first of them is late. */
static int64_t
patience(struct stage *st)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), due = UINT64_MAX;

	(void)st;
	for (unsigned i = 0; i < nasking; i++)
		if (asking[i].due < due)
			due = asking[i].due;
	if (nasking == 0)
		return -1;
	return due > now ? (int64_t)(due - now) : 0;
}

static bool
is_open(const struct rec *rec)
{
	size_t n;
	const char *state = rec_field(rec, port_state, &n);

	return n == 4 && memcmp(state, "open", n) == 0;
}

/*
 * The record is in the output already, as it came: write it again, with a gap
 * for its info.
 */
static void
ask_port(struct stage *st, const struct rec *rec, uint16_t port,
    const struct addr *addr)
{
	size_t ninfo, nhost;
	const char *info = rec_field(rec, port_info, &ninfo);
	const char *host = rec_field(rec, port_host, &nhost);
	const char *rest = info + ninfo;

	rec_unpass(&st->out, rec->len);
	while (nasking == max_asking || gaps_full(&gaps)) {
		stage_flush(&st->out);
		stage_wait(st);
	}
	rec_add(&st->out, rec->line, (size_t)(info - 1 - rec->line));
	begin(st, port, addr, host, nhost);
	rec_add(&st->out, rest, (size_t)(rec->line + rec->len - rest));
	rec_end(&st->out);
}

static void
on_record(struct stage *st, struct rec *rec)
{
	struct addr addr;
	uint16_t port;

	if (rec->kind != REC_port)
		return;
	stage_clock(st, rec_ns(rec, port_time));
	addr = rec_addr(rec, port_addr);
	port = rec_u16(rec, port_port);
	if (rec->why != NULL)
		return;
	counts[PORTS].value++;
	if (is_open(rec) && service_of[port] != ASK_NONE)
		ask_port(st, rec, port, &addr);
}

static void
on_end(struct stage *st)
{
	stage_flush(&st->out);
	while (nasking > 0)
		stage_wait(st);
}

static void
sum_up(struct stage *st)
{
	counts[BAD_LINES].value = st->bad_lines;
}

static int
enter_sandbox(struct stage *st)
{
	(void)st;
	return sandbox_enter(SANDBOX_CLIENT);
}

static void
set_services(void)
{
	memset(service_of, ASK_HTTP, sizeof service_of);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		memset(service_of + known[i].first, known[i].service,
		    (size_t)(known[i].last - known[i].first) + 1);
}

/* port=service */
static void
set_service(const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);
	enum ask_service s = *end == '=' ? ask_service_named(end + 1) :
	    ASK_SERVICES;

	if (end == text || port < 0 || port > UINT16_MAX || s == ASK_SERVICES)
		errx(2, "-a: %s: not a port and =http, https, tls, mysql or "
		    "none", text);
	service_of[port] = (uint8_t)s;
}

static void
options(struct stage *st, int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, ":a:Fhn:t:V")) != -1;)
		switch (c) {
		case 'a':
			set_service(optarg);
			break;
		case 'n':
			max_asking = stage_number(c, optarg, 1,
			    CONNECTIONS_MAX);
			break;
		case 't':
			timeout = stage_seconds(c, optarg, 3600);
			break;
		default:
			stage_option(st, c);
		}
}

static void
open_all(struct stage *st)
{
	asking = calloc(max_asking, sizeof *asking);
	polled = calloc(max_asking, sizeof *polled);
	if (asking == NULL || polled == NULL ||
	    gaps_open(&gaps, st, GAPS * max_asking) < 0)
		err(1, "-n: %u connections", max_asking);
	if (tlsclient_setup() < 0)
		errx(1, "TLS: OpenSSL cannot be set up");
	/* A connection that breaks must not end us; an output that does, does
	 * so quietly by its error. */
	signal(SIGPIPE, SIG_IGN);
	st->watch = polled;
}

int
main(int argc, char **argv)
{
	static const enum rec_col needed[] = { port_time, port_host, port_addr,
	    port_port, port_state, port_info };
	struct stage st;
	int status;

	stage_open(&st, "portid");
	st.synopsis = synopsis;
	st.help = help;
	st.writes = REC_port;
	st.pass = true;
	st.record = on_record;
	st.end = on_end;
	st.sum_up = sum_up;
	st.ready = on_ready;
	st.patience = patience;
	st.sandbox = enter_sandbox;
	st.counts = counts;
	st.ncounts = COUNTS;
	set_services();
	options(&st, argc, argv);
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		rec_need(&st.in, needed[i]);
	open_all(&st);
	status = stage_run(&st, argv + optind, argc - optind);
	gaps_close(&gaps);
	free(asking);
	free(polled);
	return status;
}
