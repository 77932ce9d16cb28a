/* Capture files, built byte by byte in either byte order. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wire/savefile.h"

static const char *test;
static int failures;

/* A file being written, in either byte order. */
static uint8_t file[1 << 20];
static size_t len;
static bool swap;

static void
same(const char *what, uint64_t got, uint64_t want)
{
	if (got == want)
		return;
	printf("%s: %s: %" PRIu64 ", not %" PRIu64 "\n", test, what, got, want);
	failures++;
}

static void
same_text(const char *what, const char *got, const char *want)
{
	if (got != NULL && strcmp(got, want) == 0)
		return;
	printf("%s: %s: '%s', not '%s'\n", test, what, got ? got : "", want);
	failures++;
}

static void
begin(const char *name, bool swapped)
{
	test = name;
	swap = swapped;
	len = 0;
}

static void
u16(uint16_t v)
{
	v = swap ? __builtin_bswap16(v) : v;
	memcpy(file + len, &v, 2);
	len += 2;
}

static void
u32(uint32_t v)
{
	v = swap ? __builtin_bswap32(v) : v;
	memcpy(file + len, &v, 4);
	len += 4;
}

static void
zeros(size_t n)
{
	memset(file + len, 0, n);
	len += n;
}

static void
pcap_header(uint32_t magic, uint32_t link)
{
	u32(magic);
	u16(2);
	u16(4);
	zeros(8);
	u32(65535);
	u32(link);
}

static void
pcap_packet(uint32_t s, uint32_t fraction, uint32_t cap_len, uint32_t wire_len)
{
	u32(s);
	u32(fraction);
	u32(cap_len);
	u32(wire_len);
}

/* The start of a block; block_end() fills in both of its lengths. */
static size_t block;

static void
block_begin(uint32_t type)
{
	block = len;
	u32(type);
	u32(0);
}

static void
block_end(void)
{
	uint32_t total;
	size_t end;

	zeros((4 - len % 4) % 4);
	total = (uint32_t)(len - block) + 4;
	u32(total);
	end = len;
	len = block + 4;
	u32(total);
	len = end;
}

static void
section(void)
{
	block_begin(0x0a0d0d0a);
	u32(0x1a2b3c4d);
	u16(1);
	u16(0);
	u32(0xffffffff);
	u32(0xffffffff);
	block_end();
}

/* tsresol below 0, or an offset of 0, is left out. */
static void
interface(uint16_t link, uint32_t snaplen, int tsresol, int64_t offset_s)
{
	block_begin(1);
	u16(link);
	u16(0);
	u32(snaplen);
	u16(2);			/* if_name, which is skipped */
	u16(5);
	memcpy(file + len, "eth0\0\0\0", 8);
	len += 8;
	if (tsresol >= 0) {
		u16(9);
		u16(1);
		file[len] = (uint8_t)tsresol;
		len++;
		zeros(3);
	}
	if (offset_s != 0) {
		uint64_t v = (uint64_t)offset_s;

		u16(14);
		u16(8);
		v = swap ? __builtin_bswap64(v) : v;
		memcpy(file + len, &v, 8);
		len += 8;
	}
	u32(0);
	block_end();
}

static void
packet(uint32_t id, uint64_t units, uint32_t cap_len, uint32_t wire_len)
{
	block_begin(6);
	u32(id);
	u32((uint32_t)(units >> 32));
	u32((uint32_t)units);
	u32(cap_len);
	u32(wire_len);
	zeros(cap_len);
	block_end();
}

/* Parsing: to the next packet, or as far as possible. */
static struct savefile sf;
static size_t at;
static struct packet pkt;

static enum savefile_step
next(void)
{
	size_t used;
	enum savefile_step step;

	do {
		step = savefile_next(&sf, file + at, len - at, &used, &pkt);
		if (step >= SAVEFILE_BLOCK)
			at += used;
	} while (step == SAVEFILE_BLOCK);
	return step;
}

static void
rewind_file(void)
{
	savefile_free(&sf);
	at = 0;
}

static void
expect_packet(uint64_t time_ns, uint32_t cap_len, uint32_t wire_len,
    uint32_t link)
{
	same("step", (uint64_t)next(), SAVEFILE_PACKET);
	same("time", pkt.time_ns, time_ns);
	same("cap_len", pkt.cap_len, cap_len);
	same("wire_len", pkt.wire_len, wire_len);
	same("link", pkt.link, link);
}

static void
expect_end(void)
{
	same("step", (uint64_t)next(), SAVEFILE_MORE);
	same("rest", len - at, 0);
	same("skip", sf.skip, 0);
}

static void
expect_damage(const char *why)
{
	while (next() == SAVEFILE_PACKET)
		continue;
	same_text("error", sf.error, why);
}

