/*
 * portid - identifies the services on the open ports of a scan, in column
 * 'info' of its 'port' records.
 *
 * ask/ask asks a port; ask/pending is a record that waits for its answer, while
 * all others pass; this is the program around them.
 */
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask/ask.h"
#include "ask/pending.h"
#include "ask/tlsclient.h"
#include "stage/stage.h"
#include "sys/clock.h"
#include "sys/sandbox.h"
#include "wire/units.h"

#define CONNECTIONS_MAX	1000
#define QUEUE_MAX	(8 << 20)	/* bytes of records that wait to be asked */
#define STOP_WAIT	(500 * NS_PER_MS)	/* for answers of a former host */
#define LIVE_WITHIN	(10 * NS_PER_S)	/* since the end of a live record */

static const struct opt opts[] = {
	{ 'a', "service", "port=service", "ask port for service; repeatable" },
	OPT_COLUMNS,
	OPT_HELP,
	{ 'n', "max-connections", "n", "open at most n connections at once "
	    "(256)" },
	{ 't', "timeout", "secs", "wait at most secs for an answer (3)" },
	OPT_VERSION,
	{ 0 }
};

static const enum rec_kind writes[] = { REC_port, REC_count };

static const struct command command = {
	.prog = "portid", .operands = "[file ...]", .opts = opts,
	.notes = "services: http, https, tls, mysql, none\n",
	.writes = writes,
};

enum { PORTS, ASKED, ANSWERED, TIMEOUT, FAILED, UNASKED, BAD_LINES, COUNTS };

static struct count counts[COUNTS] = {
	[PORTS] = { "ports", 0 },
	[ASKED] = { "asked", 0 },
	[ANSWERED] = { "answered", 0 },
	[TIMEOUT] = { "timeout", 0 },
	[FAILED] = { "failed", 0 },
	[UNASKED] = { "unasked", 0 },
	[BAD_LINES] = { "bad_lines", 0 },
};

/* What to ask a range of ports for; all others are asked for HTTP. */
static const struct {
	uint16_t first, last;
	uint8_t service;
} known[] = {
	{ 443, 443, ASK_HTTPS }, { 8443, 8443, ASK_HTTPS },
	{ 465, 465, ASK_TLS }, { 636, 636, ASK_TLS }, { 853, 853, ASK_TLS },
	{ 990, 990, ASK_TLS }, { 993, 993, ASK_TLS }, { 995, 995, ASK_TLS },
	{ 5061, 5061, ASK_TLS },
	{ 3306, 3306, ASK_MYSQL },
	/* Ports that may react badly to a request: a printer prints it. */
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

/* A port that is being asked; polled[i] waits for queries[i]. */
struct query {
	struct ask ask;
	struct pending *record;	/* which waits for the answer */
	uint64_t due;		/* when it times out, monotonic ns */
};

static uint8_t service_of[UINT16_MAX + 1];
static uint32_t max_queries = 256;
static uint64_t timeout = 3 * NS_PER_S;
static struct query *queries;
static struct pollfd *polled;
static unsigned nqueries;
/* Records that wait for a free connection, the first one longest. */
static struct pending *queued, **queue_end = &queued;
static size_t nqueued;		/* their bytes */
static bool is_live;		/* the newest record has just ended */
static uint64_t latest;		/* end of the records so far, wall clock ns */

static void
no_memory(void)
{
	errx(1, "out of memory: use a smaller -n");
}

/* Records. */

static void
put(struct stage *st, struct pending *p, const struct ask *a, const char *info,
    size_t ninfo)
{
	if (!pending_write(p, &st->out, a, info, ninfo,
	    clock_ns(CLOCK_MONOTONIC), latest))
		no_memory();
	free(p);
}

/* A query is over: write its record. */
static void
answer(struct stage *st, const struct query *q)
{
	static const int counted[] = { [ASK_ANSWERED] = ANSWERED,
	    [ASK_TIMEOUT] = TIMEOUT, [ASK_FAILED] = FAILED };

	counts[counted[q->ask.result]].value++;
	put(st, q->record, &q->ask, q->ask.info, q->ask.ninfo);
}

/* The record will not be asked about. */
static void
give_up(struct stage *st, struct pending *p)
{
	static const char why[] = "not asked";

	counts[UNASKED].value++;
	put(st, p, NULL, why, sizeof why - 1);
}

/* Begin a query, which may be over at once. */
static void
begin(struct stage *st, struct pending *p)
{
	struct query *q = &queries[nqueries];

	counts[ASKED].value++;
	q->record = p;
	q->due = clock_ns(CLOCK_MONOTONIC) + timeout;
	if (ask_open(&q->ask, service_of[p->port], &p->addr, p->port, p->host,
	    p->nhost)) {
		answer(st, q);
		return;
	}
	polled[nqueries] = (struct pollfd){ .fd = q->ask.fd,
	    .events = q->ask.events };
	st->nwatch = ++nqueries;
}

/* Remove the first record from the queue. */
static struct pending *
dequeue(void)
{
	struct pending *p = queued;

	if ((queued = p->next) == NULL)
		queue_end = &queued;
	nqueued -= p->nline;
	return p;
}

static void
begin_queued(struct stage *st)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	while (queued != NULL && nqueries < max_queries)
		begin(st, dequeue());
	while (queued != NULL && is_live && queued->since + timeout <= now)
		give_up(st, dequeue());
}

/* Go on with a query; true when it is over. */
static bool
step(struct query *q, struct pollfd *p, uint64_t now)
{
	if (p->revents != 0 && ask_step(&q->ask))
		return true;
	p->events = q->ask.events;
	if (now < q->due)
		return false;
	ask_time_out(&q->ask);
	return true;
}

