/*
 * hsclass - the verdict on every connection attempt, from 'pkt' and 'icmp'
 * records.
 *
 * handshake/attempts reaches the verdicts, handshake/attemptfilter selects the
 * attempts to report; this is the program around them.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handshake/attemptfilter.h"
#include "handshake/attempts.h"
#include "stage/segments.h"
#include "sys/csvfile.h"
#include "sys/ownaddrs.h"
#include "wire/units.h"

#define FILTERS_TEXT	1024	/* bytes for the names of filters */

static const struct opt opts[] = {
	{ 'D', "debug", "topics", "explain on standard error: attempt, "
	    "verdict, all" },
	{ 'E', "early", NULL, "write a record when a verdict is reached, and "
	    "another if it changes" },
	{ 'e', "filter", "expr", "report only attempts that expr matches; "
	    "repeatable" },
	OPT_COLUMNS,
	{ 'f', "filter-file", "file", "add the filters in file" },
	OPT_HELP,
	{ 'l', "local", "prefix", "addresses that are local (this host's); "
	    "repeatable" },
	{ 'n', "max-attempts", "attempts", "maximum attempts tracked at once "
	    "(1000000)" },
	OPT_PASS,
	{ 'r', "read", "file", "read file, like a file operand; repeatable" },
	{ 't', "timeout", "secs", "time out an attempt secs after its last packet "
	    "(70)" },
	{ 'U', "no-icmp", NULL, "ignore ICMP errors" },
	OPT_SHARE,
	OPT_VERSION,
	{ 0 }
};

static const char notes[] =
"expr is [name]:RX|TX|ANY@address[/bits]:port[:port ...][,address ...]\n"
"an operand of the form [name]:WORD@... is a filter too\n"
"a line of the filter file is name,direction,address,ports\n";

static const enum rec_kind writes[] = { REC_hs, REC_count };

/* In the order of enum attempts_topic. */
static const char *const topics[] = { "attempt", "verdict", NULL };

static const struct command command = {
	.prog = "hsclass", .operands = "[file | expr ...]", .opts = opts,
	.notes = notes, .writes = writes, .topics = topics,
};

enum {
	PACKETS, ERRORS, ATTEMPTS, FIRST_RESULT,
	FORGOTTEN = FIRST_RESULT + VERDICT_RESULTS, COPIED_SYNS, SEGMENTS,
	COPIES = SEGMENTS, REJECTED, AMBIGUOUS,
	BAD_LINES = SEGMENTS + SEGMENTS_NCOUNTS, COUNTS
};

static struct count counts[COUNTS] = {
	[PACKETS] = { "packets", 0 },
	[ERRORS] = { "icmp", 0 },
	[ATTEMPTS] = { "attempts", 0 },
	[FIRST_RESULT + VERDICT_SUCCESS] = { "success", 0 },
	[FIRST_RESULT + VERDICT_REJECT] = { "reject", 0 },
	[FIRST_RESULT + VERDICT_TIMEOUT] = { "timeout", 0 },
	[FIRST_RESULT + VERDICT_UNREACH] = { "unreach", 0 },
	[FIRST_RESULT + VERDICT_ABORT] = { "abort", 0 },
	[FIRST_RESULT + VERDICT_PENDING] = { "pending", 0 },
	[FORGOTTEN] = { "forgotten", 0 },
	[COPIED_SYNS] = { "copied_syns", 0 },
	SEGMENTS_COUNTS(SEGMENTS),
	[BAD_LINES] = { "bad_lines", 0 },
};

static struct attempts attempts;
static struct segments segments;
static struct attemptfilters filters;
static uint64_t timeout = 70 * NS_PER_S;
static uint32_t max_attempts = 1000000;
static bool ignore_icmp, early;
static struct prefix *locals;
static size_t nlocals;
static char **files;
static int nfiles;

static bool
is_local(const struct addr *a)
{
	for (size_t i = 0; i < nlocals; i++)
		if (prefix_has(&locals[i], a))
			return true;
	return false;
}

/* The filters column; NULL if the attempt is not to be reported. */
static const char *
filters_of(const struct verdict *v)
{
	static const char *const directions[] = { "-", "RX", "TX", "RX,TX" };
	static char names[FILTERS_TEXT];
	unsigned direction = (is_local(&v->server.addr) ? DIRECTION_RX : 0u) |
	    (is_local(&v->client.addr) ? DIRECTION_TX : 0u);

	if (filters.n == 0)
		return directions[direction];
	return attemptfilter_match(&filters, direction, &v->client.addr,
	    &v->server.addr, v->server.port, names, sizeof names) ? names :
	    NULL;
}

static bool
put_verdict(void *stage, const struct verdict *v)
{
	struct rec_writer *w = &((struct stage *)stage)->out;
	const char *names = filters_of(v);

	if (names == NULL)
		return false;
	if (v->before == VERDICT_PENDING)
		counts[ATTEMPTS].value++;
	else
		counts[FIRST_RESULT + v->before].value--;
	counts[FIRST_RESULT + v->result].value++;
	rec_begin(w, REC_hs);
	rec_put_ns(w, stage_stamp(stage, v->time));
	rec_put_endpoint(w, &v->client);
	rec_put_endpoint(w, &v->server);
	rec_put_word(w, verdict_result_name(v->result));
	rec_put_word(w, verdict_why_name(v));
	rec_put_ns(w, v->took);
	rec_put_ns_if(w, v->has_server, v->rtt_server);
	rec_put_ns_if(w, v->has_client, v->rtt_client);
	rec_put_num(w, v->syns);
	rec_put_num(w, v->synacks);
	rec_put_word(w, names);
	rec_put_word(w, v->before == VERDICT_PENDING ? "-" :
	    verdict_result_name(v->before));
	rec_end(w);
	return true;
}

