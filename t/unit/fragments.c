/* Datagrams put together: order, overlaps, bounds, time. */
#include <stdlib.h>

#include "check.h"
#include "wire/fragments.h"
#include "wire/units.h"

static struct datagrams f;
static const struct encaps none;
static struct fragments_whole w;
static struct ip ip;

/* A fragment of datagram id: bytes from offset on, each c, at a second. */
static bool
add(bool v6, uint32_t id, uint32_t offset, uint32_t len, bool more, int c,
    uint64_t second)
{
	static uint8_t bytes[65536];
	struct view v = view_of(bytes, len < 65536 ? len : 65536);

	memset(bytes, c, view_left(&v));
	ip = (struct ip){ .id = id, .offset = (uint16_t)offset, .more = more,
	    .proto = 6, .ttl = offset == 0 ? 64 : 60, .payload_len = len,
	    .len = (v6 ? 48 : 20) + len };
	ip.src.v6 = ip.dst.v6 = v6;
	return fragments_add(&f, second * NS_PER_S, &ip, &none, &v, &w);
}

static void
in_order_and_not(bool v6)
{
	CHECK(!add(v6, 1, 0, 16, true, 'a', 1));
	CHECK(add(v6, 1, 16, 5, false, 'b', 1));
	CHECK_NUM(w.len, 21);
	CHECK_NUM(w.captured, 21);
	CHECK(memcmp(w.data, "aaaaaaaaaaaaaaaabbbbb", 21) == 0);
	CHECK_NUM(ip.len, (v6 ? 40 : 20) + 21);
	CHECK(!ip_is_fragment(&ip) && ip.ttl == 64);
	CHECK(!add(v6, 2, 16, 5, false, 'c', 1));
	CHECK(!add(v6, 2, 8, 8, true, 'b', 1));
	CHECK(add(v6, 2, 0, 8, true, 'a', 1));
	CHECK(memcmp(w.data, "aaaaaaaabbbbbbbbccccc", 21) == 0);
	CHECK_NUM(f.whole, 2);
}

static void
duplicates(bool v6)
{
	uint64_t before = f.incomplete;

	CHECK(!add(v6, 3, 0, 16, true, 'a', 2));
	CHECK(!add(v6, 3, 0, 16, true, 'a', 2));
	CHECK(add(v6, 3, 16, 8, false, 'b', 2));
	CHECK_NUM(f.duplicates, 1);
	CHECK(!add(v6, 3, 16, 8, false, 'b', 2));	/* too late */
	CHECK(!add(v6, 3, 0, 16, true, 'a', 2));	/* all of it, twice */
	CHECK(add(v6, 3, 16, 8, false, 'b', 2));
	CHECK(!add(v6, 3, 0, 16, true, 'a', 2));
	CHECK(!add(v6, 4, 0, 16, true, 'a', 40));	/* the open one expires */
	CHECK_NUM(f.duplicates, 3);
	CHECK_NUM(f.incomplete, before);
	CHECK(!add(v6, 5, 0, 16, true, 'a', 80));
	CHECK_NUM(f.incomplete, before + 1);
	CHECK(!add(v6, 6, 0, 16, true, 'a', 1));	/* time steps back */
	CHECK_NUM(f.incomplete, before + 2);
}

/* Each fragment captured twice, and one identification for all datagrams. */
static void
mirrored(bool v6)
{
	for (int i = 0; i < 50; i++) {
		uint32_t len = 1 + (uint32_t)i % 7;

		CHECK(!add(v6, 9, 0, 16, true, 'A' + i, 90));
		CHECK(!add(v6, 9, 0, 16, true, 'A' + i, 90));
		CHECK(add(v6, 9, 16, len, false, 'B' + i, 90));
		CHECK_NUM(w.len, 16 + len);
		CHECK_NUM(w.data[0], 'A' + i);
		CHECK_NUM(w.data[16], 'B' + i);
		CHECK(!add(v6, 9, 16, len, false, 'B' + i, 90));
	}
	/* A datagram's late duplicates do not refuse the next one. */
	CHECK(!add(v6, 8, 16, 5, false, 'b', 90));
	CHECK(add(v6, 8, 0, 16, true, 'a', 90));
	CHECK(!add(v6, 8, 16, 5, false, 'b', 90));
	CHECK(!add(v6, 8, 24, 7, false, 'd', 90));
	CHECK(!add(v6, 8, 0, 16, true, 'e', 90));
	CHECK(add(v6, 8, 16, 8, true, 'c', 90));
	CHECK_NUM(w.len, 31);
	CHECK_NUM(w.data[0], 'e');
}

