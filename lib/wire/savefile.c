#include "wire/savefile.h"

#include <stdlib.h>
#include <string.h>

#include "wire/otherfile.h"
#include "wire/units.h"

#define TIME_MAX_S	(INT64_MAX / 1000000000 - 1)

#define MAGIC_MICRO	0xa1b2c3d4
#define MAGIC_NANO	0xa1b23c4d
#define MAGIC_MODIFIED	0xa1b2cd34
#define MAGIC_ORDER	0x1a2b3c4d	/* pcapng: byte order */
#define MAGIC_SWAPPED	0x4d3c2b1a

/* pcapng block types, draft-ietf-opsawg-pcapng section 10.1. */
#define BLOCK_SECTION	0x0a0d0d0a	/* the same in either order */
#define BLOCK_IFACE	1
#define BLOCK_OLD	2		/* the obsolete Packet Block */
#define BLOCK_SIMPLE	3
#define BLOCK_ENHANCED	6
#define BLOCK_HEAD	8		/* type and length before the body */
#define BLOCK_FRAME	12		/* and the length again after it */

#define OPTION_END	0
#define OPTION_TSRESOL	9
#define OPTION_TSOFFSET	14

#define LINK_RAW	101

#define FILE_MAGIC	12	/* bytes that tell that a file begins */

void
savefile_init(struct savefile *sf)
{
	*sf = (struct savefile){ .format = SAVEFILE_START };
}

void
savefile_free(struct savefile *sf)
{
	free(sf->ifaces);
	savefile_init(sf);
}

uint32_t
savefile_link(uint32_t dlt)
{
	/* Above the low 16 bits are the FCS length and reserved ones. */
	uint32_t link = dlt & 0xffff;

	return link == 12 || link == 14 ? LINK_RAW : link;
}

/* The limits in these texts are SAVEFILE_PACKET_MAX, _BLOCK_MAX and _IFACES. */
static enum savefile_step
damaged(struct savefile *sf, const char *why)
{
	sf->error = why;
	return SAVEFILE_DAMAGED;
}

static enum savefile_step
more(size_t *used, size_t need)
{
	*used = need;
	return SAVEFILE_MORE;
}

static uint32_t
native32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static uint32_t
get32(const struct savefile *sf, const uint8_t *p)
{
	uint32_t v = native32(p);

	return sf->swapped ? __builtin_bswap32(v) : v;
}

static uint16_t
get16(const struct savefile *sf, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof v);
	return sf->swapped ? __builtin_bswap16(v) : v;
}

static int64_t
get64(const struct savefile *sf, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return (int64_t)(sf->swapped ? __builtin_bswap64(v) : v);
}

/* A length on the wire below the captured one is wrong: use the captured. */
static void
set_lengths(struct packet *pkt, uint32_t cap_len, uint32_t wire_len)
{
	pkt->cap_len = cap_len;
	pkt->wire_len = wire_len < cap_len ? cap_len : wire_len;
}

/* pcap: a header, then packets of four words and their bytes. */

static enum savefile_step
pcap_header(struct savefile *sf, const uint8_t *buf, size_t len, size_t *used)
{
	if (len < SAVEFILE_HEADER_LEN)
		return more(used, SAVEFILE_HEADER_LEN);
	if (get16(sf, buf + 4) != 2)
		return damaged(sf, "unsupported pcap version (not 2)");
	sf->format = SAVEFILE_PCAP;
	sf->minor = (uint8_t)get16(sf, buf + 6);
	sf->snaplen = get32(sf, buf + 16);
	sf->link = savefile_link(get32(sf, buf + 20));
	*used = SAVEFILE_HEADER_LEN;
	return SAVEFILE_BLOCK;
}

static bool
is_pcap(uint32_t magic)
{
	return magic == MAGIC_MICRO || magic == MAGIC_NANO ||
	    magic == MAGIC_MODIFIED;
}

/* Does a capture file begin with these FILE_MAGIC bytes, as where cat(1) joined
 * two?  More than its magic number is compared: that is a second, too. */
static bool
begins_file(const uint8_t *buf)
{
	uint32_t magic = native32(buf);

	switch (native32(buf + 8)) {
	case 0:				/* pcap: the time zone */
		return (is_pcap(magic) || is_pcap(__builtin_bswap32(magic))) &&
		    buf[4] + buf[5] == 2 && buf[6] + buf[7] <= 4;
	case MAGIC_ORDER:
	case MAGIC_SWAPPED:
		return magic == BLOCK_SECTION;
	default:
		return buf[11] == 2 && snoop_begins(buf);
	}
}

