/*
 * Connections, one conversation a test: client C, server S, and the capture
 * point between them.  The round trip is 10 ms to C and 40 ms to S.  Times are
 * in milliseconds.
 */
#include <stdlib.h>

#include "check.h"
#include "track/track.h"

#define MS	UINT64_C(1000000)
#define START	(UINT64_C(1795145499) * 1000000000)

enum { C, S };

static struct track t;
static struct track_report last;	/* reported last */
static unsigned reports[TRACK_REASONS];
static char events[512];	/* "what side seq+len gap" each, gap in ms */
static struct tcp tcp;
static struct accept accepts;
static uint32_t iplen;
static uint16_t window = 1000;

static void
on_report(void *arg, const struct track_report *r)
{
	(void)arg;
	last = *r;
	reports[r->reason]++;
}

static void
on_loss(void *arg, const struct track_loss *l)
{
	size_t n = strlen(events);
	char gap[16] = "";

	(void)arg;
	if (l->event.has_gap)
		snprintf(gap, sizeof gap, " %d", (int)(l->event.gap / MS));
	snprintf(events + n, sizeof events - n, "%s%s %s %u+%u%s",
	    n > 0 ? ", " : "", loss_what_name(l->event.what),
	    l->of_server ? "S" : "C", l->event.seq, l->event.len, gap);
}

static uint64_t seed = 1;

static void
begin(uint32_t max, unsigned idle_ms, unsigned interval_ms)
{
	if (t.flows.max != 0)
		track_close(&t);
	accept_close(&accepts);
	if (accept_open(&accepts, seed) < 0 || track_open(&t, max, idle_ms * MS, interval_ms * MS, seed) < 0)
		abort();
	t.report = on_report;
	t.lost = on_loss;
	memset(&last, 0, sizeof last);
	memset(reports, 0, sizeof reports);
	memset(&tcp, 0, sizeof tcp);
	iplen = 0;
	*events = '\0';
	window = 1000;
}

/* A packet from that port of C to S, or from S to it. */
static void
packet_of(uint16_t port, int from, unsigned ms, unsigned flags, uint32_t seq,
    uint32_t ack, uint32_t len)
{
	struct addr addr[2] = { { .b = { 10, 0, 0, 1 } },
	    { .b = { 10, 0, 0, 2 } } };
	struct accept_result judged;
	struct flow_key key;
	struct flow_end end[2];
	char text[16];
	uint64_t now = START + ms * MS;
	uint32_t i;
	int side, n = snprintf(text, sizeof text, "%u", port);

	end[C] = flow_end(&t.flows, text, (size_t)n);
	end[S] = flow_end(&t.flows, "S", 1);
	side = flow_key(&key, end[from], end[!from]);
	tcp.sport = from == C ? port : 80;
	tcp.dport = from == C ? 80 : port;
	tcp.flags = (uint16_t)flags;
	tcp.seq = seq;
	tcp.ack = ack;
	tcp.len = len;
	tcp.win = window;
	track_clock(&t, now);
	i = flow_find(&t.flows, &key);
	if (i == 0)
		i = track_begin(&t, &key, side, now, &tcp,
		    (struct addr[]){ addr[from], addr[!from] });
	judged = accept_segment(&accepts, i, track_tcb(&t, i, side),
	    track_tcb(&t, i, !side), side, now, track_has_ended(&t, i), &tcp);
	track_segment(&t, &accepts, i, side, now, &tcp, &judged, iplen);
	tcp.nsack = 0;
}

static void
packet(int from, unsigned ms, unsigned flags, uint32_t seq, uint32_t ack,
    uint32_t len)
{
	packet_of(1000, from, ms, flags, seq, ack, len);
}

static void
data(int from, unsigned ms, uint32_t seq, uint32_t ack, uint32_t len)
{
	packet(from, ms, TCP_ACK, seq, ack, len);
}

static void
sack(uint32_t left, uint32_t right)
{
	tcp.sack[tcp.nsack][0] = left;
	tcp.sack[tcp.nsack++][1] = right;
}

/* Lasts until 60 ms; then C continues at 1000 and S at 5000. */
static void
handshake(void)
{
	begin(10, 300000, 0);
	tcp.sackok = tcp.has_ws = tcp.has_mss = true;
	tcp.ws = 2;
	tcp.mss = 1460;
	packet(C, 0, TCP_SYN, 999, 0, 0);
	packet(S, 40, TCP_SYN | TCP_ACK, 4999, 1000, 0);
	tcp.sackok = tcp.has_ws = tcp.has_mss = false;
	data(C, 50, 1000, 5000, 0);
	data(C, 60, 900 + 100, 5000, 0);
}

