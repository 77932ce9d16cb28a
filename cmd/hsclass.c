/*
 * hsclass - a verdict for every connection attempt, out of 'pkt' and 'icmp'
 * records.
 *
 * What becomes of an attempt is worked out in handshake/handshake, which filters take it
 * in handshake/filter; this is the program around them.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handshake/handshake.h"
#include "handshake/filter.h"
#include "rec/segment.h"
#include "stage/stage.h"
#include "sys/csvfile.h"
#include "sys/ownaddrs.h"
#include "wire/units.h"

#define FILTERS_TEXT	1024	/* names of an attempt's filters */

static const char synopsis[] =
"hsclass [-FhpUV] [-f file] [-l prefix] [-n attempts] [-r file] [-t secs] "
"[filter ...]";

static const char help[] =
"  -F         print the columns that are written\n"
"  -f file    more filters: CSV lines of name,direction,address,ports\n"
"  -h         print this\n"
"  -l prefix  what is local, instead of this host's addresses; repeatable\n"
"  -n attempts  follow so many at once (1000000)\n"
"  -p         pass along all that is read\n"
"  -r file    read it instead of standard input; repeatable\n"
"  -t secs    an attempt without an end has failed after so long (60)\n"
"  -U         ignore ICMP errors\n"
"  -V         print the version\n"
"  filter     [name]:RX|TX|ANY@address[/bits]:port[:port ...][,address ...]\n";

enum {
	PACKETS, ERRORS, ATTEMPTS, FIRST_RESULT,
	FORGOTTEN = FIRST_RESULT + HS_RESULTS, BAD_LINES, COUNTS
};

static struct count counts[COUNTS] = {
	[PACKETS] = { "packets", 0 },
	[ERRORS] = { "icmp", 0 },
	[ATTEMPTS] = { "attempts", 0 },
	[FIRST_RESULT + HS_SUCCESS] = { "success", 0 },
	[FIRST_RESULT + HS_REJECT] = { "reject", 0 },
	[FIRST_RESULT + HS_TIMEOUT] = { "timeout", 0 },
	[FIRST_RESULT + HS_UNREACH] = { "unreach", 0 },
	[FIRST_RESULT + HS_ABORT] = { "abort", 0 },
	[FIRST_RESULT + HS_PENDING] = { "pending", 0 },
	[FORGOTTEN] = { "forgotten", 0 },
	[BAD_LINES] = { "bad_lines", 0 },
};

static struct hs hs;
static struct hsfilters filters;
static uint64_t timeout = 60 * NS_PER_S;
static uint32_t max_attempts = 1000000;
static bool ignore_icmp;
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

/* The filters column; NULL when the attempt is not wanted at all. */
static const char *
filters_of(const struct hs_verdict *v)
{
	static const char *const directions[] = { "-", "RX", "TX", "RX,TX" };
	static char names[FILTERS_TEXT];
	unsigned dir = (is_local(&v->server.addr) ? HS_RX : 0u) |
	    (is_local(&v->client.addr) ? HS_TX : 0u);

	if (filters.n == 0)
		return directions[dir];
	if (!hsfilter_match(&filters, dir, &v->client.addr, &v->server.addr,
	    v->server.port, names, sizeof names))
		return NULL;
	return names;
}

static void
put_verdict(void *stage, const struct hs_verdict *v)
{
	struct rec_writer *w = &((struct stage *)stage)->out;
	const char *names = filters_of(v);

	if (names == NULL)
		return;
	counts[ATTEMPTS].value++;
	counts[FIRST_RESULT + v->result].value++;
	rec_begin(w, REC_hs);
	rec_put_ns(w, v->time);
	rec_put_endpoint(w, &v->client);
	rec_put_endpoint(w, &v->server);
	rec_put_word(w, hs_result_name(v->result));
	rec_put_word(w, hs_why_name(v));
	rec_put_ns(w, v->took);
	rec_put_ns_if(w, v->has_server, v->rtt_server);
	rec_put_ns_if(w, v->has_client, v->rtt_client);
	rec_put_num(w, v->syns);
	rec_put_num(w, v->synacks);
	rec_put_word(w, names);
	rec_end(w);
}

static void
clock_to(struct stage *st, uint64_t now)
{
	stage_clock(st, now);
	hs_clock(&hs, st->now);
}

static void
tick(struct stage *st)
{
	hs_clock(&hs, st->now);
}

static void
begin(struct rec *rec, const struct flow_key *key, int from, uint64_t now,
    const struct tcp *tcp)
{
	struct endpoint src, dst;

	segment_endpoints(rec, &src, &dst);
	if (rec->why == NULL)
		hs_begin(&hs, key, from, now, tcp, &src, &dst);
}

static void
on_pkt(struct stage *st, struct rec *rec)
{
	struct segment_ends e;
	struct flow_key key;
	struct tcp tcp;
	uint64_t now = rec_ns(rec, pkt_time);
	uint32_t i;
	int from;

	segment_read(rec, &tcp);
	if (rec->why != NULL)
		return;
	counts[PACKETS].value++;
	clock_to(st, now);
	segment_ends(rec, &e);
	i = flow_between(&hs.flows, e.src, e.nsrc, e.dst, e.ndst,
	    &key, &from);
	if (i != 0)
		hs_segment(&hs, i, from, now, &tcp);
	else if (hs_begins(&tcp))
		begin(rec, &key, from, now, &tcp);
}

