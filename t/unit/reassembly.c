/*
 * Reassembly of two streams.  Side 0 is A, side 1 is B.  What is delivered is
 * written as text: "A:" and the bytes of A, "." for a byte without data, "A-5"
 * for a gap of 5 bytes and "A$" for a FIN.
 */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "conn/reassembly.h"
#include "wire/units.h"

#define MS	NS_PER_MS
#define START	(1795145499 * NS_PER_S)

enum { A, B };

static struct reassembly s;
static char got[4096];
static size_t ngot;
static uint64_t unwanted, now;
static uint32_t room, base[2];	/* sequence number of a stream's first byte */
static int last;		/* side whose bytes end the text, or -1 */

static void
put(int from, const char *mark)
{
	ngot += (size_t)snprintf(got + ngot, sizeof got - ngot, "%s%c%s",
	    ngot > 0 ? " " : "", 'A' + from, mark);
}

static void
on_bytes(void *arg, const struct reassembly_bytes *b)
{
	(void)arg;
	if (b->from != last)
		put(b->from, ":");
	last = b->from;
	CHECK(b->ndata <= b->len && b->len > 0);
	for (uint32_t i = 0; i < b->len && ngot + 1 < sizeof got; i++)
		got[ngot++] = i < b->ndata ? (char)b->data[i] : '.';
	got[ngot] = '\0';
}

static void
on_gap(void *arg, int from, uint64_t time, uint32_t n)
{
	char text[16];

	(void)arg;
	CHECK(time <= now);
	snprintf(text, sizeof text, "-%u", n);
	put(from, text);
	last = -1;
}

static void
on_fin(void *arg, int from, uint64_t time)
{
	(void)arg;
	CHECK(time <= now);
	put(from, "$");
	last = -1;
}

static uint64_t
is_unwanted(void *arg, int from)
{
	(void)arg;
	(void)from;
	return unwanted;
}

static uint32_t
room_left(void *arg)
{
	(void)arg;
	return room;
}

static const struct reassembly_user user = {
	on_bytes, on_gap, on_fin, is_unwanted, room_left, NULL
};

static void
begin(uint32_t a, uint32_t b)
{
	reassembly_free(&s);
	CHECK_NUM(s.held, 0);
	CHECK_NUM(s.npieces, 0);
	memset(&s, 0, sizeof s);
	base[A] = a;
	base[B] = b;
	ngot = 0;
	got[0] = '\0';
	now = START;
	unwanted = 0;
	room = 65536;
	last = -1;
}

/* The counts of memory and pieces must be right. */
static void
check_held(void)
{
	uint32_t held = 0, n = 0;

	for (const struct reassembly_piece *p = s.pieces; p != NULL;
	    p = p->next) {
		held += (uint32_t)sizeof *p + p->ndata;
		n++;
	}
	CHECK_NUM(s.held, held);
	CHECK_NUM(s.npieces, n);
	CHECK(held <= room);
}

/*
 * A segment, a millisecond after the last one.  It begins at byte at of its
 * stream and ACKs the bytes of the other side before ack, -1 for no ACK.  Of its
 * len bytes, only the text was captured.
 */
static void
segment(int from, uint32_t at, int64_t ack, const char *text, uint32_t len,
    unsigned flags)
{
	struct tcp tcp = { .flags = (uint16_t)flags, .seq = base[from] + at,
	    .len = len };
	size_t n = strlen(text);
	uint8_t *data = malloc(n + (n == 0));

	if (data == NULL)
		abort();
	memcpy(data, text, n);
	if (ack >= 0) {
		tcp.flags |= TCP_ACK;
		tcp.ack = base[!from] + (uint32_t)ack;
	}
	now += MS;
	reassembly_add(&s, &user, from, now, &tcp, n > 0 ? data : NULL,
	    (uint32_t)n);
	free(data);
	check_held();
}

static void
bytes(int from, uint32_t at, int64_t ack, const char *text)
{
	segment(from, at, ack, text, (uint32_t)strlen(text), 0);
}

static void
ack(int from, uint32_t at, int64_t n)
{
	segment(from, at, n, "", 0, 0);
}

/* A handshake: the first bytes of both sides are those at base. */
static void
syn(void)
{
	base[A]--;
	segment(A, 0, -1, "", 0, TCP_SYN);
	base[A]++;
	base[B]--;
	segment(B, 0, 0, "", 0, TCP_SYN);
	base[B]++;
	ack(A, 0, 0);
}

static void
open_at(uint32_t a, uint32_t b)
{
	begin(a, b);
	syn();
}