static void
teardown(unsigned ms, uint32_t seq)
{
	packet(C, ms, TCP_FIN | TCP_ACK, seq, 5000, 0);
	packet(S, ms + 40, TCP_FIN | TCP_ACK, 5000, seq + 1, 0);
	data(C, ms + 50, seq + 1, 5001, 0);
}

static void
a_whole_connection(void)
{
	handshake();
	data(C, 100, 1000, 5000, 500);
	window = 500;
	data(S, 140, 5000, 1500, 0);
	teardown(200, 1500);
	CHECK_NUM(t.flows.used, 1);
	track_clock(&t, START + 5000 * MS);
	CHECK_NUM(t.flows.used, 1);	/* for packets after the end */
	track_clock(&t, START + 5251 * MS);
	CHECK_NUM(t.flows.used, 0);
	CHECK_NUM(last.reason, TRACK_CLOSED);
	CHECK_TEXT(last.state, "SF");
	CHECK_TEXT(last.history, "ShADaFf");
	CHECK_NUM(last.took, 250 * MS);
	CHECK_NUM(last.end[0].port, 1000);
	CHECK_NUM(last.end[1].addr.b[3], 2);
	CHECK_NUM(last.side[0].pkts, 6);
	CHECK_NUM(last.side[0].bytes, 500);
	CHECK_NUM(last.side[0].handshake, 10 * MS);
	CHECK_NUM(last.side[1].handshake, 40 * MS);
	CHECK_NUM(last.side[0].first, 100 * MS);
	CHECK(!last.side[1].has_first);
	CHECK_NUM(last.side[1].rtts, 3);
	CHECK_NUM(last.side[1].rtt_mean, 40 * MS);
	CHECK_NUM(last.side[1].win_min, 500 << 2);
	CHECK_NUM(last.side[1].win_max, 500 << 2);
	CHECK_NUM(last.side[0].mss, 1460);
	CHECK(last.sack && last.scaled && !last.stamps);
	CHECK(!last.side[0].has_ipbytes);
	CHECK_TEXT(events, "");
}

static void
reasons(void)
{
	handshake();
	packet(S, 100, TCP_RST, 5000, 0, 0);
	track_finish(&t);
	CHECK_NUM(last.reason, TRACK_RESET);
	handshake();
	packet(C, 200, TCP_SYN, 70000, 0, 0);
	CHECK_NUM(reports[TRACK_REUSED], 0);	/* a stray one, or not */
	packet(S, 240, TCP_SYN | TCP_ACK, 90000, 70001, 0);
	CHECK_NUM(last.reason, TRACK_REUSED);
	CHECK_NUM(t.flows.used, 1);
	packet(C, 1200, TCP_SYN, 70000, 0, 0);	/* a retransmission */
	CHECK_NUM(reports[TRACK_REUSED], 1);
	track_clock(&t, START + 301201 * MS);
	CHECK_NUM(last.reason, TRACK_IDLE);
	CHECK_TEXT(last.state, "S1");
	CHECK_NUM(last.side[0].syns, 1);
	handshake();
	track_finish(&t);
	CHECK_NUM(last.reason, TRACK_END);
	begin(1, 1000, 0);
	packet_of(1, C, 0, TCP_SYN, 1, 0, 0);
	packet_of(2, C, 1, TCP_SYN, 1, 0, 0);
	CHECK_NUM(last.reason, TRACK_FULL);
	CHECK_NUM(last.end[0].port, 1);
	CHECK_NUM(t.forgotten, 1);
}

static void
updates(void)
{
	begin(10, 60000, 1000);
	packet(C, 0, TCP_SYN, 999, 0, 0);
	packet(S, 40, TCP_SYN | TCP_ACK, 4999, 1000, 0);
	data(C, 50, 1000, 5000, 100);
	track_clock(&t, START + 999 * MS);
	CHECK_NUM(reports[TRACK_UPDATE], 0);
	track_clock(&t, START + 3500 * MS);
	CHECK_NUM(reports[TRACK_UPDATE], 3);	/* although it is idle */
	CHECK_NUM(last.took, 3000 * MS);
	CHECK_NUM(last.side[0].bytes, 100);
	data(C, 3600, 1100, 5000, 100);
	track_clock(&t, START + 4000 * MS);
	CHECK_NUM(reports[TRACK_UPDATE], 4);
	CHECK_NUM(last.side[0].bytes, 200);
	track_finish(&t);
	CHECK_NUM(last.reason, TRACK_END);
	CHECK_NUM(last.took, 3600 * MS);
	CHECK_NUM(last.side[0].bytes, 200);
}

