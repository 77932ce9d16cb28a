#include "wire/link.h"

#include "wire/ip.h"

#define DEPTH_MAX	16	/* layers below an IP header */
#define FIRST_TYPE	1501	/* less is a length; IEEE 802.3, 3.2.6 */

#define END		0xffff	/* of the rows of a space; no layer's number */

#define ETHERNET	LAYER(SPACE_LINK, 1)
#define PPP		LAYER(SPACE_LINK, 9)
#define WIFI		LAYER(SPACE_LINK, 105)

/*
 * A link or tunnel: its number in its space; its name, if encap reports it; and
 * the parser of its header.  Without a parser the layer is only counted.
 */
struct row {
	uint16_t number;
	const char *name;
	uint32_t (*next)(struct view *, struct encaps *);
};

static const struct row *find(uint32_t);

static inline uint32_t
ethertype(unsigned type)
{
	return type == 0x86dd ? LAYER_IP : LAYER(SPACE_ETHERTYPE, type);
}

static uint32_t
ip(struct view *v, struct encaps *t)
{
	(void)v;
	(void)t;
	return LAYER_IP;
}

/* IP after a header that does not say so: its version does. */
static uint32_t
if_ip(struct view *v)
{
	unsigned version;

	if (view_left(v) < 1)
		v->is_short = true;
	version = view_left(v) > 0 ? v->p[0] >> 4 : 0;
	return version == 4 || version == 6 ? LAYER_IP : LAYER_NONE;
}

static uint32_t
llc(struct view *v)
{
	const uint8_t *h = view_bytes(v, 3);

	if (h == NULL || h[2] != 0x03)
		return LAYER_NONE;
	if (h[0] == 0x06)		/* IP's own SAP; RFC 948 */
		return LAYER_IP;
	if (h[0] != 0xaa || (h = view_bytes(v, 5)) == NULL)
		return LAYER_NONE;
	return ethertype(be16(h + 3));	/* SNAP; RFC 1042 */
}

static inline uint32_t
type_or_length(struct view *v, unsigned type)
{
	return type >= FIRST_TYPE ? ethertype(type) : llc(v);
}

/* n bytes and then an EtherType. */
static uint32_t
type_after(struct view *v, size_t n)
{
	const uint8_t *h = view_bytes(v, n + 2);

	return h != NULL ? type_or_length(v, be16(h + n)) : LAYER_NONE;
}

/* Skip n bytes; the layer is next. */
static uint32_t
after(struct view *v, size_t n, uint32_t next)
{
	view_skip(v, n);
	return next;
}

static uint32_t
ethernet(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 14);

	(void)t;
	return h != NULL ? type_or_length(v, be16(h + 12)) : LAYER_NONE;
}

/* Links. */

/* A source route follows if the first bit of the source address is set; IEEE
 * 802.5, 3.2.5. */
static uint32_t
token_ring(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 14);

	(void)t;
	if (h == NULL)
		return LAYER_NONE;
	if (h[8] & 0x80 && view_left(v) > 0)
		view_skip(v, v->p[0] & 0x1f);
	return llc(v);
}

/* Frame control, whose value must be that of LLC; ISO 9314-2. */
static uint32_t
fddi(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 13);

	(void)t;
	return h != NULL && (h[0] & 0x70) == 0x50 ? llc(v) : LAYER_NONE;
}

