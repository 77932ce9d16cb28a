#include "wire/fragments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "wire/bitmap.h"
#include "wire/units.h"

#define LIFE_NS		(30 * NS_PER_S)
/* When as many others began since, an identification stands for a new datagram:
 * IPv4 has only 65536, and they recur within seconds; RFC 4963. */
#define LIFE_DATAGRAMS	16384
#define DATAGRAM_MAX	65535	/* bytes, with the header */
#define UNIT		8	/* bytes: offsets count them */
#define WORDS		((DATAGRAM_MAX + 1) / UNIT / 64 + 1)
#define UNKNOWN		UINT32_MAX	/* the end, before the last fragment */

/* Lists of datagrams, whose heads precede the datagrams among the links.  DONE
 * has one more than a packet can nest, so that none of its layers is reused. */
enum list { OPEN, DONE, SPARE, LISTS };
#define DONE_MAX	(ENCAPS_MAX + 1)

struct fragments_link {
	uint32_t prev, next;
};

struct fragments_datagram {
	uint64_t key[2];
	uint64_t born;		/* its first fragment came, ns */
	uint64_t number;	/* how many began before */
	uint32_t chain;		/* the next one in its bucket, or 0 */
	uint32_t end;		/* one past the highest byte so far */
	uint32_t total;		/* bytes, or UNKNOWN */
	uint32_t units;		/* that have come */
	uint32_t cut;		/* the first byte that was not captured */
	uint16_t last, last_end;	/* the bytes that made it whole, */
	uint16_t last_captured;		/* and how many were captured */
	uint16_t head;		/* bytes of the first fragment's headers */
	uint8_t proto, ttl, tos;	/* the first fragment's */
	bool congested;		/* a fragment has CE; RFC 3168, 5.3 */
	bool refused;
	bool done;		/* whole, and no fragment came since */
	bool again;		/* one with the same key was whole before */
	uint64_t come[WORDS];	/* units that have come */
	uint64_t first[WORDS];	/* units with which a fragment begins */
	uint8_t data[DATAGRAM_MAX + 1];
};

/* What a datagram is known by, without padding. */
struct key {
	uint8_t src[16], dst[16];
	uint32_t id;
	uint32_t id_kind;	/* version, and IPv4's protocol */
	uint32_t nencap, tagged, tag[ENCAPS_MAX];
};

static uint32_t
units_of(uint32_t bytes)
{
	return (bytes + UNIT - 1) / UNIT;
}

/* --- the table ----------------------------------------------------------- */

int
fragments_open(struct fragments *f, uint32_t max, uint64_t seed)
{
	uint32_t n = max + DONE_MAX, nbuckets = 64;

	while (nbuckets < n)
		nbuckets *= 2;
	*f = (struct fragments){ .max = max, .seed = seed,
	    .mask = nbuckets - 1 };
	/* Pages that are never touched cost no memory. */
	f->datagrams = calloc(n, sizeof *f->datagrams);
	f->links = calloc(LISTS + n, sizeof *f->links);
	f->buckets = calloc(nbuckets, sizeof *f->buckets);
	for (uint32_t l = 0; f->links != NULL && l < LISTS; l++)
		f->links[l] = (struct fragments_link){ l, l };
	if (f->datagrams != NULL && f->links != NULL && f->buckets != NULL)
		return 0;
	fragments_close(f);
	errno = ENOMEM;
	return -1;
}

void
fragments_close(struct fragments *f)
{
	free(f->datagrams);
	free(f->links);
	free(f->buckets);
}

/* Datagrams are known by the numbers of their links, from LISTS on. */
static struct fragments_datagram *
datagram(const struct fragments *f, uint32_t i)
{
	return &f->datagrams[i - LISTS];
}

static void
unlink_it(struct fragments *f, uint32_t i)
{
	struct fragments_link *l = &f->links[i];

	f->links[l->prev].next = l->next;
	f->links[l->next].prev = l->prev;
}

/* Append to a list. */
static void
append(struct fragments *f, enum list list, uint32_t i)
{
	uint32_t last = f->links[list].prev;

	f->links[i] = (struct fragments_link){ last, list };
	f->links[last].next = i;
	f->links[list].prev = i;
}

static uint32_t *
bucket(const struct fragments *f, const uint64_t key[2])
{
	return &f->buckets[key[0] & f->mask];
}

static uint32_t
find(const struct fragments *f, const uint64_t key[2])
{
	uint32_t i = *bucket(f, key);

	while (i != 0 && memcmp(datagram(f, i)->key, key, 16) != 0)
		i = datagram(f, i)->chain;
	return i;
}