static void
test_pcap(void)
{
	static const struct {
		const char *name;
		uint32_t magic;
		uint64_t per_unit;
		size_t more_head;
	} kinds[] = {
		{ "microseconds", 0xa1b2c3d4, 1000, 0 },
		{ "nanoseconds", 0xa1b23c4d, 1, 0 },
		{ "modified", 0xa1b2cd34, 1000, 8 },
	};

	for (size_t i = 0; i < 6; i++) {
		begin(kinds[i / 2].name, i % 2);
		pcap_header(kinds[i / 2].magic, 113);
		pcap_packet(1700000000, 123456, 5, 1500);
		zeros(kinds[i / 2].more_head + 5);
		pcap_packet(4294967295, 999999, 0, 0);
		zeros(kinds[i / 2].more_head);
		rewind_file();
		expect_packet(1700000000000000000 + 123456 *
		    kinds[i / 2].per_unit, 5, 1500, 113);
		expect_packet(4294967295000000000 + 999999 *
		    kinds[i / 2].per_unit, 0, 0, 113);
		expect_end();
	}
}

static void
test_pcap_oddities(void)
{
	begin("FCS bits above the link type", false);
	pcap_header(0xa1b2c3d4, 0x24000001);
	pcap_packet(1, 0, 8, 4);	/* longer than it was on the wire */
	zeros(8);
	rewind_file();
	expect_packet(1000000000, 8, 8, 1);
	expect_end();

	test = "link types";
	same("raw, Linux", savefile_link(12), 101);
	same("raw, OpenBSD", savefile_link(14), 101);
	same("Ethernet", savefile_link(1), 1);

	begin("a packet of 262144 bytes", false);
	pcap_header(0xa1b2c3d4, 1);
	pcap_packet(1, 0, 262144, 262144);
	zeros(262144);
	pcap_packet(1, 0, 262145, 262145);
	rewind_file();
	expect_packet(1000000000, 262144, 262144, 1);
	expect_damage("packet longer than 262144 bytes");
}

static void
test_stamps(void)
{
	static const struct {
		int tsresol;
		int64_t offset_s;
		uint64_t units, ns;
	} stamps[] = {
		{ -1, 0, 1700000000123456, 1700000000123456000 },
		{ 0, 0, 1700000000, 1700000000000000000 },
		{ 3, 0, 1700000000123, 1700000000123000000 },
		{ 9, 0, 1700000000123456789, 1700000000123456789 },
		{ 12, 0, 1700000123456789, 1700000123456 },
		{ 19, 0, 12345678901234567890u, 1234567890 },
		{ 25, 0, 12345678901234567890u, 1234 },
		{ 127, 0, UINT64_MAX, 0 },
		{ 0x80, 0, 5, 5000000000 },
		{ 0x8a, 0, 1024 + 512, 1500000000 },
		{ 0xa0, 0, (UINT64_C(7) << 32) + (1u << 31), 7500000000 },
		{ 0xbf, 0, UINT64_MAX, 1999999999 },
		{ 0xc0, 0, UINT64_C(1) << 63, 500000000 },
		{ 0xff, 0, UINT64_MAX, 0 },
		{ -1, 100, 1000000, 101000000000 },
		{ -1, -1, 1500000, 500000000 },
		{ -1, -2, 1000000, 0 },
		{ 9, INT64_MIN, 1, 0 },
		{ 9, INT64_MAX, 1, 9223372035000000001 },
		{ 0, 0, UINT64_MAX, 9223372035000000000 },
	};

	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++)
		for (int swapped = 0; swapped < 2; swapped++) {
			char name[40];

			snprintf(name, sizeof(name), "stamp %zu", i);
			begin(name, swapped);
			section();
			interface(1, 0, stamps[i].tsresol, stamps[i].offset_s);
			packet(0, stamps[i].units, 3, 3);
			rewind_file();
			expect_packet(stamps[i].ns, 3, 3, 1);
			expect_end();
		}
}

static void
test_sections(void)
{
	begin("a section in the other order, with other interfaces", false);
	section();
	interface(1, 0, -1, 0);
	interface(101, 0, 9, 0);
	packet(1, 5, 1, 1);
	packet(0, 5, 2, 2);
	swap = true;
	section();
	interface(276, 0, -1, 0);
	packet(0, 6, 3, 3);
	packet(1, 6, 3, 3);
	rewind_file();
	expect_packet(5, 1, 1, 101);
	expect_packet(5000, 2, 2, 1);
	expect_packet(6000, 3, 3, 276);
	expect_damage("packet of an undescribed interface");
}