static void
lost_downstream(void)
{
	handshake();
	data(C, 100, 1000, 5000, 1000);
	data(C, 400, 1000, 5000, 1000);
	data(S, 440, 5000, 2000, 0);
	track_finish(&t);
	CHECK_TEXT(events, "rto C 1000+1000 300");
	CHECK_NUM(last.side[0].unique, 1000);
	CHECK_NUM(last.side[0].sized[LOSS_RTO], 1000);

	handshake();
	for (uint32_t i = 0; i < 4; i++)
		data(C, 100 + i, 1000 + 100 * i, 5000, 100);
	for (uint32_t i = 1; i < 4; i++) {
		sack(1100, 1100 + 100 * i);
		data(S, 140 + i, 5000, 1000, 0);
	}
	data(C, 153, 1000, 5000, 100);
	data(S, 193, 5000, 1400, 0);
	track_finish(&t);
	CHECK_TEXT(events, "fast C 1000+100 53");
	CHECK_NUM(last.side[1].dupacks, 3);
	CHECK_NUM(last.side[1].sacks, 3);

	/* The last segment of a flight, sent again before a time-out. */
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(C, 101, 1100, 5000, 100);
	data(C, 210, 1100, 5000, 100);
	data(S, 250, 5000, 1200, 0);
	track_finish(&t);
	CHECK_TEXT(events, "tail C 1100+100 109");
}

static void
lost_upstream(void)
{
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(C, 102, 1200, 5000, 100);	/* 1100 is lost */
	sack(1200, 1300);
	data(S, 142, 5000, 1100, 0);
	data(C, 155, 1100, 5000, 100);
	data(S, 195, 5000, 1300, 0);
	track_finish(&t);
	CHECK_TEXT(events, "upstream C 1100+100 53");
	CHECK_NUM(last.side[0].unique, 300);
	CHECK_NUM(last.side[0].count[LOSS_UPSTREAM], 1);
}

static void
reordered(void)
{
	/* Upstream: it fills its hole sooner than a retransmission could. */
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(C, 101, 1200, 5000, 100);
	data(C, 110, 1100, 5000, 100);
	data(S, 150, 5000, 1300, 0);
	track_finish(&t);
	CHECK_TEXT(events, "reorder C 1100+100 9");
	CHECK_NUM(last.side[0].late, 1);

	/* Downstream: SACK shows a hole that fills without a retransmission. */
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(C, 101, 1100, 5000, 100);
	sack(1100, 1200);
	data(S, 141, 5000, 1000, 0);
	data(S, 155, 5000, 1200, 0);
	track_finish(&t);
	CHECK_TEXT(events, "reorder C 1000+100 14");

	/* Delayed until it was retransmitted: D-SACK shows that. */
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(C, 101, 1100, 5000, 100);
	sack(1100, 1200);
	data(S, 141, 5000, 1000, 0);
	data(C, 152, 1000, 5000, 100);
	data(S, 192, 5000, 1200, 0);
	sack(1000, 1100);
	data(S, 200, 5000, 1200, 0);
	track_finish(&t);
	CHECK_TEXT(events, "spurious C 1000+100 52, reorder C 1000+100 59");
	CHECK_NUM(last.side[1].dsacks, 1);
}

/* Reordering within the usual jitter of the path is no event. */
static void
within_jitter(void)
{
	uint32_t seq = 1000;
	unsigned ms = 100;

	handshake();
	for (int i = 0; i < 40; i++, ms += 200, seq += 300) {
		unsigned more = i & 1 ? 8 : 0;

		data(C, ms, seq + 100, 5000, 100);
		data(C, ms + 5, seq, 5000, 100);
		data(S, ms + 45, 5000, seq + 200, 0);
		data(C, ms + 100, seq + 200, 5000, 100);
		data(S, ms + 140 + more, 5000, seq + 300, 0);
	}
	track_finish(&t);
	CHECK_TEXT(events, "");
	CHECK_NUM(last.side[0].late, 40);
}

static void
duplicated(void)
{
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(C, 101, 1000, 5000, 100);
	data(S, 140, 5000, 1100, 0);
	sack(1000, 1100);
	data(S, 141, 5000, 1100, 0);
	track_finish(&t);
	CHECK_TEXT(events, "netdup C 1000+100 1");

	/* Downstream: D-SACK shows it. */
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(S, 140, 5000, 1100, 0);
	sack(1000, 1100);
	data(S, 141, 5000, 1100, 0);
	track_finish(&t);
	CHECK_TEXT(events, "netdup C 1000+100");

	/* The IP identification outweighs the time. */
	handshake();
	tcp.ip_id = 7;
	data(C, 100, 1000, 5000, 100);
	data(C, 300, 1000, 5000, 100);
	track_finish(&t);
	CHECK_TEXT(events, "netdup C 1000+100 200");
}