static void
check_order(void)
{
	open_at(1000, 2000);
	bytes(A, 0, 0, "abc");
	bytes(A, 3, 0, "def");
	bytes(B, 0, 6, "xyz");
	CHECK_TEXT(got, "A:abcdef B:xyz");

	open_at(1000, 2000);		/* out of order */
	bytes(A, 3, 0, "def");
	bytes(A, 9, 0, "jkl");
	bytes(A, 6, 0, "ghi");
	CHECK_TEXT(got, "");
	bytes(A, 0, 0, "abc");
	CHECK_TEXT(got, "A:abcdefghijkl");
	CHECK_NUM(s.held, 0);

	open_at(1000, 2000);		/* retransmitted */
	bytes(A, 0, 0, "abc");
	bytes(A, 0, 0, "abc");
	bytes(A, 3, 0, "def");
	bytes(A, 0, 0, "abcdef");
	bytes(A, 2, 0, "cde");
	CHECK_TEXT(got, "A:abcdef");

	open_at(1000, 2000);		/* overlapping, in order and not */
	bytes(A, 0, 0, "abcd");
	bytes(A, 2, 0, "cdef");
	bytes(A, 10, 0, "klm");
	bytes(A, 8, 0, "ijkl");
	bytes(A, 8, 0, "ijklmn");
	bytes(A, 5, 0, "fghij");
	CHECK_TEXT(got, "A:abcdefghijklmn");
	CHECK_NUM(s.held, 0);

	open_at(1000, 2000);		/* a segment that covers all pieces */
	bytes(A, 4, 0, "e");
	bytes(A, 2, 0, "c");
	bytes(A, 0, 0, "abcdefgh");
	CHECK_TEXT(got, "A:abcdefgh");
	CHECK_NUM(s.held, 0);
}

static void
check_wraparound(void)
{
	for (uint32_t i = 0; i < 14; i++) {
		open_at(UINT32_MAX - i, 5 - i);
		bytes(A, 6, 0, "ghi");
		bytes(A, 3, 0, "def");
		bytes(A, 3, 0, "defgh");
		bytes(A, 0, 0, "abc");
		bytes(B, 0, 9, "uvw");
		bytes(B, 6, 9, "AB");
		bytes(B, 3, 9, "xyz");
		segment(A, 9, 8, "", 0, TCP_FIN);
		segment(B, 8, 10, "", 0, TCP_FIN);
		CHECK_TEXT(got, "A:abcdefghi B:uvwxyzAB A$ B$");
	}
}

/* Without the SYN, the first bytes captured are the first. */
static void
check_midstream(void)
{
	begin(1000, 2000);
	bytes(A, 500, 77, "abc");
	bytes(A, 200, 77, "old");
	bytes(B, 77, 503, "xyz");
	CHECK_TEXT(got, "A:abc B:xyz");
	begin(1000, 2000);
	ack(A, 500, 77);
	bytes(A, 503, 77, "def");
	bytes(A, 500, 77, "abc");
	CHECK_TEXT(got, "A:abcdef");
}

/* A response is not delivered before its request. */
static void
check_causes(void)
{
	open_at(1000, 2000);
	bytes(B, 0, 3, "answer");
	CHECK_TEXT(got, "");
	bytes(A, 0, 0, "ask");
	CHECK_TEXT(got, "A:ask B:answer");

	open_at(1000, 2000);		/* three messages, the last one first */
	bytes(A, 3, 6, "again");
	bytes(B, 6, 8, "yes");
	bytes(B, 0, 3, "answer");
	CHECK_TEXT(got, "");
	bytes(A, 0, 0, "ask");
	CHECK_TEXT(got, "A:ask B:answer A:again B:yes");
	CHECK_NUM(s.held, 0);

	open_at(1000, 2000);		/* fewer bytes ACKed: no wait */
	bytes(A, 3, 0, "def");
	bytes(B, 0, 0, "hi");
	CHECK_TEXT(got, "B:hi");
	bytes(A, 0, 2, "abc");
	CHECK_TEXT(got, "B:hi A:abcdef");
}