/* A query that is over is replaced by the last one. */
static void
on_ready(struct stage *st)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	for (unsigned i = nqueries; i-- > 0;) {
		if (!step(&queries[i], &polled[i], now))
			continue;
		answer(st, &queries[i]);
		nqueries--;
		queries[i] = queries[nqueries];
		polled[i] = polled[nqueries];
	}
	st->nwatch = nqueries;
	begin_queued(st);
}

/* ns until the first query times out, or the first record has waited too long
 * for one. */
static int64_t
patience(struct stage *st)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), due = UINT64_MAX;

	(void)st;
	for (unsigned i = 0; i < nqueries; i++)
		if (queries[i].due < due)
			due = queries[i].due;
	if (queued != NULL && is_live && queued->since + timeout < due)
		due = queued->since + timeout;
	if (due == UINT64_MAX)
		return -1;
	return due > now ? (int64_t)(due - now) : 0;
}

/* If the records are not live, wait for room in the queue; else give up. */
static void
enqueue(struct stage *st, struct pending *p)
{
	while (nqueued > QUEUE_MAX && !is_live) {
		stage_flush(&st->out);
		stage_wait(st);
	}
	if (nqueued > QUEUE_MAX) {
		give_up(st, p);
		return;
	}
	p->next = NULL;
	*queue_end = p;
	queue_end = &p->next;
	nqueued += p->nline;
}

static bool
is_state(const struct rec *rec, enum rec_col c, const char *is)
{
	size_t n;
	const char *state = rec_field(rec, c, &n);

	return n == strlen(is) && memcmp(state, is, n) == 0;
}

/* The record is in the output already, as it was read: remove it until it has
 * its answer. */
static void
ask_port(struct stage *st, const struct rec *rec, uint16_t port,
    const struct addr *addr)
{
	struct pending *p = pending_new(rec, clock_ns(CLOCK_MONOTONIC));

	if (p == NULL)
		no_memory();
	p->port = port;
	p->addr = *addr;
	rec_unpass(&st->out, rec->len);
	enqueue(st, p);
	begin_queued(st);
}

static void
on_port(struct stage *st, struct rec *rec)
{
	struct addr addr;
	uint16_t port;

	stage_clock(st, rec_ns(rec, port_time));
	addr = rec_addr(rec, port_addr);
	port = rec_u16(rec, port_port);
	if (rec->why != NULL)
		return;
	counts[PORTS].value++;
	if (is_state(rec, port_state, "open") && service_of[port] != ASK_NONE)
		ask_port(st, rec, port, &addr);
}

/* After a host has left the list, or probesrc was stopped, wait at most STOP_WAIT
 * for answers. */
static void
hurry(struct stage *st, struct rec *rec)
{
	size_t n;
	const char *host = rec_field(rec, host_host, &n);
	uint64_t due = clock_ns(CLOCK_MONOTONIC) + STOP_WAIT;
	bool stopped = is_state(rec, host_state, "stopped");

	if (!stopped && !is_state(rec, host_state, "gone"))
		return;
	for (unsigned i = 0; i < nqueries; i++) {
		const struct pending *p = queries[i].record;

		if (p->nhost == n && memcmp(p->host, host, n) == 0 &&
		    queries[i].due > due)
			queries[i].due = due;
	}
	while (stopped && queued != NULL)
		give_up(st, dequeue());
}

/* Note when the newest record ended. */
static void
note_end(const struct rec *rec, enum rec_col time, enum rec_col took)
{
	uint64_t end = pending_time(rec, time) + pending_time(rec, took);

	if (end > latest) {
		latest = end;
		is_live = end + LIVE_WITHIN > clock_ns(CLOCK_REALTIME);
	}
}

static void
on_record(struct stage *st, struct rec *rec)
{
	switch (rec->kind) {
	case REC_ping:
		note_end(rec, ping_time, ping_took);
		break;
	case REC_hop:
		note_end(rec, hop_time, hop_took);
		break;
	case REC_port:
		note_end(rec, port_time, port_took);
		on_port(st, rec);
		break;
	case REC_host:
		hurry(st, rec);
		break;
	default:
		break;
	}
}

static void
on_end(struct stage *st)
{
	stage_flush(&st->out);
	while (nqueries > 0) {
		stage_wait(st);
		stage_flush(&st->out);
	}
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
		opt_wrong("-a: invalid service '%s': must be port=http, https, "
		    "tls, mysql or none", text);
	service_of[port] = (uint8_t)s;
}

static void
options(int argc, char **argv)
{
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		switch (c) {
		case 'a':
			set_service(optarg);
			break;
		case 'n':
			max_queries = opt_number(c, optarg, 1,
			    CONNECTIONS_MAX);
			break;
		case 't':
			timeout = opt_seconds(c, optarg, 3600);
			break;
		}
}

static void
open_all(struct stage *st)
{
	queries = calloc(max_queries, sizeof *queries);
	polled = calloc(max_queries, sizeof *polled);
	if (queries == NULL || polled == NULL)
		no_memory();
	if (tlsclient_setup() < 0)
		errx(1, "OpenSSL cannot be initialised");
	/* Writing to a closed connection must not end the program.  A closed
	 * output still does, by its error. */
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

	stage_begin(&st, &command);
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
	options(argc, argv);
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		rec_need(&st.in, needed[i]);
	open_all(&st);
	status = stage_run(&st, argv + optind, argc - optind);
	free(queries);
	free(polled);
	return status;
}