/* An AF_ number in either byte order.  AF_INET6 differs between systems. */
static uint32_t
family(uint32_t number)
{
	if (number > 0xffff)
		number = __builtin_bswap32(number);
	switch (number) {
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

static uint32_t
null(struct view *v, struct encaps *t)
{
	(void)t;
	return family(view_be32(v));
}

/* OpenBSD's enc(4): the family, SPI and flags. */
static uint32_t
enc(struct view *v, struct encaps *t)
{
	(void)t;
	return after(v, 8, family(view_be32(v)));
}

static uint32_t
sll(struct view *v, struct encaps *t)
{
	(void)t;
	return type_after(v, 14);
}

static uint32_t
sll2(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 20);

	(void)t;
	return h != NULL ? type_or_length(v, be16(h)) : LAYER_NONE;
}

/*
 * Address and control (0xff 0x03, or Cisco's 0x0f or 0x8f and 0x00) are
 * optional, and an odd protocol number may have one byte; RFC 1661, 2 and 6.5.
 */
static uint32_t
ppp(struct view *v, struct encaps *t)
{
	unsigned first = view_left(v) > 0 ? v->p[0] : 0, protocol;

	if (first == 0x0f || first == 0x8f)
		return type_after(v, 2);
	if (first == 0xff)
		view_skip(v, 2);
	(void)t;
	protocol = view_u8(v);
	if (protocol % 2 == 0)
		protocol = protocol << 8 | view_u8(v);
	return LAYER(SPACE_PPP, protocol);
}

/* A byte of direction, then PPP. */
static uint32_t
ppp_dir(struct view *v, struct encaps *t)
{
	(void)t;
	return after(v, 1, PPP);
}

/* RFC 2516, 4. */
static uint32_t
pppoe(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 6);

	if (h == NULL || h[1] != 0)	/* of a session, not discovery */
		return LAYER_NONE;
	layer_add_tag(t, be16(h + 2));
	return PPP;
}

static uint32_t
ppp_ether(struct view *v, struct encaps *t)
{
	(void)t;
	return after(v, 0, LAYER(SPACE_ETHERTYPE, 0x8864));
}

/* The protocol and, but for the old numbers, a flag of fragments and a sequence
 * number, twice in an exception packet; RFC 1051, RFC 1201. */
static uint32_t
arcnet_protocol(struct view *v)
{
	unsigned protocol = view_u8(v), flag;

	if (protocol == 0xf0)
		return LAYER_IP;
	if (protocol != 0xd4 && protocol != 0xc4)
		return LAYER_NONE;
	flag = view_u8(v);
	view_skip(v, 2);
	if (flag == 0xff) {
		view_skip(v, 1);
		flag = view_u8(v);
		view_skip(v, 2);
	}
	return flag != 0 && flag % 2 == 0 ? LAYER_NONE : LAYER_IP;
}

static uint32_t
arcnet(struct view *v, struct encaps *t)
{
	(void)t;
	view_skip(v, 2);
	return arcnet_protocol(v);
}

static uint32_t
arcnet_linux(struct view *v, struct encaps *t)
{
	(void)t;
	view_skip(v, 4);
	return arcnet_protocol(v);
}

/* A global routing header, then an EtherType; RFC 4391, 6. */
static uint32_t
ipoib(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 44);

	(void)t;
	return h != NULL ? ethertype(be16(h + 40)) : LAYER_NONE;
}

/* Linux netfilter's log: attributes, in the byte order of the capturing host,
 * of which number 9 is the packet. */
static uint32_t
nflog(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 4);

	(void)t;
	for (int i = 0; i < 32 && (h = view_bytes(v, 4)) != NULL; i++) {
		bool big = h[2] == 0;
		unsigned type = big ? be16(h + 2) : h[2];
		unsigned len = big ? be16(h) : (unsigned)h[1] << 8 | h[0];

		if (type == 9)
			return if_ip(v);
		if (len < 4)
			break;
		view_skip(v, (len - 4 + 3) & ~3u);
	}
	return LAYER_NONE;
}

/* Per-packet information: a length, the link type of what follows. */
static uint32_t
ppi(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);
	unsigned len;

	(void)t;
	if (h == NULL || (len = (unsigned)h[3] << 8 | h[2]) < 8)
		return LAYER_NONE;
	return after(v, len - 8, LAYER(SPACE_LINK, h[5] << 8 | h[4]));
}

/* IEEE 802.11, 9.2 and 9.3.2: data that is neither encrypted nor a fragment
 * after the first.  pad: the header has been padded to four bytes. */
static uint32_t
wifi_data(struct view *v, unsigned type, unsigned flags, bool pad)
{
	size_t len = (flags & 3) == 3 ? 30 : 24, qos = len;
	const uint8_t *h;

	if ((type & 0x4f) != 0x08 || flags & 0x40)
		return LAYER_NONE;
	if (type & 0x80)
		len += flags & 0x80 ? 6 : 2;
	if (pad)
		len = (len + 3) & ~(size_t)3;
	if ((h = view_bytes(v, len)) == NULL || h[22] & 0x0f)
		return LAYER_NONE;
	/* Of an aggregate (A-MSDU) the first, which is as 802.3. */
	if (type & 0x80 && h[qos] & 0x80)
		view_skip(v, 14);
	return llc(v);
}