/* Forget what came, but not the key. */
static void
clear(struct fragments_datagram *d, uint64_t now)
{
	size_t used = (units_of(d->end) + 63) / 64 * sizeof d->come[0];

	memset(d->come, 0, used);
	memset(d->first, 0, used);
	d->born = now;
	d->end = d->units = 0;
	d->total = d->cut = UNKNOWN;
	d->congested = d->refused = false;
}

/* Remove datagram i, which is in no list, from the table. */
static void
drop(struct fragments *f, uint32_t i)
{
	struct fragments_datagram *d = datagram(f, i);
	uint32_t *at = bucket(f, d->key);

	while (*at != i)
		at = &datagram(f, *at)->chain;
	*at = d->chain;
	clear(d, 0);
	append(f, SPARE, i);
}

static void
give_up(struct fragments *f, uint32_t i)
{
	const struct fragments_datagram *d = datagram(f, i);

	if (d->again)
		f->duplicates += bitmap_count(d->first, 0, units_of(d->end));
	else
		f->incomplete += !d->refused;
	f->nopen--;
	unlink_it(f, i);
	drop(f, i);
}

static bool
is_old(const struct fragments_datagram *d, uint64_t now)
{
	/* Time steps back where another capture follows. */
	return now > d->born ? now - d->born > LIFE_NS :
	    d->born - now > LIFE_NS;
}

static void
expire(struct fragments *f, uint64_t now)
{
	uint32_t i;

	while ((i = f->links[OPEN].next) != OPEN && is_old(datagram(f, i), now))
		give_up(f, i);
}

/* Datagram i is open from now on. */
static void
enter(struct fragments *f, uint32_t i, uint64_t now)
{
	clear(datagram(f, i), now);
	datagram(f, i)->done = false;
	datagram(f, i)->number = f->begun++;
	append(f, OPEN, i);
	f->nopen++;
}

/* A datagram that is in no list, the one used last if there is a choice. */
static uint32_t
spare(struct fragments *f)
{
	uint32_t i = f->links[SPARE].prev;

	if (i == SPARE)
		return LISTS + f->fresh++;
	unlink_it(f, i);
	return i;
}

static uint32_t
add(struct fragments *f, const uint64_t key[2], uint64_t now)
{
	uint32_t i = spare(f), *at = bucket(f, key);
	struct fragments_datagram *d = datagram(f, i);

	memcpy(d->key, key, sizeof d->key);
	d->chain = *at;
	*at = i;
	d->again = false;
	enter(f, i, now);
	return i;
}

/* One that was whole begins anew. */
static void
reopen(struct fragments *f, uint32_t i, uint64_t now)
{
	datagram(f, i)->again = !is_old(datagram(f, i), now);
	unlink_it(f, i);
	f->ndone--;
	enter(f, i, now);
}

static void
finish(struct fragments *f, uint32_t i, uint64_t now)
{
	uint32_t oldest = f->links[DONE].next;

	if (f->ndone == DONE_MAX) {
		unlink_it(f, oldest);
		drop(f, oldest);
		f->ndone--;
	}
	unlink_it(f, i);
	f->nopen--;
	append(f, DONE, i);
	f->ndone++;
	f->whole++;
	datagram(f, i)->done = true;
	clear(datagram(f, i), now);
}

/* --- fragments ----------------------------------------------------------- */

