#include "wire/cooked.h"

#include <stddef.h>
#include <string.h>

#include "wire/link.h"
#include "wire/view.h"

#define ETHERTYPE_IP	0x0800
#define ETHERTYPE_IPV6	0x86dd
#define ETHERTYPE_MPLS	0x8847
#define LLC		0x0004	/* an 802.3 frame, without an EtherType */
#define FIRST_TYPE	0x0600	/* less is a length; IEEE 802.3, 3.2.6 */

/* ARPHRD_ values, linux/if_arp.h. */
#define ARP_ETHER	1
#define ARP_PPP		512
#define ARP_CISCO	513
#define ARP_LOOPBACK	772
#define ARP_NONE	0xfffe

/* The packet type, as far as the destination address shows it. */
#define TO_HOST		0
#define TO_ALL		1
#define TO_GROUP	2

/* A link's header, parsed. */
struct link_header {
	bool known;		/* false: it cannot be converted */
	uint32_t len;		/* bytes */
	uint16_t protocol;	/* an EtherType, or LLC */
	uint16_t arp_type;
	uint8_t to;
	uint8_t addr_len;
	uint8_t addr[8];	/* the sender's */
};

static uint8_t
ethernet_to(const uint8_t *dst)
{
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };

	if (memcmp(dst, all, sizeof all) == 0)
		return TO_ALL;
	return dst[0] & 1 ? TO_GROUP : TO_HOST;
}

static struct link_header
ethernet(const uint8_t *p, size_t len)
{
	struct link_header f = { .arp_type = ARP_ETHER, .addr_len = 6 };

	if (len < 14)
		return f;
	f.known = true;
	f.len = 14;
	f.protocol = be16(p + 12);
	if (f.protocol < FIRST_TYPE)
		f.protocol = LLC;
	f.to = ethernet_to(p);
	memcpy(f.addr, p + 6, 6);
	return f;
}

/* The EtherType of an IP packet, by its version. */
static bool
ip_protocol(const uint8_t *p, size_t len, uint16_t *protocol)
{
	unsigned version = len > 0 ? p[0] >> 4 : 0;

	*protocol = version == 4 ? ETHERTYPE_IP : ETHERTYPE_IPV6;
	return version == 4 || version == 6;
}

/*
 * Four bytes of address family, in either byte order.  Its numbers differ
 * between systems, so the protocol is the version of the IP packet after it.
 */
static struct link_header
loopback(const uint8_t *p, size_t len)
{
	struct link_header f = { .arp_type = ARP_LOOPBACK, .len = 4 };

	f.known = len > 4 && ip_protocol(p + 4, len - 4, &f.protocol);
	return f;
}

/* The protocol has one byte if it is odd, else two (RFC 1661, 2), and 0xff 0x03
 * may precede it (RFC 1662, 3.1). */
static struct link_header
ppp(const uint8_t *p, size_t len)
{
	struct link_header f = { .arp_type = ARP_PPP };
	uint32_t at = len >= 2 && p[0] == 0xff && p[1] == 0x03 ? 2 : 0;
	uint16_t number;

	if (len < at + 2)
		return f;
	number = p[at] & 1 ? p[at] : be16(p + at);
	if (number == 0x0021)
		f.protocol = ETHERTYPE_IP;
	else if (number == 0x0057)
		f.protocol = ETHERTYPE_IPV6;
	else if (number == 0x0281)
		f.protocol = ETHERTYPE_MPLS;
	else
		return f;
	f.known = true;
	f.len = at + (p[at] & 1 ? 1 : 2);
	return f;
}

/* Cisco HDLC: address, control, EtherType. */
static struct link_header
cisco(const uint8_t *p, size_t len)
{
	struct link_header f = { .arp_type = ARP_CISCO };

	if (len < 4)
		return f;
	f.known = true;
	f.len = 4;
	f.protocol = be16(p + 2);
	return f;
}

static struct link_header
ppp_hdlc(const uint8_t *p, size_t len)
{
	return len > 0 && (p[0] == 0x0f || p[0] == 0x8f) ? cisco(p, len) :
	    ppp(p, len);
}

/* Cooked v1: packet type, ARPHRD, address length, address, protocol. */
static struct link_header
cooked_v1(const uint8_t *p, size_t len)
{
	struct link_header f = { .len = 16 };

	if (len < 16)
		return f;
	f.known = true;
	f.to = (uint8_t)be16(p);
	f.arp_type = be16(p + 2);
	f.addr_len = be16(p + 4) < 8 ? (uint8_t)be16(p + 4) : 8;
	memcpy(f.addr, p + 6, 8);
	f.protocol = be16(p + 14);
	return f;
}

static struct link_header
raw_ip(const uint8_t *p, size_t len)
{
	struct link_header f = { .arp_type = ARP_NONE };

	f.known = ip_protocol(p, len, &f.protocol);
	return f;
}

/* Any other link that is decoded: the sender in its header is lost. */
static struct link_header
other(uint32_t link, const uint8_t *p, size_t len)
{
	struct link_header f = { .arp_type = ARP_NONE };
	struct view v = view_of(p, len);

	f.protocol = (uint16_t)link_to_ethertype(link, &v);
	f.known = f.protocol != 0;
	f.len = (uint32_t)(v.p - p);
	return f;
}

static struct link_header
read_header(uint32_t link, const uint8_t *p, size_t len)
{
	switch (link) {
	case 1:
		return ethernet(p, len);
	case 0:		/* BSD loopback, in the byte order of its host */
	case 108:	/* OpenBSD loopback, in network order */
		return loopback(p, len);
	case 9:
		return ppp(p, len);
	case 50:
		return ppp_hdlc(p, len);
	case 104:
		return cisco(p, len);
	case 113:
		return cooked_v1(p, len);
	case 101:	/* raw IP */
	case 228:	/* IPv4 */
	case 229:	/* IPv6 */
		return raw_ip(p, len);
	default:
		return other(link, p, len);
	}
}

static bool
keep_cooked(struct packet *pkt, uint8_t head[COOKED_LEN])
{
	if (pkt->cap_len < COOKED_LEN)
		return false;
	memcpy(head, pkt->data, COOKED_LEN);
	pkt->data += COOKED_LEN;
	return true;
}

bool
cooked_convert(struct packet *pkt, uint8_t head[COOKED_LEN])
{
	struct link_header f;

	if (pkt->link == COOKED_LINK)
		return keep_cooked(pkt, head);
	f = read_header(pkt->link, pkt->data, pkt->cap_len);
	if (!f.known)
		return false;
	put_be16(head, f.protocol);
	memset(head + 2, 0, 6);		/* reserved; interface unknown */
	put_be16(head + 8, f.arp_type);
	head[10] = f.to;
	head[11] = f.addr_len;
	memcpy(head + 12, f.addr, 8);
	pkt->data += f.len;
	pkt->cap_len += COOKED_LEN - f.len;
	if (pkt->wire_len <= UINT32_MAX - COOKED_LEN)
		pkt->wire_len += COOKED_LEN - f.len;
	pkt->link = COOKED_LINK;
	return true;
}
