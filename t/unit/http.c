/*
 * Whole connections between a client C and a server S.  The reports are lines
 * of text:
 *
 *	NUMBER METHOD HOST TARGET STATUS BYTES/BYTES [notes]
 *	http REQUESTS CLOSE BY [notes]
 */
#include <stdio.h>
#include <stdlib.h>

#include "../holds.h"
#include "check.h"
#include "http/hpack.h"
#include "wire/units.h"

#define MS	NS_PER_MS
#define START	(1795145499 * NS_PER_S)

#define OK	"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define GET(x)	"GET " x " HTTP/1.1\r\n\r\n"

enum { C, S };

static struct http h;
static struct accept accepts;
static struct flow_key key;
static uint32_t conn, next[2], isn[2];
static int side[2];		/* the numbers of C and S in http/http */
static uint64_t now;
static char reports[1 << 16];
static size_t nreports;
static bool with_bytes;
static struct exchange seen;	/* the last one reported, without its text */
static unsigned nseen;

static void
put(const char *format, const char *text, size_t n)
{
	nreports += (size_t)snprintf(reports + nreports,
	    sizeof reports - nreports, format, (int)n, text);
	if (nreports >= sizeof reports)
		abort();
}

static void
put_notes(const char *const *words, unsigned notes)
{
	for (; notes != 0; notes >>= 1, words++)
		if (notes & 1)
			put(" %.*s", *words, strlen(*words));
	put("%.*s", "\n", 1);
}

static void
put_number(const char *before, uint64_t v)
{
	char text[32];

	put("%.*s", text, (size_t)snprintf(text, sizeof text, "%s%" PRIu64,
	    before, v));
}

static void
put_part(const struct exchange *e, unsigned part)
{
	struct http1_text t = exchange_text(e, part);

	if (t.n > 0)
		put(" %.*s", t.p, t.n);
	else
		put("%.*s", " -", 2);
}

static void
on_exchange(void *arg, const struct http_conn *c, const struct exchange *e)
{
	static const char *const words[] = { EXCHANGE_NOTE_WORDS };

	(void)arg;
	(void)c;
	if (e->notes & EXCHANGE_UNASKED)
		put("%.*s", "-", 1);
	else
		put_number("", e->number);
	put_part(e, EXCHANGE_METHOD);
	put_part(e, EXCHANGE_HOST);
	put_part(e, EXCHANGE_TARGET);
	put_number(" ", e->status);
	if (with_bytes) {
		put_number(" ", e->bytes[0]);
		put_number("/", e->bytes[1]);
	}
	put_notes(words, e->notes);
	seen = *e;
	nseen++;
}

static void
on_closed(void *arg, const struct http_conn *c)
{
	static const char *const words[] = { HTTP_NOTE_WORDS };
	const char *name = http_close_name(c->close);

	(void)arg;
	put_number("http ", c->requests);
	put(" %.*s", name, strlen(name));
	put(" %.*s", c->by == HTTP_NOBODY ? "-" : c->by == HTTP_CLIENT ? "C" :
	    "S", 1);
	if (c->notes & (HTTP_IS_TLS | HTTP_IS_2))
		put(" %.*s", c->host != NULL ? c->host : "none",
		    c->host != NULL ? strlen(c->host) : 4);
	put_notes(words, c->notes);
}

/* A table for max connections; the time is START again. */
static void
open_table(uint32_t max)
{
	static const char *const fields[] = { "user-agent", "host" };
	int from;

	accept_close(&accepts);
	if (accept_open(&accepts, 7) < 0 ||
	    http_open(&h, max, 3600 * NS_PER_S, 7) < 0)
		abort();
	h.exchange = on_exchange;
	h.closed = on_closed;
	h.fields = fields;
	h.nfields = 2;
	from = flow_key(&key, flow_end(&h.flows, "C", 1),
	    flow_end(&h.flows, "S", 1));
	side[C] = from;
	side[S] = !from;
	now = START;
	nreports = 0;
	reports[0] = '\0';
	nseen = 0;
	conn = 0;
}

/* The bytes held are counted right, and not too many. */
static void
check_held(void)
{
	const struct connection *c = flow_state(&h.flows, conn);

	if (conn == 0 || c->over)
		return;
	CHECK_NUM(c->held, holds_bytes(c));
	CHECK_NUM(c->stream.held, holds_pieces(c));
	CHECK(c->held + c->stream.held <= HTTP_HELD_MAX);
}

/* A segment, of which n of len bytes of payload were captured; they are in
 * memory of their size. */
static void
segment(int from, unsigned flags, uint32_t seq, uint32_t ack,
    const char *text, size_t n, size_t len)
{
	struct tcp tcp = { .flags = (uint16_t)flags, .seq = seq, .ack = ack,
	    .len = (uint32_t)len, .win = 60000 };
	struct endpoint ends[2] = { { .port = 40000 }, { .port = 80 } };
	uint8_t *data = malloc(n + (n == 0));

	if (data == NULL)
		abort();
	memcpy(data, text, n);
	now += MS;
	http_clock(&h, now);
	conn = flow_find(&h.flows, &key);
	if (conn == 0 && http_may_begin(&tcp))
		conn = http_begin(&h, &key, side[from], now, &ends[from],
		    &ends[!from]);
	if (conn != 0) {
		struct accept_result judged = accept_segment(&accepts, conn,
		    &http_sides(&h, conn)[side[from]],
		    &http_sides(&h, conn)[!side[from]], side[from], now,
		    http_has_ended(&h, conn), &tcp);

		if (http_accept(&h, &accepts, conn, side[from], now, &judged,
		    &tcp)) {
			bool skip = http_unwanted(&h, conn, side[from], &tcp);

			http_segment(&h, conn, side[from], now, &tcp,
			    skip ? NULL : data, skip ? 0 : (uint32_t)n);
		}
		check_held();
	}
	free(data);
}

static void
send_n(int from, const char *text, size_t n)
{
	segment(from, TCP_ACK | TCP_PSH, next[from], next[!from], text, n, n);
	next[from] += (uint32_t)n;
}