static void
tick(struct stage *st)
{
	attempts_clock(&attempts, st->clock.now);
}

static void
on_segment(struct segments *in, struct segment *s)
{
	struct endpoint src, dst;

	(void)in;
	counts[PACKETS].value++;
	if (s->flow != 0)
		attempts_segment(&attempts, s->flow, s->from, s->time, &s->tcp);
	else if (attempts_can_begin(&s->tcp) && segments_ends(s, &src, &dst))
		attempts_begin(&attempts, &s->key, s->from, s->time, &s->tcp,
		    &src, &dst);
	else if (attempts_can_refuse(&s->tcp))
		attempts_refuse(&attempts, &s->key, s->from, s->time, &s->tcp);
}

static bool
use_error(uint32_t i, int from, const struct segment_error *e)
{
	return attempts_icmp(&attempts, i, from, e->time, e->kind, e->code,
	    e->seq);
}

static void
on_end(struct stage *st)
{
	attempts_end(&attempts, st->clock.now);
}

static void
sum_up(struct stage *st)
{
	counts[ERRORS].value = segments.errors;
	counts[FORGOTTEN].value = attempts.forgotten;
	counts[COPIED_SYNS].value = attempts.copied_syns;
	segments_count(&segments, &counts[SEGMENTS]);
	counts[COPIES].value = attempts.copied;
	counts[REJECTED].value = attempts.rejected;
	counts[AMBIGUOUS].value = attempts.ambiguous;
	counts[BAD_LINES].value = st->bad_lines;
}

/* Add a filter; option is "-e: ", or "" for an operand. */
static void
add_filter(const char *option, const char *text)
{
	char why[160];

	if (attemptfilter_add(&filters, text, why, sizeof why) < 0)
		opt_wrong("%sinvalid filter '%s': %s", option, text, why);
}

/*
 * Add the filter on a line name,direction,address,ports.  The ports may be
 * separated by blanks and semicolons too, and an IPv6 address has no brackets.
 */
static int
on_line(void *arg, char *const *field, unsigned n, char *why, size_t nwhy)
{
	char text[4400];
	const char *addr = field[2];
	size_t bare;
	int len;
	bool v6;

	(void)arg;
	if (n != 4) {
		snprintf(why, nwhy, "must have four fields: "
		    "name,direction,address,ports");
		return -1;
	}
	bare = strcspn(addr, "/");
	v6 = strchr(addr, ':') != NULL && *addr != '[';
	for (char *p = field[3]; *p != '\0'; p++)
		if (*p == ' ' || *p == ';')
			*p = ':';
	len = snprintf(text, sizeof text, "%s:%s@%s%.*s%s%s:%s", field[0],
	    field[1], v6 ? "[" : "", (int)bare, addr, v6 ? "]" : "",
	    addr + bare, field[3]);
	if (len < 0 || (size_t)len >= sizeof text) {
		snprintf(why, nwhy, "longer than %zu bytes", sizeof text);
		return -1;
	}
	return attemptfilter_add(&filters, text, why, nwhy);
}

static void
read_filters(const char *name)
{
	char why[400];
	enum csvfile r = csvfile_read(name, on_line, NULL, why, sizeof why);

	if (r != CSVFILE_DONE)
		errx(r == CSVFILE_WRONG ? 2 : 1, "%s", why);
}

static void
add_local(const char *text)
{
	locals = realloc(locals, (nlocals + 1) * sizeof *locals);
	if (locals == NULL)
		err(1, NULL);
	if (prefix_scan(text, &locals[nlocals++]) == 0)
		opt_wrong("-l: invalid prefix '%s': must be address or "
		    "address/bits", text);
}

static void
add_file(char *name)
{
	files = realloc(files, ((size_t)nfiles + 1) * sizeof *files);
	if (files == NULL)
		err(1, NULL);
	files[nfiles++] = name;
}

static void
options(struct stage *st, int argc, char **argv)
{
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		switch (c) {
		case 'E':
			early = true;
			break;
		case 'e':
			add_filter("-e: ", optarg);
			break;
		case 'f':
			read_filters(optarg);
			break;
		case 'l':
			add_local(optarg);
			break;
		case 'n':
			max_attempts = opt_number(c, optarg, 1, 1000000000);
			break;
		case 'r':
			add_file(optarg);
			break;
		case 't':
			timeout = opt_seconds(c, optarg, 1e9);
			break;
		case 'U':
			ignore_icmp = true;
			break;
		default:
			stage_shared(st, c);
		}
	for (int i = optind; i < argc; i++)
		if (attemptfilter_is_one(argv[i]))
			add_filter("", argv[i]);
		else
			add_file(argv[i]);
}

int
main(int argc, char **argv)
{
	struct stage st;

	stage_begin(&st, &command);
	st.tick = tick;
	st.end = on_end;
	st.sum_up = sum_up;
	st.counts = counts;
	st.ncounts = COUNTS;
	options(&st, argc, argv);
	if (locals == NULL && ownaddrs_read(&locals, &nlocals) < 0)
		err(1, "local addresses");
	segments.use = on_segment;
	segments.error = ignore_icmp ? NULL : use_error;
	segments.tcbs = attempts_tcbs;
	/* handshake/attempts judges segments itself, but for copies. */
	if (attempts_open(&attempts, &segments.accept.copies, max_attempts,
	    timeout, stage_seed()) < 0 ||
	    segments_open(&segments, &st, &attempts.flows, max_attempts,
	    stage_seed()) < 0)
		err(1, "-n: %u attempts", max_attempts);
	attempts.early = early;
	attempts.report = put_verdict;
	attempts.arg = &st;
	attempts.explain = (struct explain){ st.explained, stage_explain, &st };
	return stage_run(&st, files, nfiles);
}
