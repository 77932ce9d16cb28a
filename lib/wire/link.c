#include "wire/link.h"

#define DEPTH_MAX	16	/* layers below IP; more is an attack */

/* https://www.tcpdump.org/linktypes.html */
enum layer
link_layer(uint32_t linktype)
{
	switch (linktype) {
	case 1:				/* ETHERNET */
		return LAYER_ETHERNET;
	case 6:				/* IEEE802_5 */
		return LAYER_TOKEN_RING;
	case 0:				/* NULL */
	case 108:			/* LOOP */
		return LAYER_NULL;
	case 9:				/* PPP */
	case 50:			/* PPP_HDLC */
	case 104:			/* C_HDLC; ppp_next() parses it too */
		return LAYER_PPP;
	case 12:			/* DLT_RAW of most systems */
	case 14:			/* DLT_RAW of OpenBSD */
	case 101:			/* RAW */
	case 228:			/* IPV4 */
	case 229:			/* IPV6 */
		return LAYER_IP;
	case 113:			/* LINUX_SLL */
		return LAYER_SLL;
	case 276:			/* LINUX_SLL2 */
		return LAYER_SLL2;
	default:
		return LAYER_UNKNOWN;
	}
}

enum layer
link_ethertype(unsigned type)
{
	switch (type) {
	case 0x0800:			/* IPv4 */
	case 0x86dd:			/* IPv6 */
		return LAYER_IP;
	case 0x8100:			/* 802.1Q */
	case 0x88a8:			/* 802.1ad */
	case 0x9100:			/* stacked, before 802.1ad */
		return LAYER_VLAN;
	case 0x8864:			/* PPPoE session; RFC 2516 */
		return LAYER_PPPOE;
	case 0x8847:			/* MPLS; RFC 5332 */
	case 0x8848:
		return LAYER_MPLS;
	default:
		return LAYER_NONE;
	}
}

/* A type up to 1500 is a length, and LLC follows; IEEE 802.3, 3.2.6. */
static enum layer
ethernet_next(struct view *v)
{
	const uint8_t *h = view_bytes(v, 14);

	if (h == NULL)
		return LAYER_NONE;
	return be16(h + 12) > 1500 ? link_ethertype(be16(h + 12)) : LAYER_LLC;
}

/* A source route follows if the first bit of the source address is set; IEEE
 * 802.5, 3.2.5. */
static enum layer
token_ring_next(struct view *v)
{
	const uint8_t *h = view_bytes(v, 14);

	if (h == NULL)
		return LAYER_NONE;
	if (h[8] & 0x80 && view_left(v) > 0)
		view_skip(v, v->p[0] & 0x1f);
	return LAYER_LLC;
}

static enum layer
llc_next(struct view *v)
{
	const uint8_t *h = view_bytes(v, 3);

	if (h == NULL || h[2] != 0x03)
		return LAYER_NONE;
	if (h[0] == 0x06)		/* IP's own SAP; RFC 948 */
		return LAYER_IP;
	if (h[0] != 0xaa || (h = view_bytes(v, 5)) == NULL)
		return LAYER_NONE;
	return link_ethertype(be16(h + 3));	/* SNAP; RFC 1042 */
}

/*
 * An AF_ number, in the byte order of the capturing host for NULL and in
 * network order for LOOP.  AF_INET6 differs between systems.
 */
static enum layer
null_next(struct view *v)
{
	uint32_t family = view_be32(v);

	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:				/* AF_INET */
	case 10:			/* AF_INET6: Linux, */
	case 24:			/* NetBSD, OpenBSD, */
	case 28:			/* FreeBSD, */
	case 30:			/* Darwin */
		return LAYER_IP;
	default:
		return LAYER_NONE;
	}
}

static enum layer
sll_next(struct view *v)
{
	const uint8_t *h = view_bytes(v, 16);

	if (h == NULL)
		return LAYER_NONE;
	return be16(h + 14) == 4 ? LAYER_LLC : link_ethertype(be16(h + 14));
}

static enum layer
sll2_next(struct view *v)
{
	const uint8_t *h = view_bytes(v, 20);

	if (h == NULL)
		return LAYER_NONE;
	return be16(h) == 4 ? LAYER_LLC : link_ethertype(be16(h));
}

/*
 * Address and control (0xff 0x03, or Cisco's 0x0f or 0x8f and 0x00) are
 * optional, and an odd protocol number may have one byte; RFC 1661, 2 and 6.5.
 */
static enum layer
ppp_next(struct view *v)
{
	unsigned protocol;

	if (view_left(v) < 1) {
		v->is_short = true;
		return LAYER_NONE;
	}
	if (v->p[0] == 0x0f || v->p[0] == 0x8f) {
		view_skip(v, 2);
		return link_ethertype(view_be16(v));
	}
	if (v->p[0] == 0xff)
		view_skip(v, 2);
	protocol = view_u8(v);
	if (protocol % 2 == 0)
		protocol = protocol << 8 | view_u8(v);
	switch (protocol) {
	case 0x21:			/* IPv4 */
	case 0x57:			/* IPv6 */
		return LAYER_IP;
	case 0x281:			/* MPLS */
		return LAYER_MPLS;
	default:
		return LAYER_NONE;
	}
}

static enum layer
vlan_next(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 4);

	if (h == NULL)
		return LAYER_NONE;
	layer_add_vlan(t, be16(h) & 0xfff);
	return be16(h + 2) > 1500 ? link_ethertype(be16(h + 2)) : LAYER_LLC;
}

/*
 * Labels down to the bottom of the stack, then IP, known by its version, or an
 * Ethernet frame after a control word, whose first nibble is 0; RFC 3032, RFC
 * 4448.
 */
static enum layer
mpls_next(struct view *v, struct encaps *t)
{
	const uint8_t *label;

	do {
		if ((label = view_bytes(v, 4)) == NULL)
			return LAYER_NONE;
	} while ((label[2] & 1) == 0);
	layer_add_tag(t, ENCAP_MPLS, be32(label) >> 12);
	if (view_left(v) < 1) {
		v->is_short = true;
		return LAYER_NONE;
	}
	switch (v->p[0] >> 4) {
	case 4:
	case 6:
		return LAYER_IP;
	case 0:
		view_skip(v, 4);
		return LAYER_ETHERNET;
	default:
		return LAYER_NONE;
	}
}

static enum layer
next(enum layer at, struct view *v, struct encaps *t)
{
	switch (at) {
	case LAYER_ETHERNET:
		return ethernet_next(v);
	case LAYER_TOKEN_RING:
		return token_ring_next(v);
	case LAYER_NULL:
		return null_next(v);
	case LAYER_SLL:
		return sll_next(v);
	case LAYER_SLL2:
		return sll2_next(v);
	case LAYER_PPP:
		return ppp_next(v);
	case LAYER_LLC:
		return llc_next(v);
	case LAYER_VLAN:
		return vlan_next(v, t);
	case LAYER_PPPOE:
		layer_add_encap(t, ENCAP_PPPOE);
		view_skip(v, 6);
		return LAYER_PPP;
	case LAYER_MPLS:
		return mpls_next(v, t);
	default:
		return at;
	}
}

enum layer
link_to_ip(enum layer at, struct view *v, struct encaps *t)
{
	for (int depth = 0; at > LAYER_UNKNOWN && at != LAYER_IP; depth++) {
		if (depth == DEPTH_MAX)
			return LAYER_NONE;
		at = next(at, v, t);
	}
	return v->is_short ? LAYER_NONE : at;
}
