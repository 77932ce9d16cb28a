/*
 * gentrace - a made-up but plausible TCP trace; the same seed, the same bytes.
 *
 * The capture point lies somewhere along every path: a round trip has a part
 * towards the client and a part towards the server.  A connection is a chain
 * of rounds: the handshake, exchanges (a request with its response, or one
 * window of a bulk transfer), the close.  The packets of a round are worked
 * out together and put on a heap, followed by an event that begins the next
 * round.  What leaves the heap, in order of time, is written.
 *
 * Every connection is given its number of packets when it opens, so that the
 * trace has exactly as many as were asked for, and every close is in it.
 */
#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENT, SERVER };
enum { FIN = 0x01, SYN = 0x02, PSH = 0x08, ACK = 0x10 };

#define EPOCH		1700000000	/* seconds; when the trace begins */
#define SECOND		1000000u	/* all times are in microseconds */
#define SPAN		(100 * SECOND)	/* the last connection opens by then */
#define LAST_MOMENTS	(2 * SECOND)
#define DELACK		(40 * 1000)	/* Linux's shortest delayed ACK */
#define MIN_RTO		(200 * 1000)
#define SNAPLEN		98		/* IPv6, timestamps and a SACK block */
#define MIN_FRAME	60		/* Ethernet pads up to this */
#define INIT_CWND	10
#define MAX_CWND	64
#define MIN_PACKETS	8		/* handshake, one exchange, close */
#define CLOSE_PACKETS	3
#define KEEP_PACKETS	2		/* sign of life in the last moments */

/* A packet on its way past the capture point; no flags: begin a round. */
struct event {
	uint64_t at;
	uint32_t conn;
	uint32_t seq, ack;
	uint32_t tsval, tsecr;
	uint32_t sack[2];	/* edges of the block, equal for none */
	uint16_t len;
	uint16_t win;
	uint8_t flags;
	uint8_t from;
};

/* Pairs are indexed by side. */
struct conn {
	uint32_t left;		/* packets that it will still send */
	uint32_t addr[2];	/* different for each host */
	uint32_t half[2];	/* round trip from the capture point */
	uint32_t next[2];	/* sequence number of the next byte */
	uint32_t recent[2];	/* TS.Recent: the timestamp to echo */
	uint16_t port[2];
	uint16_t ipid[2];
	uint16_t win;
	uint16_t gap;		/* between segments of one window */
	uint8_t cwnd;
	uint8_t open;
	uint8_t ipv6, stamps;
	enum { WEB, DOWNLOAD, UPLOAD } kind;
};

static struct {
	uint64_t packets, seed;
	uint32_t conns, ipv6_percent, loss_permille;
	int keep_open;
} opt = { .packets = 5000000, .conns = 50000, .seed = 1,
    .ipv6_percent = 10, .loss_permille = 5 };

static struct conn *conns;
static uint32_t opened;
static uint64_t unassigned;	/* packets that no connection has got yet */
static uint64_t rnd_state;

static struct event *heap;
static size_t heap_n, heap_size;

/* Randomness: splitmix64, good enough and the same everywhere. */

static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* From 0 up to, not including, n. */
static uint32_t
rnd(uint32_t n)
{
	uint64_t bits = mix(rnd_state += 0x9e3779b97f4a7c15);

	return (uint32_t)((bits >> 32) * n >> 32);
}

static int
chance(uint32_t permille)
{
	return rnd(1000) < permille;
}

static uint32_t
rnd_exp(double mean)
{
	return (uint32_t)(-mean * log((rnd(1u << 24) + 1) / 16777217.0));
}

/*
 * The heap, four children to a node: a million open connections are one step
 * of the bench, and half the depth is half the cache misses.
 */

static void
heap_push(const struct event *e)
{
	size_t i, up;

	if (heap_n == heap_size) {
		heap_size = heap_size ? 2 * heap_size : 1 << 16;
		heap = realloc(heap, heap_size * sizeof(*heap));
		if (heap == NULL)
			err(1, NULL);
	}
	for (i = heap_n++; i > 0; i = up) {
		up = (i - 1) / 4;
		if (heap[up].at <= e->at)
			break;
		heap[i] = heap[up];
	}
	heap[i] = *e;
}

