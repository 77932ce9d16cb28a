/*
 * httpreq - HTTP requests and their responses, how persistent connections are
 * used, and why they end.
 *
 * conn/reassembly puts the streams in order, http/message parses messages,
 * http/http keeps connections; this is the program around them.
 */
#include <ctype.h>
#include <err.h>
#include <string.h>
#include <unistd.h>

#include "http/http.h"
#include "http/payload.h"
#include "rec/text.h"
#include "stage/segments.h"
#include "sys/portset.h"
#include "wire/units.h"

static const struct opt opts[] = {
	{ 'D', "debug", "topics", "explain on standard error: close, exchange, "
	    "accept, all" },
	OPT_COLUMNS,
	{ 'H', "headers", "name[,name ...]", "add these fields of requests as "
	    "columns" },
	OPT_HELP,
	{ 'I', "idle", "secs", "forget a connection idle for secs (3600)" },
	{ 'n', "max-conns", "conns", "track at most conns connections "
	    "(100000)" },
	{ 'o', "add", "column[,column ...]", "add columns of req and http, or "
	    "all: see -F" },
	{ 'P', "ports", "ports", "only servers on these ports: "
	    "80,8000-8100,http" },
	OPT_PASS,
	{ 's', "strip-query", NULL, "omit the query of paths" },
	OPT_SHARE,
	OPT_VERSION,
	{ 0 }
};

static const enum rec_kind writes[] = { REC_req, REC_http, REC_count };

enum { EXPLAIN_ACCEPT = HTTP_EXPLAIN_EXCHANGE + 1 };

static const char *const topics[] = {
	[HTTP_EXPLAIN_CLOSE] = "close", [HTTP_EXPLAIN_EXCHANGE] = "exchange",
	[EXPLAIN_ACCEPT] = "accept", NULL
};

static const struct command command = {
	.prog = "httpreq", .operands = "[file ...]", .opts = opts,
	.writes = writes, .topics = topics,
};

enum {
	PACKETS, REQUESTS, RESPONSES, CONNECTIONS, OTHERS, GAPS, GAP_BYTES,
	FORGOTTEN, SEGMENTS, BAD_LINES = SEGMENTS + SEGMENTS_NCOUNTS, COUNTS
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
	SEGMENTS_COUNTS(SEGMENTS),
	[BAD_LINES] = { "bad_lines", 0 },
};

static struct http http;
static struct segments segments;
static struct payload payload = { .unescape = text_unescape };
static struct portset ports;
static bool added[REC_COLS];	/* columns by -o */
static bool cut_query;
static uint64_t max_idle = 3600 * NS_PER_S;
static uint32_t max_conns = 100000;
static const char *fields[EXCHANGE_FIELDS_MAX];
static unsigned nfields;

/* A part of a request's text, if it has that. */
static void
put_part(struct rec_writer *w, struct http1_text t)
{
	if (t.n > 0)
		rec_put_text(w, t.p, t.n);
	else
		rec_put_none(w);
}

/* The words of the bits that are set, with commas. */
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
	rec_put_endpoint(w, &c->client);
	rec_put_endpoint(w, &c->server);
}

/* -P: is the server's port one of these? */
static bool
is_wanted(const struct http_conn *c)
{
	return ports.n == 0 || portset_has(&ports, c->server.port);
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
	if (version == 20)
		return;
	rec_add(w, ".", 1);
	rec_add_num(w, version % 10);
}

/* The client that a proxy names. */
static void
put_proxied(struct rec_writer *w, const struct endpoint *client, bool port)
{
	if (client == NULL)
		rec_put_none(w);
	else if (port)
		rec_put_num(w, client->port);
	else
		rec_put_addr(w, &client->addr);
}

static void
put_tls_version(struct rec_writer *w, unsigned version)
{
	static const char *const names[] = { "SSL3.0", "1.0", "1.1", "1.2",
	    "1.3" };

	rec_put_word(w, version >= 0x0300 && version <= TLS_1_3 ?
	    names[version - 0x0300] : "-");
}

/* A column about TLS. */
static void
put_tls(struct rec_writer *w, const struct records *r, enum rec_col col)
{
	if (r == NULL)
		rec_put_none(w);
	else if (col == http_tls)
		put_tls_version(w, r->has_server ? r->server.version : 0);
	else if (col == http_alpn)
		put_part(w, (struct http1_text){ r->server.alpn,
		    strlen(r->server.alpn) });
	else if (col == http_resumed)
		rec_put_num_if(w, r->has_resumed, r->resumed);
	else if (col == http_handshake)
		rec_put_ns_if(w, r->has_handshake, r->handshake);
	else
		rec_put_num(w, r->turns);
}

