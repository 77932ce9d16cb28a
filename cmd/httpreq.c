/*
 * httpreq - HTTP requests, their responses, and how persistent connections
 * are used and why they end, out of 'pkt' records with data.
 *
 * The streams are put in order by conn/reassembly, messages are read by
 * http/message, connections kept by http/http; this is the program around
 * them.
 */
#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/http.h"
#include "rec/segment.h"
#include "stage/stage.h"
#include "rec/text.h"
#include "sys/portset.h"
#include "wire/units.h"

static const char synopsis[] =
"httpreq [-hpsV] [-F [secs]] [-H name[,name ...]] [-n connections] "
"[-P ports] [file ...]";

static const char help[] =
"  -F secs    forget a connection idle for so long (3600)\n"
"  -F         without an argument: print the columns that are written\n"
"  -H names   add these request headers as columns\n"
"  -h         print this\n"
"  -n connections  follow so many at once (100000)\n"
"  -P ports   only servers' ports: 80,3000,8000-8100,http; else any port\n"
"  -p         pass along all that is read\n"
"  -s         cut the query off paths\n"
"  -V         print the version\n";

enum {
	PACKETS, REQUESTS, RESPONSES, CONNECTIONS, OTHERS, GAPS, GAP_BYTES,
	FORGOTTEN, BAD_LINES, COUNTS
};

static struct count counts[COUNTS] = {
	[PACKETS] = { "packets", 0 },
	[REQUESTS] = { "requests", 0 },
	[RESPONSES] = { "responses", 0 },
	[CONNECTIONS] = { "connections", 0 },
	[OTHERS] = { "not_http", 0 },
	[GAPS] = { "gaps", 0 },
	[GAP_BYTES] = { "gap_bytes", 0 },
	[FORGOTTEN] = { "forgotten", 0 },
	[BAD_LINES] = { "bad_lines", 0 },
};

static struct http http;
static struct portset ports;
static bool cut_query;
static uint64_t max_idle = 3600 * NS_PER_S;
static uint32_t max_conns = 100000;
static const char *fields[EXCHANGE_FIELDS_MAX];
static unsigned nfields;

/* Text of a request, or none. */
static void
put_part(struct rec_writer *w, struct http1_text t)
{
	if (t.n > 0)
		rec_put_text(w, t.p, t.n);
	else
		rec_put_none(w);
}

/* The words of the bits that are set, with commas; - for none. */
static void
put_notes(struct rec_writer *w, unsigned notes, const char *const *words)
{
	if (notes == 0)
		rec_put_word(w, "-");
	for (bool first = true; notes != 0; notes >>= 1, words++) {
		if (!(notes & 1))
			continue;
		rec_add(w, first ? "\t" : ",", 1);
		rec_add(w, *words, strlen(*words));
		first = false;
	}
}

static void
put_ends(struct rec_writer *w, const struct http_conn *c)
{
	rec_put_endpoint(w, &c->end[c->client]);
	rec_put_endpoint(w, &c->end[!c->client]);
}

/* -P is about the server's port, once it is known who that is. */
static bool
is_wanted(const struct http_conn *c)
{
	return ports.n == 0 || portset_has(&ports, c->end[!c->client].port);
}

static struct http1_text
path_of(const struct exchange *e)
{
	struct http1_text path = exchange_text(e, EXCHANGE_TARGET);
	const char *query = path.n > 0 && cut_query ?
	    memchr(path.p, '?', path.n) : NULL;

	if (query != NULL)
		path.n = (size_t)(query - path.p);
	return path;
}

static void
put_version(struct rec_writer *w, uint8_t version)
{
	rec_put_num(w, version / 10);
	rec_add(w, ".", 1);
	rec_add_num(w, version % 10);
}

static void
put_exchange(void *stage, const struct http_conn *c, const struct exchange *e)
{
	static const char *const words[] = { EXCHANGE_NOTE_WORDS };
	struct rec_writer *w = &((struct stage *)stage)->out;
	bool asked = !(e->notes & EXCHANGE_UNASKED);

	if (!is_wanted(c))
		return;
	counts[REQUESTS].value += asked;
	counts[RESPONSES].value += e->status != 0;
	rec_begin(w, REC_req);
	rec_put_ns(w, e->began);
	put_ends(w, c);
	rec_put_num_if(w, asked, e->number);
	put_part(w, exchange_text(e, EXCHANGE_METHOD));
	put_part(w, exchange_text(e, EXCHANGE_HOST));
	put_part(w, path_of(e));
	if (asked)
		put_version(w, e->version);
	else
		rec_put_none(w);
	rec_put_num_if(w, e->status != 0, e->status);
	rec_put_ns_if(w, e->has_wait, e->wait);
	rec_put_ns_if(w, e->status != 0 && e->ended >= e->began,
	    e->ended - e->began);
	rec_put_ns_if(w, e->has_idle, e->idle);
	rec_put_num(w, e->bytes[0]);
	rec_put_num(w, e->bytes[1]);
	put_notes(w, e->notes, words);
	for (unsigned i = 0; i < nfields; i++)
		put_part(w, exchange_text(e, EXCHANGE_FIELD + i));
	rec_end(w);
}

