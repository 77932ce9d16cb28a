#include "conn/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "wire/units.h"

/* At most this many flows with a wrong time ahead are skipped in a queue. */
#define STRAYS		64
#define QUEUE_LATE	NS_PER_S	/* a packet is no later than that */

struct flow_end
flow_end(const struct flow_table *t, const char *text, size_t n)
{
	XXH128_hash_t h = XXH3_128bits_withSeed(text, n, t->seed);

	return (struct flow_end){ { h.low64, h.high64 } };
}

/* Rotate the higher end: pairs of ends with the same sum have other keys. */
static uint64_t
join(uint64_t low, uint64_t high)
{
	return low + (high << 29 | high >> 35);
}

int
flow_key(struct flow_key *key, struct flow_end src, struct flow_end dst)
{
	int from = src.id[0] != dst.id[0] ? src.id[0] > dst.id[0] :
	    src.id[1] > dst.id[1];
	const struct flow_end *low = from ? &dst : &src;
	const struct flow_end *high = from ? &src : &dst;

	key->id[0] = join(low->id[0], high->id[0]);
	key->id[1] = join(low->id[1], high->id[1]);
	return from;
}

int
flow_key_of_text(const struct flow_table *t, const char *src, size_t nsrc,
    const char *dst, size_t ndst, struct flow_key *key)
{
	return flow_key(key, flow_end(t, src, nsrc), flow_end(t, dst, ndst));
}

static uint32_t
word(const uint8_t *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof w);
	return w;
}

/* Two ends of IPv4 are numbers of 48 bits, whose order is that of the key. */
static int
key_between_v4(uint64_t seed, const struct endpoint *src,
    const struct endpoint *dst, struct flow_key *key)
{
	uint64_t a = (uint64_t)word(src->addr.b) << 16 | src->port;
	uint64_t b = (uint64_t)word(dst->addr.b) << 16 | dst->port;
	uint64_t pair[] = { a < b ? a : b, a < b ? b : a };
	XXH128_hash_t h = XXH3_128bits_withSeed(pair, sizeof pair, seed);

	*key = (struct flow_key){ { h.low64, h.high64 } };
	return a > b;
}

#define END_V6	18	/* an address and a port */

static void
put_end_v6(uint8_t *out, const struct endpoint *e)
{
	memcpy(out, e->addr.b, 16);
	memcpy(out + 16, &e->port, 2);
}

static int
key_between_v6(uint64_t seed, const struct endpoint *src,
    const struct endpoint *dst, struct flow_key *key)
{
	uint8_t end[3][END_V6];		/* source, destination, source */
	int from;
	XXH128_hash_t h;

	put_end_v6(end[0], src);
	put_end_v6(end[1], dst);
	put_end_v6(end[2], src);
	from = memcmp(end[0], end[1], END_V6) > 0;
	h = XXH3_128bits_withSeed(end[from], 2 * END_V6, seed);
	*key = (struct flow_key){ { h.low64, h.high64 } };
	return from;
}

int
flow_key_between(const struct flow_table *t, const struct endpoint *src,
    const struct endpoint *dst, struct flow_key *key)
{
	return src->addr.v6 ? key_between_v6(t->seed, src, dst, key) :
	    key_between_v4(t->seed, src, dst, key);
}

uint32_t
flow_share(const struct endpoint *src, const struct endpoint *dst, uint32_t n)
{
	struct flow_key key;

	if (src->addr.v6)
		key_between_v6(0, src, dst, &key);
	else
		key_between_v4(0, src, dst, &key);
	return (uint32_t)(key.id[0] % n);
}

int
flow_open(struct flow_table *t, uint32_t max, size_t state_size,
    uint64_t seed)
{
	size_t n = (size_t)max + 1;

	memset(t, 0, sizeof *t);
	if (max > FLOW_MAX) {
		errno = ENOMEM;
		return -1;
	}
	t->max = max;
	t->fresh = 1;
	t->seed = seed;
	t->entry_size = sizeof(struct flow_key) + (state_size + 7) / 8 * 8;
	for (t->mask = 1; t->mask < max && t->mask < UINT32_MAX / 2;)
		t->mask = t->mask << 1 | 1;
	/* Pages that are never touched cost no memory. */
	t->bucket = calloc((size_t)t->mask + 1, sizeof *t->bucket);
	t->link = calloc(n, sizeof *t->link);
	t->entries = calloc(n, t->entry_size);
	if (t->bucket != NULL && t->link != NULL && t->entries != NULL)
		return 0;
	flow_close(t);
	errno = ENOMEM;
	return -1;
}

