/*
 * genhttp - a made-up trace of HTTP connections with their full packets; the
 * same seed, the same bytes.
 *
 * Many connections are under way at once and take turns, a packet each.  Half
 * of the bodies are text, half are what compressed ones look like.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

#define EPOCH		1700000000
#define SEGMENT		1448
#define BODY_MAX	60000
#define AT_ONCE		1000	/* connections under way */
#define REQUESTS_MAX	10

static uint8_t text[BODY_MAX], noise[BODY_MAX];
static uint64_t rnd_state, now_us;

struct conn {
	uint32_t number;
	uint32_t seq[2];	/* of client and server */
	unsigned left;		/* requests */
	unsigned step;		/* of the handshake; then of an exchange */
	uint32_t sent, size;	/* of a response: head and body */
	char head[256];
	uint32_t nhead;
	const uint8_t *body;
};

/* xorshift64*, Vigna 2016 */
static uint32_t
rnd(uint32_t below)
{
	rnd_state ^= rnd_state >> 12;
	rnd_state ^= rnd_state << 25;
	rnd_state ^= rnd_state >> 27;
	return (uint32_t)((rnd_state * UINT64_C(2685821657736338717)) >> 32) %
	    below;
}

static void
fill_bodies(void)
{
	static const char *const words[] = { "connection", "the ", "<div>",
	    "round trip ", "{\"id\": 42, ", "of ", "packets\n", "</p>\n\t" };

	for (size_t n = 0; n < BODY_MAX;) {
		const char *word = words[rnd(8)];
		size_t len = strlen(word);

		if (len > BODY_MAX - n)
			len = BODY_MAX - n;
		memcpy(text + n, word, len);
		n += len;
	}
	for (size_t n = 0; n < BODY_MAX; n++)
		noise[n] = (uint8_t)rnd(256);
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* Write a packet of side from, payload in two parts. */
static void
packet(struct conn *c, int from, unsigned flags, const void *a, uint32_t na,
    const void *b, uint32_t nb)
{
	uint8_t h[14 + 20 + 20] = { [12] = 8, [14] = 0x45, [22] = 64,
	    [23] = 6 };
	uint32_t n = na + nb, len = (uint32_t)sizeof h + n;
	uint32_t record[4];
	uint8_t *ip = h + 14, *tcp = h + 34;

	put16(ip + 2, 40 + n);
	put32(ip + 12 + 4 * from, 0x0a000000 + c->number / 50000);
	put32(ip + 16 - 4 * from, 0xc0a80001);
	put16(tcp + 2 * from, 10000 + c->number % 50000);
	put16(tcp + 2 - 2 * from, 80);
	put32(tcp + 4, c->seq[from]);
	put32(tcp + 8, flags == SYN ? 0 : c->seq[!from]);
	tcp[12] = 0x50;
	tcp[13] = (uint8_t)flags;
	put16(tcp + 14, 65535);
	now_us += 1 + rnd(9);
	record[0] = EPOCH + (uint32_t)(now_us / 1000000);
	record[1] = (uint32_t)(now_us % 1000000);
	record[2] = record[3] = len;
	fwrite(record, sizeof record, 1, stdout);
	fwrite(h, sizeof h, 1, stdout);
	fwrite(a, 1, na, stdout);
	fwrite(b, 1, nb, stdout);
	c->seq[from] += n + ((flags & (SYN | FIN)) != 0);
}

static void
ask(struct conn *c, int whole)
{
	char head[400];
	int n = snprintf(head, sizeof head, "GET /path/to/page%u?from=%u "
	    "HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: Mozilla/5.0 "
	    "(X11; Linux x86_64) Gecko/20100101\r\nAccept: text/html,"
	    "application/xhtml+xml;q=0.9\r\nAccept-Language: en\r\n"
	    "Cookie: session=%08x%08x%08x\r\n%s", rnd(1000), c->number,
	    rnd(~0u), rnd(~0u), rnd(~0u), whole ? "\r\n" : "");

	packet(c, 0, PSH | ACK, head, (uint32_t)n, "", 0);
}

static void
begin_answer(struct conn *c)
{
	uint32_t size = 200 + rnd(rnd(4) == 0 ? BODY_MAX - 200 : 8000);

	c->body = rnd(2) ? text : noise;
	c->nhead = (uint32_t)snprintf(c->head, sizeof c->head,
	    "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n"
	    "Content-Length: %u\r\nConnection: keep-alive\r\n\r\n", size);
	c->size = c->nhead + size;
	c->sent = 0;
}

/* A segment of the response; every second one is acknowledged. */
static void
answer(struct conn *c)
{
	uint32_t n = c->size - c->sent;
	uint32_t nhead = c->sent == 0 ? c->nhead : 0;

	if (n > SEGMENT)
		n = SEGMENT;
	packet(c, 1, ACK, c->head, nhead,
	    c->body + c->sent - (c->sent > 0 ? c->nhead : 0), n - nhead);
	c->sent += n;
	if (c->sent / SEGMENT % 2 == 0 || c->sent == c->size)
		packet(c, 0, ACK, "", 0, "", 0);
}

static void
begin(struct conn *c, uint32_t number)
{
	*c = (struct conn){ .number = number, .seq = { rnd(~0u), rnd(~0u) },
	    .left = 1 + rnd(REQUESTS_MAX) };
}

/* Go on by a step; 0 when all is over. */
static int
go_on(struct conn *c)
{
	switch (c->step) {
	case 0:
		packet(c, 0, SYN, "", 0, "", 0);
		break;
	case 1:
		packet(c, 1, SYN | ACK, "", 0, "", 0);
		packet(c, 0, ACK, "", 0, "", 0);
		break;
	case 2:
		ask(c, 1);
		begin_answer(c);
		break;
	case 3:
		answer(c);
		if (c->sent < c->size)
			return 1;
		if (--c->left > 0) {
			c->step = 2;
			return 1;
		}
		break;
	default:
		packet(c, 0, FIN | ACK, "", 0, "", 0);
		packet(c, 1, FIN | ACK, "", 0, "", 0);
		packet(c, 0, ACK, "", 0, "", 0);
		return 0;
	}
	c->step++;
	return 1;
}

static void
file_head(void)
{
	uint32_t head[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 262144, 1 };

	fwrite(head, sizeof head, 1, stdout);
}

/* Connections whose first request's head never ends. */
static void
unfinished(uint32_t n)
{
	struct conn c;

	for (uint32_t i = 0; i < n; i++) {
		begin(&c, i);
		go_on(&c);
		go_on(&c);
		ask(&c, 0);
	}
}

static void
whole(uint32_t n)
{
	static struct conn conns[AT_ONCE];
	uint32_t begun = 0, live = 0;

	while (live > 0 || begun < n) {
		uint32_t i;

		if (live < AT_ONCE && begun < n)
			begin(&conns[live++], begun++);
		i = rnd(live);
		if (!go_on(&conns[i]))
			conns[i] = conns[--live];
	}
}

int
main(int argc, char **argv)
{
	void (*make)(uint32_t n) = whole;
	uint32_t n = 10000;

	rnd_state = 1;
	for (int c; (c = getopt(argc, argv, "c:u")) != -1;)
		switch (c) {
		case 'c':
			n = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'u':
			make = unfinished;
			break;
		default:
			errx(2, "usage: genhttp [-u] [-c connections] >file");
		}
	fill_bodies();
	file_head();
	make(n);
	if (fflush(stdout) != 0)
		err(1, "standard output");
	return 0;
}