/* A column that -o adds; e is the exchange, of a req record. */
static void
put_column(struct rec_writer *w, const struct http_conn *c,
    const struct exchange *e, enum rec_col col)
{
	switch (col) {
	case req_first:
		rec_put_ns_if(w, e->has_wait &&
		    e->body_began >= e->request_ended,
		    e->body_began - e->request_ended);
		break;
	case req_grpc:
		rec_put_num_if(w, e->has_grpc, e->grpc);
		break;
	case req_client:
	case http_client:
		put_proxied(w, c->proxied, false);
		break;
	case req_cport:
	case http_cport:
		put_proxied(w, c->proxied, true);
		break;
	case http_tls:
	case http_alpn:
	case http_resumed:
	case http_handshake:
	case http_turns:
		put_tls(w, c->tls, col);
		break;
	case http_bytes_src:
	case http_bytes_dst:
		rec_put_num(w, c->bytes[col != http_bytes_src]);
		break;
	case http_frames_src:
	case http_frames_dst:
		rec_put_num(w, c->frames[col != http_frames_src]);
		break;
	default:
		break;
	}
}

static void
put_added(struct rec_writer *w, const struct http_conn *c,
    const struct exchange *e, enum rec_col first, enum rec_col end)
{
	for (enum rec_col col = first; col < end; col++)
		if (added[col])
			put_column(w, c, e, col);
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
	rec_put_ns(w, stage_stamp(stage, e->request_began));
	put_ends(w, c);
	rec_put_num_if(w, asked, e->number);
	put_part(w, exchange_text(e, EXCHANGE_METHOD));
	put_part(w, exchange_text(e, EXCHANGE_HOST));
	put_part(w, path_of(e));
	if (asked && e->version != 0)
		put_version(w, e->version);
	else
		rec_put_none(w);
	rec_put_num_if(w, e->status != 0, e->status);
	rec_put_ns_if(w, e->has_wait, e->wait);
	rec_put_ns_if(w, e->status != 0 &&
	    e->response_ended >= e->request_began,
	    e->response_ended - e->request_began);
	rec_put_ns_if(w, e->has_idle, e->idle);
	rec_put_num(w, e->bytes[0]);
	rec_put_num(w, e->bytes[1]);
	put_notes(w, e->notes, words);
	put_added(w, c, e, req_first, rec_kind_end(REC_req));
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
	static const char *const peers[] = {
		[HTTP_NOBODY] = "-", [HTTP_CLIENT] = "client",
		[HTTP_SERVER] = "server"
	};
	struct rec_writer *w = &((struct stage *)stage)->out;

	if (!is_wanted(c))
		return;
	counts[CONNECTIONS].value++;
	rec_begin(w, REC_http);
	rec_put_ns(w, stage_stamp(stage, c->began));
	put_ends(w, c);
	rec_put_num(w, c->requests);
	rec_put_ns_if(w, c->seen >= c->began, c->seen - c->began);
	rec_put_word(w, http_close_name(c->close));
	rec_put_word(w, peers[c->by]);
	rec_put_ns_if(w, c->by != HTTP_NOBODY, c->idle);
	put_notes(w, c->notes, words);
	if (c->host != NULL)
		rec_put_text(w, c->host, strlen(c->host));
	else
		rec_put_none(w);
	put_keepalive(w, c);
	put_added(w, c, NULL, http_bytes_src, rec_kind_end(REC_http));
	rec_end(w);
}

/* Find the connection of a segment, added if one can begin with it. */
static bool
find_conn(struct segment *s)
{
	struct endpoint src, dst;

	if (s->flow != 0 && http_expire(&http, s->flow, s->time))
		s->flow = 0;
	if (s->flow != 0 || !http_may_begin(&s->tcp))
		return s->flow != 0;
	if (!segments_ends(s, &src, &dst) || (ports.n > 0 &&
	    !portset_has(&ports, src.port) && !portset_has(&ports, dst.port)))
		return false;
	s->flow = http_begin(&http, &s->key, s->from, s->time, &src, &dst);
	return true;
}

static void
tick(struct stage *st)
{
	http_clock(&http, st->clock.now);
}

static void
receive(const struct segment *s)
{
	struct segment_data data;

	if (s->tcp.len == 0 ||
	    http_unwanted(&http, s->flow, s->from, &s->tcp)) {
		http_segment(&http, s->flow, s->from, s->time, &s->tcp, NULL,
		    0);
		return;
	}
	data = segments_data(s);
	if (!data.escaped)
		http_segment(&http, s->flow, s->from, s->time, &s->tcp, data.p,
		    (uint32_t)data.n);
	else if (payload_segment(&payload, &http, s->flow, s->from, s->time,
	    &s->tcp, data.p, data.n) < 0)
		err(1, NULL);
}

static void
on_segment(struct segments *in, struct segment *s)
{
	struct accept_result judged;
	struct tcb *sides;

	counts[PACKETS].value++;
	if (!find_conn(s) || http_ignores(&http, s->flow, &s->tcp))
		return;
	sides = http_sides(&http, s->flow);
	judged = segments_judge(in, s, &sides[s->from], &sides[!s->from],
	    http_has_ended(&http, s->flow));
	in->copies += judged.verdict == ACCEPT_COPY;
	if (http_accept(&http, &in->accept, s->flow, s->from, s->time,
	    &judged, &s->tcp))
		receive(s);
}