void
flow_close(struct flow_table *t)
{
	free(t->bucket);
	free(t->link);
	free(t->entries);
}

static struct flow_key *
key_of(const struct flow_table *t, uint32_t i)
{
	return (struct flow_key *)(void *)(t->entries + i * t->entry_size);
}

/* The key is a hash: its low bits number the bucket. */
static uint32_t *
bucket_of(const struct flow_table *t, const struct flow_key *key)
{
	return &t->bucket[(uint32_t)key->id[0] & t->mask];
}

uint32_t
flow_find(const struct flow_table *t, const struct flow_key *key)
{
	uint32_t i = *bucket_of(t, key);

	while (i != 0 && (key_of(t, i)->id[0] != key->id[0] ||
	    key_of(t, i)->id[1] != key->id[1]))
		i = t->link[i].chain;
	return i;
}

#define LINE	64	/* bytes that a processor fetches at once */
#define LINES	4	/* of a state, at most */

uint32_t
flow_fetch(const struct flow_table *t, const struct flow_key *key)
{
	uint32_t i = *bucket_of(t, key);
	const uint8_t *entry = t->entries + i * t->entry_size;

	__builtin_prefetch(&t->link[i]);
	for (size_t n = 0; n < t->entry_size && n < LINES * LINE; n += LINE)
		__builtin_prefetch(entry + n);
	return i;
}

static void
leave_queue(struct flow_table *t, uint32_t i)
{
	const struct flow_link *l = &t->link[i];

	if (l->older != 0)
		t->link[l->older].newer = l->newer;
	else
		t->queue[l->queue].oldest = l->newer;
	if (l->newer != 0)
		t->link[l->newer].older = l->older;
	else
		t->queue[l->queue].newest = l->older;
}

static void
set_time(struct flow_link *l, uint64_t now)
{
	l->time[0] = (uint32_t)now;
	l->time[1] = (uint32_t)(now >> 32);
}

/* The flow that a new one goes after: the newest, but a wrong stamp far ahead
 * must not hold those that come after it. */
static uint32_t
place_in_queue(const struct flow_table *t, unsigned queue, uint64_t now)
{
	uint32_t i = t->queue[queue].newest;

	for (int n = 0; n < STRAYS && i != 0 &&
	    flow_queued(t, i) > now + QUEUE_LATE; n++)
		i = t->link[i].older;
	return i;
}

static void
enter_queue(struct flow_table *t, uint32_t i, unsigned queue, uint64_t now)
{
	struct flow_link *l = &t->link[i];

	set_time(l, now);
	l->queue = queue & 7;
	l->older = place_in_queue(t, queue, now);
	l->newer = l->older != 0 ? t->link[l->older].newer :
	    t->queue[queue].oldest;
	if (l->older != 0)
		t->link[l->older].newer = i;
	else
		t->queue[queue].oldest = i;
	if (l->newer != 0)
		t->link[l->newer].older = i;
	else
		t->queue[queue].newest = i;
}

uint32_t
flow_add(struct flow_table *t, const struct flow_key *key, uint64_t now)
{
	uint32_t i = t->spare, *bucket = bucket_of(t, key);

	if (i != 0)
		t->spare = t->link[i].chain;
	else
		i = t->fresh++;
	memset(key_of(t, i), 0, t->entry_size);
	*key_of(t, i) = *key;
	t->link[i].chain = *bucket & FLOW_MAX;
	*bucket = i;
	enter_queue(t, i, 0, now);
	t->used++;
	return i;
}

void
flow_queue(struct flow_table *t, uint32_t i, unsigned queue, uint64_t now)
{
	if (t->queue[queue].newest == i) {
		set_time(&t->link[i], now);
		return;
	}
	leave_queue(t, i);
	enter_queue(t, i, queue, now);
}

void
flow_drop(struct flow_table *t, uint32_t i)
{
	uint32_t *bucket = bucket_of(t, key_of(t, i)), before = *bucket;

	if (before == i)
		*bucket = t->link[i].chain;
	else {
		while (t->link[before].chain != i)
			before = t->link[before].chain;
		t->link[before].chain = t->link[i].chain;
	}
	leave_queue(t, i);
	t->link[i].chain = t->spare & FLOW_MAX;
	t->spare = i;
	t->used--;
}