static void
put_keepalive(struct rec_writer *w, const struct http_conn *c)
{
	if (!c->has_keep_secs && !c->has_keep_max) {
		rec_put_none(w);
		return;
	}
	rec_put_tab(w);
	if (c->has_keep_secs) {
		rec_add(w, "timeout=", 8);
		rec_add_num(w, c->keep_secs);
	}
	if (c->has_keep_secs && c->has_keep_max)
		rec_add(w, ",", 1);
	if (c->has_keep_max) {
		rec_add(w, "max=", 4);
		rec_add_num(w, c->keep_max);
	}
}

static void
put_conn(void *stage, const struct http_conn *c)
{
	static const char *const words[] = { HTTP_NOTE_WORDS };
	struct rec_writer *w = &((struct stage *)stage)->out;

	if (!is_wanted(c))
		return;
	counts[CONNECTIONS].value++;
	rec_begin(w, REC_http);
	rec_put_ns(w, c->began);
	put_ends(w, c);
	rec_put_num(w, c->requests);
	rec_put_ns_if(w, c->seen >= c->began, c->seen - c->began);
	rec_put_word(w, http_close_name(c->close));
	rec_put_word(w, c->by > 1 ? "-" : c->by == c->client ? "client" :
	    "server");
	rec_put_ns_if(w, c->by <= 1, c->idle);
	put_notes(w, c->notes, words);
	if (c->host != NULL)
		rec_put_text(w, c->host, strlen(c->host));
	else
		rec_put_none(w);
	put_keepalive(w, c);
	rec_end(w);
}

/* Text unescaped; good until the next. */
static const uint8_t *
unescape(const char *text, size_t ntext, uint32_t *n)
{
	static uint8_t *bytes;
	static size_t room;

	if (ntext > room) {
		free(bytes);
		room = ntext;
		if ((bytes = malloc(room)) == NULL)
			err(1, NULL);
	}
	*n = (uint32_t)text_unescape(bytes, text, ntext);
	return bytes;
}

/* Where a head ends in escaped text, or the text does. */
static size_t
head_end(const char *text, size_t n)
{
	static const char end[] = "\\r\\n\\r\\n";
	const char *at = memmem(text, n, end, sizeof end - 1);

	return at != NULL ? (size_t)(at - text) + sizeof end - 1 : n;
}

/*
 * A segment with its payload, as far as it is looked at: behind a head may
 * come much of a body, which is only counted.
 */
static void
take_payload(struct rec *rec, uint32_t i, int from, uint64_t time,
    struct tcp tcp)
{
	size_t ntext, nhead;
	const char *text = rec_field(rec, pkt_data, &ntext);
	const uint8_t *data;
	uint32_t n;

	if (!rec_has(rec, pkt_data))
		ntext = 0;
	nhead = head_end(text, ntext);
	data = unescape(text, nhead, &n);
	if (nhead < ntext && n < tcp.len) {
		struct tcp head = tcp;

		head.len = n;
		head.flags &= (uint16_t)~(TCP_FIN | TCP_RST);
		http_segment(&http, i, from, time, &head, data, n);
		tcp.seq += n + ((tcp.flags & TCP_SYN) != 0);
		tcp.flags &= (uint16_t)~TCP_SYN;
		tcp.len -= n;
		n = 0;
		if (!http_unwanted(&http, i, from, &tcp))
			data = unescape(text + nhead, ntext - nhead, &n);
	}
	http_segment(&http, i, from, time, &tcp, data,
	    n < tcp.len ? n : tcp.len);
}

/* The connection of a packet, which is added when it is worth it; 0 none. */
static uint32_t
find_conn(struct rec *rec, uint64_t now, const struct tcp *tcp, int *from)
{
	struct segment_ends e;
	struct endpoint src, dst;
	struct flow_key key;
	uint32_t i;

	segment_ends(rec, &e);
	i = flow_between(&http.flows, e.src, e.nsrc, e.dst, e.ndst,
	    &key, from);
	if (i != 0 || !http_begins(tcp))
		return i;
	segment_endpoints(rec, &src, &dst);
	if (rec->why != NULL || (ports.n > 0 &&
	    !portset_has(&ports, src.port) && !portset_has(&ports, dst.port)))
		return 0;
	return http_begin(&http, &key, *from, now, &src, &dst);
}

static void
tick(struct stage *st)
{
	http_clock(&http, st->now);
}

