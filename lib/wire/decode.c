#include "wire/decode.h"

#include <string.h>

#include "wire/link.h"

#define TUNNELS_MAX	4	/* IP in IP in IP ...; more is an attack */

#define VXLAN_PORT	4789	/* RFC 7348 */

/* A packet on its way through the layers. */
struct walk {
	struct view v;
	const uint8_t *captured_end;
	uint32_t wire_len;	/* bytes from the packet's start on the wire */
	const uint8_t *start;
};

/* Bytes that were on the wire from the view's place on. */
static uint32_t
wire_left(const struct walk *w)
{
	size_t at = (size_t)(w->v.p - w->start);

	return at < w->wire_len ? w->wire_len - (uint32_t)at : 0;
}

/* A header ended too soon: did the capture cut it, or did the packet lie? */
static enum decode
too_short(const struct walk *w)
{
	bool cut = w->v.end == w->captured_end &&
	    (size_t)(w->captured_end - w->start) < w->wire_len;

	return cut ? DECODE_TRUNCATED : DECODE_MALFORMED;
}

static enum decode
decode_tcp(struct walk *w, struct facts *f)
{
	switch (tcp_take(&w->v, f->ip.payload_len, &f->tcp)) {
	case TCP_BAD:
		return DECODE_MALFORMED;
	case TCP_SHORT:
		return too_short(w);
	default:
		break;
	}
	f->data = w->v.p;
	f->data_len = (uint32_t)view_left(&w->v);
	return DECODE_TCP;
}

/*
 * The quoted packet: RFC 792 promises 8 bytes behind its IP header, and
 * fewer than that is used as far as it goes.
 */
static enum decode
decode_icmp(struct walk *w, struct facts *f)
{
	const uint8_t *h = view_bytes(&w->v, 8);
	size_t left;
	int kind;

	if (h == NULL)
		return DECODE_NOT_TCP;
	if ((kind = icmp_kind_of(f->ip.src.v6, h[0])) < 0)
		return DECODE_NOT_TCP;
	f->icmp = (struct icmp){ .kind = (enum icmp_kind)kind, .code = h[1],
	    .from = f->ip.src };
	if (ip_take(&w->v, wire_left(w), &f->ip) != IP_OK ||
	    f->ip.proto != IP_TCP || f->ip.fragment)
		return DECODE_NOT_TCP;
	left = view_left(&w->v);
	f->icmp.has_ports = left >= 4;
	f->icmp.has_seq = left >= 8;
	f->tcp.sport = view_be16(&w->v);
	f->tcp.dport = view_be16(&w->v);
	f->tcp.seq = view_be32(&w->v);
	return DECODE_ICMP;
}

/*
 * GRE (RFC 2784, RFC 2890) with IP, Ethernet or ERSPAN (types II and III,
 * draft-foschiano-erspan) in it.
 */
static enum layer
gre_next(struct view *v, struct trail *t)
{
	const uint8_t *h = view_bytes(v, 4);
	unsigned flags, type;

	if (h == NULL || (be16(h) & 7) != 0)
		return LAYER_NONE;
	flags = be16(h);
	type = be16(h + 2);
	view_skip(v, (flags & 0x8000 ? 4u : 0) + (flags & 0x2000 ? 4u : 0) +
	    (flags & 0x1000 ? 4u : 0));
	trail_encap(t, ENCAP_GRE);
	switch (type) {
	case 0x6558:			/* transparent Ethernet bridging */
		return LAYER_ETHERNET;
	case 0x88be:			/* ERSPAN II; without sequence, I */
		trail_encap(t, ENCAP_ERSPAN);
		view_skip(v, flags & 0x1000 ? 8 : 0);
		return LAYER_ETHERNET;
	case 0x22eb:			/* ERSPAN III; 8 more by its O bit */
		trail_encap(t, ENCAP_ERSPAN);
		if ((h = view_bytes(v, 12)) == NULL)
			return LAYER_NONE;
		view_skip(v, h[11] & 1 ? 8 : 0);
		return LAYER_ETHERNET;
	default:
		return link_ethertype(type);
	}
}