static uint32_t
wifi_padded(struct view *v, bool pad)
{
	if (view_left(v) >= 2)
		return wifi_data(v, v->p[0], v->p[1], pad);
	v->is_short = true;
	return LAYER_NONE;
}

static uint32_t
wifi(struct view *v, struct encaps *t)
{
	(void)t;
	return wifi_padded(v, false);
}

/* www.radiotap.org: a bitmap, of words while bit 31 is set, then the fields it
 * names.  The flags follow the time, which is aligned to 8 bytes. */
static bool
radiotap_pads(const uint8_t *h, size_t len)
{
	size_t at = 4;

	while (at + 4 < len && h[at + 3] & 0x80)
		at += 4;
	at += 4;
	if (h[4] & 1)
		at = ((at + 7) & ~(size_t)7) + 8;
	return h[4] & 2 && at < len && h[at] & 0x20;
}

static uint32_t
radiotap(struct view *v, struct encaps *t)
{
	size_t len = view_left(v) >= 8 ? (size_t)v->p[3] << 8 | v->p[2] : 8;
	const uint8_t *h = view_bytes(v, len);

	(void)t;
	if (h == NULL || len < 8 || h[0] != 0)
		return LAYER_NONE;
	return wifi_padded(v, radiotap_pads(h, len));
}

static uint32_t
avs(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);

	(void)t;
	if (h == NULL || be32(h + 4) < 8)
		return LAYER_NONE;
	return after(v, be32(h + 4) - 8, WIFI);
}

/* 144 bytes, or an AVS header, known by its version. */
static uint32_t
prism(struct view *v, struct encaps *t)
{
	if (view_left(v) >= 4 && be32(v->p) >> 12 == 0x80211)
		return avs(v, t);
	return after(v, 144, WIFI);
}

/* Tags and tunnels below IP. */

static uint32_t
vlan(struct view *v, struct encaps *t)
{
	unsigned tag = view_be16(v);

	layer_add_vlan(t, tag & 0xfff);
	return type_after(v, 0);
}

/*
 * Labels down to the bottom of the stack, then IP, known by its version, or an
 * Ethernet frame after a control word, whose first nibble is 0; RFC 3032, RFC
 * 4448.
 */
static uint32_t
mpls(struct view *v, struct encaps *t)
{
	const uint8_t *label;

	do {
		if ((label = view_bytes(v, 4)) == NULL)
			return LAYER_NONE;
	} while ((label[2] & 1) == 0);
	layer_add_tag(t, be32(label) >> 12);
	if (view_left(v) > 0 && v->p[0] >> 4 == 0)
		return after(v, 4, ETHERNET);
	return if_ip(v);
}

/* Cisco's metadata: version, length in words, options such as a security group
 * tag, an EtherType. */
static uint32_t
sgt(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 2);

	(void)t;
	return h != NULL ? type_after(v, 4u * h[1]) : LAYER_NONE;
}

/* Forwarding tag and hop limit, then the frame. */
static uint32_t
fabricpath(struct view *v, struct encaps *t)
{
	(void)t;
	return after(v, 2, ETHERNET);
}

/* The service's I-TAG, then the customer's frame; IEEE 802.1Q, 9.7. */
static uint32_t
pbb(struct view *v, struct encaps *t)
{
	layer_add_tag(t, view_be32(v) & 0xffffff);
	return ETHERNET;
}

static uint32_t
vntag(struct view *v, struct encaps *t)
{
	(void)t;
	return type_after(v, 4);
}

/* IEEE 802.1BR, 7.5. */
static uint32_t
etag(struct view *v, struct encaps *t)
{
	(void)t;
	return type_after(v, 6);
}

static uint32_t
bridged(struct view *v, struct encaps *t)
{
	(void)v;
	(void)t;
	return ETHERNET;
}