static void
key_of(const struct fragments *f, const struct ip *ip,
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
	h = XXH3_128bits_withSeed(&k, sizeof k, f->seed);
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
fits(const struct fragments_datagram *d, const struct ip *ip)
{
	uint32_t end = ip->offset + ip->payload_len;

	if (ip->payload_len == 0 || ip->payload_len > DATAGRAM_MAX ||
	    head_len(ip) + end > DATAGRAM_MAX)
		return false;
	if (ip->more)
		return ip->payload_len % UNIT == 0 && end <= d->total;
	return d->total == UNKNOWN ? d->end <= end : d->total == end;
}

/* Did a fragment of these bounds and bytes come before? */
static bool
is_duplicate(const struct fragments_datagram *d, const struct ip *ip,
    const struct view *payload)
{
	uint32_t from = ip->offset / UNIT;
	uint32_t len = ip->payload_len, end = from + units_of(len);
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
keep_header(struct fragments_datagram *d, const struct ip *ip)
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
keep(struct fragments_datagram *d, const struct ip *ip,
    const struct view *payload)
{
	uint32_t from = ip->offset / UNIT, end = ip->offset + ip->payload_len;
	uint32_t had = bitmap_count(d->come, from, units_of(end));
	size_t n = view_left(payload);

	keep_header(d, ip);
	d->units += units_of(end) - from - had;
	bitmap_set(d->come, from, units_of(end));
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
keep_last(struct fragments_datagram *d, const struct ip *ip,
    const struct view *payload)
{
	d->last = ip->offset;
	d->last_end = (uint16_t)(ip->offset + ip->payload_len);
	d->last_captured = (uint16_t)view_left(payload);
}

static bool
refuse(struct fragments *f, struct fragments_datagram *d)
{
	d->refused = true;
	f->refused++;
	return false;
}

/* Forget fragments of a datagram that was whole before: they were duplicates, of
 * which a new datagram with its identification has nothing. */
static void
restart(struct fragments *f, struct fragments_datagram *d)
{
	f->duplicates += bitmap_count(d->first, 0, units_of(d->end));
	clear(d, d->born);
	d->again = false;
}

/* False if there is nothing new in the fragment. */
static bool
update(struct fragments *f, struct fragments_datagram *d, const struct ip *ip,
    const struct view *payload)
{
	uint32_t from = ip->offset / UNIT;

	if (d->refused)
		return false;
	if (d->again && !fits(d, ip))
		restart(f, d);
	if (!fits(d, ip))
		return refuse(f, d);
	if (is_duplicate(d, ip, payload)) {
		f->duplicates++;
		return false;
	}
	if (ip->src.v6 && bitmap_count(d->come, from, from +
	    units_of(ip->payload_len)) > 0)
		return refuse(f, d);
	keep(d, ip, payload);
	return true;
}

/* The header of the whole; RFC 791, 3.2, RFC 8200, 4.5. */
static void
make_header(struct ip *ip, const struct fragments_datagram *d)
{
	ip->proto = d->proto;
	ip->ttl = d->ttl;
	ip->tos = d->congested && (d->tos & 3) != 0 ? d->tos | 3 : d->tos;
	ip->payload_len = d->total;
	ip->len = d->head + d->total + (ip->src.v6 ? 40 : 0);
	ip->offset = 0;
	ip->more = false;
}

/* Was the fragment captured twice: is it what made the datagram whole, and came
 * nothing of it since? */
static bool
is_repeat(const struct fragments_datagram *d, uint64_t now,
    const struct ip *ip, const struct view *payload)
{
	size_t n = view_left(payload);

	return d->done && !is_old(d, now) && ip->offset == d->last &&
	    ip->offset + ip->payload_len == d->last_end &&
	    n == d->last_captured &&
	    memcmp(d->data + ip->offset, payload->p, n) == 0;
}

/* The open datagram with this key, which i has if any has it. */
static uint32_t
opened(struct fragments *f, uint32_t i, const uint64_t key[2], uint64_t now)
{
	if (i != 0 && !datagram(f, i)->done) {
		if (f->begun - datagram(f, i)->number <= LIFE_DATAGRAMS)
			return i;
		give_up(f, i);
		i = 0;
	}
	if (f->nopen == f->max)		/* the oldest leaves */
		give_up(f, f->links[OPEN].next);
	if (i == 0)
		return add(f, key, now);
	reopen(f, i, now);
	return i;
}

bool
fragments_add(struct fragments *f, uint64_t now, struct ip *ip,
    const struct encaps *encaps, const struct view *payload,
    struct fragments_whole *w)
{
	struct fragments_datagram *d;
	uint64_t key[2];
	uint32_t i;

	key_of(f, ip, encaps, key);
	expire(f, now);
	i = find(f, key);
	if (i != 0 && is_repeat(datagram(f, i), now, ip, payload)) {
		f->duplicates++;
		return false;
	}
	i = opened(f, i, key, now);
	d = datagram(f, i);
	if (!update(f, d, ip, payload) || d->total == UNKNOWN ||
	    d->units < units_of(d->total))
		return false;
	keep_last(d, ip, payload);
	make_header(ip, d);
	*w = (struct fragments_whole){ d->data, d->total,
	    d->cut < d->total ? d->cut : d->total };
	finish(f, i, now);
	return true;
}

void
fragments_forget(struct fragments *f)
{
	uint64_t incomplete = f->incomplete, duplicates = f->duplicates;

	fragments_end(f);
	f->incomplete = incomplete;
	f->duplicates = duplicates;
}

void
fragments_end(struct fragments *f)
{
	while (f->nopen > 0)
		give_up(f, f->links[OPEN].next);
}
