#include "conn/copies.h"

#include <stdlib.h>
#include <string.h>

#include "conn/seq.h"
#include "wire/units.h"

#define BUCKETS		(1u << 12)
#define WAYS		4	/* slots of a bucket: a cache line */
#define LINE		(WAYS * sizeof(struct copy_slot))

/* Nothing is sent again sooner: after a time-out, with the same timestamp by a
 * clock that ticks every 10 ms, without one. */
#define BY_TIMEOUT	(200 * NS_PER_MS)
#define BY_ID		NS_PER_S	/* and then it would have another one */
#define BY_STAMP	(10 * NS_PER_MS)
#define BY_NOTHING	(1 * NS_PER_MS)

/* How much of a side comes twice: 1 nothing, 15 everything; 0 is unknown, and
 * as UNKNOWN.  Segments are sampled, so that a burst and its copies count as
 * much as those that alternate. */
#define UNKNOWN		8
#define USUAL		7	/* from here on copies are the rule */

/* So that segments which came twice are evidence, at least. */
#define TWICE_ALL	16
#define TWICE_OWN	3

int
copies_open(struct copies *c, uint64_t seed)
{
	memset(c, 0, sizeof *c);
	c->seed = seed;
	/* Pages that are never touched cost nothing. */
	c->memory = calloc(BUCKETS + 1, LINE);
	if (c->memory == NULL)
		return -1;
	c->slots = (struct copy_slot *)(c->memory + (LINE -
	    (uintptr_t)c->memory % LINE) % LINE);
	return 0;
}

void
copies_close(struct copies *c)
{
	free(c->memory);
}

static bool
is_pure_ack(const struct tcp *tcp)
{
	return tcp->len == 0 &&
	    !(tcp->flags & (TCP_SYN | TCP_FIN | TCP_RST));
}