static void
test_joined(void)
{
	begin("files joined, in either byte order", false);
	pcap_header(0xa1b2c3d4, 1);
	pcap_packet(1, 1, 4, 5);
	zeros(4);
	swap = true;
	pcap_header(0xa1b23c4d, 101);
	pcap_packet(1, 1, 8, 8);
	zeros(8);
	section();
	interface(113, 0, -1, 0);
	packet(0, 7, 1, 1);
	swap = false;
	pcap_header(0xa1b2c3d4, 9);
	/* In the second of the magic number, which is not a file. */
	pcap_packet(0xa1b2c3d4, 2, 1, 1);
	zeros(1);
	rewind_file();
	expect_packet(1000001000, 4, 5, 1);
	expect_packet(1000000001, 8, 8, 101);
	expect_packet(7000, 1, 1, 113);
	expect_packet(UINT64_C(2712847316000002000), 1, 1, 9);
	expect_end();

	begin("version 2.2: the length on the wire first", false);
	pcap_header(0xa1b2c3d4, 1);
	file[6] = 2;
	pcap_packet(0, 0, 9, 2);
	zeros(2);
	rewind_file();
	expect_packet(0, 2, 9, 1);
	expect_end();
}

static void
test_other_blocks(void)
{
	begin("simple and obsolete packets, skipped blocks", false);
	section();
	interface(1, 10, -1, 0);
	block_begin(5);			/* statistics */
	zeros(300000);
	block_end();
	block_begin(10);		/* decryption secrets */
	zeros(20);
	block_end();
	block_begin(3);
	u32(1500);
	zeros(10);
	block_end();
	block_begin(2);
	u16(0);
	u16(0);
	u32(0);
	u32(7);
	u32(4);
	u32(9);
	zeros(4);
	block_end();
	rewind_file();
	expect_packet(0, 10, 1500, 1);
	expect_packet(7000, 4, 9, 1);
	expect_end();

	rewind_file();
	len = 300000;
	same("cut within a skipped block", (uint64_t)next(),
	    SAVEFILE_MORE);
	same("skip is left", sf.skip > 0, true);
}

static void
test_many_interfaces(void)
{
	begin("the maximum of interfaces", false);
	section();
	for (int i = 0; i < SAVEFILE_IFACES; i++)
		interface((uint16_t)(i % 2 ? 113 : 1), 0, -1, 0);
	packet(SAVEFILE_IFACES - 1, 1, 1, 1);
	rewind_file();
	expect_packet(1000, 1, 1, 113);
	interface(1, 0, -1, 0);
	expect_damage("more than 1024 interfaces");
}

static void
set32(size_t where, uint32_t v)
{
	memcpy(file + where, &v, sizeof(v));
}

static void
test_damage(void)
{
	begin("nonsense", false);
	u32(0x12345678);
	zeros(12);
	rewind_file();
	expect_damage("not a capture file");

	begin("a version to come", false);
	pcap_header(0xa1b2c3d4, 1);
	file[4] = 3;
	rewind_file();
	expect_damage("unsupported pcap version (not 2)");

	begin("two lengths", false);
	section();
	set32(len - 4, 1);
	rewind_file();
	expect_damage("block whose two lengths differ");

	begin("a short block", false);
	section();
	u32(6);
	u32(8);
	zeros(4);
	rewind_file();
	expect_damage("impossible length of a block");

	begin("a long block", false);
	section();
	u32(6);
	u32(SAVEFILE_BLOCK_MAX + 4);
	zeros(4);
	rewind_file();
	expect_damage("block longer than 1048576 bytes");

	begin("a packet beyond its block", false);
	section();
	interface(1, 0, -1, 0);
	packet(0, 1, 4, 4);
	set32(len - 16, 5);
	rewind_file();
	expect_damage("packet longer than its block");

	begin("an option beyond its block", false);
	section();
	block_begin(1);
	zeros(8);
	u16(9);
	u16(8);
	zeros(4);
	block_end();
	rewind_file();
	expect_damage("option longer than its block");
}

static void
test_writing(void)
{
	struct packet out = { .time_ns = 1700000000123456789, .cap_len = 2,
	    .wire_len = 3 };

	begin("what is written is read", false);
	len += savefile_put_header(file, 276, 96);
	len += savefile_put_record(file + len, &out);
	zeros(2);
	out.time_ns = INT64_MAX;
	len += savefile_put_record(file + len, &out);
	zeros(2);
	rewind_file();
	expect_packet(1700000000123456789, 2, 3, 276);
	same("snaplen", sf.snaplen, 96);
	expect_packet(4294967295854775807, 2, 3, 276);
	expect_end();
}

int
main(void)
{
	savefile_init(&sf);
	test_pcap();
	test_pcap_oddities();
	test_stamps();
	test_sections();
	test_joined();
	test_other_blocks();
	test_many_interfaces();
	test_damage();
	test_writing();
	savefile_free(&sf);
	return failures != 0;
}