static void
take_packet(struct stage *st, struct rec *rec, uint64_t time,
    const struct tcp *tcp)
{
	uint32_t i;
	int from;

	stage_clock(st, time);
	tick(st);
	if ((i = find_conn(rec, st->now, tcp, &from)) == 0)
		return;
	if (tcp->len > 0 && !http_unwanted(&http, i, from, tcp))
		take_payload(rec, i, from, time, *tcp);
	else
		http_segment(&http, i, from, time, tcp, NULL, 0);
}

/* Without data there is nothing to do; said once. */
static bool
has_data(struct stage *st, const struct rec *rec)
{
	static bool said;

	if (rec->at[pkt_data] != 0)
		return true;
	if (!said)
		warnx("no 'data' column: run tcpdecode -d all");
	said = st->failed = true;
	return false;
}

static void
on_record(struct stage *st, struct rec *rec)
{
	struct tcp tcp = { 0 };
	uint64_t time;

	if (rec->kind != REC_pkt || !has_data(st, rec))
		return;
	time = rec_ns(rec, pkt_time);
	tcp.flags = rec_flags(rec, pkt_flags);
	tcp.seq = rec_u32(rec, pkt_seq);
	tcp.ack = rec_u32(rec, pkt_ack);
	tcp.len = rec_u32(rec, pkt_len);
	if (rec->why != NULL)
		return;
	counts[PACKETS].value++;
	take_packet(st, rec, time, &tcp);
}

static void
on_end(struct stage *st)
{
	(void)st;
	http_end(&http);
	http_free(&http);
}

static void
sum_up(struct stage *st)
{
	counts[OTHERS].value = http.others;
	counts[GAPS].value = http.gaps;
	counts[GAP_BYTES].value = http.gap_bytes;
	counts[FORGOTTEN].value = http.forgotten;
	counts[BAD_LINES].value = st->bad_lines;
}

static void
add_ports(const char *text)
{
	char why[160];

	if (portset_add(&ports, text, why, sizeof why) < 0)
		errx(2, "-P: %s", why);
}

/* A header's name is its column's, in lower case. */
static void
add_field(char *name)
{
	for (char *p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("-_", *p) == NULL)
			errx(2, "-H: %s: not the name of a header", name);
		*p = (char)tolower((unsigned char)*p);
	}
	if (*name == '\0')
		errx(2, "-H: an empty name");
	if (nfields == EXCHANGE_FIELDS_MAX)
		errx(2, "-H: %s: more than %d headers", name,
		    EXCHANGE_FIELDS_MAX);
	if (rec_col_named(REC_req, name, strlen(name)) != REC_COLS)
		errx(2, "-H: %s: a column of this name is there", name);
	for (unsigned i = 0; i < nfields; i++)
		if (strcmp(fields[i], name) == 0)
			errx(2, "-H: %s: named twice", name);
	fields[nfields++] = name;
}

static void
add_fields(char *names)
{
	for (char *name; (name = strsep(&names, ",")) != NULL;)
		add_field(name);
}

static void
options(struct stage *st, int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, ":F:H:hn:P:psV")) != -1;)
		switch (c) {
		case 'F':
			max_idle = stage_seconds(c, optarg, 1e9);
			break;
		case 'H':
			add_fields(optarg);
			break;
		case 'n':
			max_conns = stage_number(c, optarg, 1, 100000000);
			break;
		case 'P':
			add_ports(optarg);
			break;
		case 's':
			cut_query = true;
			break;
		default:
			if (c == ':' && optopt == 'F')
				stage_columns(st);
			stage_option(st, c);
		}
}

static void
need_columns(struct rec_reader *in)
{
	static const enum rec_col needed[] = {
		pkt_time, pkt_src, pkt_sport, pkt_dst, pkt_dport, pkt_flags,
		pkt_seq, pkt_ack, pkt_len
	};

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		rec_need(in, needed[i]);
}

int
main(int argc, char **argv)
{
	struct stage st;

	stage_open(&st, "httpreq");
	st.synopsis = synopsis;
	st.help = help;
	st.writes = REC_req;
	st.writes_too = REC_http;
	st.record = on_record;
	st.tick = tick;
	st.end = on_end;
	st.sum_up = sum_up;
	st.counts = counts;
	st.ncounts = COUNTS;
	options(&st, argc, argv);
	need_columns(&st.in);
	if (http_open(&http, max_conns, max_idle, stage_seed()) < 0 ||
	    rec_choose_more(&st.out, REC_req, fields, nfields) < 0)
		err(1, "-n: %u connections", max_conns);
	http.fields = fields;
	http.nfields = nfields;
	http.exchange = put_exchange;
	http.closed = put_conn;
	http.arg = &st;
	return stage_run(&st, argv + optind, argc - optind);
}
