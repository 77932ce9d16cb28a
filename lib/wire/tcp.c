#include "wire/tcp.h"

#include <string.h>

/* Option kinds; IANA. */
enum {
	OPT_END = 0, OPT_NOP = 1, OPT_MSS = 2, OPT_WS = 3, OPT_SACKOK = 4,
	OPT_SACK = 5, OPT_TS = 8, OPT_TFO = 34, OPT_EXPERIMENT = 254
};

static void
parse_sack(const uint8_t *o, size_t n, struct tcp *tcp)
{
	for (; n >= 8 && tcp->nsack < TCP_SACK_MAX; o += 8, n -= 8) {
		tcp->sack[tcp->nsack][0] = be32(o);
		tcp->sack[tcp->nsack][1] = be32(o + 4);
		tcp->nsack++;
	}
}

/* An option, with n bytes of value at o. */
static void
parse_option(unsigned kind, const uint8_t *o, size_t n, struct tcp *tcp)
{
	if (kind == OPT_TS && n == 8) {			/* RFC 7323, 3 */
		tcp->has_ts = true;
		tcp->tsval = be32(o);
		tcp->tsecr = be32(o + 4);
	} else if (kind == OPT_SACK)			/* RFC 2018, 3 */
		parse_sack(o, n, tcp);
	else if (kind == OPT_MSS && n == 2) {
		tcp->has_mss = true;
		tcp->mss = be16(o);
	} else if (kind == OPT_WS && n == 1) {
		tcp->has_ws = true;
		tcp->ws = o[0];
	} else if (kind == OPT_SACKOK && n == 0)
		tcp->sackok = true;
	else if (kind == OPT_TFO ||			/* RFC 7413, 4.1.1 */
	    (kind == OPT_EXPERIMENT && n >= 2 && be16(o) == 0xf989))
		tcp->tfo = true;
}

static void
parse_options(struct view *v, struct tcp *tcp)
{
	while (view_left(v) > 0) {
		unsigned kind = view_u8(v), len;
		const uint8_t *o;

		if (kind == OPT_END)
			return;
		if (kind == OPT_NOP)
			continue;
		if (view_left(v) == 0 || (len = view_u8(v)) < 2 ||
		    (o = view_bytes(v, len - 2)) == NULL) {
			tcp->options_bad = true;
			return;
		}
		parse_option(kind, o, len - 2, tcp);
	}
}

/* NOP NOP timestamp, as in most segments; RFC 7323, appendix A. */
static bool
parse_common(struct view *v, struct tcp *tcp)
{
	if (view_left(v) != 12 || be32(v->p) != 0x0101080a)
		return false;
	tcp->has_ts = true;
	tcp->tsval = be32(v->p + 4);
	tcp->tsecr = be32(v->p + 8);
	return true;
}

enum tcp_result
tcp_parse(struct view *v, uint32_t len, struct tcp *tcp)
{
	const uint8_t *h;
	struct view options;
	size_t header_len;

	memset(tcp, 0, sizeof *tcp);
	if (len < 20)
		return TCP_BAD;
	if ((h = view_bytes(v, 20)) == NULL)
		return TCP_SHORT;
	header_len = (size_t)(h[12] >> 4) * 4;
	if (header_len < 20 || header_len > len)
		return TCP_BAD;
	tcp->sport = be16(h);
	tcp->dport = be16(h + 2);
	tcp->seq = be32(h + 4);
	tcp->ack = be32(h + 8);
	tcp->flags = be16(h + 12) & 0x1ff;
	tcp->win = be16(h + 14);
	tcp->len = len - (uint32_t)header_len;
	tcp->options_cut = view_left(v) < header_len - 20;
	options = *v;
	view_limit(&options, header_len - 20);
	if (!parse_common(&options, tcp))
		parse_options(&options, tcp);
	if (tcp->options_cut)
		tcp->options_bad = false;
	v->p = tcp->options_cut ? v->end : v->p + (header_len - 20);
	return TCP_OK;
}