static void
on_end(struct stage *st)
{
	(void)st;
	http_end(&http);
	http_free(&http);
	payload_free(&payload);
}

static void
sum_up(struct stage *st)
{
	counts[OTHERS].value = http.others;
	counts[GAPS].value = http.gaps;
	counts[GAP_BYTES].value = http.gap_bytes;
	counts[FORGOTTEN].value = http.forgotten;
	segments_count(&segments, &counts[SEGMENTS]);
	counts[BAD_LINES].value = st->bad_lines;
}

static void
add_ports(const char *text)
{
	char why[160];

	if (portset_add(&ports, text, why, sizeof why) < 0)
		opt_wrong("-P: %s", why);
}

/* A field's name is its column's, in lower case. */
static void
add_field(char *name)
{
	const char *why = *name == '\0' ? "must be the name of a field" : NULL;

	for (char *p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("-_", *p) == NULL)
			why = "must have letters, digits, - and _ alone";
		*p = (char)tolower((unsigned char)*p);
	}
	for (unsigned i = 0; i < nfields; i++)
		if (strcmp(fields[i], name) == 0)
			why = "must be named once";
	if (rec_col_named(REC_req, name, strlen(name)) != REC_COLS)
		why = "must not be the name of another column";
	if (why != NULL)
		opt_wrong("-H: invalid name '%s': %s", name, why);
	if (nfields == EXCHANGE_FIELDS_MAX)
		opt_wrong("-H: invalid list: must be at most %d names",
		    EXCHANGE_FIELDS_MAX);
	fields[nfields++] = name;
}

static void
add_fields(char *names)
{
	for (char *name; (name = strsep(&names, ",")) != NULL;)
		add_field(name);
}

/* -o: columns of both kinds that are not always written. */
static const struct {
	enum rec_kind kind;
	enum rec_col first;
} more[] = { { REC_req, req_first }, { REC_http, http_bytes_src } };
#define MORE	(sizeof more / sizeof *more)

static void
add_column(const char *name)
{
	bool all = strcmp(name, "all") == 0, found = all;

	for (size_t i = 0; i < MORE; i++)
		for (enum rec_col c = more[i].first;
		    c < rec_kind_end(more[i].kind); c++)
			if (all || strcmp(rec_cols[c].name, name) == 0)
				found = added[c] = true;
	if (!found)
		opt_wrong("-o: invalid column '%s': must be one that -F lists "
		    "from first or bytes_src on", name);
}

static void
add_columns(char *names)
{
	for (char *name; (name = strsep(&names, ",")) != NULL;)
		add_column(name);
}

/* Write the columns that are always written, those of -o and those of -H. */
static int
choose(struct rec_writer *w)
{
	for (size_t i = 0; i < MORE; i++) {
		enum rec_col cols[REC_COLS_MAX];
		unsigned n = 0;

		for (enum rec_col c = rec_kind_first(more[i].kind);
		    c < rec_kind_end(more[i].kind); c++)
			if (c < more[i].first || added[c])
				cols[n++] = c;
		if (rec_choose(w, more[i].kind, cols, n) < 0)
			return -1;
	}
	return rec_choose_more(w, REC_req, fields, nfields);
}

static void
options(struct stage *st, int argc, char **argv)
{
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		switch (c) {
		case 'H':
			add_fields(optarg);
			break;
		case 'I':
			max_idle = opt_seconds(c, optarg, 1e9);
			break;
		case 'n':
			max_conns = opt_number(c, optarg, 1, 100000000);
			break;
		case 'o':
			add_columns(optarg);
			break;
		case 'P':
			add_ports(optarg);
			break;
		case 's':
			cut_query = true;
			break;
		default:
			stage_shared(st, c);
		}
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
	segments.use = on_segment;
	segments.tcbs = http_tcbs;
	segments.data = true;
	segments.judges = true;
	segments.topic = EXPLAIN_ACCEPT;
	if (http_open(&http, max_conns, max_idle, stage_seed()) < 0 ||
	    segments_open(&segments, &st, &http.flows, max_conns,
	    stage_seed()) < 0 ||
	    choose(&st.out) < 0)
		err(1, "-n: %u connections", max_conns);
	http.fields = fields;
	http.nfields = nfields;
	http.explain = (struct explain){ st.explained, stage_explain, &st };
	http.tls = added[http_tls] || added[http_alpn] ||
	    added[http_resumed] || added[http_handshake] ||
	    added[http_turns] || added[http_frames_src] ||
	    added[http_frames_dst];
	http.exchange = put_exchange;
	http.closed = put_conn;
	http.arg = &st;
	return stage_run(&st, argv + optind, argc - optind);
}