/* The side sends this, and has received all that the other side sent. */
static void
sends(int from, const char *text)
{
	send_n(from, text, strlen(text));
}

/* The side sends n bytes that are not captured. */
static void
lost(int from, size_t n)
{
	next[from] += (uint32_t)n;
}

static void
ack(int from)
{
	segment(from, TCP_ACK, next[from], next[!from], "", 0, 0);
}

static void
fin(int from)
{
	segment(from, TCP_ACK | TCP_FIN, next[from]++, next[!from], "", 0, 0);
}

static void
rst(int from)
{
	segment(from, TCP_ACK | TCP_RST, next[from], next[!from], "", 0, 0);
}

static void
handshake(uint32_t c, uint32_t s)
{
	isn[C] = c;
	isn[S] = s;
	segment(C, TCP_SYN, c, 0, "", 0, 0);
	segment(S, TCP_SYN | TCP_ACK, s, c + 1, "", 0, 0);
	next[C] = c + 1;
	next[S] = s + 1;
	ack(C);
}

static void
begin(void)
{
	open_table(4);
	handshake(1000, 0xffffff00);
}

static void
begin_midstream(void)
{
	open_table(4);
	next[C] = 5000;
	next[S] = 6000;
}

/* The client closes, then the server. */
static void
client_ends(void)
{
	fin(C);
	fin(S);
}

static void
server_ends(void)
{
	fin(S);
	fin(C);
}

/* The input ends; these are the reports. */
#define GIVES(want) do {						\
	http_end(&h);							\
	http_free(&h);							\
	CHECK_TEXT(reports, (want));					\
} while (0)