static size_t
earliest_child(size_t i)
{
	size_t first = 4 * i + 1, best = first, c;

	for (c = first + 1; c < first + 4 && c < heap_n; c++)
		if (heap[c].at < heap[best].at)
			best = c;
	return best;
}

static struct event
heap_pop(void)
{
	struct event top = heap[0], last = heap[--heap_n];
	size_t i = 0, c;

	while (4 * i + 1 < heap_n) {
		c = earliest_child(i);
		if (last.at <= heap[c].at)
			break;
		heap[i] = heap[c];
		i = c;
	}
	heap[i] = last;
	return top;
}

static void
begin_round(uint32_t conn, uint64_t at)
{
	struct event e = { .at = at, .conn = conn };

	heap_push(&e);
}

/* Segments. */

static uint32_t
mss(const struct conn *c)
{
	return 1460u - (c->ipv6 ? 20 : 0) - (c->stamps ? 12 : 0);
}

/* A host's millisecond clock, when it sent what passes at this moment. */
static uint32_t
ts_clock(const struct conn *c, int side, uint64_t at)
{
	uint32_t offset = (uint32_t)mix(opt.seed << 32 ^ c->addr[side]);

	return offset + (uint32_t)((at - c->half[side] / 2) / 1000);
}

/* A pure ACK, as the side would send it now; the caller alters it. */
static struct event
segment(const struct conn *c, int from, uint64_t at)
{
	return (struct event){
		.at = at,
		.conn = (uint32_t)(c - conns),
		.seq = c->next[from],
		.ack = c->next[!from],
		.tsval = ts_clock(c, from, at),
		.tsecr = c->recent[from],
		.win = c->win,
		.flags = ACK,
		.from = (uint8_t)from,
	};
}

static void
send_segment(struct conn *c, const struct event *e)
{
	heap_push(e);
	c->left--;
}

static void
send_ack(struct conn *c, int from, uint64_t at)
{
	struct event e = segment(c, from, at);

	send_segment(c, &e);
	c->recent[!from] = e.tsval;
}

/* A SYN or FIN: one sequence number, and a timestamp to echo. */
static void
send_flag(struct conn *c, int from, uint64_t at, int flags)
{
	struct event e = segment(c, from, at);

	e.flags = (uint8_t)flags;
	send_segment(c, &e);
	c->next[from]++;
	c->recent[!from] = e.tsval;
}

/* The next len bytes, not yet sent. */
static struct event
data(struct conn *c, int from, uint64_t at, uint32_t len, int push)
{
	struct event e = segment(c, from, at);

	e.len = (uint16_t)len;
	if (push)
		e.flags |= PSH;
	c->next[from] += len;
	return e;
}

/* One short message; the answer will acknowledge it. */
static void
send_message(struct conn *c, int from, uint64_t at, uint32_t len)
{
	struct event e = data(c, from, at, len, 1);

	send_segment(c, &e);
	c->recent[!from] = e.tsval;
}

/* When the other side's reply to a packet that passes now comes by. */
static uint64_t
reply_at(const struct conn *c, int from, uint64_t at)
{
	return at + c->half[!from] + rnd(c->gap);
}

/*
 * The segment at the left edge of the receiver's window, lost before or
 * downstream of the capture point, is sent again: on the third duplicate ACK, or
 * when the timer fires, after the last one.
 */
static uint64_t
retransmit(struct conn *c, struct event hole, const struct event *dup,
    int timeout)
{
	int from = hole.from;
	uint64_t at = dup->at + c->half[from];

	if (timeout)
		at += MIN_RTO;
	if (at < hole.at)
		at = hole.at;
	hole.at = at;
	hole.tsval = ts_clock(c, from, at);
	hole.tsecr = dup->tsval;
	send_segment(c, &hole);
	c->recent[!from] = hole.tsval;
	at = reply_at(c, from, at);
	send_ack(c, !from, at);
	return at;
}

/* The ACK of a hole, with the block received after it (RFC 2018). */
static struct event
dup_ack(struct conn *c, const struct event *hole, const struct event *e)
{
	struct event a = segment(c, !e->from, reply_at(c, e->from, e->at));

	a.ack = hole->seq;
	a.sack[0] = hole->seq + hole->len;
	a.sack[1] = e->seq + e->len;
	send_segment(c, &a);
	return a;
}

