/*
 * Round trips of conversations between the client C, side 0, and the server S,
 * side 1, with the capture point between them.  Times are milliseconds.
 */
#include <stdlib.h>

#include "check.h"
#include "conn/rtt.h"
#include "wire/units.h"

#define MS	NS_PER_MS
#define START	(1795145499 * NS_PER_S)

enum { C, S };

static struct rtt m;
static struct accept accepts;
static struct accept_result judged;
static struct rtt_flow f;
static struct rtt_result res;
static struct tcp tcp;
static uint16_t window = 1000;	/* of the packets that follow */
static char doubt[100];		/* why the last packet's rtt_seq has r */

/* Keep the reason for the note r of a round trip by sequence number. */
static void
on_explanation(void *arg, unsigned topic, const char *text)
{
	const char *r = strstr(text, "; r: ");

	(void)arg;
	CHECK_NUM(topic, RTT_EXPLAIN_SAMPLE);
	if (strncmp(text, "rtt_seq", 7) == 0 && r != NULL)
		snprintf(doubt, sizeof doubt, "%s", r + 5);
}

static void
begin(void)
{
	rtt_forget(&m, &f);
	accept_close(&accepts);
	CHECK(accept_open(&accepts, 1) == 0);
	memset(&f, 0, sizeof f);
	memset(&tcp, 0, sizeof tcp);
}

