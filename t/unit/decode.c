/*
 * Decoding, frame by frame.  Frames are in hexadecimal and put together from
 * named parts; blanks are ignored.
 */
#include "check.h"
#include "wire/decode.h"

#define ETHER(type)	"020000000001 020000000002 " type " "
/* 10.0.0.1 > 10.0.0.2, total length len (hex), protocol proto, checksum 0. */
#define IPV4(len, proto) \
	"4500" len "1234 0000 40" proto "0000 0a000001 0a000002 "
/* fd00::1 > fd00::2. */
#define IPV6(len, next)	"60000000" len next "40" \
	"fd000000000000000000000000000001 fd000000000000000000000000000002 "
/* 1000 > 80, seq 1, ack 2, PSH ACK, window 256. */
#define TCP		"03e8 0050 00000001 00000002 5018 0100 0000 0000 "
#define TCP_OPTIONS(words, bytes) \
	"03e8 0050 00000001 00000002 " words "018 0100 0000 0000 " bytes
#define DATA		"68656c6c6f "		/* hello */
#define TCP_HELLO	IPV4("002d", "06") TCP DATA

static uint8_t bytes[2048];
static struct decoded d;

static uint32_t
from_hex(const char *hex)
{
	uint32_t n = 0;
	unsigned v;

	for (; *hex != '\0'; hex += *hex == ' ' ? 1 : 2)
		if (*hex != ' ' && sscanf(hex, "%2x", &v) == 1)
			bytes[n++] = (uint8_t)v;
	return n;
}

/* Decode a frame that had extra more bytes on the wire. */
static enum decode
decode_cut(uint32_t link, const char *hex, uint32_t extra)
{
	uint32_t n = from_hex(hex);
	struct packet pkt = { .link = link, .data = bytes, .cap_len = n,
	    .wire_len = n + extra };

	memset(&d, 0, sizeof d);
	return decode_packet(&pkt, true, NULL, &d);
}

static enum decode
decode(uint32_t link, const char *hex)
{
	return decode_cut(link, hex, 0);
}

static void
check_hello(uint32_t link, const char *hex)
{
	CHECK_NUM(decode(link, hex), DECODE_TCP);
	CHECK_NUM(d.tcp.sport, 1000);
	CHECK_NUM(d.tcp.dport, 80);
	CHECK_NUM(d.tcp.len, 5);
	CHECK(d.data_len == 5 && memcmp(d.data, "hello", 5) == 0);
}

static void
check_links(void)
{
	check_hello(1, ETHER("0800") TCP_HELLO);
	check_hello(1, ETHER("86dd") IPV6("0019", "06") TCP DATA);
	/* 802.3 with LLC and SNAP; padding after the packet. */
	check_hello(1, ETHER("0035") "aaaa03 000000 0800 " TCP_HELLO "0000");
	check_hello(1, ETHER("8100") "2064 0800 " TCP_HELLO);
	CHECK(d.encaps.nvlan == 1 && d.encaps.vlan[0] == 100);
	check_hello(1, ETHER("88a8") "0014 8100 001e 0800 " TCP_HELLO);
	CHECK(d.encaps.nvlan == 2 && d.encaps.vlan[1] == 30);
	check_hello(1, ETHER("8864") "1100 0001 002f 0021 " TCP_HELLO);
	check_hello(1, ETHER("8847") "00010040 00011140 " TCP_HELLO);
	/* A pseudo wire with a control word. */
	check_hello(1, ETHER("8847") "00011140 00000000 " ETHER("0800")
	    TCP_HELLO);
	check_hello(0, "02000000 " TCP_HELLO);
	check_hello(108, "00000002 " TCP_HELLO);
	check_hello(9, "ff03 0021 " TCP_HELLO);
	check_hello(9, "21 " TCP_HELLO);
	check_hello(50, "0f00 0800 " TCP_HELLO);
	check_hello(101, TCP_HELLO);
	check_hello(228, TCP_HELLO);
	check_hello(113, "0000 0001 0006 0200000000020000 0800 " TCP_HELLO);
	check_hello(276, "0800 0000 00000002 0001 00 06 0200000000020000 "
	    TCP_HELLO);
	check_hello(6, "1040 020000000001 820000000002 04300000 "
	    "aaaa03 000000 0800 " TCP_HELLO);
	CHECK_NUM(decode(147, TCP_HELLO), DECODE_LINK);
	CHECK_NUM(decode(1, ETHER("0806") "0001"), DECODE_NOT_IP);
}

/* A segment in depth IP headers, and one. */
static void
check_nested(unsigned depth, enum decode want)
{
	char hex[2048] = "";

	for (unsigned i = depth; i > 0; i--)
		snprintf(hex + strlen(hex), sizeof hex - strlen(hex),
		    "4500%04x1234000040040000 0a000001 0a000002 ",
		    45 + 20 * i);
	strcat(hex, TCP_HELLO);
	CHECK_NUM(decode(101, hex), want);
	CHECK_NUM(d.encaps.nencap, ENCAPS_MAX);
}

