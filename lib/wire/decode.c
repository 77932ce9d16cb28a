#include "wire/decode.h"

#include <string.h>

#include "wire/link.h"

/* A walk through the layers of a frame. */
struct walk {
	struct view v;		/* what is left of it */
	const uint8_t *captured_end;
	uint32_t wire_len;	/* bytes from start on the wire */
	const uint8_t *start;
};

/* How many bytes were on the wire from the front of the view. */
static uint32_t
wire_left(const struct walk *w)
{
	size_t at = (size_t)(w->v.p - w->start);

	return at < w->wire_len ? w->wire_len - (uint32_t)at : 0;
}

/* The bytes end within a header: did the capture cut the packet, or does an
 * outer header contradict it? */
static enum decode
too_short(const struct walk *w)
{
	bool cut = w->v.end == w->captured_end &&
	    (size_t)(w->captured_end - w->start) < w->wire_len;

	return cut ? DECODE_TRUNCATED : DECODE_MALFORMED;
}

static enum decode
decode_tcp(struct walk *w, struct decoded *d)
{
	switch (tcp_parse(&w->v, d->ip.payload_len, &d->tcp)) {
	case TCP_BAD:
		return DECODE_MALFORMED;
	case TCP_SHORT:
		return too_short(w);
	default:
		break;
	}
	d->data = w->v.p;
	d->data_len = (uint32_t)view_left(&w->v);
	return DECODE_TCP;
}

/* RFC 792 promises 8 bytes after the quoted IP header.  Where there are fewer,
 * the ports are used if they are there. */
static enum decode
decode_icmp(struct walk *w, struct decoded *d)
{
	const uint8_t *h = view_bytes(&w->v, 8);
	size_t left;
	int kind;

	d->last = LAYER_NONE;
	if (h == NULL)
		return DECODE_NOT_TCP;
	if ((kind = icmp_kind_of(d->ip.src.v6, h[0])) < 0)
		return DECODE_NOT_TCP;
	d->icmp = (struct icmp){ .kind = (enum icmp_kind)kind, .code = h[1],
	    .from = d->ip.src };
	if (ip_parse(&w->v, wire_left(w), &d->ip) != IP_OK ||
	    d->ip.proto != IP_TCP || d->ip.fragment)
		return DECODE_NOT_TCP;
	left = view_left(&w->v);
	d->icmp.has_ports = left >= 4;
	d->icmp.has_seq = left >= 8;
	d->tcp.sport = view_be16(&w->v);
	d->tcp.dport = view_be16(&w->v);
	d->tcp.seq = view_be32(&w->v);
	return DECODE_ICMP;
}

static bool
is_icmp(const struct ip *ip)
{
	return !ip->fragment &&
	    ip->proto == (ip->src.v6 ? IP_ICMPV6 : IP_ICMP);
}

/* Each tunnel adds to d->encaps, which bounds the loop. */
static enum decode
decode_ip(struct walk *w, struct decoded *d, bool tunnels)
{
	do {
		switch (ip_parse(&w->v, wire_left(w), &d->ip)) {
		case IP_BAD:
			return DECODE_MALFORMED;
		case IP_SHORT:
			return too_short(w);
		default:
			break;
		}
		d->header = d->ip.header;
		d->header_len = d->ip.header_len;
		d->frame_len = (uint32_t)(d->header - w->start) + d->ip.len;
		if (d->ip.proto == IP_TCP)
			return d->ip.fragment ? DECODE_FRAGMENT :
			    decode_tcp(w, d);
		if (is_icmp(&d->ip))
			return decode_icmp(w, d);
		d->last = !tunnels || d->ip.fragment ? LAYER_NONE :
		    link_to_ip(LAYER(SPACE_IP, d->ip.proto), &w->v,
		    &d->encaps);
	} while (d->last == LAYER_IP);
	return DECODE_NOT_TCP;
}

enum decode
decode_packet(const struct packet *pkt, bool tunnels, struct decoded *d)
{
	struct walk w = {
		.v = view_of(pkt->data, pkt->cap_len),
		.captured_end = pkt->data + pkt->cap_len,
		.wire_len = pkt->wire_len,
		.start = pkt->data,
	};
	uint32_t first = LAYER(SPACE_LINK, pkt->link & UINT16_MAX);

	d->encaps.nencap = d->encaps.nvlan = 0;
	d->encaps.tagged = 0;
	d->last = link_to_ip(first, &w.v, &d->encaps);
	if (d->last == first)
		return DECODE_LINK;
	if (d->last != LAYER_IP)
		return w.v.is_short ? too_short(&w) : DECODE_NOT_IP;
	return decode_ip(&w, d, tunnels);
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
decode_ip_checksum(const struct decoded *d)
{
	if (d->header[0] >> 4 == 6)
		return CHECKSUM_OK;
	return verdict(sum(0, d->header, d->header_len));
}

enum checksum
decode_tcp_checksum(const struct decoded *d)
{
	size_t n = d->ip.src.v6 ? 16 : 4;
	uint32_t len = d->ip.payload_len, s;

	if (d->data_len < d->tcp.len || d->ip.more || d->ip.routed ||
	    d->tcp.options_cut)
		return CHECKSUM_UNKNOWN;
	s = sum(0, d->ip.src.b, n);
	s = sum(s, d->ip.dst.b, n);
	s += IP_TCP + (len >> 16) + (len & 0xffff);
	return verdict(sum(s, d->data - (len - d->tcp.len), len));
}
