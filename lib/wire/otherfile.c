#include "wire/otherfile.h"

#include <string.h>

#include "wire/units.h"
#include "wire/view.h"

#define LINK_ETHERNET	1
#define LINK_TOKEN_RING	6
#define LINK_FDDI	10
#define LINK_PPP_HDLC	50
#define LINK_RAW	101
#define LINK_ERF	197

bool
snoop_begins(const uint8_t *buf)
{
	return memcmp(buf, "snoop\0\0", 8) == 0;
}

int
snoop_link(const uint8_t *header)
{
	switch (be32(header + 12)) {
	case 0:				/* IEEE 802.3 */
	case 4:				/* Ethernet */
		return LINK_ETHERNET;
	case 2:
		return LINK_TOKEN_RING;
	case 8:
		return LINK_FDDI;
	default:
		return -1;
	}
}

size_t
snoop_record(const uint8_t *buf, struct packet *pkt)
{
	uint32_t cap_len = be32(buf + 4), len = be32(buf + 8);

	if (cap_len > SAVEFILE_PACKET_MAX || len > SAVEFILE_BLOCK_MAX ||
	    len < SNOOP_RECORD_LEN + cap_len)
		return 0;
	pkt->wire_len = be32(buf);
	pkt->cap_len = cap_len;
	pkt->time_ns = be32(buf + 16) * NS_PER_S + be32(buf + 20) * NS_PER_US;
	pkt->data = buf + SNOOP_RECORD_LEN;
	return len;
}

static uint32_t
le32(const uint8_t *p)
{
	return __builtin_bswap32(be32(p));
}

/* The link of a record's type, and how many bytes come before the frame; that
 * of ERF itself if it is not decoded; 0 if it holds no packet. */
static uint32_t
erf_link(unsigned type, size_t *offset)
{
	*offset = 0;
	switch (type & 0x7f) {
	case 1:				/* HDLC_POS */
	case 10:			/* COLOR_HDLC_POS */
		return LINK_PPP_HDLC;
	case 2:				/* ETH */
	case 11:			/* COLOR_ETH */
	case 16:			/* DSM_COLOR_ETH */
	case 20:			/* COLOR_HASH_ETH */
		*offset = 2;
		return LINK_ETHERNET;
	case 22:			/* IPV4 */
	case 23:			/* IPV6 */
		return LINK_RAW;
	case 27:			/* META */
	case 48:			/* PAD */
		return 0;
	default:
		return LINK_ERF;
	}
}

size_t
erf_len(const uint8_t *buf)
{
	unsigned len = be16(buf + 10);

	return len >= ERF_RECORD_LEN ? len : 0;
}

bool
erf_begins(const uint8_t *buf)
{
	size_t offset;
	uint32_t link = erf_link(buf[8], &offset);

	return link != 0 && link != LINK_ERF && erf_len(buf) > 0 &&
	    be16(buf + 14) > 0;
}

/* A timestamp of 32.32 bits; extension headers of 8 bytes while the first bit
 * of the type before them is set. */
bool
erf_packet(const uint8_t *buf, struct packet *pkt)
{
	size_t len = erf_len(buf), at = ERF_RECORD_LEN, offset;
	unsigned type = buf[8];

	pkt->link = erf_link(buf[8], &offset);
	for (; type & 0x80; at += 8) {
		if (at + 8 > len)
			return false;
		type = buf[at];
	}
	if (pkt->link == LINK_ERF)
		at = 0;
	if (pkt->link == 0 || at + offset > len)
		return false;
	at += offset;
	pkt->time_ns = le32(buf + 4) * NS_PER_S +
	    (le32(buf) * NS_PER_S >> 32);
	pkt->wire_len = be16(buf + 14);
	pkt->cap_len = (uint32_t)(len - at);
	if (pkt->cap_len > pkt->wire_len)	/* the rest is padding */
		pkt->cap_len = pkt->wire_len;
	pkt->data = buf + at;
	return true;
}