bool
savefile_begins(const uint8_t *buf, size_t len)
{
	uint32_t magic = len >= sizeof magic ? native32(buf) : 0;

	return magic == BLOCK_SECTION || is_pcap(magic) ||
	    is_pcap(__builtin_bswap32(magic)) ||
	    (len >= FILE_MAGIC && snoop_begins(buf)) ||
	    (len >= ERF_RECORD_LEN && erf_begins(buf));
}

static enum savefile_step start(struct savefile *, const uint8_t *, size_t,
    size_t *, struct packet *);

/* Before version 2.3 the length on the wire came first; 2.3 was written in
 * either way, and the shorter is that of the capture. */
static bool
is_wire_len_first(const struct savefile *sf, const uint8_t *lengths)
{
	return sf->minor < 3 || get32(sf, lengths) > get32(sf, lengths + 4);
}

static inline enum savefile_step
pcap_body(struct savefile *sf, const uint8_t *buf, size_t len, size_t *used,
    struct packet *pkt, uint32_t cap_len, uint32_t wire_len)
{
	size_t head = sf->modified ? 24 : SAVEFILE_RECORD_LEN;

	if (len < head + cap_len)
		return more(used, head + cap_len);
	pkt->time_ns = get32(sf, buf) * NS_PER_S +
	    get32(sf, buf + 4) * (uint64_t)(sf->nano ? 1 : 1000);
	set_lengths(pkt, cap_len, wire_len);
	pkt->link = sf->link;
	pkt->data = buf + head;
	*used = head + cap_len;
	return SAVEFILE_PACKET;
}

/* A packet of an old version, an impossible one, or a file's header: apart, to
 * keep the usual path short. */
__attribute__((noinline)) static enum savefile_step
pcap_unusual(struct savefile *sf, const uint8_t *buf, size_t len, size_t *used,
    struct packet *pkt)
{
	bool swap = sf->minor <= 3 && is_wire_len_first(sf, buf + 8);
	uint32_t cap_len = get32(sf, buf + (swap ? 12 : 8));

	if (begins_file(buf))
		return start(sf, buf, len, used, pkt);
	if (cap_len > SAVEFILE_PACKET_MAX)
		return damaged(sf, "packet longer than 262144 bytes");
	return pcap_body(sf, buf, len, used, pkt, cap_len,
	    get32(sf, buf + (swap ? 8 : 12)));
}

static enum savefile_step
pcap_packet(struct savefile *sf, const uint8_t *buf, size_t len, size_t *used,
    struct packet *pkt)
{
	size_t head = sf->modified ? 24 : SAVEFILE_RECORD_LEN;
	uint32_t cap_len;

	if (len < head)
		return more(used, head);
	cap_len = get32(sf, buf + 8);
	/* A file's header has in this place what no usual length is. */
	if (sf->minor <= 3 || cap_len <= 2 || cap_len > SAVEFILE_PACKET_MAX)
		return pcap_unusual(sf, buf, len, used, pkt);
	return pcap_body(sf, buf, len, used, pkt, cap_len,
	    get32(sf, buf + 12));
}

/* pcapng: blocks of type, length, body, length again. */

static const uint64_t ten_to[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	1000000000, UINT64_C(10000000000), UINT64_C(100000000000),
	UINT64_C(1000000000000), UINT64_C(10000000000000),
	UINT64_C(100000000000000), UINT64_C(1000000000000000),
	UINT64_C(10000000000000000), UINT64_C(100000000000000000),
	UINT64_C(1000000000000000000), UINT64_C(10000000000000000000)
};

/* Add the interface's offset to a time; the result is between 1970 and 2262. */
static uint64_t
shifted_ns(uint64_t s, uint64_t ns, int64_t offset_s)
{
	int64_t sum;

	if (offset_s < -TIME_MAX_S)
		return 0;
	sum = s > TIME_MAX_S || offset_s > TIME_MAX_S ? TIME_MAX_S :
	    (int64_t)s + offset_s;
	if (sum < 0)
		return 0;
	return (uint64_t)(sum < TIME_MAX_S ? sum : TIME_MAX_S) * NS_PER_S + ns;
}

/* Units of 2^-n seconds.  34 bits of the fraction fit into the multiplication,
 * and are finer than a nanosecond. */