static uint32_t
framed_ppp(struct view *v, struct encaps *t)
{
	(void)v;
	(void)t;
	return PPP;
}

/* Types II and III of draft-foschiano-erspan; the O bit adds 8 bytes to III. */
static uint32_t
erspan(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);

	if (h == NULL)
		return LAYER_NONE;
	layer_add_tag(t, be16(h + 2) & 0x3ff);
	return ETHERNET;
}

static uint32_t
erspan3(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 12);

	if (h == NULL)
		return LAYER_NONE;
	layer_add_tag(t, be16(h + 2) & 0x3ff);
	return after(v, h[11] & 1 ? 8 : 0, ETHERNET);
}

/* WCCP puts a redirect header before the packet, or does not. */
static uint32_t
wccp(struct view *v, struct encaps *t)
{
	(void)t;
	if (view_left(v) > 0 && v->p[0] >> 4 != 4)
		view_skip(v, 4);
	return if_ip(v);
}

/* The next protocol of VXLAN-GPE and NSH; RFC 8300, 2.2. */
static uint32_t
gpe_protocol(unsigned n)
{
	static const uint32_t layers[] = { LAYER_NONE, LAYER_IP, LAYER_IP,
	    ETHERNET, LAYER(SPACE_ETHERTYPE, 0x894f),
	    LAYER(SPACE_ETHERTYPE, 0x8847) };

	return n < sizeof layers / sizeof layers[0] ? layers[n] : LAYER_NONE;
}

static uint32_t
nsh(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);
	unsigned words;

	(void)t;
	if (h == NULL || (words = h[1] & 0x3f) < 2)
		return LAYER_NONE;
	return after(v, 4u * (words - 2), gpe_protocol(h[3]));
}

/* Tunnels in IP. */

/* Version 1 has always a key, the call and a length; RFC 2637, 4.1. */
static uint32_t
gre_pptp(struct view *v, struct encaps *t, unsigned flags)
{
	unsigned len = view_be16(v);

	layer_add_tag(t, view_be16(v));
	view_skip(v, flags & 0x1000 ? 4 : 0);
	view_skip(v, flags & 0x0080 ? 4 : 0);
	return len > 0 ? PPP : LAYER_NONE;
}

/* RFC 2784, RFC 2890.  ERSPAN I has no header of its own, and GRE no sequence
 * number then.  From 0x8200 on are Aruba's radios. */
static uint32_t
gre(struct view *v, struct encaps *t)
{
	unsigned flags = view_be16(v), type = view_be16(v);

	if ((flags & 0x2007) == 0x2001 && type == 0x880b)
		return gre_pptp(v, t, flags);
	if (flags & 0x4007)
		return LAYER_NONE;
	view_skip(v, flags & 0x8000 ? 4 : 0);
	if (flags & 0x2000)
		layer_add_tag(t, view_be32(v));
	view_skip(v, flags & 0x1000 ? 4 : 0);
	if (type >= 0x8200 && type <= 0x8370 && type % 16 == 0)
		return WIFI;
	if (type != 0x88be || flags & 0x1000)
		return ethertype(type);
	return layer_add_encap(t, "erspan") ? ETHERNET : LAYER_NONE;
}

/* RFC 3378. */
static uint32_t
etherip(struct view *v, struct encaps *t)
{
	(void)t;
	return view_be16(v) == 0x3000 ? ETHERNET : LAYER_NONE;
}

/* Is this an Ethernet frame that carries IP, with at most one VLAN tag? */
static bool
is_frame(struct view v)
{
	const uint8_t *h = view_bytes(&v, 14);
	unsigned type = h != NULL ? be16(h + 12) : 0;

	if (type == 0x8100)
		type = (h = view_bytes(&v, 4)) != NULL ? be16(h + 2) : 0;
	if ((h = view_bytes(&v, 20)) == NULL)
		return false;
	return type == 0x86dd ? h[0] >> 4 == 6 :
	    type == 0x0800 && h[0] >> 4 == 4 && (h[0] & 15) >= 5 &&
	    be16(h + 2) >= (h[0] & 15) * 4;
}

/*
 * RFC 3931, 4.1: a session, not 0 (which is control), a cookie of 0, 4 or 8
 * bytes and perhaps a sublayer of 4.  Only the ends know which: it is as long
 * as it must be for an Ethernet frame to follow.
 */