static void
overlaps(void)
{
	CHECK(!add(false, 10, 0, 16, true, 'a', 100));
	CHECK(!add(false, 10, 8, 16, true, 'b', 100));
	CHECK(add(false, 10, 24, 1, false, 'c', 100));
	CHECK(memcmp(w.data, "aaaaaaaabbbbbbbbbbbbbbbbc", 25) == 0);
	CHECK(!add(true, 10, 0, 16, true, 'a', 100));
	CHECK(!add(true, 10, 8, 16, true, 'a', 100));
	CHECK(!add(true, 10, 24, 1, false, 'c', 100));
	CHECK(!add(true, 10, 0, 16, true, 'a', 100));
	CHECK_NUM(f.refused, 1);
	/* The same bounds with other bytes are an overlap, too. */
	CHECK(!add(true, 11, 0, 16, true, 'a', 100));
	CHECK(!add(true, 11, 0, 16, true, 'b', 100));
	CHECK(!add(true, 11, 16, 1, false, 'c', 100));
	CHECK_NUM(f.refused, 2);
	/* Part of one that came, with its bytes. */
	CHECK(!add(true, 12, 0, 16, true, 'a', 100));
	CHECK(!add(true, 12, 8, 8, true, 'a', 100));
	CHECK_NUM(f.refused, 3);
}

static void
contradictions(bool v6)
{
	uint64_t before = f.refused;

	CHECK(!add(v6, 20, 16, 5, false, 'a', 200));
	CHECK(!add(v6, 20, 32, 5, false, 'a', 200));	/* two ends */
	CHECK(!add(v6, 21, 16, 5, false, 'a', 200));
	CHECK(!add(v6, 21, 24, 8, true, 'a', 200));	/* after the end */
	CHECK(!add(v6, 22, 24, 8, true, 'a', 200));
	CHECK(!add(v6, 22, 16, 5, false, 'a', 200));	/* the same */
	CHECK(!add(v6, 23, 0, 9, true, 'a', 200));	/* not eights */
	CHECK(!add(v6, 24, 8, 0, false, 'a', 200));
	CHECK(!add(v6, 25, 65528, 100, false, 'a', 200));
	CHECK(!add(v6, 26, 65528, 8, false, 'a', 200));
	CHECK(!add(v6, 27, 8, UINT32_MAX - 100, false, 'a', 200));
	CHECK_NUM(f.refused - before, 8);
}

static void
captured_in_part(void)
{
	struct view v = view_of((const uint8_t *)"xxxx", 4);

	CHECK(!add(false, 30, 0, 16, true, 'a', 300));
	ip = (struct ip){ .id = 30, .offset = 16, .proto = 6, .len = 120,
	    .payload_len = 100 };
	CHECK(fragments_add(&f, 300 * NS_PER_S, &ip, &none, &v, &w));
	CHECK_NUM(w.len, 116);
	CHECK_NUM(w.captured, 20);
}

/* The largest there is, of the smallest fragments. */
static void
largest(void)
{
	bool whole = false;

	for (uint32_t at = 65512 - 8; at > 0; at -= 8)
		CHECK(!add(false, 40, at, at == 65504 ? 11 : 8, at < 65504,
		    'z', 400));
	whole = add(false, 40, 0, 8, true, 'z', 400);
	CHECK(whole);
	CHECK_NUM(w.len, 65515);
	CHECK_NUM(ip.len, 65535);
}

/* A flood: the oldest leave, and the newest become whole. */
static void
flood(void)
{
	uint64_t before = f.incomplete;

	for (uint32_t id = 1000; id < 101000; id++)
		CHECK(!add(id % 2, id, 8 * (id % 8000), 8, true, 'f', 500));
	CHECK_NUM(f.nopen, 4);
	CHECK(f.incomplete - before >= 99996);
	CHECK(!add(false, 7, 0, 8, true, 'a', 500));
	CHECK(add(false, 7, 8, 8, false, 'b', 500));
}

int
main(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		if (datagrams_open(&f, 4, 1) < 0)
			return 1;
		in_order_and_not(v6);
		duplicates(v6);
		mirrored(v6);
		contradictions(v6);
		datagrams_close(&f);
	}
	if (datagrams_open(&f, 4, 1) < 0)
		return 1;
	overlaps();
	captured_in_part();
	largest();
	flood();
	datagrams_end(&f);
	CHECK_NUM(f.nopen, 0);
	datagrams_close(&f);
	return check_failures > 0;
}