static uint64_t
binary_ns(uint64_t units, unsigned n, int64_t offset_s)
{
	uint64_t s = n < 64 ? units >> n : 0;
	uint64_t fraction = n < 64 ? units - (s << n) : units;

	for (; n > 34; n--)
		fraction >>= 1;
	return shifted_ns(s, fraction * NS_PER_S >> n, offset_s);
}

/* Units of 10^-n seconds. */
static uint64_t
decimal_ns(uint64_t units, unsigned n, int64_t offset_s)
{
	uint64_t fraction;

	for (; n > 19; n--)	/* 10^19 is the highest in 64 bits */
		units /= 10;
	fraction = units % ten_to[n];
	return shifted_ns(units / ten_to[n], n <= 9 ?
	    fraction * ten_to[9 - n] : fraction / ten_to[n - 9], offset_s);
}

static uint64_t
stamp_ns(const struct savefile *sf, const struct savefile_iface *iface,
    const uint8_t *p)
{
	uint64_t units = (uint64_t)get32(sf, p) << 32 | get32(sf, p + 4);

	if (iface->tsresol & 0x80)
		return binary_ns(units, iface->tsresol & 0x7f, iface->offset_s);
	return decimal_ns(units, iface->tsresol, iface->offset_s);
}

static enum savefile_step
section_block(struct savefile *sf, const uint8_t *body, size_t len)
{
	if (len < 16)
		return damaged(sf, "section header too short");
	if (get16(sf, body + 4) != 1)
		return damaged(sf, "unsupported pcapng version (not 1)");
	sf->format = SAVEFILE_PCAPNG;
	sf->nifaces = 0;
	return SAVEFILE_BLOCK;
}

static enum savefile_step
iface_options(struct savefile *sf, struct savefile_iface *iface,
    const uint8_t *p, size_t len)
{
	while (len >= 4) {
		uint16_t code = get16(sf, p), n = get16(sf, p + 2);
		size_t padded = (n + 3u) & ~(size_t)3;

		if (code == OPTION_END)
			break;
		if (padded > len - 4)
			return damaged(sf, "option longer than its block");
		if (code == OPTION_TSRESOL && n == 1)
			iface->tsresol = p[4];
		if (code == OPTION_TSOFFSET && n == 8)
			iface->offset_s = get64(sf, p + 4);
		p += 4 + padded;
		len -= 4 + padded;
	}
	return SAVEFILE_BLOCK;
}

/* Make room for one more interface; false if out of memory. */
static bool
grow_ifaces(struct savefile *sf)
{
	unsigned n = sf->nifaces;
	struct savefile_iface *grown;

	if (n != 0 && (n & (n - 1)) != 0)	/* the room is a power of two */
		return true;
	grown = realloc(sf->ifaces, (n ? 2 * n : 1) * sizeof *grown);
	if (grown != NULL)
		sf->ifaces = grown;
	return grown != NULL;
}

static enum savefile_step
iface_block(struct savefile *sf, const uint8_t *body, size_t len)
{
	struct savefile_iface *iface;

	if (len < 8)
		return damaged(sf, "interface description too short");
	if (sf->nifaces == SAVEFILE_IFACES)
		return damaged(sf, "more than 1024 interfaces");
	if (!grow_ifaces(sf))
		return damaged(sf, "out of memory");
	iface = &sf->ifaces[sf->nifaces++];
	*iface = (struct savefile_iface){
		.link = savefile_link(get16(sf, body)),
		.snaplen = get32(sf, body + 4),
		.tsresol = 6,
	};
	return iface_options(sf, iface, body + 8, len - 8);
}

/* An Enhanced Packet Block, or the obsolete one with its 16-bit interface. */
static enum savefile_step
packet_block(struct savefile *sf, const uint8_t *body, size_t len, bool old,
    struct packet *pkt)
{
	const struct savefile_iface *iface;
	uint32_t id, cap_len;

	if (len < 20)
		return damaged(sf, "packet block too short");
	id = old ? get16(sf, body) : get32(sf, body);
	if (id >= sf->nifaces)
		return damaged(sf, "packet of an undescribed interface");
	cap_len = get32(sf, body + 12);
	if (cap_len > len - 20 || cap_len > SAVEFILE_PACKET_MAX)
		return damaged(sf, "packet longer than its block");
	iface = &sf->ifaces[id];
	pkt->time_ns = stamp_ns(sf, iface, body + 4);
	set_lengths(pkt, cap_len, get32(sf, body + 16));
	pkt->link = iface->link;
	pkt->data = body + 20;
	return SAVEFILE_PACKET;
}

