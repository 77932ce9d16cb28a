#include "wire/ip.h"

#include <string.h>

#define IPV6_HEADER	40
#define EXTENSIONS_MAX	16	/* a packet with more is malformed */

/* The length of the extension header at h; RFC 8200, 4; RFC 4302, 2.2. */
static size_t
extension_len(unsigned proto, const uint8_t *h)
{
	if (proto == IP_FRAGMENT)
		return 8;
	return proto == IP_AH ? (h[1] + 2u) * 4 : (h[1] + 1u) * 8;
}

static bool
is_extension(unsigned proto)
{
	switch (proto) {
	case 0:				/* hop-by-hop */
	case 43:			/* routing */
	case IP_FRAGMENT:
	case IP_AH:			/* authentication */
	case 60:			/* destination options */
	case 135:			/* mobility */
	case 139:			/* host identity */
	case 140:			/* shim6 */
		return true;
	default:
		return false;
	}
}

static void
note_extension(struct ip *ip, const uint8_t *h)
{
	if (ip->proto == IP_FRAGMENT) {
		ip->offset = be16(h + 2) & 0xfff8;
		ip->more = (h[3] & 1) != 0;
		ip->has_id = true;
		ip->id = be32(h + 4);
	} else if (ip->proto == 43 && h[3] != 0)
		ip->routed = true;
}

enum ip_result
ip_parse_extensions(struct view *v, struct ip *ip)
{
	for (int i = 0; is_extension(ip->proto); i++) {
		bool fragment = ip->proto == IP_FRAGMENT;
		const uint8_t *h = v->p;
		size_t n;

		if (i == EXTENSIONS_MAX)
			return IP_BAD;
		if (ip->payload_len < 8)
			return IP_BAD;
		if (view_left(v) < 8)
			return IP_SHORT;
		n = extension_len(ip->proto, h);
		if (n > ip->payload_len)
			return IP_BAD;
		note_extension(ip, h);
		if (view_bytes(v, n) == NULL)
			return IP_SHORT;
		ip->payload_len -= (uint32_t)n;
		ip->proto = h[0];
		if (fragment && ip_is_fragment(ip))
			break;
	}
	return IP_OK;
}

static enum ip_result
parse_v4(struct view *v, uint32_t wire_len, struct ip *ip)
{
	const uint8_t *h = v->p;
	size_t header_len, left = view_left(v);
	unsigned frag;

	if (left < 20)
		return IP_SHORT;
	header_len = (size_t)(h[0] & 15) * 4;
	if (header_len < 20)
		return IP_BAD;
	ip->len = be16(h + 2);
	/* Segmentation offload: the length does not fit, or is set later. */
	ip->no_length = ip->len == 0;
	if (ip->no_length)
		ip->len = wire_len;
	if (ip->len < header_len)
		return IP_BAD;
	if (left < header_len)
		return IP_SHORT;
	frag = be16(h + 6);
	ip->offset = (uint16_t)(frag << 3);
	ip->more = (frag & 0x2000) != 0;
	ip->has_id = true;
	ip->id = be16(h + 4);
	ip->tos = h[1];
	ip->ttl = h[8];
	ip->proto = h[9];
	memcpy(ip->src.b, h + 12, 4);
	memcpy(ip->dst.b, h + 16, 4);
	ip->header = h;
	ip->header_len = (uint8_t)header_len;
	ip->payload_len = ip->len - (uint32_t)header_len;
	v->p += header_len;
	view_limit(v, ip->payload_len);
	return ip->proto == IP_AH && !ip_is_fragment(ip) ?
	    ip_parse_extensions(v, ip) : IP_OK;
}

static enum ip_result
parse_v6(struct view *v, uint32_t wire_len, struct ip *ip)
{
	const uint8_t *h = view_bytes(v, IPV6_HEADER);

	if (h == NULL)
		return IP_SHORT;
	ip->tos = (uint8_t)(be16(h) >> 4);
	ip->payload_len = be16(h + 4);
	/* A jumbogram (RFC 2675) or segmentation offload. */
	ip->no_length = ip->payload_len == 0 && wire_len > IPV6_HEADER;
	if (ip->no_length)
		ip->payload_len = wire_len - IPV6_HEADER;
	ip->len = ip->payload_len + IPV6_HEADER;
	ip->proto = h[6];
	ip->ttl = h[7];
	memcpy(ip->src.b, h + 8, 16);
	memcpy(ip->dst.b, h + 24, 16);
	ip->src.v6 = ip->dst.v6 = true;
	ip->header = h;
	ip->header_len = IPV6_HEADER;
	view_limit(v, ip->payload_len);
	return is_extension(ip->proto) ? ip_parse_extensions(v, ip) : IP_OK;
}

enum ip_result
ip_parse(struct view *v, uint32_t wire_len, struct ip *ip)
{
	memset(ip, 0, sizeof *ip);
	if (view_left(v) == 0)
		return IP_SHORT;
	switch (v->p[0] >> 4) {
	case 4:
		return parse_v4(v, wire_len, ip);
	case 6:
		return parse_v6(v, wire_len, ip);
	default:
		return IP_BAD;
	}
}