/*
 * One window with a hole, never its last segment.  Each segment after the
 * hole is answered at once, while TS.Recent stays where the order ended
 * (RFC 7323, 4.3).
 */
static uint64_t
lossy_window(struct conn *c, int from, uint64_t at, uint32_t n)
{
	uint32_t lost = rnd(n - 1), dups = 0, i;
	struct event e, hole = { 0 }, dup = { 0 }, last;

	for (i = 0; i < n; i++, at += c->gap) {
		e = data(c, from, at, mss(c), i == n - 1);
		if (i != lost || chance(500))
			send_segment(c, &e);
		if (i < lost && i % 2 == 0)
			c->recent[!from] = e.tsval;
		else if (i < lost) {
			last = segment(c, !from, reply_at(c, from, at));
			send_segment(c, &last);
		} else if (i == lost)
			hole = e;
		else {
			last = dup_ack(c, &hole, &e);
			if (++dups <= 3)
				dup = last;
		}
	}
	hole.at = at;	/* not before the window is out */
	return retransmit(c, hole, &dup, dups < 3);
}

/*
 * One window of n segments, every second one acknowledged, the last of an
 * odd number when the timer for delayed ACKs fires.  Returns when the last
 * ACK passes.
 */
static uint64_t
window(struct conn *c, int from, uint64_t at, uint32_t n)
{
	const uint32_t echo = c->recent[from];	/* till an ACK has arrived */
	uint64_t acked = at;
	uint32_t i, len;
	struct event e;

	for (i = 0; i < n; i++, at += c->gap) {
		len = i < n - 1 ? mss(c) : 1 + rnd(mss(c));
		e = data(c, from, at, len, i == n - 1);
		e.tsecr = echo;
		send_segment(c, &e);
		if (i % 2 == 0)
			c->recent[!from] = e.tsval;
		if (i % 2 == 0 && i < n - 1)
			continue;
		acked = reply_at(c, from, at);
		if (i % 2 == 0)
			acked += DELACK;
		send_ack(c, !from, acked);
	}
	return acked;
}

/* Slow start, halved on loss; never more than 2n + 2 packets. */
static uint64_t
bulk(struct conn *c, int from, uint64_t at, uint32_t n)
{
	if (n > 1 && chance(n * opt.loss_permille)) {
		c->cwnd = c->cwnd > 8 ? c->cwnd / 2 : 4;
		return lossy_window(c, from, at, n);
	}
	c->cwnd = c->cwnd < MAX_CWND / 2 ? 2 * c->cwnd : MAX_CWND;
	return window(c, from, at, n);
}

/* Rounds; each returns when the next may begin. */

static uint64_t
handshake(struct conn *c, uint64_t at)
{
	send_flag(c, CLIENT, at, SYN);
	at += c->half[SERVER];
	send_flag(c, SERVER, at, SYN | ACK);
	at += c->half[CLIENT];
	send_ack(c, CLIENT, at);
	c->open = 1;
	if (c->kind == DOWNLOAD)	/* the server speaks first */
		at += c->half[SERVER];
	return at + 10 + rnd(200);
}

static void
close_both(struct conn *c, uint64_t at)
{
	int first = chance(500) ? CLIENT : SERVER;

	send_flag(c, first, at, FIN | ACK);
	at += c->half[!first];
	send_flag(c, !first, at, FIN | ACK);
	send_ack(c, first, at + c->half[first]);
}

static uint64_t
request(struct conn *c, uint64_t at, uint32_t n)
{
	uint32_t wait = rnd_exp(15000), think = rnd_exp(SECOND);

	send_message(c, CLIENT, at, 100 + rnd(600));
	at += c->half[SERVER];
	if (wait > DELACK)
		send_ack(c, SERVER, at + DELACK);
	at = bulk(c, SERVER, at + wait, 1 + rnd(n));
	return at + 1 + (opt.keep_open ? 0 : think);	/* linger() thinks */
}