/* A Simple Packet Block: of the first interface, without a timestamp or a
 * captured length. */
static enum savefile_step
simple_block(struct savefile *sf, const uint8_t *body, size_t len,
    struct packet *pkt)
{
	uint32_t wire_len, cap_len, snaplen;

	if (len < 4)
		return damaged(sf, "packet block too short");
	if (sf->nifaces == 0)
		return damaged(sf, "packet of an undescribed interface");
	wire_len = cap_len = get32(sf, body);
	snaplen = sf->ifaces[0].snaplen;
	if (snaplen != 0 && cap_len > snaplen)
		cap_len = snaplen;
	if (cap_len > len - 4 || cap_len > SAVEFILE_PACKET_MAX)
		return damaged(sf, "packet longer than its block");
	pkt->time_ns = 0;
	set_lengths(pkt, cap_len, wire_len);
	pkt->link = sf->ifaces[0].link;
	pkt->data = body + 4;
	return SAVEFILE_PACKET;
}

static enum savefile_step
parse_block(struct savefile *sf, uint32_t type, const uint8_t *body,
    size_t len, struct packet *pkt)
{
	switch (type) {
	case BLOCK_SECTION:
		return section_block(sf, body, len);
	case BLOCK_IFACE:
		return iface_block(sf, body, len);
	case BLOCK_SIMPLE:
		return simple_block(sf, body, len, pkt);
	default:
		return packet_block(sf, body, len, type == BLOCK_OLD, pkt);
	}
}

/* Skip what is here of a block that is not needed; it may be of any length. */
static enum savefile_step
skip(struct savefile *sf, size_t len, size_t *used)
{
	if (len == 0)
		return more(used, 1);
	*used = len < sf->skip ? len : sf->skip;
	sf->skip -= (uint32_t)*used;
	return SAVEFILE_BLOCK;
}

static bool
is_used(uint32_t type)
{
	return type == BLOCK_SECTION || type == BLOCK_IFACE ||
	    type == BLOCK_OLD || type == BLOCK_SIMPLE ||
	    type == BLOCK_ENHANCED;
}

/* Each section may be in another byte order. */
static enum savefile_step
byte_order(struct savefile *sf, const uint8_t *buf)
{
	uint32_t order = native32(buf + BLOCK_HEAD);

	if (order != MAGIC_ORDER && order != MAGIC_SWAPPED)
		return damaged(sf, "section header without a byte order");
	sf->swapped = order != MAGIC_ORDER;
	return SAVEFILE_BLOCK;
}

static enum savefile_step
pcapng_block(struct savefile *sf, const uint8_t *buf, size_t len, size_t *used,
    struct packet *pkt)
{
	uint32_t type, total;

	if (sf->skip > 0)
		return skip(sf, len, used);
	if (len < BLOCK_FRAME)
		return more(used, BLOCK_FRAME);
	if (native32(buf) == BLOCK_SECTION &&
	    byte_order(sf, buf) == SAVEFILE_DAMAGED)
		return SAVEFILE_DAMAGED;
	type = get32(sf, buf);
	total = get32(sf, buf + 4);
	if (!is_used(type) && begins_file(buf))
		return start(sf, buf, len, used, pkt);
	if (total < BLOCK_FRAME || total % 4 != 0)
		return damaged(sf, "impossible length of a block");
	if (!is_used(type)) {
		sf->skip = total;
		return skip(sf, len, used);
	}
	if (total > SAVEFILE_BLOCK_MAX)
		return damaged(sf, "block longer than 1048576 bytes");
	if (len < total)
		return more(used, total);
	if (get32(sf, buf + total - 4) != total)
		return damaged(sf, "block whose two lengths differ");
	*used = total;
	return parse_block(sf, type, buf + BLOCK_HEAD, total - BLOCK_FRAME,
	    pkt);
}

static enum savefile_step
snoop_header(struct savefile *sf, const uint8_t *buf, size_t len, size_t *used)
{
	int link;

	if (len < SNOOP_HEADER_LEN)
		return more(used, SNOOP_HEADER_LEN);
	if ((link = snoop_link(buf)) < 0)
		return damaged(sf, "unsupported link type of a snoop file");
	sf->format = SAVEFILE_SNOOP;
	sf->link = (uint32_t)link;
	*used = SNOOP_HEADER_LEN;
	return SAVEFILE_BLOCK;
}

