#include "wire/decode.h"

#include <string.h>

#include "wire/link.h"

/* A walk through the layers of a frame. */
struct walk {
	struct view v;		/* what is left of it */
	const uint8_t *captured_end;
	uint32_t wire_len;	/* bytes from start on the wire */
	const uint8_t *start;
	uint32_t before;	/* bytes of the frame before start */
	uint64_t now;
	struct datagrams *fragments;
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
	d->tcp.ip_id = d->ip.has_id ? (uint16_t)d->ip.id : 0;
	d->tcp.ttl = d->ip.ttl;
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
	    d->ip.offset != 0 ||
	    (d->ip.more && ip_parse_extensions(&w->v, &d->ip) != IP_OK) ||
	    d->ip.proto != IP_TCP)
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
	return ip->proto == (ip->src.v6 ? IP_ICMPV6 : IP_ICMP);
}

/* Can a datagram of this protocol lead to a TCP segment? */
static bool
leads_on(const struct ip *ip, bool tunnels)
{
	return ip->src.v6 || ip->proto == IP_TCP || ip->proto == IP_AH ||
	    is_icmp(ip) ||
	    (tunnels && link_is_decoded(LAYER(SPACE_IP, ip->proto)));
}

/* What an IP header that was parsed means for its packet. */
static enum decode
go_on_if(enum ip_result r, const struct walk *w)
{
	return r == IP_OK ? DECODE_TCP :
	    r == IP_SHORT ? too_short(w) : DECODE_MALFORMED;
}

/* Go on in the datagram that a fragment, whose IP header is the frame's byte
 * at, completes; DECODE_FRAGMENT if it does not. */
static enum decode
put_together(struct walk *w, struct decoded *d, uint32_t at)
{
	struct fragments_whole whole;
	enum decode what;

	if (!fragments_add(w->fragments, w->now, &d->ip, &d->encaps, &w->v,
	    &whole))
		return DECODE_FRAGMENT;
	d->put_together = true;
	w->before = at + d->ip.len - whole.len;
	w->v = view_of(whole.data, whole.captured);
	w->start = whole.data;
	w->captured_end = w->v.end;
	w->wire_len = whole.len;
	what = go_on_if(ip_parse_extensions(&w->v, &d->ip), w);
	return ip_is_fragment(&d->ip) ? DECODE_MALFORMED : what;
}

static enum decode
decode_fragment(struct walk *w, struct decoded *d, bool tunnels, uint32_t at)
{
	d->last = LAYER_NONE;
	if (!leads_on(&d->ip, tunnels))
		return DECODE_NOT_TCP;
	if (w->fragments != NULL)
		return put_together(w, d, at);
	if (d->ip.offset != 0)
		return DECODE_FRAGMENT;
	return go_on_if(ip_parse_extensions(&w->v, &d->ip), w);
}

/* DECODE_TCP if what follows the IP header can be decoded. */
static enum decode
decode_header(struct walk *w, struct decoded *d, bool tunnels)
{
	enum decode what = go_on_if(ip_parse(&w->v, wire_left(w), &d->ip), w);
	uint32_t at;

	if (what != DECODE_TCP)
		return what;
	d->header = d->ip.header;
	d->header_len = d->ip.header_len;
	at = w->before + (uint32_t)(d->header - w->start);
	if (ip_is_fragment(&d->ip))
		what = decode_fragment(w, d, tunnels, at);
	d->frame_len = at + d->ip.len;
	return what;
}

/* Each tunnel adds to d->encaps, which bounds the loop. */
static enum decode
decode_ip(struct walk *w, struct decoded *d, bool tunnels)
{
	do {
		enum decode what = decode_header(w, d, tunnels);

		if (what != DECODE_TCP)
			return what;
		if (d->ip.proto == IP_TCP)
			return decode_tcp(w, d);
		if (is_icmp(&d->ip))
			return decode_icmp(w, d);
		d->last = !tunnels ? LAYER_NONE :
		    link_to_ip(LAYER(SPACE_IP, d->ip.proto), &w->v,
		    &d->encaps);
	} while (d->last == LAYER_IP);
	return DECODE_NOT_TCP;
}

enum decode
decode_packet(const struct packet *pkt, bool tunnels,
    struct datagrams *fragments, struct decoded *d)
{
	struct walk w = {
		.v = view_of(pkt->data, pkt->cap_len),
		.captured_end = pkt->data + pkt->cap_len,
		.wire_len = pkt->wire_len,
		.start = pkt->data,
		.now = pkt->time_ns,
		.fragments = fragments,
	};
	uint32_t first = LAYER(SPACE_LINK, pkt->link & UINT16_MAX);

	d->encaps.nencap = d->encaps.nvlan = 0;
	d->encaps.tagged = 0;
	d->put_together = false;
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