static void
spurious(void)
{
	/* The ACK was lost upstream of C, after the capture point. */
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(S, 140, 5000, 1100, 0);
	data(C, 400, 1000, 5000, 100);
	track_finish(&t);
	CHECK_TEXT(events, "spurious C 1000+100");

	/* Eifel: the ACK echoes the original's timestamp. */
	handshake();
	tcp.has_ts = true;
	tcp.tsval = 100;
	data(C, 100, 1000, 5000, 100);
	tcp.tsval = 400;
	data(C, 400, 1000, 5000, 100);
	tcp.tsval = 9;
	tcp.tsecr = 100;
	data(S, 440, 5000, 1100, 0);
	track_finish(&t);
	CHECK_TEXT(events, "spurious C 1000+100 300");
}

/* Whichever number the ends have in the table. */
static void
both_directions(void)
{
	for (seed = 1; seed < 17; seed++) {
		handshake();
		data(S, 200, 5000, 1000, 100);
		data(C, 205, 1000, 5000, 100);
		data(C, 206, 9000, 5000, 100);
		data(S, 207, 9000, 1000, 100);
		data(C, 500, 1000, 5000, 100);
		data(S, 600, 5000, 1000, 100);
		data(S, 900, 9000, 1000, 100);
		data(C, 900, 9000, 5000, 100);
		data(S, 950, 8900, 1000, 100);
		data(C, 950, 8800, 5000, 100);
		track_finish(&t);
		CHECK_TEXT(events, "rto C 1000+100 295, rto S 5000+100 400, "
		    "rto C 9000+100 694, rto S 9000+100 693, "
		    "upstream C 8800+100 744, upstream S 8900+100 743");
	}
	seed = 1;
}

static void
no_losses(void)
{
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(S, 140, 5000, 1100, 0);
	data(C, 1100, 1099, 5000, 0);
	data(C, 2100, 1099, 5000, 1);
	track_finish(&t);
	CHECK_TEXT(events, "keepalive C 1099+0, keepalive C 1099+1");

	handshake();
	data(C, 100, 1000, 5000, 100);
	window = 0;
	data(S, 140, 5000, 1100, 0);
	window = 1000;
	data(C, 400, 1100, 5000, 1);
	data(S, 500, 5000, 1100, 0);
	data(C, 510, 1100, 5000, 100);
	track_finish(&t);
	CHECK_TEXT(events, "zwprobe C 1100+1");
	CHECK_NUM(last.side[1].zwins, 1);
	CHECK_NUM(last.side[1].zwin_time, 360 * MS);
}

static void
not_captured(void)
{
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(S, 140, 5000, 1300, 0);
	data(C, 200, 1300, 5000, 100);
	data(S, 240, 5000, 1400, 0);
	track_finish(&t);
	CHECK_TEXT(events, "gap C 1100+200 40");
	/* A FIN lost upstream has a sequence number, but no byte. */
	handshake();
	data(C, 100, 1001, 5000, 0);
	packet(C, 400, TCP_FIN | TCP_ACK, 1000, 5000, 0);
	data(S, 440, 5000, 1001, 0);
	track_finish(&t);
	CHECK_TEXT(events, "upstream C 1000+0 300");
	/* The capture alone is out of order. */
	handshake();
	data(S, 140, 5000, 1100, 0);
	data(C, 141, 1000, 5000, 100);
	track_finish(&t);
	CHECK_TEXT(events, "");
}

static void
delayed_ack(void)
{
	handshake();
	data(C, 100, 1000, 5000, 100);
	data(S, 340, 5000, 1100, 0);
	track_finish(&t);
	CHECK_NUM(last.side[1].delacks, 1);
	CHECK_NUM(last.side[1].rtt_max, 240 * MS);
}

/* Pools do not grow while connections come and go. */
static void
returns_memory(void)
{
	uint32_t fresh = 0;

	begin(4, 300000, 0);
	for (unsigned round = 0; round < 50; round++) {
		for (unsigned i = 0; i < 8; i++)
			packet(i & 1, round * 100 + i, TCP_ACK,
			    i * 77 % 5 * 100, i * 31 % 7 * 100, 100);
		packet(C, round * 100 + 50, TCP_SYN, 1u << 30 | round, 0, 0);
		if (round == 10)
			fresh = t.loss.cases.fresh;
	}
	CHECK_NUM(t.loss.cases.fresh, fresh);
	CHECK_NUM(t.extra.fresh, 2);
}

int
main(void)
{
	a_whole_connection();
	reasons();
	updates();
	lost_downstream();
	lost_upstream();
	reordered();
	within_jitter();
	duplicated();
	spurious();
	both_directions();
	no_losses();
	not_captured();
	delayed_ack();
	returns_memory();
	return check_failures != 0;
}