static uint32_t
l2tpv3(struct view *v, struct encaps *t)
{
	uint32_t session = view_be32(v);

	if (session == 0)
		return LAYER_NONE;
	layer_add_tag(t, session);
	for (int i = 0; i < 4; i++, view_skip(v, 4))
		if (is_frame(*v))
			return ETHERNET;
	return LAYER_NONE;
}

/* RFC 2661, 3.1; version 3 is RFC 3931, 4.1.2. */
static uint32_t
l2tp(struct view *v, struct encaps *t)
{
	unsigned flags = view_be16(v), session;

	if ((flags & 0x800f) == 3) {
		view_skip(v, 2);
		return l2tpv3(v, t);
	}
	if ((flags & 0x800f) != 2)
		return LAYER_NONE;
	view_skip(v, flags & 0x4000 ? 4 : 2);	/* length, tunnel */
	session = view_be16(v);
	layer_add_tag(t, session);
	view_skip(v, flags & 0x0800 ? 4 : 0);	/* sequence numbers */
	if (flags & 0x0200)
		view_skip(v, view_be16(v));
	return PPP;
}

/* RFC 7348; the group policy extension sets the first bit. */
static uint32_t
vxlan(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);

	if (h == NULL || (h[0] & 0x7f) != 0x08)
		return LAYER_NONE;
	layer_add_tag(t, be32(h + 4) >> 8);
	return ETHERNET;
}

/* draft-ietf-nvo3-vxlan-gpe, 3: as VXLAN if the P bit is not set. */
static uint32_t
vxlan_gpe(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);

	if (h == NULL || (h[0] & 0xf8) != 0x08)
		return LAYER_NONE;
	layer_add_tag(t, be32(h + 4) >> 8);
	return h[0] & 4 ? gpe_protocol(h[3]) : ETHERNET;
}

/* RFC 8926, 3.4. */
static uint32_t
geneve(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);

	if (h == NULL || h[0] >> 6 != 0)
		return LAYER_NONE;
	layer_add_tag(t, be32(h + 4) >> 8);
	view_skip(v, 4u * (h[0] & 0x3f));
	return ethertype(be16(h + 2));
}

/* 3GPP TS 29.281, 5.1 and 5.2: a user's packet, after extension headers. */
static uint32_t
gtpu(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);
	unsigned type = 0, len;

	if (h == NULL || h[0] >> 4 != 3 || h[1] != 0xff)
		return LAYER_NONE;
	layer_add_tag(t, be32(h + 4));
	if (h[0] & 7) {
		view_skip(v, 3);
		type = view_u8(v);
	}
	if (h[0] & 4)
		for (int i = 0; type != 0; i++) {
			len = view_u8(v);
			if (len == 0 || i == DEPTH_MAX)
				return LAYER_NONE;
			view_skip(v, 4u * len - 2);
			type = view_u8(v);
		}
	return if_ip(v);
}

/* draft-massar-v6ops-ayiya, 3: an identity, a signature, a packet. */
static uint32_t
ayiya(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);

	(void)t;
	if (h == NULL || (h[2] & 15) != 1 || (h[3] != 41 && h[3] != 4))
		return LAYER_NONE;
	view_skip(v, ((size_t)1 << (h[0] >> 4)) + 4u * (h[1] >> 4));
	return if_ip(v);
}

/* RFC 5415, 4.3: a frame of 802.3, or of 802.11, whose frame control some swap.
 * Keep-alives and fragments after the first are none. */
static uint32_t
capwap(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);

	(void)t;
	if (h == NULL || h[0] != 0 || h[1] >> 3 < 2 || h[3] & 8 ||
	    be16(h + 6) >> 3 != 0)
		return LAYER_NONE;
	view_skip(v, 4u * (h[1] >> 3) - 8);
	if ((h[2] & 1) == 0)
		return ETHERNET;
	if (view_left(v) >= 2 && (v->p[0] & 15) != 8)
		return wifi_data(v, v->p[1], v->p[0], false);
	return WIFI;
}

