#include "wire/fragments.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "wire/bitmap.h"

/* What identifies a datagram, without padding. */
struct key {
	uint8_t src[16], dst[16];
	uint32_t id;
	uint32_t id_kind;	/* version, and IPv4's protocol */
	uint32_t nencap, tagged, tag[ENCAPS_MAX];
};

static void
key_of(const struct datagrams *t, const struct ip *ip,
    const struct encaps *encaps, uint64_t key[2])
{
	struct key k = { .id = ip->id, .nencap = encaps->nencap,
	    .tagged = encaps->tagged };
	XXH128_hash_t h;

	memcpy(k.src, ip->src.b, ip->src.v6 ? 16 : 4);
	memcpy(k.dst, ip->dst.b, ip->src.v6 ? 16 : 4);
	k.id_kind = ip->src.v6 ? 6u << 8 : 4u << 8 | ip->proto;
	for (unsigned i = 0; i < encaps->nencap; i++)
		if (encaps->tagged >> i & 1)
			k.tag[i] = encaps->id[i];
	h = XXH3_128bits_withSeed(&k, sizeof k, t->seed);
	key[0] = h.low64;
	key[1] = h.high64;
}

/* Bytes of the headers that each fragment has, of IPv6 after the first 40. */
static uint32_t
head_len(const struct ip *ip)
{
	uint32_t len = ip->len - ip->payload_len;

	return ip->src.v6 ? len - 40 - 8 : len;
}

/* Can it be one of this datagram? */
static bool
fits(const struct datagram *d, const struct ip *ip)
{
	uint32_t end = ip->offset + ip->payload_len;

	if (ip->payload_len == 0 || ip->payload_len > DATAGRAM_LEN_MAX ||
	    head_len(ip) + end > DATAGRAM_LEN_MAX)
		return false;
	if (ip->more)
		return ip->payload_len % DATAGRAM_UNIT == 0 && end <= d->total;
	return d->total == DATAGRAM_UNKNOWN ? d->end <= end : d->total == end;
}

/* Did a fragment of these bounds and bytes come before? */
static bool
is_duplicate(const struct datagram *d, const struct ip *ip,
    const struct view *payload)
{
	uint32_t from = ip->offset / DATAGRAM_UNIT;
	uint32_t len = ip->payload_len, end = from + datagram_units(len);
	size_t n = view_left(payload);

	if (ip->offset + n > d->cut)
		n = d->cut > ip->offset ? d->cut - ip->offset : 0;
	return bitmap_count(d->come, from, end) == end - from &&
	    bitmap_has(d->first, from) &&
	    bitmap_count(d->first, from, end) == 1 &&
	    (!bitmap_has(d->come, end) || bitmap_has(d->first, end)) &&
	    memcmp(d->data + ip->offset, payload->p, n) == 0;
}

static void
keep_header(struct datagram *d, const struct ip *ip)
{
	d->congested |= (ip->tos & 3) == 3;
	if (ip->offset != 0)
		return;
	d->head = (uint16_t)head_len(ip);
	d->proto = ip->proto;
	d->ttl = ip->ttl;
	d->tos = ip->tos;
}

static void
keep(struct datagram *d, const struct ip *ip,
    const struct view *payload)
{
	uint32_t from = ip->offset / DATAGRAM_UNIT;
	uint32_t end = ip->offset + ip->payload_len;
	uint32_t had = bitmap_count(d->come, from, datagram_units(end));
	size_t n = view_left(payload);

	keep_header(d, ip);
	d->units += datagram_units(end) - from - had;
	bitmap_set(d->come, from, datagram_units(end));
	bitmap_set(d->first, from, from + 1);
	/* The source may be in d->data, of a layer that hostile bytes nest. */
	memmove(d->data + ip->offset, payload->p, n);
	if (n < ip->payload_len && ip->offset + n < d->cut)
		d->cut = (uint32_t)(ip->offset + n);
	if (end > d->end)
		d->end = end;
	if (!ip->more)
		d->total = end;
}

/* The fragment makes the datagram whole. */
static void
keep_last(struct datagram *d, const struct ip *ip,
    const struct view *payload)
{
	d->last = ip->offset;
	d->last_end = (uint16_t)(ip->offset + ip->payload_len);
	d->last_captured = (uint16_t)view_left(payload);
}

static bool
refuse(struct datagrams *t, struct datagram *d)
{
	d->refused = true;
	t->refused++;
	return false;
}

/* Add a fragment to its datagram.  False if it adds nothing. */
static bool
update(struct datagrams *t, struct datagram *d, const struct ip *ip,
    const struct view *payload)
{
	uint32_t from = ip->offset / DATAGRAM_UNIT;

	if (d->refused)
		return false;
	if (d->again && !fits(d, ip))
		datagrams_restart(t, d);
	if (!fits(d, ip))
		return refuse(t, d);
	if (is_duplicate(d, ip, payload)) {
		t->duplicates++;
		return false;
	}
	if (ip->src.v6 && bitmap_count(d->come, from, from +
	    datagram_units(ip->payload_len)) > 0)
		return refuse(t, d);
	keep(d, ip, payload);
	return true;
}

/* The header of the whole; RFC 791, 3.2, RFC 8200, 4.5. */
static void
make_header(struct ip *ip, const struct datagram *d)
{
	ip->proto = d->proto;
	ip->ttl = d->ttl;
	ip->tos = d->congested && (d->tos & 3) != 0 ? d->tos | 3 : d->tos;
	ip->payload_len = d->total;
	ip->len = d->head + d->total + (ip->src.v6 ? 40 : 0);
	ip->offset = 0;
	ip->more = false;
}

/* Is it a copy of the fragment that made the datagram whole, and did no other
 * fragment come since? */
static bool
is_repeat(const struct datagram *d, uint64_t now,
    const struct ip *ip, const struct view *payload)
{
	size_t n = view_left(payload);

	return d->done && !datagram_is_old(d, now) && ip->offset == d->last &&
	    ip->offset + ip->payload_len == d->last_end &&
	    n == d->last_captured &&
	    memcmp(d->data + ip->offset, payload->p, n) == 0;
}

bool
fragments_add(struct datagrams *t, uint64_t now, struct ip *ip,
    const struct encaps *encaps, const struct view *payload,
    struct fragments_whole *w)
{
	struct datagram *d;
	uint64_t key[2];

	key_of(t, ip, encaps, key);
	datagrams_expire(t, now);
	d = datagrams_find(t, key);
	if (d != NULL && is_repeat(d, now, ip, payload)) {
		t->duplicates++;
		return false;
	}
	d = datagrams_begin(t, d, key, now);
	if (!update(t, d, ip, payload) || d->total == DATAGRAM_UNKNOWN ||
	    d->units < datagram_units(d->total))
		return false;
	keep_last(d, ip, payload);
	make_header(ip, d);
	*w = (struct fragments_whole){ d->data, d->total,
	    d->cut < d->total ? d->cut : d->total };
	datagrams_finish(t, d, now);
	return true;
}
