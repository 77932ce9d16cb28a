/*
 * Segments of a few connections in a smaller table, by a script of 4-byte
 * steps.  Their payload is part of the script, or of HTTP messages.  The bytes
 * that are held are counted right and bounded; requests are reported in order,
 * and each connection once.
 */
#include <stdlib.h>
#include <string.h>

#include "../holds.h"
#include "wire/units.h"

#define STEP	4
#define MS	NS_PER_MS
#define CONNS	3
#define PAYLOAD_MAX	20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct accept accepts;

#define PREFACE	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

static const char *const fragments[] = {
	"GET /a HTTP/1.1\r\n", "Host: x.example\r\n", "\r\n", "\n", "\r",
	"HEAD / HTTP/1.0\r\n\r\n", "PUT /b HTTP/1.1\r\n",
	"CONNECT a:443 HTTP/1.1\r\n\r\n", "BREW\t/x HTTP/1.1\r\n",
	"Expect: 100-continue\r\n", "Content-Length: 5\r\n",
	"Content-Length: 70000\r\n", "Content-Length: 5, 6\r\n",
	"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n",
	"Connection: close\r\n", "Connection: keep-alive, upgrade\r\n",
	"Keep-Alive: timeout=5, max=1\r\n", "5;a=b\r\nhello\r\n", "ffff\r\n",
	"0\r\n", "hello", "HTTP/1.1 200 OK\r\n",
	"HTTP/1.1 100 Continue\r\n\r\n",
	"HTTP/1.1 204 x\r\n", "HTTP/1.1 304 x\r\n\r\n", "HTTP/1.0 404 x\r\n",
	"HTTP/1.1 417 x\r\nContent-Length: 0\r\n\r\n",
	"HTTP/1.1 101 x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
	PREFACE, "POST /",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n",
	"\x16\x03\x01", "\x17\x03\x03\x01\x01", "\x14\x03\x03\x01\x01\x01",
	"\x05\x01\x02", "\x05\x02", "\x04\x01\x01P\x01\x01\x01\x01",
	"Upgrade: websocket\r\n", "Upgrade: h2c\r\n", "\x81\x7e\x01\x01",
	"\x81\x85hellohello", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
	"GET /x\r\n", "Prefer: wait=5\r\n", " HTTP/1.1\r\n\r\n"
};
#define FRAGMENTS	(sizeof fragments / sizeof *fragments)

/* What was reported of the current connection between a pair of ends. */
struct reported {
	uint64_t began;
	uint32_t requests;
	bool closed;
};

static struct reported reported[CONNS];
static uint32_t next[CONNS][2];	/* the next sequence number of each side */

static void
must(bool truth)
{
	if (!truth)
		abort();
}

static struct reported *
reported_of(const struct http_conn *c)
{
	struct reported *r = &reported[c->client.port % CONNS];

	if (r->began != c->began)
		*r = (struct reported){ .began = c->began };
	must(!r->closed);
	return r;
}

static void
on_exchange(void *arg, const struct http_conn *c, const struct exchange *e)
{
	struct reported *r = reported_of(c);

	(void)arg;
	r->requests += !(e->notes & EXCHANGE_UNASKED);
	must(e->notes & EXCHANGE_UNASKED ? e->number == 0 :
	    c->notes & HTTP_IS_2 ? e->number > 0 : e->number == r->requests);
	for (unsigned i = 0; i < EXCHANGE_PARTS; i++)
		must(e->part[i].at + e->part[i].n <= e->ntext);
	must(!e->has_wait || e->request_ended + e->wait == e->response_began);
}

static void
on_closed(void *arg, const struct http_conn *c)
{
	struct reported *r = reported_of(c);

	(void)arg;
	must(c->requests == r->requests);
	must(c->close < HTTP_CLOSES && http_close_name(c->close) != NULL);
	r->closed = true;
}

/* Format each explanation, and drop it. */
static void
on_line(void *arg, unsigned topic, const char *text)
{
	(void)arg;
	must(topic <= HTTP_EXPLAIN_EXCHANGE && strlen(text) > 0);
}

static void
check_held(const struct connection *c)
{
	const struct pending *last = NULL;
	uint32_t n = 0;

	if (c->over)
		return;
	for (int i = 0; i < 2; i++) {
		must(c->side[i].nline <= c->side[i].size);
		must((c->side[i].line != NULL) == (c->side[i].size > 0));
	}
	for (const struct pending *p = c->first; p != NULL; p = p->next) {
		must(p->e.ntext <= p->size);
		last = p;
	}
	must(last == c->last);
	for (const struct reassembly_piece *p = c->stream.pieces; p != NULL;
	    p = p->next)
		n++;
	must(n == c->stream.npieces && n <= REASSEMBLY_PIECES);
	must(holds_right(c));
}

/* The payload of a step: the bytes of the script that follow it, or a fragment,
 * once or more often.  The caller frees it. */