/* A tunnel by one of its ports, or VXLAN by its header, on any port. */
static uint32_t
udp(struct view *v, struct encaps *t)
{
	const uint8_t *h = view_bytes(v, 8);
	const struct row *r;
	struct view inside = *v;
	uint32_t next = LAYER_NONE;

	if (h == NULL)
		return LAYER_NONE;
	if ((r = find(LAYER(SPACE_UDP, be16(h + 2)))) == NULL)
		r = find(LAYER(SPACE_UDP, be16(h)));
	if (r != NULL && layer_add_encap(t, r->name)) {
		next = r->next(v, t);
		if (next != LAYER_NONE)
			return next;
		*v = inside;
		t->nencap--;
		t->tagged &= (uint16_t)~(1u << t->nencap);
	}
	h = view_bytes(&inside, 8);
	if (h == NULL || be32(h) != 0x08000000 || h[7] != 0 ||
	    !is_frame(inside) || !layer_add_encap(t, "vxlan"))
		return LAYER_NONE;
	return vxlan(v, t);
}

/* Links: www.tcpdump.org/linktypes.html.  The rest: IANA, and IEEE's list of
 * EtherTypes.  The commonest of each space is first. */
static const struct row rows[SPACES][40] = {
	[SPACE_NONE] = { { END, NULL, NULL } },
	[SPACE_LINK] = {
		{ 1, NULL, ethernet },
		{ 101, NULL, ip },		/* RAW */
		{ 113, NULL, sll },
		{ 276, NULL, sll2 },
		{ 0, NULL, null },
		{ 6, NULL, token_ring },
		{ 7, NULL, arcnet },
		{ 9, NULL, ppp },
		{ 10, NULL, fddi },
		{ 12, NULL, ip },		/* DLT_RAW of most systems */
		{ 14, NULL, ip },		/* DLT_RAW of OpenBSD */
		{ 50, NULL, ppp },		/* PPP_HDLC */
		{ 51, NULL, ppp_ether },
		{ 104, NULL, ppp },		/* C_HDLC */
		{ 105, NULL, wifi },
		{ 108, NULL, null },		/* LOOP */
		{ 109, NULL, enc },
		{ 119, NULL, prism },
		{ 127, NULL, radiotap },
		{ 129, NULL, arcnet_linux },
		{ 163, NULL, avs },
		{ 192, NULL, ppi },
		{ 204, NULL, ppp_dir },
		{ 228, NULL, ip },		/* IPV4 */
		{ 229, NULL, ip },		/* IPV6 */
		{ 239, NULL, nflog },
		{ 242, NULL, ipoib },
		{ 187, "bluetooth", NULL },
		{ 189, "usb", NULL },
		{ 195, "802.15.4", NULL },
		{ 197, "erf", NULL },
		{ 201, "bluetooth", NULL },
		{ 220, "usb", NULL },
		{ 227, "can", NULL },
		{ 249, "usbpcap", NULL },
		{ 251, "bluetooth_le", NULL },
		{ 256, "bluetooth_le", NULL },
		{ END, NULL, NULL },
	},
	[SPACE_ETHERTYPE] = {
		{ 0x0800, NULL, ip },
		{ 0x86dd, NULL, ip },
		{ 0x8100, "vlan", vlan },	/* 802.1Q */
		{ 0x88a8, "vlan", vlan },	/* 802.1ad */
		{ 0x9100, "vlan", vlan },	/* before 802.1ad */
		{ 0x8864, "pppoe", pppoe },
		{ 0x8847, "mpls", mpls },
		{ 0x8848, "mpls", mpls },	/* RFC 5332 */
		{ 0x6558, NULL, bridged },
		{ 0x880b, NULL, framed_ppp },
		{ 0x883e, "wccp", wccp },
		{ 0x88be, "erspan", erspan },
		{ 0x22eb, "erspan", erspan3 },
		{ 0x88e7, "pbb", pbb },
		{ 0x8903, "fabricpath", fabricpath },
		{ 0x8909, "sgt", sgt },
		{ 0x8926, "vntag", vntag },
		{ 0x893f, "etag", etag },
		{ 0x894f, "nsh", nsh },
		{ 0x0806, "arp", NULL },
		{ 0x8035, "rarp", NULL },
		{ 0x8808, "pause", NULL },
		{ 0x8809, "lacp", NULL },
		{ 0x8863, "pppoe_discovery", NULL },
		{ 0x888e, "eapol", NULL },
		{ 0x88cc, "lldp", NULL },
		{ 0x88e5, "macsec", NULL },
		{ 0x88f7, "ptp", NULL },
		{ END, NULL, NULL },
	},
	[SPACE_IP] = {
		{ IP_UDP, NULL, udp },
		{ IP_IPIP, "ipip", ip },
		{ IP_IPV6, "ipip", ip },
		{ IP_GRE, "gre", gre },
		{ 97, "etherip", etherip },
		{ 115, "l2tp", l2tpv3 },
		{ 137, "mpls", mpls },		/* RFC 4023 */
		{ END, NULL, NULL },
	},
	[SPACE_UDP] = {
		{ 1701, "l2tp", l2tp },
		{ 2152, "gtpu", gtpu },
		{ 4754, "gre", gre },		/* RFC 8086 */
		{ 4789, "vxlan", vxlan },
		{ 4790, "vxlan-gpe", vxlan_gpe },
		{ 5072, "ayiya", ayiya },
		{ 5247, "capwap", capwap },
		{ 6081, "geneve", geneve },
		{ 6635, "mpls", mpls },		/* RFC 7510 */
		{ 8472, "vxlan", vxlan },	/* Linux */
		{ END, NULL, NULL },
	},
	[SPACE_PPP] = {
		{ 0x0021, NULL, ip },
		{ 0x0057, NULL, ip },
		{ 0x0281, "mpls", mpls },
		{ 0x0283, "mpls", mpls },
		{ END, NULL, NULL },
	},
};