/* A hole that was ACKed was lost in the capture only. */
static void
check_holes(void)
{
	open_at(1000, 2000);
	bytes(A, 0, 0, "abc");
	bytes(A, 6, 0, "ghi");
	ack(B, 0, 9);
	now += 99 * MS;
	ack(B, 0, 9);
	CHECK_TEXT(got, "A:abc");
	ack(B, 0, 9);
	CHECK_TEXT(got, "A:abc A-3 A:ghi");
	bytes(A, 3, 0, "def");		/* too late */
	CHECK_TEXT(got, "A:abc A-3 A:ghi");
	bytes(A, 9, 0, "jkl");
	CHECK_TEXT(got, "A:abc A-3 A:ghijkl");

	open_at(1000, 2000);		/* filled in time */
	bytes(A, 3, 0, "def");
	ack(B, 0, 6);
	now += 90 * MS;
	bytes(A, 0, 0, "abc");
	CHECK_TEXT(got, "A:abcdef");
	now += 200 * MS;
	ack(B, 0, 6);
	CHECK_TEXT(got, "A:abcdef");

	/* The time of the next hole is its own. */
	bytes(B, 0, 9, "answer");
	CHECK_TEXT(got, "A:abcdef");
	bytes(A, 6, 0, "ask");
	CHECK_TEXT(got, "A:abcdefask B:answer");

	open_at(1000, 2000);
	ack(B, 0, 3);
	bytes(A, 0, 0, "abc");
	now += 1000 * MS;
	bytes(B, 0, 6, "answer");
	CHECK_TEXT(got, "A:abc");
	bytes(A, 3, 0, "ask");
	CHECK_TEXT(got, "A:abcask B:answer");

	open_at(1000, 2000);		/* not ACKed: it can still be filled */
	bytes(A, 3, 0, "def");
	now += 5000 * MS;
	ack(B, 0, 0);
	CHECK_TEXT(got, "");
	bytes(A, 0, 0, "abc");
	CHECK_TEXT(got, "A:abcdef");

	open_at(1000, 2000);		/* no piece follows it */
	ack(B, 0, 50);
	now += 200 * MS;
	reassembly_clock(&s, &user, now);
	CHECK_TEXT(got, "A-50");
	bytes(A, 50, 0, "abc");
	CHECK_TEXT(got, "A-50 A:abc");

	open_at(1000, 2000);		/* two, and a response */
	bytes(A, 2, 0, "c");
	bytes(A, 5, 0, "f");
	bytes(B, 0, 6, "yes");
	now += 200 * MS;
	ack(A, 6, 3);
	CHECK_TEXT(got, "A-2 A:c A-2 A:f B:yes");

	open_at(1000, 2000);		/* a bogus ACK */
	ack(B, 0, INT64_C(1) << 30);
	bytes(B, 0, INT64_C(1) << 30, "x");
	now += 200 * MS;
	bytes(A, 0, 0, "abc");
	CHECK_TEXT(got, "B:x A:abc");
}

/* Each side waits for bytes that the other ACKed and that were not captured. */
static void
check_both_lost(void)
{
	open_at(1000, 2000);
	bytes(A, 3, 4, "def");
	bytes(B, 4, 3, "wxyz");
	CHECK_TEXT(got, "");
	now += 200 * MS;
	ack(A, 6, 8);
	CHECK_TEXT(got, "B-4 A-3 B:wxyz A:def");
	CHECK_NUM(s.held, 0);
}

static void
check_fin(void)
{
	open_at(1000, 2000);
	segment(A, 3, 0, "", 0, TCP_FIN);	/* before its data */
	CHECK_TEXT(got, "");
	bytes(A, 0, 0, "abc");
	CHECK_TEXT(got, "A:abc A$");
	segment(A, 3, 0, "", 0, TCP_FIN);
	segment(A, 2, 0, "c", 1, TCP_FIN);
	CHECK_TEXT(got, "A:abc A$");
	segment(B, 0, 4, "xyz", 3, TCP_FIN);	/* with data */
	CHECK_TEXT(got, "A:abc A$ B:xyz B$");
	CHECK(s.ended[A] && s.ended[B]);

	open_at(1000, 2000);		/* nothing follows it */
	segment(A, 0, 0, "abc", 3, TCP_FIN);
	bytes(A, 4, 0, "def");
	bytes(A, 3, 0, "def");
	CHECK_TEXT(got, "A:abc A$");

	open_at(1000, 2000);		/* nor does it precede any */
	segment(A, 3, 0, "", 0, TCP_FIN);
	bytes(A, 0, 0, "abcdef");
	bytes(A, 6, 0, "g");
	CHECK_TEXT(got, "A:abcdefg");

	open_at(1000, 2000);		/* the hole before it was ACKed */
	segment(A, 3, 0, "", 0, TCP_FIN);
	ack(B, 0, 4);
	now += 200 * MS;
	ack(B, 0, 4);
	CHECK_TEXT(got, "A-3 A$");
}