static enum layer
udp_next(struct view *v, struct trail *t)
{
	const uint8_t *h = view_bytes(v, 8);

	if (h == NULL || be16(h + 2) != VXLAN_PORT)
		return LAYER_NONE;
	if ((h = view_bytes(v, 8)) == NULL || (h[0] & 0x08) == 0)
		return LAYER_NONE;
	trail_encap(t, ENCAP_VXLAN);
	return LAYER_ETHERNET;
}

/* What an IP packet that is a tunnel's carries, LAYER_NONE if it is none. */
static enum layer
tunnel_next(const struct ip *ip, struct view *v, struct trail *t)
{
	if (ip->fragment)
		return LAYER_NONE;
	switch (ip->proto) {
	case IP_IPIP:
	case IP_IPV6:
		trail_encap(t, ENCAP_IPIP);
		return LAYER_IP;
	case IP_GRE:
		return gre_next(v, t);
	case IP_UDP:
		return udp_next(v, t);
	default:
		return LAYER_NONE;
	}
}

static bool
is_icmp(const struct ip *ip)
{
	return !ip->fragment &&
	    ip->proto == (ip->src.v6 ? IP_ICMPV6 : IP_ICMP);
}

static enum decode
decode_ip(struct walk *w, struct facts *f)
{
	for (int i = 0; i <= TUNNELS_MAX; i++) {
		enum layer at;

		switch (ip_take(&w->v, wire_left(w), &f->ip)) {
		case IP_BAD:
			return DECODE_MALFORMED;
		case IP_SHORT:
			return too_short(w);
		default:
			break;
		}
		f->header = f->ip.header;
		f->header_len = f->ip.header_len;
		f->frame_len = (uint32_t)(f->header - w->start) + f->ip.len;
		if (f->ip.proto == IP_TCP)
			return f->ip.fragment ? DECODE_FRAGMENT :
			    decode_tcp(w, f);
		if (is_icmp(&f->ip))
			return decode_icmp(w, f);
		at = tunnel_next(&f->ip, &w->v, &f->trail);
		if (link_to_ip(at, &w->v, &f->trail) != LAYER_IP)
			break;
	}
	return DECODE_NOT_TCP;
}

enum decode
decode_packet(const struct packet *pkt, struct facts *f)
{
	struct walk w = {
		.v = view_of(pkt->data, pkt->cap_len),
		.captured_end = pkt->data + pkt->cap_len,
		.wire_len = pkt->wire_len,
		.start = pkt->data,
	};
	enum layer first = link_layer(pkt->link);

	f->trail.nencap = f->trail.nvlan = 0;
	if (first == LAYER_UNKNOWN)
		return DECODE_LINK;
	if (link_to_ip(first, &w.v, &f->trail) != LAYER_IP)
		return w.v.is_short ? too_short(&w) : DECODE_NOT_IP;
	return decode_ip(&w, f);
}

static uint32_t
sum(uint32_t s, const uint8_t *p, size_t n)
{
	for (; n >= 2; p += 2, n -= 2)
		s += be16(p);
	return n > 0 ? s + (uint32_t)(p[0] << 8) : s;
}

static enum checksum
verdict(uint32_t s)
{
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return s == 0xffff ? CHECKSUM_OK : CHECKSUM_WRONG;
}

enum checksum
decode_ip_checksum(const struct facts *f)
{
	if (f->header[0] >> 4 == 6)
		return CHECKSUM_OK;
	return verdict(sum(0, f->header, f->header_len));
}

enum checksum
decode_tcp_checksum(const struct facts *f)
{
	size_t n = f->ip.src.v6 ? 16 : 4;
	uint32_t len = f->ip.payload_len, s;

	if (f->data_len < f->tcp.len || f->ip.more || f->ip.routed ||
	    f->tcp.options_cut)
		return CHECKSUM_UNKNOWN;
	s = sum(0, f->ip.src.b, n);
	s = sum(s, f->ip.dst.b, n);
	s += IP_TCP + (len >> 16) + (len & 0xffff);
	return verdict(sum(s, f->data - (len - f->tcp.len), len));
}