static enum savefile_step
snoop_packet(struct savefile *sf, const uint8_t *buf, size_t len, size_t *used,
    struct packet *pkt)
{
	size_t total;

	if (len < SNOOP_RECORD_LEN)
		return more(used, SNOOP_RECORD_LEN);
	if (begins_file(buf))
		return start(sf, buf, len, used, pkt);
	if ((total = snoop_record(buf, pkt)) == 0)
		return damaged(sf, "packet longer than its record");
	if (len < total)
		return more(used, total);
	set_lengths(pkt, pkt->cap_len, pkt->wire_len);
	pkt->link = sf->link;
	*used = total;
	return SAVEFILE_PACKET;
}

static enum savefile_step
erf_record(struct savefile *sf, const uint8_t *buf, size_t len, size_t *used,
    struct packet *pkt)
{
	size_t total;

	if (len < ERF_RECORD_LEN)
		return more(used, ERF_RECORD_LEN);
	if (begins_file(buf))
		return start(sf, buf, len, used, pkt);
	if ((total = erf_len(buf)) == 0)
		return damaged(sf, "impossible length of a record");
	if (len < total)
		return more(used, total);
	*used = total;
	return erf_packet(buf, pkt) ? SAVEFILE_PACKET : SAVEFILE_BLOCK;
}

static enum savefile_step
start(struct savefile *sf, const uint8_t *buf, size_t len, size_t *used,
    struct packet *pkt)
{
	uint32_t magic;

	if (len < sizeof magic)
		return more(used, sizeof magic);
	magic = native32(buf);
	if (magic == BLOCK_SECTION)
		return pcapng_block(sf, buf, len, used, pkt);
	sf->swapped = !is_pcap(magic);
	magic = get32(sf, buf);
	sf->nano = magic == MAGIC_NANO;
	sf->modified = magic == MAGIC_MODIFIED;
	if (is_pcap(magic))
		return pcap_header(sf, buf, len, used);
	if (len < FILE_MAGIC)
		return more(used, FILE_MAGIC);
	if (snoop_begins(buf))
		return snoop_header(sf, buf, len, used);
	if (len < ERF_RECORD_LEN)
		return more(used, ERF_RECORD_LEN);
	if (!erf_begins(buf))
		return damaged(sf, "not a capture file");
	sf->format = SAVEFILE_ERF;
	return erf_record(sf, buf, len, used, pkt);
}

__attribute__((noinline)) static enum savefile_step
next_of_others(struct savefile *sf, const uint8_t *buf, size_t len,
    size_t *used, struct packet *pkt)
{
	switch (sf->format) {
	case SAVEFILE_PCAPNG:
		return pcapng_block(sf, buf, len, used, pkt);
	case SAVEFILE_SNOOP:
		return snoop_packet(sf, buf, len, used, pkt);
	case SAVEFILE_ERF:
		return erf_record(sf, buf, len, used, pkt);
	default:
		return start(sf, buf, len, used, pkt);
	}
}

enum savefile_step
savefile_next(struct savefile *sf, const uint8_t *buf, size_t len,
    size_t *used, struct packet *pkt)
{
	return sf->format == SAVEFILE_PCAP ?
	    pcap_packet(sf, buf, len, used, pkt) :
	    next_of_others(sf, buf, len, used, pkt);
}

static size_t
put32(uint8_t *out, uint32_t v)
{
	memcpy(out, &v, sizeof v);
	return sizeof v;
}

size_t
savefile_put_header(uint8_t *out, uint32_t link, uint32_t snaplen)
{
	uint16_t version[] = { 2, 4 };

	put32(out, MAGIC_NANO);
	memcpy(out + 4, version, sizeof version);
	memset(out + 8, 0, 8);
	put32(out + 16, snaplen);
	put32(out + 20, link);
	return SAVEFILE_HEADER_LEN;
}

size_t
savefile_put_record(uint8_t *out, const struct packet *pkt)
{
	uint64_t s = pkt->time_ns / NS_PER_S;

	put32(out, s < UINT32_MAX ? (uint32_t)s : UINT32_MAX);
	put32(out + 4, (uint32_t)(pkt->time_ns % NS_PER_S));
	put32(out + 8, pkt->cap_len);
	put32(out + 12, pkt->wire_len);
	return SAVEFILE_RECORD_LEN;
}