/* Of unwanted bytes only the number counts: many segments are one piece. */
static void
check_unwanted(void)
{
	open_at(1000, 2000);
	unwanted = 1000;
	bytes(A, 3, 0, "def");
	CHECK_NUM(s.held, sizeof(struct reassembly_piece));
	for (uint32_t i = 6; i < 60; i += 3)
		bytes(A, i, 0, "xxx");
	CHECK_NUM(s.held, sizeof(struct reassembly_piece));
	unwanted = 59;			/* one byte less than needed */
	bytes(A, 60, 0, "yz");
	CHECK_NUM(s.held, 2 * sizeof(struct reassembly_piece) + 2);
	bytes(A, 0, 0, "abc");
	CHECK_TEXT(got, "A:abc.........................................."
	    "...............yz");

	open_at(1000, 2000);		/* bytes cut off by the capture */
	segment(A, 0, 0, "ab", 5, 0);
	segment(A, 8, 0, "ij", 3, 0);
	segment(A, 3, 0, "defg", 5, 0);
	CHECK_TEXT(got, "A:ab...fg.ij.");
}

static bool
may_skip(int from, uint32_t at, uint32_t len, unsigned flags)
{
	struct tcp tcp = { .flags = (uint16_t)flags, .seq = base[from] + at,
	    .len = len };

	return reassembly_unwanted(&s, &user, from, &tcp);
}

static void
check_may_skip(void)
{
	begin(1000, 2000);
	CHECK(!may_skip(A, 0, 3, 0));
	syn();
	CHECK(!may_skip(A, 0, 3, 0));
	bytes(A, 0, 0, "abc");
	CHECK(may_skip(A, 0, 3, 0));
	CHECK(!may_skip(A, 0, 4, 0));
	CHECK(!may_skip(A, 3, 1, 0));
	unwanted = 10;
	CHECK(may_skip(A, 3, 10, 0));
	CHECK(may_skip(A, 8, 5, 0));
	CHECK(!may_skip(A, 8, 6, 0));
	unwanted = UINT64_MAX;
	CHECK(may_skip(A, 1000000, 60000, 0));
}

/* Without room, a hole becomes a gap; no byte is lost. */
static void
check_room(void)
{
	uint32_t each = sizeof(struct reassembly_piece) + 3;

	open_at(1000, 2000);
	room = 2 * each;
	bytes(A, 3, 0, "def");
	bytes(A, 9, 0, "jkl");
	CHECK_TEXT(got, "");
	bytes(A, 15, 0, "pqr");
	CHECK_TEXT(got, "A-3 A:def");
	bytes(A, 6, 0, "ghi");
	bytes(A, 12, 0, "mno");
	CHECK_TEXT(got, "A-3 A:defghijklmnopqr");

	open_at(1000, 2000);		/* a segment larger than the room */
	room = 20;
	bytes(A, 3, 0, "def");
	bytes(A, 6, 0, "ghi");
	CHECK_TEXT(got, "A-3 A:defghi");

	/* A piece that has no room to wait for what it ACKs is delivered. */
	open_at(1000, 2000);
	room = 20;
	bytes(A, 0, 0, "abc");
	bytes(A, 3, 5, "def");
	bytes(A, 4, 5, "efgh");
	CHECK_TEXT(got, "A:abcdefgh");

	open_at(1000, 2000);		/* all pieces wait for bytes they ACK */
	room = each;
	bytes(B, 0, 10, "xyz");
	bytes(B, 3, 10, "uvw");
	CHECK_TEXT(got, "A-10 B:xyzuvw");
}

/* The number of pieces is limited. */
static void
check_number(void)
{
	open_at(1000, 2000);
	for (uint32_t i = 0; i < 3 * REASSEMBLY_PIECES; i++)
		bytes(A, 2 * i + 1, 0, "x");
	CHECK(s.npieces <= REASSEMBLY_PIECES);
	CHECK(strncmp(got, "A-1 A:x A-1 A:x", 15) == 0);
}

static void
check_drain(void)
{
	open_at(1000, 2000);
	bytes(A, 3, 0, "def");
	segment(A, 9, 0, "jkl", 3, TCP_FIN);
	bytes(B, 2, 3, "xyz");
	reassembly_drain(&s, &user);
	CHECK_TEXT(got, "A-3 A:def A-3 A:jkl A$ B-2 B:xyz");
	CHECK_NUM(s.held, 0);
	begin(0, 0);
}

int
main(void)
{
	check_order();
	check_wraparound();
	check_midstream();
	check_causes();
	check_holes();
	check_both_lost();
	check_fin();
	check_unwanted();
	check_may_skip();
	check_room();
	check_number();
	check_drain();
	return check_failures != 0;
}