/* As much as the little that is left allows. */
static uint64_t
trickle(struct conn *c, uint64_t at, uint32_t room)
{
	int from = c->kind == UPLOAD ? CLIENT : SERVER;

	if (room == 1) {
		c->win += 16;
		send_ack(c, !from, at);
	} else
		at = window(c, from, at, room * 2 / 3);
	return at + c->half[CLIENT] + c->half[SERVER];
}

static uint64_t
exchange(struct conn *c, uint64_t at, uint32_t room)
{
	int from = c->kind == UPLOAD ? CLIENT : SERVER;
	uint32_t n;

	if (room < MIN_PACKETS)
		return trickle(c, at, room);
	n = (room - 4) / 2;
	if (n > c->cwnd)
		n = c->cwnd;
	if (c->kind == WEB)
		return request(c, at, n);
	return bulk(c, from, at, n) + c->half[from] + rnd(100);
}

/*
 * Connections that stay open spread what they send over the whole trace, and
 * all speak once more in its last moments.
 */
static uint64_t
linger(const struct conn *c, uint64_t at)
{
	uint64_t end = SPAN - LAST_MOMENTS;

	if (c->left == KEEP_PACKETS)
		end += rnd(LAST_MOMENTS);
	if (at >= end)
		return at;
	if (c->left <= KEEP_PACKETS)
		return end;
	return at + rnd((uint32_t)((end - at) / (c->left / 16 + 1)));
}

static void
next_round(uint32_t i, uint64_t at)
{
	struct conn *c = &conns[i];
	uint32_t reserve = opt.keep_open ? KEEP_PACKETS : CLOSE_PACKETS;

	if (!c->open)
		at = handshake(c, at);
	else if (c->left > reserve)
		at = exchange(c, at, c->left - reserve);
	else if (opt.keep_open)
		window(c, CLIENT, at, 1);
	else
		close_both(c, at);
	if (c->left == 0)
		return;
	begin_round(i, opt.keep_open ? linger(c, at) : at);
}

/* New connections. */

/* Many small, a few large; the last one takes what is left. */
static uint32_t
share_of_packets(uint32_t waiting)
{
	double mean = (double)unassigned / waiting - MIN_PACKETS;
	uint64_t n, most;

	if (waiting == 1)
		return (uint32_t)unassigned;
	n = MIN_PACKETS + rnd_exp(mean * (chance(800) ? 0.4 : 3.4));
	most = unassigned - (uint64_t)MIN_PACKETS * (waiting - 1);
	return (uint32_t)(n < most ? n : most);
}

static uint16_t
server_port(void)
{
	static const uint16_t ports[] = { 443, 443, 443, 443, 443, 80, 80,
	    8080, 22, 5432 };

	return ports[rnd(sizeof(ports) / sizeof(*ports))];
}

/*
 * Spread over 11/8 to 126/8, since programs that hash by the first octet
 * would be wronged by one network; an odd factor keeps 24 bits distinct.
 */
static uint32_t
client_addr(uint32_t who)
{
	return (11 + who % 116) << 24 | (((who + 1) * 0x9e3779b1) & 0xffffff);
}

/* A client opens about twenty connections, each from a port of its own. */
static void
choose_hosts(struct conn *c, uint32_t i)
{
	uint32_t clients = opt.conns / 20 + 1, who = i % clients;
	uint32_t servers = opt.conns / 250 + 1;

	c->ipv6 = rnd(100) < opt.ipv6_percent;
	c->addr[CLIENT] = client_addr(who);
	c->port[CLIENT] = (uint16_t)(32768 + (who * 7919 + i / clients) %
	    28232);
	/* 198.18.0.0/15 is set aside for benchmarks (RFC 2544). */
	c->addr[SERVER] = 0xc6120001 + rnd(1 + rnd(servers)) % 0x1fffe;
	c->port[SERVER] = server_port();
}

static void
choose_path(struct conn *c)
{
	uint32_t rtt = 1000 + rnd_exp(35000);

	if (rtt > 200000)
		rtt = 1000 + rnd(199000);
	c->half[CLIENT] = rtt / 20 + rnd(rtt / 20 * 18);
	c->half[SERVER] = rtt - c->half[CLIENT];
	c->gap = (uint16_t)(12 + rnd(108));
	c->stamps = !chance(30);
}