static uint8_t *
payload(const uint8_t *p, size_t n, size_t *used, uint32_t *len)
{
	const uint8_t *from = p + STEP;
	size_t size = p[3], most;
	uint8_t *bytes;

	*used = STEP;
	if (p[1] & 0x40) {
		size = size < n - STEP ? size : n - STEP;
		*used += size;
		most = size;
	} else {
		from = (const uint8_t *)fragments[p[2] % FRAGMENTS];
		size = strlen(fragments[p[2] % FRAGMENTS]);
		most = size * (p[3] < 200 ? 1 : p[3] - 199u);
		most = most < PAYLOAD_MAX ? most : PAYLOAD_MAX;
	}
	*len = (uint32_t)most;
	if ((bytes = malloc(most + (most == 0))) == NULL)
		abort();
	for (size_t i = 0; i < most; i++)
		bytes[i] = from[i % size];
	return bytes;
}

/* Where a segment begins: at the next byte, before it, or after it. */
static uint32_t
place(uint32_t seq, unsigned how, unsigned by)
{
	switch (how & 7) {
	case 1:
		return seq + by;
	case 2:
		return seq - by;
	case 3:
		return seq + by * 1000;
	case 4:
		return seq + (by << 24);
	default:
		return seq;
	}
}

/*
 * A step has four bytes: connection, side and place; flags, whether it is cut,
 * whether its payload follows, and time; the fragment, or how far the place is
 * off; the length of the payload, or how often the fragment is repeated.
 */
static size_t
step(struct http *h, uint64_t *now, const uint8_t *p, size_t n)
{
	static const char *const names[CONNS] = { "a", "b", "c" };
	unsigned which = (p[0] & 3) % CONNS, from = p[0] >> 2 & 1;
	struct endpoint ends[2] = { { .port = (uint16_t)which },
	    { .port = (uint16_t)which } };
	struct tcp tcp = { .flags = (uint16_t)((p[1] & 7) |
	    (p[1] & 8 ? 0 : TCP_ACK)) };
	struct flow_key key;
	uint32_t i, ndata, end;
	size_t used;
	uint8_t *data = payload(p, n, &used, &tcp.len);
	int side = flow_key(&key, flow_end(&h->flows, from ? names[which] :
	    "S", 1), flow_end(&h->flows, from ? "S" : names[which], 1));

	*now += p[1] & 0x80 ? 60 * MS : p[0] == 0xff ? 100000 * MS : MS / 8;
	if (p[2] & 0x80 && !(p[1] & 0x40))
		tcp.len = 0;	/* an acknowledgement alone */
	tcp.seq = place(next[which][from], p[0] >> 3, p[2]);
	tcp.ack = place(next[which][!from], p[1] & 0x20 ? p[0] >> 3 : 0,
	    p[3] & 63);
	end = tcp.seq + tcp.len + (tcp.flags & TCP_SYN ? 1 : 0) +
	    (tcp.flags & TCP_FIN ? 1 : 0);
	if ((int32_t)(end - next[which][from]) > 0)
		next[which][from] = end;
	ndata = p[1] & 0x10 ? tcp.len / 2 : tcp.len;
	http_clock(h, *now);
	i = flow_find(&h->flows, &key);
	if (i == 0 && http_may_begin(&tcp))
		i = http_begin(h, &key, side, *now, &ends[0], &ends[1]);
	if (i != 0) {
		struct accept_result judged = accept_segment(&accepts, i,
		    &http_sides(h, i)[side], &http_sides(h, i)[!side], side, *now,
		    http_has_ended(h, i), &tcp);

		if (http_accept(h, &accepts, i, side, *now, &judged, &tcp)) {
			bool skip = http_unwanted(h, i, side, &tcp);

			http_segment(h, i, side, *now, &tcp,
			    skip ? NULL : data, skip ? 0 : ndata);
		}
		check_held(flow_state(&h->flows, i));
	}
	free(data);
	return used;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const fields[] = { "host", "x" };
	uint64_t now = UINT64_C(1700000000000) * MS;
	size_t all = n;
	struct http h;

	memset(reported, 0, sizeof reported);
	memset(next, 0, sizeof next);
	if (accept_open(&accepts, 1) < 0 || http_open(&h, CONNS - 1, 300000 * MS, 1) < 0)
		abort();
	h.explain = (struct explain){ n % 3 == 0 ? ~0u : 0, on_line, NULL };
	h.fields = fields;
	h.nfields = 2;
	h.tls = n % 5 < 2;
	h.exchange = on_exchange;
	h.closed = on_closed;
	while (n >= STEP) {
		size_t used = step(&h, &now, data, n);

		data += used;
		n -= used;
	}
	if (all % 2 == 0)
		http_end(&h);
	http_free(&h);
	accept_close(&accepts);
	return 0;
}