static void
check_plain(void)
{
	begin();
	sends(C, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	sends(C, "POST /b HTTP/1.1\r\nhost:  y \r\ncontent-length:3\r\n\r\n"
	    "abc");
	sends(S, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	client_ends();
	GIVES("1 GET x /a 200\n2 POST y /b 404\nhttp 2 client-fin C\n");
	CHECK_NUM(seen.bytes[0], 52);	/* of the text above */
	CHECK_NUM(seen.bytes[1], 45);
	CHECK_NUM(seen.wait, MS);
	CHECK_NUM(seen.idle, MS);
	CHECK_NUM(seen.request_began, START + 6 * MS);
	CHECK_NUM(seen.response_ended, START + 7 * MS);

	begin();			/* one request, more allowed */
	sends(C, GET("/"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\nhttp 1 client-fin C unused\n");

	begin();			/* no payload in either direction */
	client_ends();
	GIVES("http 0 client-fin C empty\n");

	begin();			/* not closed */
	sends(C, GET("/"));
	GIVES("1 GET - / 0\nhttp 1 open -\n");
	begin();
	sends(C, GET("/"));
	sends(S, OK);
	GIVES("1 GET - / 200\nhttp 1 open -\n");

	begin();			/* requests one after another */
	sends(C, GET("/"));
	sends(S, OK);
	sends(C, "\r\n" GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\n2 GET - /2 200\nhttp 2 client-fin C\n");
	CHECK_NUM(seen.bytes[0], 19);
	CHECK_NUM(seen.bytes[1], 38);

	begin();			/* lines that end in LF alone */
	sends(C, "GET / HTTP/1.1\nHost: x\n\n");
	sends(S, "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi");
	client_ends();
	GIVES("1 GET x / 200\nhttp 1 client-fin C unused\n");
}

static void
check_pipelined(void)
{
	begin();
	sends(C, GET("/1") GET("/2") "HEAD /3 HTTP/1.1\r\n\r\n" GET("/4"));
	sends(S, OK "HTTP/1.1 201 x\r\nContent-Length: 3\r\n\r\nabc"
	    "HTTP/1.1 202 x\r\nContent-Length: 3\r\n\r\n" OK);
	client_ends();
	GIVES("1 GET - /1 200\n2 GET - /2 201 pipelined\n"
	    "3 HEAD - /3 202 pipelined\n4 GET - /4 200 pipelined\n"
	    "http 4 client-fin C\n");
}

/* n unanswered requests.  Beyond the memory for one connection the oldest are
 * dropped; the responses to the others are matched right. */
static void
check_many(int n, bool all)
{
	char text[256], path[32];
	int good = 0, dropped = 0;

	begin();
	for (int i = 1; i <= n; i++) {
		snprintf(text, sizeof text, GET("/%d"), 100 + i % 500);
		sends(C, text);
	}
	for (int i = 1; i <= n; i++) {
		snprintf(text, sizeof text,
		    "HTTP/1.1 %d x\r\nContent-Length: 1\r\n\r\nx",
		    100 + i % 500 >= 200 && i % 500 != 104 &&
		    i % 500 != 204 ? 100 + i % 500 : 600);
		sends(S, text);
	}
	client_ends();
	http_end(&h);
	http_free(&h);
	for (char *p = reports; *p != '\0'; p = strchr(p, '\n') + 1) {
		unsigned number, status, target;

		dropped += sscanf(p, "%u GET - /%u 0", &number, &target) == 2 &&
		    strncmp(strchr(p, '\n') - 7, "dropped", 7) == 0;
		if (sscanf(p, "%u GET - /%u %u pipelined\n", &number, &target,
		    &status) != 3 || status == 0)
			continue;
		CHECK_NUM(target, 100 + number % 500);
		CHECK_NUM(status, target >= 200 && target != 204 &&
		    target != 304 ? target : 600);
		good++;
	}
	CHECK_NUM(good + dropped, n);
	CHECK_NUM(dropped == 0, all);
	snprintf(path, sizeof path, "http %d client-fin C\n", n);
	CHECK(strstr(reports, path) != NULL);
}

static void
check_no_body(void)
{
	begin();
	sends(C, "HEAD /h HTTP/1.1\r\n\r\n");
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
	sends(C, "HEAD /c HTTP/1.1\r\n\r\n");
	sends(S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	sends(C, "HEAD /n HTTP/1.1\r\n\r\n");
	sends(S, "HTTP/1.1 200 OK\r\n\r\n");
	sends(C, GET("/204"));
	sends(S, "HTTP/1.1 204 x\r\n\r\n");
	sends(C, GET("/204l"));
	sends(S, "HTTP/1.1 204 x\r\nContent-Length: 9\r\n\r\n");
	sends(C, GET("/304"));
	sends(S, "HTTP/1.1 304 x\r\nContent-Length: 500\r\n\r\n");
	sends(C, GET("/304c"));
	sends(S, "HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n");
	sends(C, "head / HTTP/1.1\r\n\r\n");	/* methods are case-sensitive */
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/");
	sends(C, GET("/end"));
	sends(S, OK);
	client_ends();
	GIVES("1 HEAD - /h 200\n2 HEAD - /c 200\n3 HEAD - /n 200\n"
	    "4 GET - /204 204\n5 GET - /204l 204\n6 GET - /304 304\n"
	    "7 GET - /304c 304\n8 head - / 200\n9 GET - /end 200\n"
	    "http 9 client-fin C\n");
}

#define PUT	"PUT / HTTP/1.1\r\nContent-Length: 5\r\n" \
		"Expect: 100-continue\r\n\r\n"
#define PUT_CHUNKED "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" \
		"Expect: 100-continue\r\n\r\n"
#define PUT_19	"PUT / HTTP/1.1\r\nContent-Length: 19\r\n" \
		"Expect: 100-continue\r\n\r\n"
#define FAILED	"HTTP/1.1 417 x\r\nContent-Length: 0\r\n\r\n"

static void
check_interim(void)
{
	begin();
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
	sends(S, "HTTP/1.1 102 Processing\r\nContent-Length: 9\r\n\r\n");
	sends(S, OK);
	sends(C, PUT);
	sends(S, "HTTP/1.1 100 Continue\r\n\r\n");
	sends(C, "GET /");
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\n2 PUT - / 200\nhttp 2 client-fin C\n");
	CHECK_NUM(seen.wait, MS);	/* since the body's end */

	begin();			/* of a request that was not sent */
	sends(S, "HTTP/1.1 100 Continue\r\n\r\n");
	sends(C, GET("/"));
	sends(S, OK);
	sends(C, GET("/2"));
	sends(S, FAILED);
	client_ends();
	GIVES("1 GET - / 200\n2 GET - /2 417\nhttp 2 client-fin C\n");

	/* Refused: the body, with a length or in chunks, is omitted. */
	for (int i = 0; i < 2; i++) {
		begin();
		sends(C, i == 0 ? PUT : PUT_CHUNKED);
		sends(S, FAILED);
		sends(C, GET("/2"));
		sends(S, OK);
		sends(C, i == 0 ? PUT : PUT_CHUNKED);
		sends(S, FAILED);
		rst(C);
		GIVES("1 PUT - / 417 early\n2 GET - /2 200\n"
		    "3 PUT - / 417 early\nhttp 3 rst-idle C\n");
	}

	begin();			/* refused too late: it came */
	sends(C, PUT);
	sends(C, "GET /");
	sends(S, FAILED);
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 PUT - / 417\n2 GET - /2 200\nhttp 2 client-fin C\n");

	begin();			/* refused when it was under way */
	sends(C, PUT_19);
	sends(C, "G");
	sends(S, FAILED);
	sends(C, "ET /x HTTP/1.1\r\n\r\n" GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 PUT - / 417 early\n2 GET - /2 200\nhttp 2 client-fin C\n");

	begin();			/* another one was refused */
	sends(C, GET("/1") PUT_19);
	sends(S, FAILED);
	sends(S, "HTTP/1.1 100 Continue\r\n\r\n");
	sends(C, GET("/x"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - /1 417\n2 PUT - / 200 pipelined\nhttp 2 client-fin C\n");

	begin();			/* not refused */
	sends(C, PUT_19);
	sends(S, OK);
	sends(C, GET("/x"));
	client_ends();
	GIVES("1 PUT - / 200 early\nhttp 1 client-fin C unused\n");

	/* The refusal is captured after the request that follows it. */
	begin();
	sends(C, "PUT / HTTP/1.1\r\nContent-Length: 500\r\n"
	    "Expect: 100-continue\r\n\r\n");
	lost(S, strlen(FAILED));
	sends(C, GET("/2"));
	next[S] -= (uint32_t)strlen(FAILED);
	segment(S, TCP_ACK, next[S], next[C] - (uint32_t)strlen(GET("/2")),
	    FAILED, strlen(FAILED), strlen(FAILED));
	next[S] += (uint32_t)strlen(FAILED);
	sends(S, OK);
	client_ends();
	GIVES("1 PUT - / 417 early\n2 GET - /2 200\nhttp 2 client-fin C\n");
}

static void
check_chunked(void)
{
	begin();
	sends(C, "POST /up HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n"
	    "Content-Length: 3\r\n\r\n"
	    "5;a=b\r\nGET /\r\n" "00a ; x=\"y\"\r\n0123456789\r\n"
	    "0\r\nTrailer: x\r\nOther: GET / HTTP/1.1\r\n\r\n");
	sends(S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "10\r\nHTTP/1.1 500 x\r\n\r\n");
	sends(S, "1\r\nx\r\n0;last\r\nA: b\r\n\r\n");
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 POST - /up 200\n2 GET - /2 200\nhttp 2 client-fin C\n");

	/* Several fields are one list. */
	begin();
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n"
	    "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n"
	    "1\r\nx\r\n0\r\n\r\n" OK);
	client_ends();
	GIVES("1 GET - / 200\n- - - - 200 unasked\nhttp 1 client-fin C\n");

	/* After an invalid size the next message is found. */
	begin();
	sends(C, GET("/") GET("/2") GET("/3"));
	sends(S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "-5\r\n" OK OK);
	client_ends();
	GIVES("1 GET - / 200\n2 GET - /2 200 pipelined\n"
	    "3 GET - /3 200 pipelined\nhttp 3 client-fin C resync\n");
	begin();
	sends(C, GET("/") GET("/2"));
	sends(S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nabc\r\n" OK);
	client_ends();
	GIVES("1 GET - / 200\n2 GET - /2 200 pipelined\n"
	    "http 2 client-fin C resync\n");
}

static void
check_lengths(void)
{
	begin();			/* the same length twice */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
	    "Content-Length: 2, 2\r\n\r\nab");
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\n2 GET - /2 200\nhttp 2 client-fin C\n");

	begin();			/* two lengths are an error */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
	    "Content-Length: 3\r\n\r\nab\r\n");
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200 bad-length\n2 GET - /2 200\n"
	    "http 2 client-fin C\n");

	begin();			/* in a request, too */
	sends(C, "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n");
	sends(S, OK);
	sends(C, "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nxx\n");
	sends(S, OK);
	sends(C, GET("/3"));
	sends(S, OK);
	client_ends();
	GIVES("1 POST - / 200 bad-length\n2 POST - / 200 bad-length\n"
	    "3 GET - /3 200\nhttp 3 client-fin C\n");
}

static void
check_until_close(void)
{
	begin();
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\n\r\nsome");
	sends(S, "HTTP/1.1 200 OK\r\n\r\n");
	server_ends();
	GIVES("1 GET - / 200\nhttp 1 until-close S\n");
	CHECK_NUM(seen.bytes[1], 42);

	begin();			/* coded, but not in chunks */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n"
	    "Content-Length: 1\r\n\r\nabcdef");
	server_ends();
	GIVES("1 GET - / 200\nhttp 1 until-close S\n");

	begin();			/* a body that is cut */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\n\r\nsome");
	rst(S);
	GIVES("1 GET - / 200 cut\nhttp 1 rst-in-response S\n");

	begin();			/* a body without its end */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
	server_ends();
	GIVES("1 GET - / 200 cut\nhttp 1 server-fin S\n");
}

static void
check_tunnels(void)
{
	begin();
	sends(C, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
	sends(C, GET("/inside"));
	sends(S, OK);
	client_ends();
	GIVES("1 CONNECT a:443 a:443 200\n2 GET - /inside 200\n"
	    "http 2 client-fin C tunnel\n");

	begin();			/* a refused tunnel */
	sends(C, "CONNECT a:443 HTTP/1.1\r\n\r\n");
	sends(S, "HTTP/1.1 407 x\r\nContent-Length: 5\r\n\r\nHTTP/");
	sends(C, GET("/"));
	sends(S, OK);
	client_ends();
	GIVES("1 CONNECT - a:443 407\n2 GET - / 200\nhttp 2 client-fin C\n");

	begin();
	sends(C, "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\n\r\n");
	sends(S, "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
	sends(C, "\x81\x85");
	sends(S, "\x81\x05" OK);
	rst(S);
	GIVES("1 GET - /ws 101\nhttp 1 upgrade S websocket\n");

	begin();			/* an upgrade that is not accepted */
	sends(C, "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n");
	sends(S, OK);
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\n2 GET - /2 200\nhttp 2 client-fin C\n");
}

static void
check_persistence(void)
{
	begin();			/* the client closes */
	sends(C, "GET / HTTP/1.1\r\nConnection: foo, Close\r\n\r\n");
	sends(S, OK);
	server_ends();
	GIVES("1 GET - / 200\nhttp 1 client-close S\n");

	begin();			/* the server closes */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	server_ends();
	GIVES("1 GET - / 200\nhttp 1 server-close S\n");

	begin();			/* with another request under way */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	    "Content-Length: 0\r\n\r\n");
	sends(C, GET("/2"));
	server_ends();
	GIVES("1 GET - / 200\n2 GET - /2 0 cut\nhttp 2 server-close S\n");

	begin();			/* HTTP/1.0 */
	sends(C, "GET / HTTP/1.0\r\n\r\n");
	sends(S, "HTTP/1.0 200 OK\r\n\r\nabc");
	server_ends();
	GIVES("1 GET - / 200\nhttp 1 http10 S\n");
	CHECK_NUM(seen.version, 10);

	begin();			/* HTTP/1.0 that persists */
	for (int i = 0; i < 2; i++) {
		sends(C, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
		sends(S, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
		    "Content-Length: 1\r\n\r\nx");
	}
	client_ends();
	GIVES("1 GET - / 200\n2 GET - / 200\nhttp 2 client-fin C\n");

	begin();			/* HTTP/1.0, then HTTP/1.1 */
	sends(C, "GET / HTTP/1.0\r\n\r\n");
	sends(S, OK);
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\n2 GET - /2 200\nhttp 2 client-fin C\n");

	begin();			/* close overrides keep-alive */
	sends(C, "GET / HTTP/1.1\r\nConnection: keep-alive\r\n"
	    "Connection: close\r\n\r\n");
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\nhttp 1 client-close C\n");
}

static void
check_keep_alive(void)
{
	begin();			/* after the timeout */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\n"
	    "Content-Length: 0\r\n\r\n");
	now += 5000 * MS;
	server_ends();
	GIVES("1 GET - / 200\nhttp 1 keepalive-timeout S unused\n");

	begin();			/* before the timeout */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=50\r\n"
	    "Content-Length: 0\r\n\r\n");
	now += 5000 * MS;
	server_ends();
	GIVES("1 GET - / 200\nhttp 1 server-fin S unused\n");

	begin();			/* after the last request */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=1\r\n"
	    "Content-Length: 0\r\n\r\n");
	sends(C, GET("/2"));
	sends(S, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	    "Content-Length: 0\r\n\r\n");
	server_ends();
	GIVES("1 GET - / 200\n2 GET - /2 200\nhttp 2 max-requests S\n");
}

static void
check_resets(void)
{
	begin();
	rst(S);
	GIVES("http 0 rst-idle S empty\n");
	begin();
	sends(C, "GET / HTTP/1.1\r\nHost");
	rst(C);
	GIVES("1 GET - / 0 cut\nhttp 1 rst-in-request C\n");
	begin();
	sends(C, GET("/"));
	sends(S, OK);
	sends(C, "GET ");
	rst(S);
	GIVES("1 GET - / 200\nhttp 1 rst-in-request S\n");
	begin();
	sends(C, "PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc");
	rst(S);
	GIVES("1 PUT - / 0 cut\nhttp 1 rst-in-request S\n");
	begin();
	sends(C, GET("/"));
	rst(S);
	GIVES("1 GET - / 0 cut\nhttp 1 rst-in-response S\n");
	begin();
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200");
	rst(C);
	GIVES("1 GET - / 0 cut\nhttp 1 rst-in-response C\n");
	begin();
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
	rst(C);
	GIVES("1 GET - / 200 cut\nhttp 1 rst-in-response C\n");
	begin();
	sends(C, GET("/"));
	sends(S, OK);
	rst(C);
	GIVES("1 GET - / 200\nhttp 1 rst-idle C unused\n");
	begin();			/* after Connection: close */
	sends(C, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
	sends(S, OK);
	rst(S);
	GIVES("1 GET - / 200\nhttp 1 client-close S\n");
	begin();			/* after a FIN */
	sends(C, GET("/"));
	sends(S, OK);
	fin(C);
	rst(S);
	GIVES("1 GET - / 200\nhttp 1 client-fin C unused\n");
	begin();			/* with text that is not a response */
	sends(C, GET("/"));
	segment(S, TCP_RST | TCP_ACK, next[S], next[C], OK, strlen(OK),
	    strlen(OK));
	GIVES("1 GET - / 0 cut\nhttp 1 rst-in-response S\n");
	open_table(4);			/* to a SYN */
	segment(C, TCP_SYN, 1000, 0, "", 0, 0);
	segment(S, TCP_RST | TCP_ACK, 0, 1001, "", 0, 0);
	GIVES("");
}

/* A response before the end of the request. */
static void
check_early(void)
{
	begin();
	sends(C, "PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
	sends(S, OK);
	sends(C, "defghij");
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 PUT - / 200 early\n2 GET - /2 200\nhttp 2 client-fin C\n");

	begin();
	sends(C, "PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
	sends(S, "HTTP/1.1 413 x\r\nConnection: close\r\n\r\ntoo large");
	rst(S);
	GIVES("1 PUT - / 413 early cut\nhttp 1 rst-in-response S\n");
}

static void
send_bytewise(int from, const char *text)
{
	for (; *text != '\0'; text++)
		send_n(from, text, 1);
}

/* Bytes one at a time. */
static void
check_bytewise(void)
{
	begin();
	send_bytewise(C, "\r\nPOST /a HTTP/1.1\r\nHost: x\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n");
	send_bytewise(S, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
	send_bytewise(C, GET("/b"));
	send_bytewise(S, OK);
	client_ends();
	GIVES("1 POST x /a 200\n2 GET - /b 200\nhttp 2 client-fin C\n");
	CHECK_NUM(seen.bytes[0], 19);
	CHECK_NUM(seen.bytes[1], 38);
}

/* Two segments, cut at each place. */
static void
check_cuts(void)
{
	static const char ask[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
	    "POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
	static const char answer[] = "HTTP/1.1 200 OK\r\n"
	    "Content-Length: 3\r\n\r\nabcHTTP/1.1 201 OK\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";

	for (size_t i = 1; i < sizeof ask - 1; i++)
		for (size_t j = 1; j < sizeof answer - 1; j++) {
			begin();
			send_n(C, ask, i);
			send_n(C, ask + i, sizeof ask - 1 - i);
			send_n(S, answer, j);
			send_n(S, answer + j, sizeof answer - 1 - j);
			client_ends();
			GIVES("1 GET x /a 200\n2 POST - /b 201 pipelined\n"
			    "http 2 client-fin C\n");
		}
}

/* Field lines until there are n bytes. */
static void
send_fields(int from, size_t n)
{
	char line[1000];

	memset(line, 'x', sizeof line);
	memcpy(line, "X-Long: ", 8);
	memcpy(line + sizeof line - 2, "\r\n", 2);
	for (; n >= sizeof line; n -= sizeof line)
		send_n(from, line, sizeof line);
}

static void
check_long_heads(void)
{
	begin();			/* long, but not too long */
	sends(C, "GET / HTTP/1.1\r\n");
	send_fields(C, 16000);
	sends(C, "Host: x\r\n\r\n");
	sends(S, OK);
	client_ends();
	GIVES("1 GET x / 200\nhttp 1 client-fin C unused\n");
	CHECK_NUM(seen.bytes[0], 16027);

	begin();
	sends(C, "GET / HTTP/1.1\r\n");
	send_fields(C, 17000);
	sends(C, "Host: x\r\n\r\n");
	sends(S, OK);
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET x / 200 long-head\n2 GET - /2 200\n"
	    "http 2 client-fin C\n");

	begin();			/* of a response */
	sends(C, GET("/"));
	sends(S, "HTTP/1.1 200 OK\r\n");
	send_fields(S, 20000);
	sends(S, "Content-Length: 0\r\n\r\n");
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200 long-head\n2 GET - /2 200\n"
	    "http 2 client-fin C\n");

	begin();			/* one line: its beginning and its end */
	sends(C, GET("/"));
	sends(S, OK);
	sends(C, "GET /");
	for (int i = 0; i < 170; i++)
		sends(C, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	sends(C, " HTTP/1.1\r\nHost: x\r\n\r\n");
	sends(S, OK);
	CHECK_NUM(seen.part[EXCHANGE_TARGET].n, HTTP_LINE_MAX - 15);
	sends(C, GET("/3"));
	sends(S, OK);
	client_ends();
	http_end(&h);
	http_free(&h);
	CHECK_NUM(seen.number, 3);
	CHECK(strstr(reports, " /3 200\nhttp 3 client-fin C\n") != NULL);

	begin();			/* text that is kept is bounded */
	sends(C, "GET /");
	for (int i = 0; i < 30; i++)
		sends(C, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	sends(C, " HTTP/1.1\r\nHost: ");
	for (int i = 0; i < 100; i++)
		sends(C, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
		    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy");
	sends(C, "\r\nUser-Agent: z\r\n\r\n");
	sends(S, OK);
	client_ends();
	CHECK_NUM(seen.part[EXCHANGE_TARGET].n, 3001);
	CHECK_NUM(seen.part[EXCHANGE_HOST].n, HTTP_LINE_MAX - 8);
	CHECK_NUM(seen.part[EXCHANGE_FIELD].n, 1);
	CHECK_NUM(seen.part[EXCHANGE_FIELD + 1].n, HTTP_LINE_MAX - 8);
	http_end(&h);
	http_free(&h);
}

static void
check_deceit(void)
{
	begin();			/* bodies that look like messages */
	sends(C, "POST /a HTTP/1.1\r\nContent-Length: 37\r\n\r\n"
	    "\r\n" GET("/x") "HEAD /y HTTP/1.1");
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n" OK);
	sends(C, GET("/b"));
	sends(S, OK);
	client_ends();
	GIVES("1 POST - /a 200\n2 GET - /b 200\nhttp 2 client-fin C\n");

	begin();			/* roles do not change */
	sends(C, GET("/"));
	sends(S, GET("/x") OK);
	sends(C, OK GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\n2 GET - /2 200\nhttp 2 client-fin C resync\n");

	/* A response that does not acknowledge a request does not answer it. */
	begin();
	sends(C, GET("/"));
	sends(S, OK);
	sends(C, GET("/2"));
	segment(S, TCP_ACK, next[S], next[C] - (uint32_t)strlen(GET("/2")),
	    FAILED, strlen(FAILED), strlen(FAILED));
	next[S] += (uint32_t)strlen(FAILED);
	rst(S);
	GIVES("1 GET - / 200\n- - - - 417 unasked\n2 GET - /2 0 cut\n"
	    "http 2 rst-in-response S\n");

	begin();			/* lines that are not start lines */
	sends(C, GET("/"));
	sends(S, "nonsense\r\n" OK);
	sends(C, "nonsense");
	sends(C, "\r\n" GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\n2 GET - /2 200\nhttp 2 client-fin C resync\n");
}

/* Bytes that are missing in the capture. */
static void
check_gaps(void)
{
	begin();			/* a lost request */
	sends(C, GET("/1"));
	sends(S, OK);
	lost(C, strlen(GET("/2")));
	sends(S, OK);
	now += 200 * MS;
	sends(C, GET("/3"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - /1 200\n- - - - 200 unasked\n2 GET - /3 200\n"
	    "http 2 client-fin C gap\n");

	begin();			/* a lost response */
	sends(C, GET("/1"));
	lost(S, strlen(OK));
	sends(C, GET("/2"));
	now += 200 * MS;
	sends(S, "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n");
	client_ends();
	GIVES("1 GET - /1 0 gap\n2 GET - /2 404\n"
	    "http 2 client-fin C gap\n");

	begin();			/* a gap in a body */
	sends(C, GET("/1"));
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
	lost(S, 90);
	sends(S, "tuvwxyz" );
	sends(C, GET("/2"));
	now += 200 * MS;
	sends(S, OK);
	client_ends();
	GIVES("1 GET - /1 200 gap\n2 GET - /2 200\nhttp 2 client-fin C gap\n");

	begin();			/* a gap in the head of a request */
	sends(C, "GET /1 HTTP/1.1\r\nHo");
	lost(C, 3);
	sends(C, " x\r\n\r\n");
	sends(S, OK);
	now += 200 * MS;
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - /1 200 gap\n2 GET - /2 200\nhttp 2 client-fin C gap\n");

	begin();			/* over the end of a chunk */
	sends(C, GET("/1"));
	sends(S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na");
	lost(S, 10);
	sends(S, "x\r\n0\r\n\r\n");
	now += 200 * MS;
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - /1 200 gap\n2 GET - /2 200\nhttp 2 client-fin C gap\n");

	begin();			/* a method may be the end of a word */
	sends(C, GET("/1"));
	sends(S, OK);
	lost(C, 20);
	ack(S);
	now += 200 * MS;
	sends(C, "ET / HTTP/1.1\r\n\r\n");
	sends(C, "MKCOL / HTTP/1.1\r\n\r\n");
	sends(S, OK);
	client_ends();
	GIVES("1 GET - /1 200\n2 MKCOL - / 200\nhttp 2 client-fin C gap\n");

	begin();			/* a segment cut by the snaplen */
	segment(C, TCP_ACK, next[C], next[S], "GET / HT", 8, 50);
	lost(C, 50);
	sends(S, OK);
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("- - - - 200 unasked\n1 GET - /2 200\nhttp 1 client-fin C gap\n");
}

static void
check_midstream(void)
{
	begin_midstream();
	sends(S, "dy of a page</html>\n");
	sends(C, GET("/"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\nhttp 1 client-fin C midstream\n");

	begin_midstream();		/* beginning with a response */
	sends(S, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("- - - - 200 unasked\n1 GET - /2 200\n"
	    "http 1 client-fin C midstream\n");

	begin_midstream();		/* beginning with a request */
	sends(C, GET("/"));
	sends(S, OK);
	sends(C, "some of this\n");
	rst(C);
	GIVES("1 GET - / 200\nhttp 1 rst-idle C midstream resync\n");

	begin_midstream();		/* another protocol */
	sends(C, "\x17\x03\x03");
	sends(S, "\x17\x03\x03\n\n\n");
	client_ends();
	CHECK_NUM(h.others, 1);
	GIVES("");

	begin_midstream();		/* beginning with a SYN/ACK */
	segment(S, TCP_SYN | TCP_ACK, 100, 1000, "", 0, 0);
	next[C] = 1000;
	next[S] = 101;
	sends(C, "CUSTOM / HTTP/1.1\r\n\r\n");
	sends(S, OK);
	client_ends();
	GIVES("1 CUSTOM - / 200\nhttp 1 client-fin C unused\n");
}

static void
check_ports_again(void)
{
	begin();			/* the same ports, after the end */
	sends(C, GET("/1"));
	sends(S, OK);
	client_ends();
	ack(C);
	handshake(500000, 600000);
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - /1 200\nhttp 1 client-fin C unused\n"
	    "1 GET - /2 200\nhttp 1 client-fin C unused\n");

	begin();			/* the same ports, before the end */
	sends(C, GET("/1"));
	handshake(500000, 600000);
	sends(C, GET("/2"));
	sends(S, OK);
	client_ends();
	GIVES("1 GET - /1 0\nhttp 1 forgotten -\n"
	    "1 GET - /2 200\nhttp 1 client-fin C unused\n");

	begin();			/* a SYN that comes twice, or late */
	segment(C, TCP_SYN, isn[C], 0, "", 0, 0);
	segment(S, TCP_SYN | TCP_ACK, isn[S], next[C], "", 0, 0);
	sends(C, GET("/1"));
	segment(C, TCP_SYN, isn[C], 0, "", 0, 0);
	sends(S, OK);
	client_ends();
	segment(C, TCP_SYN, isn[C], 0, "", 0, 0);
	GIVES("1 GET - /1 200\nhttp 1 client-fin C unused\n");

	begin();			/* data in the SYN: RFC 7413 */
	sends(C, GET("/1"));
	sends(S, OK);
	client_ends();
	segment(C, TCP_SYN, 700000, 0, GET("/2"), strlen(GET("/2")),
	    strlen(GET("/2")));
	next[C] = 700001 + (uint32_t)strlen(GET("/2"));
	segment(S, TCP_SYN | TCP_ACK, 800000, next[C], "", 0, 0);
	next[S] = 800001;
	sends(S, OK);
	client_ends();
	GIVES("1 GET - /1 200\nhttp 1 client-fin C unused\n"
	    "1 GET - /2 200\nhttp 1 client-fin C unused\n");
}

static void
check_others(void)
{
	begin();			/* a server that speaks first */
	sends(S, "220 mail ESMTP\r\n");
	sends(C, "HELO x\r\n");
	client_ends();
	CHECK_NUM(h.others, 1);
	GIVES("");

	begin();
	sends(C, "SSH-2.0-x\r\n");
	sends(S, "SSH-2.0-y\r\n");
	GIVES("");

	begin();
	sends(C, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	send_n(S, "\0\0\0\4\0\0\0\0\0", 9);
	client_ends();
	GIVES(hpack_is_here() ? "http 0 client-fin C none h2c\n" :
	    "http 0 client-fin C none h2c no-hpack\n");

	begin();			/* a line longer than 64 KiB */
	for (int i = 0; i < 1400; i++)
		sends(C, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	CHECK_NUM(h.others, 1);
	GIVES("");
}

/* A ClientHello for a.example, with ALPN h2. */
static const char hello[] =
    "\x16\x03\x01\0\x4a\x01\0\0\x46\x03\x03"
    "01234567890123456789012345678901"
    "\0\0\2\x13\x01\1\0\0\x1b"
    "\0\0\0\x0e\0\x0c\0\0\x09" "a.example"
    "\0\x10\0\5\0\3\2h2" "";

static void
check_tls(void)
{
	begin();
	send_n(C, hello, sizeof hello - 1);
	sends(S, "\x16\x03\x03");
	client_ends();
	GIVES("http 0 client-fin C a.example h2 tls\n");

	for (size_t i = 1; i < sizeof hello - 1; i++) {
		begin();
		send_n(C, hello, i);
		send_n(C, hello + i, sizeof hello - 1 - i);
		client_ends();
		GIVES("http 0 client-fin C a.example h2 tls\n");
	}

	begin();			/* the rest is not captured */
	send_n(C, hello, 40);
	lost(C, 20);
	sends(S, "x");
	now += 200 * MS;
	ack(S);
	client_ends();
	GIVES("http 0 client-fin C none tls gap\n");

	begin();			/* a hello and more in one segment */
	{
		char *text = calloc(1, 40000);

		if (text == NULL)
			abort();
		memcpy(text, hello, sizeof hello - 1);
		send_n(C, text, 40000);
		free(text);
	}
	client_ends();
	GIVES("http 0 client-fin C a.example h2 tls\n");

	begin();			/* HTTP, though TLS seems to begin */
	send_n(S, "\x16", 1);
	sends(C, GET("/"));
	send_n(S, "\x03\x03\0\5\2\0\0\0\0\n", 10);
	sends(S, OK);
	client_ends();
	GIVES("1 GET - / 200\nhttp 1 client-fin C unused resync\n");
}

static void
check_forgotten(void)
{
	begin();
	sends(C, GET("/"));
	now += 3601 * 1000 * MS;
	http_clock(&h, now);
	CHECK_NUM(h.forgotten, 1);
	GIVES("1 GET - / 0\nhttp 1 forgotten -\n");

	begin();			/* half closed */
	sends(C, GET("/"));
	sends(S, OK);
	fin(C);
	now += 61 * 1000 * MS;
	http_clock(&h, now);
	CHECK_NUM(flow_oldest(&h.flows, 0), 0);
	GIVES("1 GET - / 200\nhttp 1 client-fin C unused\n");
}

/*
 * The same two streams, cut, repeated and disordered at random.
 */
struct turn {
	int from;
	const char *text;
};

static const struct turn turns[] = {
	{ C, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ S, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789" },
	{ C, "PUT /2 HTTP/1.1\r\nExpect: 100-continue\r\n"
	    "Content-Length: 20\r\n\r\n" },
	{ S, "HTTP/1.1 100 Continue\r\n\r\n" },
	{ C, "GET / HTTP/1.1\r\n\r\n\r\n" },
	{ S, "HTTP/1.1 201 x\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "6;x=y\r\nHTTP/1\r\n1\r\n\n\r\n0\r\nT: u\r\n\r\n" },
	{ C, GET("/3") "HEAD /4 HTTP/1.1\r\nHost: y\r\n\r\n" GET("/5") },
	{ S, OK "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx" },
	{ C, "PUT /6 HTTP/1.1\r\nExpect: 100-continue\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n" },
	{ S, "HTTP/1.1 417 x\r\nContent-Length: 1\r\n\r\nx" },
	{ C, "POST /7 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n" },
	{ S, "HTTP/1.1 500 x\r\nContent-Length: 2\r\n\r\nab" },
	{ C, "3\r\ndef\r\n0\r\n\r\n" },
	{ C, "BREW /8 HTTP/1.1\r\nConnection: close\r\n\r\n" },
	{ S, "HTTP/1.1 418 x\r\n\r\nuntil the end" }
};

struct cut {
	int from;
	uint32_t seq, ack;
	const char *text;
	size_t n;
	bool fin;
	uint32_t turn;		/* in the capture */
};

static uint32_t state;

static uint32_t
draw(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % n;
}

/* The turns as segments; each acknowledges the turns before its own. */
static size_t
cut_turns(struct cut *cuts, uint32_t most)
{
	size_t n = 0;
	struct cut *cut;

	for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
		const char *p = turns[i].text;
		size_t left = strlen(p);
		int from = turns[i].from;

		while (left > 0) {
			size_t len = 1 + draw(most);

			len = len < left ? len : left;
			cuts[n++] = (struct cut){ from, next[from],
			    next[!from], p, len, false, 0 };
			next[from] += (uint32_t)len;
			p += len;
			left -= len;
		}
	}
	for (int from = 1; from >= 0; from--) {
		cut = &cuts[n++];
		*cut = (struct cut){ from, next[from]++, next[!from], "", 0,
		    true, 0 };
	}
	return n;
}

/* Send some of them again, or with the next one in one segment, each fewer than
 * 3 * far places after its own. */
static size_t
double_cuts(struct cut *cuts, size_t n, uint32_t far)
{
	size_t all = n;

	for (size_t i = 0; i < n; i++)
		cuts[i].turn = (uint32_t)i + draw(far);
	for (size_t i = 0; i + 1 < n; i++) {
		struct cut c = cuts[i];

		c.turn = (uint32_t)i + draw(3 * far);
		if (draw(4) != 0 || c.fin)
			continue;
		if (cuts[i + 1].from == c.from && !cuts[i + 1].fin &&
		    cuts[i + 1].text == c.text + c.n && draw(2) == 0)
			c.n += cuts[i + 1].n;
		cuts[all++] = c;
	}
	return all;
}

static int
by_turn(const void *a, const void *b)
{
	const struct cut *left = a, *right = b;

	return (left->turn > right->turn) - (left->turn < right->turn);
}

static void
check_any_order(uint32_t seed)
{
	static struct cut cuts[4000];
	static const uint32_t most[] = { 1000, 40, 5, 1 };
	static const uint32_t far[] = { 1, 2, 5, 40 };
	size_t n;

	state = seed;
	with_bytes = true;
	open_table(4);
	handshake(draw(4) == 0 ? 0xfffffff0 : draw(UINT32_MAX),
	    draw(UINT32_MAX));
	n = cut_turns(cuts, most[seed % 4]);
	n = double_cuts(cuts, n, far[seed / 4 % 4]);
	qsort(cuts, n, sizeof *cuts, by_turn);
	for (size_t i = 0; i < n; i++) {
		const struct cut *c = &cuts[i];

		now -= MS - 1000;	/* less than REASSEMBLY_PATIENCE */
		segment(c->from, TCP_ACK | (c->fin ? TCP_FIN : 0), c->seq,
		    c->ack, c->text, c->n, c->n);
	}
	GIVES("1 GET x /1 200 28/49\n2 PUT - /2 201 81/103\n"
	    "3 GET - /3 200 19/38\n4 HEAD y /4 304 29/37 pipelined\n"
	    "5 GET - /5 200 19/39 pipelined\n"
	    "6 PUT - /6 417 69/38 early\n7 POST - /7 500 69/39 early\n"
	    "8 BREW - /8 418 39/31\nhttp 8 client-close S\n");
	with_bytes = false;
}

/* A peer that sends the smallest pieces out of order causes no more to be held
 * than is allowed. */
static void
check_flood(void)
{
	begin();
	sends(C, GET("/"));
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t at = 2 * (i * 7919 % 20000) + 1;

		segment(S, TCP_ACK, next[S] + at, next[C], "x", 1, 1);
		segment(C, TCP_ACK, next[C] + at, next[S], "x", 1, 1);
	}
	rst(C);
	http_end(&h);
	http_free(&h);

	/* Heads without an end, and pieces that stay out of order, together. */
	for (int room = 0; room < 5; room++) {
		static char text[60000];

		memset(text, 'x', sizeof text);
		begin();
		if (room == 3) {	/* and a host that is kept twice */
			segment(S, TCP_ACK, next[S] + 10, next[C], text,
			    47000, 47000);
			sends(C, "GET / HTTP/1.1\r\nHost: ");
			send_n(C, text, 14000);
			sends(C, "\r\n\r\n");
			CHECK_NUM(nseen, 0);
		}
		sends(C, GET("/"));
		segment(S, TCP_ACK, next[S] + 10, next[C], text,
		    room == 4 ? 60000 : 45000, room == 4 ? 60000 : 45000);
		sends(C, "GET /");
		send_n(C, text, room == 0 || room == 4 ? 16000 : 100);
		for (int i = 0; i < 100; i++)
			sends(C, room == 1 ? " HTTP/1.1\r\n\r\nGET /" : "x");
		segment(S, TCP_ACK, next[S], next[C], "HTTP/1.1 2", 10, 10);
		segment(S, TCP_ACK, next[S] + 50000, next[C], text, 60000,
		    60000);
		rst(S);
		http_end(&h);
		http_free(&h);
	}
}

int
main(void)
{
	check_plain();
	check_pipelined();
	check_many(120, true);
	check_many(1000, false);
	check_no_body();
	check_interim();
	check_chunked();
	check_lengths();
	check_until_close();
	check_tunnels();
	check_persistence();
	check_keep_alive();
	check_resets();
	check_early();
	check_bytewise();
	check_cuts();
	check_long_heads();
	check_deceit();
	check_gaps();
	check_midstream();
	check_ports_again();
	check_others();
	check_tls();
	check_forgotten();
	for (uint32_t seed = 1; seed <= 2000; seed++)
		check_any_order(seed);
	check_flood();
	return check_failures != 0;
}