static void
open_connection(uint64_t at)
{
	uint32_t i = opened++, waiting = opt.conns - i;
	struct conn *c = &conns[i];
	uint32_t span = opt.keep_open ? SPAN / 2 : SPAN;

	c->left = share_of_packets(waiting);
	unassigned -= c->left;
	choose_hosts(c, i);
	choose_path(c);
	c->next[CLIENT] = (uint32_t)rnd(UINT32_MAX);
	c->next[SERVER] = (uint32_t)rnd(UINT32_MAX);
	c->win = 1424;
	c->cwnd = INIT_CWND;
	c->kind = chance(600) ? WEB : chance(750) ? DOWNLOAD : UPLOAD;
	next_round(i, at);
	if (waiting > 1)
		begin_round(opened, at + rnd_exp((double)span / opt.conns));
}

/* Packets as bytes. */

static uint8_t *
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *
put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

static uint8_t *
put_stamps(uint8_t *p, const struct event *e)
{
	*p++ = 8;
	*p++ = 10;
	return put32(put32(p, e->tsval), e->tsecr);
}

/* In the order in which Linux writes them. */
static uint8_t *
put_syn_options(uint8_t *p, const struct conn *c, const struct event *e)
{
	p = put32(p, 0x02040000 | (1460 - (c->ipv6 ? 20 : 0)));
	p = put16(p, c->stamps ? 0x0402 : 0x0101);
	p = c->stamps ? put_stamps(p, e) : put16(p, 0x0402);
	return put32(p, 0x01030307);
}

static uint8_t *
put_options(uint8_t *p, const struct conn *c, const struct event *e)
{
	if (e->flags & SYN)
		return put_syn_options(p, c, e);
	if (c->stamps)
		p = put_stamps(put16(p, 0x0101), e);
	if (e->sack[0] != e->sack[1]) {
		p = put32(p, 0x0101050a);
		p = put32(put32(p, e->sack[0]), e->sack[1]);
	}
	return p;
}

/* The checksum stays 0: it covers payload that is not in the trace. */
static uint8_t *
put_tcp(uint8_t *tcp, const struct conn *c, const struct event *e)
{
	uint8_t *end = put_options(tcp + 20, c, e), *p = tcp;

	p = put16(p, c->port[e->from]);
	p = put16(p, c->port[!e->from]);
	p = put32(p, e->seq);
	p = put32(p, e->flags & ACK ? e->ack : 0);
	*p++ = (uint8_t)((end - tcp) / 4 << 4);
	*p++ = e->flags;
	p = put16(p, e->flags & SYN ? 64240 : e->win);
	put32(p, 0);
	return end;
}