static uint64_t
both(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

static uint64_t
stamps_of(const struct tcp *tcp)
{
	return tcp->has_ts ? both(tcp->tsecr, tcp->tsval) : 0;
}

/* Pure ACKs come in rows, equal but for the identification. */
static uint16_t
id_of(const struct tcp *tcp)
{
	return is_pure_ack(tcp) ? tcp->ip_id : 0;
}

/* It decides which segments are sampled, and which are forgotten first: the
 * same ones in every run, since it depends on neither the seed nor the number
 * of the side. */
static uint64_t
hash_of(const struct tcp *tcp)
{
	uint64_t sum = both(tcp->ack, tcp->seq) + stamps_of(tcp) + id_of(tcp);

	if (tcp->nsack > 0)
		sum += both(tcp->sack[0][1], tcp->sack[0][0]);
	return sum * UINT64_C(0x9e3779b97f4a7c15);
}

/* Both halves of the product: each bit of a and b has a part in all of it. */
static uint64_t
mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 product;
	product m = (product)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Everything that a copy has in common with its original.  The seed keeps
 * prints from being made up. */
static uint32_t
print_of(const struct copies *c, uint32_t flow, int from,
    const struct tcp *tcp)
{
	uint64_t key = c->seed ^ UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h = mix(both(tcp->ack, tcp->seq) ^ c->seed,
	    both(flow << 1 | (uint32_t)from,
	    (uint32_t)tcp->flags << 16 | tcp->win) ^ key);

	h = mix(both(tcp->len, id_of(tcp)) ^ h, stamps_of(tcp) ^ key);
	if (tcp->nsack > 0)
		h = mix(both(tcp->sack[0][1], tcp->sack[0][0]) ^ h, key);
	return (uint32_t)h;
}

static unsigned
usual(const struct tcb *s)
{
	unsigned n = s->flags >> 12;

	return n == 0 ? UNKNOWN : n;
}

/* One in eight, of duplicate ACKs, too. */
static bool
is_sampled(uint64_t hash)
{
	return (hash >> 49) % 8 == 0;
}

static void
learn(struct tcb *s, const struct tcp *tcp, uint64_t hash, bool copied)
{
	int step = tcp->flags & TCP_SYN ? 5 : is_sampled(hash) ? 1 : 0;
	int n = (int)usual(s) + (copied ? 2 * step : -step);

	n = n < 1 ? 1 : n > 15 ? 15 : n;
	s->flags = (uint16_t)((s->flags & ~TCB_COPIED) | n << 12);
}

/* The rules of the table, for a segment that says the same again. */
static enum copy_kind
judge(const struct copy_slot *before, const struct tcb *s,
    uint64_t apart, const struct tcp *tcp)
{
	bool both = before->id != 0 && tcp->ip_id != 0;
	bool moved = before->ttl != 0 && tcp->ttl != 0 &&
	    before->ttl != tcp->ttl;
	uint64_t limit = tcp->flags & TCP_SYN ? BY_TIMEOUT :
	    tcp->has_ts ? BY_STAMP : BY_NOTHING;

	if (apart >= (both ? BY_ID : BY_TIMEOUT) ||
	    (both && before->id != tcp->ip_id))
		return COPY_NONE;
	if (moved)
		return COPY_ELSEWHERE;
	if (!both && apart > limit)
		return COPY_NONE;
	if (!both && is_pure_ack(tcp))
		return usual(s) >= USUAL && before->times == 1 ?
		    COPY_CAPTURED : COPY_NONE;
	return COPY_CAPTURED;
}

static unsigned
side_of(uint32_t flow, int from)
{
	return (flow << 1 | (uint32_t)from) % COPIES_SIDES;
}

/* Do these come twice, and hardly ever three times? */
static bool
come_twice(const struct copies_seen *seen, unsigned least)
{
	return seen->twice >= least && seen->more * 4 < seen->twice;
}

static void
count_seen(struct copies_seen *seen, unsigned times)
{
	if (times == 2)
		seen->twice++;
	if (times == 3)
		seen->more++;
	if (seen->twice == UINT8_MAX || seen->more == UINT8_MAX) {
		seen->twice /= 2;
		seen->more /= 2;
	}
}

/* A segment is seen for the nth time: has the network copied it, if two are of
 * the capture? */
static bool
is_one_more(struct copies *c, unsigned side, unsigned times)
{
	struct copies_seen *all = &c->seen[COPIES_SIDES], *own = &c->seen[side];
	bool twice = come_twice(all, TWICE_ALL) && come_twice(own, TWICE_OWN);

	count_seen(all, times);
	count_seen(own, times);
	return twice && times % 2 == 1;
}

/* The slots of a bucket are in the order in which they were written, the newest
 * first. */
static struct copy_slot *
bucket_of(const struct copies *c, uint32_t flow, uint64_t hash)
{
	return &c->slots[((hash >> 52) + flow) % BUCKETS * WAYS];
}

void
copies_fetch(const struct copies *c, uint32_t flow, const struct tcp *tcp)
{
	__builtin_prefetch(bucket_of(c, flow, hash_of(tcp)));
}

static struct copy_slot *
find(struct copy_slot *bucket, uint32_t print)
{
#pragma GCC unroll 4
	for (unsigned i = 0; i < WAYS; i++)
		if (bucket[i].print == print && bucket[i].times > 0)
			return &bucket[i];
	return NULL;
}

/* Put a segment at the front of its bucket, for the one at place. */
static void
enter(struct copy_slot *bucket, struct copy_slot *place, struct copy_slot new)
{
#pragma GCC unroll 4
	for (unsigned i = WAYS - 1; i > 0; i--)
		if (&bucket[i] <= place)
			bucket[i] = bucket[i - 1];
	*bucket = new;
}

/* The identification, 0 if it proves nothing: that of the first packet, or one
 * that the sender gives to all packets. */
static uint16_t
telling_id(struct copies *c, uint32_t flow, int from, const struct tcb *s,
    uint16_t id)
{
	uint16_t *last = &c->last_id[side_of(flow, from)];
	bool tells = *last != id && s->flags & TCB_COPIED;

	*last = id;
	return tells ? id : 0;
}

/* The segment in slot is seen again: what is it? */
__attribute__((noinline)) static enum copy_kind
check_again(struct copies *c, unsigned side, struct tcb *s,
    struct copy_slot *slot, uint64_t time, const struct tcp *tcp)
{
	enum copy_kind kind;

	c->like = true;
	c->since = time > slot->time ? time - slot->time : slot->time - time;
	kind = judge(slot, s, c->since, tcp);
	c->resent = slot->id != 0 && tcp->ip_id != 0 && slot->id != tcp->ip_id;
	if (kind == COPY_NONE)
		return COPY_NONE;
	slot->times += slot->times < UINT8_MAX;
	learn(s, tcp, hash_of(tcp), true);
	if (usual(s) < USUAL ? kind == COPY_CAPTURED :
	    is_one_more(c, side, slot->times))
		kind = COPY_NETWORK;
	c->captured += kind != COPY_NETWORK;
	c->network += kind == COPY_NETWORK;
	return kind;
}

enum copy_kind
copies_check(struct copies *c, uint32_t flow, int from, struct tcb *s,
    uint64_t time, const struct tcp *tcp)
{
	uint32_t print = print_of(c, flow, from, tcp);
	uint64_t hash = hash_of(tcp);
	struct copy_slot *bucket = bucket_of(c, flow, hash);
	struct copy_slot *place = find(bucket, print);
	enum copy_kind kind = COPY_NONE;

	c->resent = c->like = false;
	if (place == NULL) {
		place = &bucket[WAYS - 1];
		c->since = time > place->time ? time - place->time : 0;
	} else
		kind = check_again(c, side_of(flow, from), s, place, time, tcp);
	if (kind != COPY_NONE)
		return kind;
	enter(bucket, place, (struct copy_slot){ .time = time,
	    .print = print, .times = 1,
	    .id = telling_id(c, flow, from, s, tcp->ip_id),
	    .ttl = tcp->ttl });
	if (!(s->flags & TCB_COPIED) || tcp->flags & TCP_SYN ||
	    is_sampled(hash))
		learn(s, tcp, hash, false);
	return COPY_NONE;
}
