/*
 * Round trips, a conversation at a time.  Side 0 is the client C, side 1 the
 * server S, the capture point between them; times are milliseconds.
 */
#include <stdlib.h>

#include "check.h"
#include "conn/rtt.h"

#define MS	UINT64_C(1000000)
#define START	(UINT64_C(1795145499) * 1000000000)

enum { C, S };

static struct rtt m;
static struct rtt_flow f;
static struct rtt_result res;
static struct tcp tcp;
static uint16_t window = 1000;	/* of the packets that follow */

static void
begin(void)
{
	rtt_forget(&m, &f);
	memset(&f, 0, sizeof f);
	memset(&tcp, 0, sizeof tcp);
}

/* A packet: who, when, flags, sequence and ACK numbers, payload. */
static void
packet(int from, unsigned ms, unsigned flags, uint32_t seq, uint32_t ack,
    uint32_t len)
{
	tcp.flags = (uint16_t)flags;
	tcp.seq = seq;
	tcp.ack = ack;
	tcp.len = len;
	tcp.win = window;
	rtt_update(&m, &f, from, START + ms * MS, &tcp, len, &res);
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

/* The last packet's round trip by sequence number, -1 for none, in ms; and
 * that its notes are these. */
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
	/* Sent twice: which one was answered? */
	begin();
	packet(C, 0, TCP_SYN, 100, 0, 0);
	packet(C, 1000, TCP_SYN, 100, 0, 0);
	packet(S, 1040, TCP_SYN | TCP_ACK, 500, 101, 0);
	CHECK_NUM(seq_ms(RTT_HANDSHAKE | RTT_RESENT), 1040);
	/* Timestamps tell. */
	begin();
	stamp(7, 0);
	packet(C, 0, TCP_SYN, 100, 0, 0);
	stamp(1007, 0);
	packet(C, 1000, TCP_SYN, 100, 0, 0);
	stamp(90, 1007);
	packet(S, 1040, TCP_SYN | TCP_ACK, 500, 101, 0);
	CHECK_NUM(ts_ms(RTT_HANDSHAKE | RTT_RESENT), 40);
	/* A new connection on the same ports starts anew. */
	handshake(false);
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
	/* Refused: the SYN alone, and the data comes again, and is new. */
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
	/* An ACK inside a segment answers nothing; its end does. */
	data(C, 200, 2101, 501, 60000);
	data(S, 240, 501, 30000, 0);
	CHECK_NUM(seq_ms(0), -1);
	data(S, 241, 501, 62101, 7);
	CHECK_NUM(seq_ms(RTT_DATA), 41);
	/* FIN counts. */
	packet(C, 300, TCP_FIN | TCP_ACK, 62101, 508, 0);
	data(S, 340, 508, 62102, 0);
	CHECK_NUM(seq_ms(0), 40);
	/* An old ACK, one of what was never sent. */
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
	/* Lost behind us, sent again: Karn. */
	handshake(false);
	data(C, 100, 101, 501, 1000);
	data(C, 400, 101, 501, 1000);
	CHECK_NUM(res.dseq, -1000);
	data(S, 440, 501, 1101, 0);
	CHECK_NUM(seq_ms(RTT_RESENT), 340);
	/* What follows is clean again. */
	data(C, 500, 1101, 501, 1000);
	data(S, 540, 501, 2101, 0);
	CHECK_NUM(seq_ms(0), 40);
	/* The first of three is sent again: the ACK of all is in doubt, but
	 * not the ACK of one sent later. */
	data(C, 600, 2101, 501, 1000);
	data(C, 601, 3101, 501, 1000);
	data(C, 602, 4101, 501, 1000);
	data(C, 700, 2101, 501, 1000);
	data(C, 701, 5101, 501, 1000);
	data(S, 740, 501, 5101, 0);
	CHECK_NUM(seq_ms(RTT_MORE | RTT_RESENT), 138);
	data(S, 741, 501, 6101, 0);
	CHECK_NUM(seq_ms(0), 40);
	/* Only a later one is: the earlier one is clean. */
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
	/* Lost or late before us: a hole, filled once, and the filling is
	 * timed when the ACK stops there. */
	handshake(true);
	data(C, 100, 1101, 501, 1000);
	CHECK_NUM(res.dseq, 1000);
	data(C, 110, 101, 501, 1000);
	CHECK_NUM(res.dseq, -2000);
	data(S, 150, 501, 1101, 0);
	CHECK_NUM(seq_ms(0), 40);
	/* What lay behind the hole may have waited for the filling. */
	data(C, 200, 3101, 501, 1000);
	data(C, 210, 2101, 501, 1000);
	data(S, 250, 501, 4101, 0);
	CHECK_NUM(seq_ms(RTT_MORE | RTT_RESENT), 50);
	/* The receiver missed something that we saw: duplicate ACKs. */
	handshake(false);
	data(C, 100, 101, 501, 1000);
	data(C, 101, 1101, 501, 1000);
	data(C, 102, 2101, 501, 1000);
	data(S, 141, 501, 101, 0);
	CHECK(res.has_dup && res.dup == 101 * MS);
	data(S, 155, 501, 3101, 0);
	CHECK_NUM(seq_ms(RTT_MORE | RTT_RESENT), 53);
}

/* A D-SACK is about data that had come before; RFC 2883. */
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
	/* SACK tells what is out, even if it was never captured. */
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
	/* The same block again tells nothing new. */
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
	/* Keep-alives, of no byte and of one, and their answers. */
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
	/* A zero window is probed; the byte is taken, or not. */
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
	/* Without its start: the first value may be up to a tick old. */
	begin();
	stamp(10, 5);
	data(C, 0, 101, 501, 100);
	stamp(90, 10);
	data(S, 40, 501, 201, 0);
	CHECK_NUM(ts_ms(RTT_EDGE), 40);
	stamp(11, 90);
	data(C, 60, 201, 501, 100);
	CHECK_NUM(ts_ms(RTT_PURE_ACK | RTT_EDGE | RTT_DATA), 20);
	/* The first packet with a value is timed, by its first echo. */
	stamp(11, 90);
	data(C, 70, 301, 501, 100);
	stamp(91, 11);
	data(S, 100, 501, 401, 0);
	CHECK_NUM(ts_ms(RTT_MORE), 40);
	stamp(91, 11);
	data(S, 130, 501, 401, 0);
	CHECK_NUM(ts_ms(0), -1);
	/* A value that was matched does not come to life again. */
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
	/* A hole before the first value, which may be any. */
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
	/* Only an ACK's TSecr is one. */
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

/* Nothing in flight is forgotten before there are 4096 of it, and then it
 * is counted. */
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