static const struct row *
find(uint32_t layer)
{
	const struct row *r = rows[LAYER_SPACE(layer)];

	while (r->number != LAYER_NUMBER(layer) && r->number != END)
		r++;
	return r->number != END ? r : NULL;
}

uint32_t
link_to_ip(uint32_t at, struct view *v, struct encaps *t)
{
	if (at == ETHERNET)	/* as most are: for speed */
		at = ethernet(v, t);
	for (int depth = 0; at != LAYER_IP; depth++) {
		const struct row *r = find(at);

		if (r == NULL || r->next == NULL)
			return at;
		if (depth == DEPTH_MAX ||
		    (r->name != NULL && !layer_add_encap(t, r->name)))
			return LAYER_NONE;
		at = r->next(v, t);
		if (v->is_short)
			return LAYER_NONE;
	}
	return LAYER_IP;
}

/* The EtherType of a layer, 0 if none. */
static unsigned
ethertype_of(uint32_t layer, const struct view *v)
{
	if (layer == LAYER_IP)
		return view_left(v) > 0 && v->p[0] >> 4 == 6 ? 0x86dd : 0x0800;
	if (layer == LAYER(SPACE_PPP, 0x0281))
		return 0x8847;
	if (layer == LAYER(SPACE_PPP, 0x0021) ||
	    layer == LAYER(SPACE_PPP, 0x0057))
		return ethertype_of(LAYER_IP, v);
	return LAYER_SPACE(layer) == SPACE_ETHERTYPE ? LAYER_NUMBER(layer) : 0;
}

unsigned
link_to_ethertype(uint32_t link, struct view *v)
{
	uint32_t at = LAYER(SPACE_LINK, link & UINT16_MAX);
	struct encaps none = { .nencap = 0 };
	const struct row *r;

	for (int depth = 0; LAYER_SPACE(at) == SPACE_LINK; depth++) {
		if (depth == DEPTH_MAX || (r = find(at)) == NULL ||
		    r->next == NULL)
			return 0;
		at = r->next(v, &none);
		if (v->is_short)
			return 0;
	}
	return ethertype_of(at, v);
}

bool
link_is_decoded(uint32_t layer)
{
	const struct row *r = find(layer);

	return r != NULL && r->next != NULL;
}

const char *
link_name(uint32_t layer)
{
	const struct row *r = find(layer);

	return r != NULL && r->next == NULL ? r->name : NULL;
}