static enum icmp_kind
read_kind(struct rec *rec)
{
	size_t n;
	const char *p = rec_field(rec, icmp_what, &n);

	for (enum icmp_kind k = 0; k < ICMP_KINDS; k++)
		if (strlen(icmp_kind_name(k)) == n &&
		    memcmp(icmp_kind_name(k), p, n) == 0)
			return k;
	rec_bad(rec, icmp_what, "not a kind of ICMP error");
	return ICMP_KINDS;
}

static void
on_icmp(struct stage *st, struct rec *rec)
{
	char scratch[2][REC_PAIR_MAX];
	const char *src, *dst;
	size_t nsrc, ndst;
	struct flow_key key;
	uint64_t now = rec_ns(rec, icmp_time);
	enum icmp_kind kind = read_kind(rec);
	uint8_t code = (uint8_t)rec_u16(rec, icmp_code);
	uint32_t i, seq;
	int from;

	/* A quote too short to tell whose it is helps nobody. */
	if (ignore_icmp || !rec_has(rec, icmp_seq))
		return;
	seq = rec_u32(rec, icmp_seq);
	if (rec->why != NULL)
		return;
	counts[ERRORS].value++;
	clock_to(st, now);
	src = rec_pair(rec, icmp_src, icmp_sport, scratch[0], &nsrc);
	dst = rec_pair(rec, icmp_dst, icmp_dport, scratch[1], &ndst);
	i = flow_between(&hs.flows, src, nsrc, dst, ndst,
	    &key, &from);
	if (i != 0)
		hs_icmp(&hs, i, from, now, kind, code, seq);
}

static void
on_record(struct stage *st, struct rec *rec)
{
	if (rec->kind == REC_pkt)
		on_pkt(st, rec);
	else if (rec->kind == REC_icmp)
		on_icmp(st, rec);
}

static void
on_end(struct stage *st)
{
	hs_end(&hs, st->now);
}

static void
sum_up(struct stage *st)
{
	counts[FORGOTTEN].value = hs.forgotten;
	counts[BAD_LINES].value = st->bad_lines;
}

static void
add_filter(const char *text)
{
	char why[160];

	if (hsfilter_add(&filters, text, why, sizeof why) < 0)
		errx(2, "filter: %s", why);
}

/* name,direction,address,ports as name:direction@address:ports, where ports
 * may also have blanks between, and IPv6 addresses no brackets. */
static int
on_line(void *arg, char *const *field, unsigned n, char *why, size_t nwhy)
{
	char text[4400];
	const char *addr = field[2];
	size_t bare;
	bool v6;

	(void)arg;
	if (n != 4) {
		snprintf(why, nwhy,
		    "not four fields: name,direction,address,ports");
		return -1;
	}
	bare = strcspn(addr, "/");
	v6 = strchr(addr, ':') != NULL && *addr != '[';
	for (char *p = field[3]; *p != '\0'; p++)
		if (*p == ' ' || *p == ';')
			*p = ':';
	snprintf(text, sizeof text, "%s:%s@%s%.*s%s%s:%s", field[0], field[1],
	    v6 ? "[" : "", (int)bare, addr, v6 ? "]" : "", addr + bare,
	    field[3]);
	return hsfilter_add(&filters, text, why, nwhy);
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
		errx(2, "-l: %s: not an address or address/bits", text);
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
	for (int c; (c = getopt(argc, argv, ":Ff:hl:n:pr:t:UV")) != -1;)
		switch (c) {
		case 'f':
			read_filters(optarg);
			break;
		case 'l':
			add_local(optarg);
			break;
		case 'n':
			max_attempts = stage_number(c, optarg, 1, 1000000000);
			break;
		case 'r':
			add_file(optarg);
			break;
		case 't':
			timeout = stage_seconds(c, optarg, 1000);
			break;
		case 'U':
			ignore_icmp = true;
			break;
		default:
			stage_option(st, c);
		}
}

static void
need_columns(struct rec_reader *in)
{
	segment_need(in);
	for (enum rec_col c = icmp_time; c <= icmp_seq; c++)
		rec_need(in, c);
}

int
main(int argc, char **argv)
{
	struct stage st;

	stage_open(&st, "hsclass");
	st.synopsis = synopsis;
	st.help = help;
	st.writes = REC_hs;
	st.record = on_record;
	st.tick = tick;
	st.end = on_end;
	st.sum_up = sum_up;
	st.counts = counts;
	st.ncounts = COUNTS;
	options(&st, argc, argv);
	for (int i = optind; i < argc; i++)
		add_filter(argv[i]);
	if (locals == NULL && ownaddrs_read(&locals, &nlocals) < 0)
		err(1, "local addresses");
	need_columns(&st.in);
	if (hs_open(&hs, max_attempts, timeout, stage_seed()) < 0)
		err(1, "-n: %u attempts", max_attempts);
	hs.done = put_verdict;
	hs.arg = &st;
	return stage_run(&st, files, nfiles);
}