static void
check_tunnels(void)
{
	check_hello(101, IPV4("0041", "04") TCP_HELLO);
	check_hello(101, IPV6("002d", "04") TCP_HELLO);
	check_hello(101, IPV4("0045", "2f") "0000 0800 " TCP_HELLO);
	/* GRE with key and sequence number. */
	check_hello(101, IPV4("004d", "2f") "3000 0800 00000007 00000001 "
	    TCP_HELLO);
	/* ERSPAN II and III. */
	check_hello(101, IPV4("005f", "2f") "1000 88be 00000001 "
	    "1064000000000000 " ETHER("0800") TCP_HELLO);
	check_hello(101, IPV4("0063", "2f") "1000 22eb 00000001 "
	    "206400000000000000000000 " ETHER("0800") TCP_HELLO);
	check_hello(101, IPV4("005f", "11") "c000 12b5 004b 0000 "
	    "08000000 00000700 " ETHER("0800") TCP_HELLO);
	CHECK(d.encaps.nencap == 1 && strcmp(d.encaps.encap[0], "vxlan") == 0);
	check_nested(ENCAPS_MAX, DECODE_TCP);
	check_nested(ENCAPS_MAX + 1, DECODE_NOT_TCP);
}

static void
check_ip(void)
{
	/* Options; a destination option and a hop-by-hop header. */
	check_hello(101, "4600003112340000400600000a0000010a000002 01010101 "
	    TCP DATA);
	check_hello(101, IPV6("0029", "00") "3c00050200000000 "
	    "0600010400000000 " TCP DATA);
	/* An atomic fragment, a first one, and one that is not the first. */
	check_hello(101, IPV6("0021", "2c") "0600 0000 0000abcd " TCP DATA);
	CHECK(d.ip.has_id && d.ip.id == 0xabcd && !d.ip.more);
	CHECK_NUM(decode(101, IPV6("0021", "2c") "0600 0001 0000abcd " TCP
	    DATA), DECODE_TCP);
	CHECK(d.ip.more);
	CHECK_NUM(decode(101, IPV6("0021", "2c") "0600 0009 0000abcd " TCP
	    DATA), DECODE_FRAGMENT);
	CHECK_NUM(decode(101, "4500002d1234000140060000 0a000001 0a000002 " TCP
	    DATA), DECODE_FRAGMENT);
	/* Length 0, by segmentation offload: the length is the wire's. */
	check_hello(101, IPV4("0000", "06") TCP DATA);
	CHECK(d.ip.no_length);
	CHECK_NUM(decode_cut(101, IPV4("0000", "06") TCP DATA, 60000),
	    DECODE_TCP);
	CHECK_NUM(d.tcp.len, 60005);
	/* The length is the IP header's, however much was captured. */
	CHECK_NUM(decode_cut(101, IPV4("05dc", "06") TCP DATA, 1455),
	    DECODE_TCP);
	CHECK(d.tcp.len == 1460 && d.data_len == 5);
	CHECK_NUM(d.ip.len, 1500);
	CHECK_NUM(decode(101, IPV4("0010", "06") TCP), DECODE_MALFORMED);
	CHECK_NUM(decode(101, "43000028"), DECODE_MALFORMED);
	CHECK_NUM(decode(101, "50000028"), DECODE_MALFORMED);
	CHECK_NUM(decode(101, IPV6("0004", "3c") "06000000"),
	    DECODE_MALFORMED);
}

static void
check_options(void)
{
	CHECK_NUM(decode(101, IPV4("003c", "06") TCP_OPTIONS("a",
	    "020405b4 0402 080a 00000010 00000020 01 030307")), DECODE_TCP);
	CHECK(d.tcp.has_mss && d.tcp.mss == 1460);
	CHECK(d.tcp.has_ws && d.tcp.ws == 7 && d.tcp.sackok && !d.tcp.tfo);
	CHECK(d.tcp.has_ts && d.tcp.tsval == 16 && d.tcp.tsecr == 32);
	CHECK_NUM(decode(101, IPV4("0040", "06") TCP_OPTIONS("b",
	    "0101 0512 0000000100000002 0000000300000004 2202 0101")),
	    DECODE_TCP);
	CHECK(d.tcp.nsack == 2 && d.tcp.sack[1][1] == 4 && d.tcp.tfo);
	/* An option that is longer than the header; one of length 0. */
	CHECK_NUM(decode(101, IPV4("002c", "06") TCP_OPTIONS("6",
	    "080a0000")), DECODE_TCP);
	CHECK(d.tcp.options_bad && !d.tcp.has_ts);
	CHECK_NUM(decode(101, IPV4("002c", "06") TCP_OPTIONS("6",
	    "08000000")), DECODE_TCP);
	CHECK(d.tcp.options_bad);
	/* Cut by the capture: options_cut, not options_bad. */
	CHECK_NUM(decode_cut(101, IPV4("0034", "06") TCP_OPTIONS("8",
	    "0101 080a 0000"), 6), DECODE_TCP);
	CHECK(d.tcp.options_cut && !d.tcp.options_bad);
	/* Impossible header lengths. */
	CHECK_NUM(decode(101, IPV4("0028", "06") TCP_OPTIONS("4", "")),
	    DECODE_MALFORMED);
	CHECK_NUM(decode(101, IPV4("0028", "06") TCP_OPTIONS("6", "")),
	    DECODE_MALFORMED);
	CHECK_NUM(decode_cut(101, IPV4("0028", "06") "03e8 0050", 16),
	    DECODE_TRUNCATED);
	CHECK_NUM(decode(101, IPV4("0018", "06") "03e8 0050"),
	    DECODE_MALFORMED);
}