static void
put_ipv4_checksum(uint8_t *ip)
{
	uint32_t sum = 0;
	int i;

	for (i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	put16(ip + 10, ~sum & 0xffff);
}

static void
put_ipv4(uint8_t *ip, struct conn *c, const struct event *e, uint32_t len)
{
	uint8_t *p = ip;

	p = put16(p, 0x4500);
	p = put16(p, 20 + len);
	p = put16(p, c->ipid[e->from]++);
	p = put16(p, 0x4000);		/* do not fragment */
	p = put16(p, 57 << 8 | 6);
	p = put16(p, 0);
	p = put32(p, c->addr[e->from]);
	put32(p, c->addr[!e->from]);
	put_ipv4_checksum(ip);
}

/* 2001:db8::/32, for documentation (RFC 3849). */
static uint8_t *
put_ipv6_addr(uint8_t *p, uint32_t addr)
{
	p = put32(p, 0x20010db8);
	p = put32(p, 0);
	p = put32(p, 0);
	return put32(p, addr);
}

static void
put_ipv6(uint8_t *p, const struct conn *c, const struct event *e, uint32_t len)
{
	p = put32(p, 0x60000000);
	p = put16(p, len);
	p = put16(p, 6 << 8 | 57);
	p = put_ipv6_addr(p, c->addr[e->from]);
	put_ipv6_addr(p, c->addr[!e->from]);
}

/* Between two routers. */
static uint8_t *
put_ethernet(uint8_t *p, const struct conn *c, int from)
{
	p = put32(put16(p, 0x0200), from == CLIENT ? 2 : 1);
	p = put32(put16(p, 0x0200), from == CLIENT ? 1 : 2);
	return put16(p, c->ipv6 ? 0x86dd : 0x0800);
}

static void
write_packet(FILE *out, struct conn *c, const struct event *e)
{
	static uint8_t buf[256];	/* what headers leave stays zero */
	uint8_t *ip = put_ethernet(buf, c, e->from);
	uint8_t *tcp = ip + (c->ipv6 ? 40 : 20);
	uint8_t *end = put_tcp(tcp, c, e);
	uint32_t len = (uint32_t)(end - tcp) + e->len, wire, head[4];

	if (c->ipv6)
		put_ipv6(ip, c, e, len);
	else
		put_ipv4(ip, c, e, len);
	memset(end, 0, SNAPLEN);
	wire = (uint32_t)(tcp - buf) + len;
	if (wire < MIN_FRAME)
		wire = MIN_FRAME;
	head[0] = (uint32_t)(EPOCH + e->at / SECOND);
	head[1] = (uint32_t)(e->at % SECOND);
	head[2] = wire < SNAPLEN ? wire : SNAPLEN;
	head[3] = wire;
	fwrite(head, sizeof(head), 1, out);
	fwrite(buf, head[2], 1, out);
}

static void
write_trace(FILE *out)
{
	const uint32_t magic = 0xa1b2c3d4;
	const uint16_t version[2] = { 2, 4 };
	const uint32_t rest[4] = { 0, 0, SNAPLEN, 1 };	/* Ethernet */
	struct event e;

	fwrite(&magic, sizeof(magic), 1, out);
	fwrite(version, sizeof(version), 1, out);
	fwrite(rest, sizeof(rest), 1, out);
	open_connection(SECOND);
	while (heap_n > 0) {
		e = heap_pop();
		if (e.flags)
			write_packet(out, &conns[e.conn], &e);
		else if (e.conn == opened)
			open_connection(e.at);
		else
			next_round(e.conn, e.at);
	}
}

/* Options. */

static void
usage(void)
{
	fprintf(stderr, "usage: gentrace [-l] [-6 percent] [-c connections] "
	    "[-L permille]\n"
	    "                [-n packets] [-s seed] [-w file]\n");
	exit(2);
}

static uint64_t
number(int letter, const char *s, uint64_t least, uint64_t most)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0 ||
	    n < least || n > most)
		errx(2, "-%c %s: not a number from %llu to %llu", letter, s,
		    (unsigned long long)least, (unsigned long long)most);
	return n;
}

static FILE *
open_output(const char *path)
{
	FILE *out = path != NULL ? fopen(path, "wb") : stdout;

	if (out == NULL)
		err(1, "%s", path);
	if (isatty(fileno(out)))
		errx(2, "packets are not for a terminal: use -w or a pipe");
	setvbuf(out, NULL, _IOFBF, 1 << 18);
	return out;
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	FILE *out;
	int ch;

	while ((ch = getopt(argc, argv, "6:c:lL:n:s:w:")) != -1)
		switch (ch) {
		case '6':
			opt.ipv6_percent = (uint32_t)number(ch, optarg, 0, 100);
			break;
		case 'c':
			opt.conns = (uint32_t)number(ch, optarg, 1, 10000000);
			break;
		case 'l':
			opt.keep_open = 1;
			break;
		case 'L':
			opt.loss_permille = (uint32_t)number(ch, optarg, 0,
			    1000);
			break;
		case 'n':
			opt.packets = number(ch, optarg, MIN_PACKETS,
			    UINT32_MAX);
			break;
		case 's':
			opt.seed = number(ch, optarg, 0, UINT64_MAX);
			break;
		case 'w':
			path = optarg;
			break;
		default:
			usage();
		}
	if (optind < argc)
		usage();
	if (opt.packets < (uint64_t)MIN_PACKETS * opt.conns)
		errx(2, "a connection needs at least %d packets", MIN_PACKETS);
	if ((conns = calloc(opt.conns, sizeof(*conns))) == NULL)
		err(1, NULL);
	rnd_state = mix(opt.seed + 1);
	unassigned = opt.packets;
	out = open_output(path);
	write_trace(out);
	if (fclose(out) != 0)
		err(1, "%s", path != NULL ? path : "standard output");
	return 0;
}