/* A packet: sender, time, flags, sequence and ACK numbers, bytes of payload. */
static void
packet(int from, unsigned ms, unsigned flags, uint32_t seq, uint32_t ack,
    uint32_t len)
{
	tcp.flags = (uint16_t)flags;
	tcp.seq = seq;
	tcp.ack = ack;
	tcp.len = len;
	tcp.win = window;
	doubt[0] = '\0';
	judged = accept_segment(&accepts, 1, &f.side[from].tcb,
	    &f.side[!from].tcb, from, START + ms * MS, rtt_ended(&f), &tcp);
	memset(&res, 0, sizeof res);
	rtt_segment(&m, &accepts, 1, &f, from, START + ms * MS, &tcp, &judged,
	    len, &res);
	tcp.nsack = 0;
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

static void
stamp(uint32_t tsval, uint32_t tsecr)
{
	tcp.has_ts = true;
	tcp.tsval = tsval;
	tcp.tsecr = tsecr;
}

/* Return the rtt_seq of the last packet in ms, -1 if none; its notes must be
 * these. */
static int
seq_ms(unsigned notes)
{
	if (!res.has_seq)
		return -1;
	CHECK_NUM(res.notes, notes);
	return (int)(res.seq / MS);
}

static int
ts_ms(unsigned notes)
{
	if (!res.has_ts)
		return -1;
	CHECK_NUM(res.notes, notes);
	return (int)(res.ts / MS);
}

/* Handshake at 0 to 50 ms; C's data starts at 101, S's at 501. */
static void
handshake(bool with_sack)
{
	begin();
	tcp.sackok = with_sack;
	packet(C, 0, TCP_SYN, 100, 0, 0);
	packet(S, 40, TCP_SYN | TCP_ACK, 500, 101, 0);
	CHECK_NUM(seq_ms(RTT_HANDSHAKE), 40);
	tcp.sackok = false;
	data(C, 50, 101, 501, 0);
	CHECK_NUM(seq_ms(RTT_HANDSHAKE), 10);
}

static void
check_handshakes(void)
{
	/* ECN-setup SYNs are SYNs; RFC 3168, 6.1.1. */
	begin();
	packet(C, 0, TCP_SYN | TCP_ECE | TCP_CWR, 100, 0, 0);
	packet(S, 40, TCP_SYN | TCP_ACK | TCP_ECE, 500, 101, 0);
	CHECK_NUM(seq_ms(RTT_HANDSHAKE), 40);
	/* Sent twice: ambiguous. */
	begin();
	packet(C, 0, TCP_SYN, 100, 0, 0);
	packet(C, 1000, TCP_SYN, 100, 0, 0);
	packet(S, 1040, TCP_SYN | TCP_ACK, 500, 101, 0);
	CHECK_NUM(seq_ms(RTT_HANDSHAKE | RTT_RESENT), 1040);
	/* But not with timestamps. */
	begin();
	stamp(7, 0);
	packet(C, 0, TCP_SYN, 100, 0, 0);
	stamp(1007, 0);
	packet(C, 1000, TCP_SYN, 100, 0, 0);
	stamp(90, 1007);
	packet(S, 1040, TCP_SYN | TCP_ACK, 500, 101, 0);
	CHECK_NUM(ts_ms(RTT_HANDSHAKE | RTT_RESENT), 40);
	/* A new connection on the same ports. */
	handshake(false);
	packet(C, 8000, TCP_RST, 101, 0, 0);
	packet(C, 9000, TCP_SYN, 70000, 0, 0);
	packet(S, 9030, TCP_SYN | TCP_ACK, 90, 70001, 0);
	CHECK_NUM(seq_ms(RTT_HANDSHAKE), 30);
	/* A reset is no round trip. */
	begin();
	packet(C, 0, TCP_SYN, 100, 0, 0);
	packet(S, 40, TCP_RST | TCP_ACK, 0, 101, 0);
	CHECK_NUM(seq_ms(0), -1);
}

static void
check_fast_open(void)
{
	/* Accepted: the ACK covers the data. */
	begin();
	packet(C, 0, TCP_SYN, 100, 0, 50);
	packet(S, 40, TCP_SYN | TCP_ACK, 500, 151, 0);
	CHECK_NUM(seq_ms(RTT_HANDSHAKE | RTT_MORE), 40);
	/* Refused: the ACK covers the SYN alone; the data is sent again, and
	 * counts as new. */
	begin();
	packet(C, 0, TCP_SYN, 100, 0, 50);
	packet(S, 40, TCP_SYN | TCP_ACK, 500, 101, 0);
	CHECK_NUM(seq_ms(RTT_HANDSHAKE), 40);
	data(C, 50, 101, 501, 50);
	CHECK_NUM(res.dseq, 0);
	data(S, 93, 501, 151, 0);
	CHECK_NUM(seq_ms(0), 43);
}

static void
check_data(void)
{
	handshake(true);
	data(C, 100, 101, 501, 1000);
	data(C, 101, 1101, 501, 1000);
	data(S, 141, 501, 2101, 0);
	CHECK_NUM(seq_ms(RTT_MORE), 40);
	/* An ACK within a segment gives no sample, that of its end does. */
	data(C, 200, 2101, 501, 60000);
	data(S, 240, 501, 30000, 0);
	CHECK_NUM(seq_ms(0), -1);
	data(S, 241, 501, 62101, 7);
	CHECK_NUM(seq_ms(RTT_DATA), 41);
	/* A FIN counts as one byte. */
	packet(C, 300, TCP_FIN | TCP_ACK, 62101, 508, 0);
	data(S, 340, 508, 62102, 0);
	CHECK_NUM(seq_ms(0), 40);
	/* An old ACK, and one of data that was never sent. */
	data(S, 341, 508, 2101, 0);
	CHECK_NUM(seq_ms(0), -1);
	data(S, 342, 508, 0x7fffffff, 0);
	CHECK_NUM(seq_ms(0), -1);
}

static void
check_wrap(void)
{
	begin();
	packet(C, 0, TCP_SYN, 0xfffffff0, 0, 0);
	packet(S, 40, TCP_SYN | TCP_ACK, 0xffffffff, 0xfffffff1, 0);
	CHECK_NUM(seq_ms(RTT_HANDSHAKE), 40);
	data(C, 50, 0xfffffff1, 0, 15);
	CHECK_NUM(seq_ms(RTT_HANDSHAKE | RTT_DATA), 10);
	data(S, 92, 0, 0, 0);
	CHECK_NUM(seq_ms(0), 42);
	data(C, 100, 0, 0, 1000);
	data(S, 143, 0, 1000, 0);
	CHECK_NUM(seq_ms(0), 43);
}

static void
check_resent(void)
{
	/* Lost downstream and retransmitted: Karn's rule. */
	handshake(false);
	data(C, 100, 101, 501, 1000);
	data(C, 400, 101, 501, 1000);
	CHECK_NUM(res.dseq, -1000);
	data(S, 440, 501, 1101, 0);
	CHECK_NUM(seq_ms(RTT_RESENT), 340);
	CHECK_TEXT(doubt, "the segment was sent more than once");
	/* The next segment is clean. */
	data(C, 500, 1101, 501, 1000);
	data(S, 540, 501, 2101, 0);
	CHECK_NUM(seq_ms(0), 40);
	/* The first of three is retransmitted: the ACK of all is ambiguous,
	 * but not the ACK of a segment sent later. */
	data(C, 600, 2101, 501, 1000);
	data(C, 601, 3101, 501, 1000);
	data(C, 602, 4101, 501, 1000);
	data(C, 700, 2101, 501, 1000);
	data(C, 701, 5101, 501, 1000);
	data(S, 740, 501, 5101, 0);
	CHECK_NUM(seq_ms(RTT_MORE | RTT_RESENT), 138);
	CHECK_TEXT(doubt, "the ACK covers data retransmitted later");
	data(S, 741, 501, 6101, 0);
	CHECK_NUM(seq_ms(0), 40);
	/* The last one is retransmitted: the one before it is clean. */
	data(C, 800, 6101, 501, 1000);
	data(C, 801, 7101, 501, 1000);
	data(C, 802, 7101, 501, 1000);
	data(S, 840, 501, 7101, 0);
	CHECK_NUM(seq_ms(0), 40);
	data(S, 841, 501, 8101, 0);
	CHECK_NUM(seq_ms(RTT_RESENT), 40);
}

static void
check_holes(void)
{
	/* Lost or reordered upstream: a hole.  The segment that fills it is
	 * timed by an ACK of its end. */
	handshake(true);
	data(C, 100, 1101, 501, 1000);
	CHECK_NUM(res.dseq, 1000);
	data(C, 110, 101, 501, 1000);
	CHECK_NUM(res.dseq, -2000);
	data(S, 150, 501, 1101, 0);
	CHECK_NUM(seq_ms(0), 40);
	/* The ACK of what follows the hole may have waited for that segment. */
	data(C, 200, 3101, 501, 1000);
	data(C, 210, 2101, 501, 1000);
	data(S, 250, 501, 4101, 0);
	CHECK_NUM(seq_ms(RTT_MORE | RTT_RESENT), 50);
	CHECK_TEXT(doubt, "the ACK covers a segment sent later");
	/* The receiver misses data that was captured: duplicate ACKs. */
	handshake(false);
	data(C, 100, 101, 501, 1000);
	data(C, 101, 1101, 501, 1000);
	data(C, 102, 2101, 501, 1000);
	data(S, 141, 501, 101, 0);
	CHECK(res.has_dup && res.dup == 101 * MS);
	data(S, 155, 501, 3101, 0);
	CHECK_NUM(seq_ms(RTT_MORE | RTT_RESENT), 53);
	CHECK_TEXT(doubt, "the receiver was missing earlier data");
}

/* A D-SACK reports data received twice; RFC 2883. */
static void
check_dsack(void)
{
	data(C, 300, 3101, 501, 1000);
	sack(101, 1101);
	data(S, 301, 501, 3101, 0);
	CHECK_NUM(seq_ms(0), -1);
	data(S, 340, 501, 4101, 0);
	CHECK_NUM(seq_ms(0), 40);
}

static void
check_uncaptured(void)
{
	/* SACK shows data that is outstanding, even if it was not captured. */
	begin();
	data(S, 0, 501, 101, 0);
	sack(201, 301);
	data(S, 10, 501, 101, 0);
	CHECK(res.has_dup);
}

static void
check_sack(void)
{
	handshake(true);
	data(C, 100, 101, 501, 1000);
	data(C, 101, 1101, 501, 1000);
	data(C, 102, 2101, 501, 1000);
	sack(1101, 2101);
	data(S, 141, 501, 101, 0);
	CHECK_NUM(seq_ms(0), 40);
	CHECK(res.has_dup);
	sack(1101, 3101);
	data(S, 142, 501, 101, 0);
	CHECK_NUM(seq_ms(0), 40);
	/* The same block again gives no sample. */
	sack(1101, 3101);
	data(S, 143, 501, 101, 0);
	CHECK_NUM(seq_ms(0), -1);
	data(C, 200, 101, 501, 1000);
	data(S, 240, 501, 3101, 0);
	CHECK_NUM(seq_ms(0), -1);
	check_dsack();
}

static void
check_not_data(void)
{
	/* Keep-alives, of no byte and of one byte, and their answers. */
	handshake(false);
	data(C, 100, 101, 501, 1000);
	data(S, 140, 501, 1101, 0);
	data(C, 5000, 1100, 501, 0);
	CHECK_NUM(res.dseq, 0);
	data(S, 5040, 501, 1101, 0);
	CHECK(!res.has_seq && !res.has_dup);
	data(C, 9000, 1100, 501, 1);
	CHECK_NUM(res.dseq, 0);
	data(S, 9040, 501, 1101, 0);
	CHECK(!res.has_seq && !res.has_dup);
	data(C, 9100, 1101, 501, 10);
	CHECK_NUM(res.dseq, 0);
	data(S, 9140, 501, 1111, 0);
	CHECK_NUM(seq_ms(0), 40);
	/* A zero-window probe, whose byte the receiver accepts or not. */
	handshake(false);
	data(C, 100, 101, 501, 1000);
	window = 0;
	data(S, 140, 501, 1101, 0);
	window = 1000;
	data(C, 1000, 1101, 501, 1);
	CHECK_NUM(res.dseq, 0);
	data(S, 1500, 501, 1101, 0);
	CHECK_NUM(seq_ms(0), -1);
	data(C, 1600, 1101, 501, 1000);
	CHECK_NUM(res.dseq, 0);
	data(S, 1640, 501, 2101, 0);
	CHECK_NUM(seq_ms(0), 40);
	window = 0;
	data(S, 1700, 501, 2101, 0);
	window = 1000;
	data(C, 2000, 2101, 501, 1);
	data(S, 2100, 501, 2102, 0);
	CHECK_NUM(seq_ms(0), -1);
	data(C, 2200, 2102, 501, 1000);
	CHECK_NUM(res.dseq, 0);
}

static void
check_timestamps(void)
{
	/* Without the SYN, the first value may be up to a tick old. */
	begin();
	stamp(10, 5);
	data(C, 0, 101, 501, 100);
	stamp(90, 10);
	data(S, 40, 501, 201, 0);
	CHECK_NUM(ts_ms(RTT_EDGE), 40);
	stamp(11, 90);
	data(C, 60, 201, 501, 100);
	CHECK_NUM(ts_ms(RTT_PURE_ACK | RTT_EDGE | RTT_DATA), 20);
	/* The first packet with a value is timed, by the first echo. */
	stamp(11, 90);
	data(C, 70, 301, 501, 100);
	stamp(91, 11);
	data(S, 100, 501, 401, 0);
	CHECK_NUM(ts_ms(RTT_MORE), 40);
	stamp(91, 11);
	data(S, 130, 501, 401, 0);
	CHECK_NUM(ts_ms(0), -1);
	/* A value is matched once. */
	stamp(11, 91);
	data(C, 150, 401, 501, 100);
	stamp(92, 11);
	data(S, 151, 501, 501, 0);
	CHECK_NUM(ts_ms(0), -1);
	/* Values wrap. */
	begin();
	stamp(0xffffffff, 0);
	packet(C, 0, TCP_SYN, 100, 0, 0);
	stamp(1, 0xffffffff);
	packet(S, 40, TCP_SYN | TCP_ACK, 500, 101, 0);
	stamp(2, 1);
	data(C, 50, 101, 501, 100);
	stamp(5, 2);
	data(S, 90, 501, 201, 0);
	CHECK_NUM(ts_ms(0), 40);
	/* A hole before the first value, which can be any. */
	begin();
	data(S, 0, 501, 101, 0);
	tcp.has_ts = false;
	data(C, 10, 101, 501, 100);
	data(S, 20, 501, 201, 0);
	stamp(0xe0000000, 1);
	data(C, 30, 901, 501, 100);
	stamp(9, 0xe0000000);
	data(S, 70, 501, 1001, 0);
	CHECK_NUM(ts_ms(RTT_EDGE), 40);
	begin();
	stamp(5, 0);
	packet(C, 0, TCP_SYN, 100, 0, 0);
	/* The TSecr of a segment without ACK is not valid. */
	stamp(6, 0);
	data(C, 100, 201, 501, 100);
	stamp(7, 6);
	packet(S, 140, 0, 501, 301, 0);
	CHECK_NUM(ts_ms(0), -1);
}

static void
check_age(void)
{
	handshake(false);
	data(C, 100, 101, 501, 1000);
	data(S, 11101, 501, 1101, 0);
	CHECK_NUM(seq_ms(0), -1);
	data(C, 12000, 1101, 501, 1000);
	data(S, 21999, 501, 2101, 0);
	CHECK_NUM(seq_ms(0), 9999);
}

/* Up to 4096 packets of a side wait; those beyond are counted. */
static void
check_many(void)
{
	uint64_t before = m.untimed;
	uint32_t seq = 101;

	handshake(true);
	for (int i = 0; i < 5000; i++, seq += 100)
		data(C, 100, seq, 501, 100);
	CHECK_NUM(m.untimed - before, 5000 - 4096);
	seq = 101;
	for (int i = 0; i < 4096; i++) {
		seq += 100;
		data(S, 140, 501, seq, 0);
		CHECK_NUM(seq_ms(0), 40);
	}
	CHECK_NUM(f.side[C].ring.used, 0);
	CHECK_NUM(f.side[C].ring.block, 0);
}

int
main(void)
{
	if (rtt_open(&m, 10000 * MS, 1 << 16) < 0)
		return 1;
	m.explain = (struct explain){ .topics = 1 << RTT_EXPLAIN_SAMPLE,
	    .line = on_explanation };
	check_handshakes();
	check_fast_open();
	check_data();
	check_wrap();
	check_resent();
	check_holes();
	check_sack();
	check_uncaptured();
	check_not_data();
	check_timestamps();
	check_age();
	check_many();
	rtt_forget(&m, &f);
	rtt_close(&m);
	return check_failures != 0;
}