static void
check_icmp(void)
{
	/* Port unreachable, which quotes the 8 bytes that RFC 792 promises. */
	CHECK_NUM(decode(101, IPV4("0038", "01") "0303 0000 00000000 "
	    IPV4("0028", "06") "03e8 0050 deadbeef"), DECODE_ICMP);
	CHECK(d.icmp.kind == ICMP_UNREACH && d.icmp.code == 3);
	CHECK(d.icmp.has_seq && d.tcp.seq == 0xdeadbeef);
	CHECK_NUM(d.tcp.dport, 80);
	/* Fewer: the ports, or nothing of TCP. */
	CHECK_NUM(decode(101, IPV4("0034", "01") "0b00 0000 00000000 "
	    IPV4("0028", "06") "03e8 0050"), DECODE_ICMP);
	CHECK(d.icmp.kind == ICMP_TIMEX && d.icmp.has_ports);
	CHECK(!d.icmp.has_seq);
	CHECK_NUM(decode(101, IPV4("0030", "01") "0301 0000 00000000 "
	    IPV4("0028", "06")), DECODE_ICMP);
	CHECK(!d.icmp.has_ports);
	/* ICMPv6: no route; packet too big. */
	CHECK_NUM(decode(101, IPV6("0038", "3a") "0100 0000 00000000 "
	    IPV6("0014", "06") "03e8 0050 00000009"), DECODE_ICMP);
	CHECK(d.icmp.kind == ICMP_UNREACH && d.tcp.seq == 9 && d.ip.src.v6);
	CHECK_NUM(decode(101, IPV6("0038", "3a") "0200 0000 000005dc "
	    IPV6("0014", "06") "03e8 0050 00000009"), DECODE_ICMP);
	CHECK_NUM(d.icmp.kind, ICMP_TOOBIG);
	/* About a first fragment, which has the ports; about another one. */
	CHECK_NUM(decode(101, IPV4("0038", "01") "0303 0000 00000000 "
	    "45000028 12342000 40060000 0a000001 0a000002 03e8 0050 00000009"),
	    DECODE_ICMP);
	CHECK_NUM(d.tcp.seq, 9);
	CHECK_NUM(decode(101, IPV4("0038", "01") "0303 0000 00000000 "
	    "45000028 12340001 40060000 0a000001 0a000002 03e8 0050 00000009"),
	    DECODE_NOT_TCP);
	CHECK_NUM(decode(101, IPV6("0040", "3a") "0100 0000 00000000 "
	    IPV6("001c", "2c") "0600 0001 0000abcd 03e8 0050 00000009"),
	    DECODE_ICMP);
	CHECK_NUM(d.tcp.seq, 9);
	CHECK_NUM(decode(101, IPV6("0040", "3a") "0100 0000 00000000 "
	    IPV6("001c", "2c") "0600 0009 0000abcd 03e8 0050 00000009"),
	    DECODE_NOT_TCP);
	/* An echo; an error about UDP. */
	CHECK_NUM(decode(101, IPV4("001c", "01") "0800 0000 00000000"),
	    DECODE_NOT_TCP);
	CHECK_NUM(decode(101, IPV4("0038", "01") "0303 0000 00000000 "
	    IPV4("0028", "11") "03e8 0050 00000000"), DECODE_NOT_TCP);
}

static void
check_checksums(void)
{
	/* A pure ACK that a kernel sent, from share/samples/wan.pcap. */
	static const char good[] =
	    "45000034590a40004006ca1e0a4d01010a4d0201 "
	    "a59e005062d970bb723fbb918010003ff4390000 "
	    "0101080ae76d127ec0e70881";

	CHECK_NUM(decode(101, good), DECODE_TCP);
	CHECK_NUM(decode_ip_checksum(&d), CHECKSUM_OK);
	CHECK_NUM(decode_tcp_checksum(&d), CHECKSUM_OK);
	bytes[8]--;
	CHECK_NUM(decode_ip_checksum(&d), CHECKSUM_WRONG);
	bytes[33] ^= 1;
	CHECK_NUM(decode_tcp_checksum(&d), CHECKSUM_WRONG);
	CHECK_NUM(decode_cut(101, IPV4("05dc", "06") TCP DATA, 1455),
	    DECODE_TCP);
	CHECK_NUM(decode_tcp_checksum(&d), CHECKSUM_UNKNOWN);
}

int
main(void)
{
	check_links();
	check_tunnels();
	check_ip();
	check_options();
	check_icmp();
	check_checksums();
	return check_failures != 0;
}
