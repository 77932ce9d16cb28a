#include "wire/datagrams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/bitmap.h"
#include "wire/layer.h"
#include "wire/units.h"

#define LIFE_NS		(30 * NS_PER_S)
/* When as many others began since, an identification stands for a new datagram:
 * IPv4 has only 65536, and they recur within seconds; RFC 4963. */
#define LIFE_DATAGRAMS	16384

/* Lists of datagrams, whose heads precede the datagrams among the links.  DONE
 * has one more than a packet can nest, so that none of its layers is reused. */
enum list { OPEN, DONE, SPARE, LISTS };
#define DONE_MAX	(ENCAPS_MAX + 1)

struct datagrams_link {
	uint32_t prev, next;
};

int
datagrams_open(struct datagrams *t, uint32_t max, uint64_t seed)
{
	uint32_t n = max + DONE_MAX, nbuckets = 64;

	while (nbuckets < n)
		nbuckets *= 2;
	*t = (struct datagrams){ .max = max, .seed = seed,
	    .mask = nbuckets - 1 };
	/* Pages that are never touched cost no memory. */
	t->all = calloc(n, sizeof *t->all);
	t->links = calloc(LISTS + n, sizeof *t->links);
	t->buckets = calloc(nbuckets, sizeof *t->buckets);
	for (uint32_t l = 0; t->links != NULL && l < LISTS; l++)
		t->links[l] = (struct datagrams_link){ l, l };
	if (t->all != NULL && t->links != NULL && t->buckets != NULL)
		return 0;
	datagrams_close(t);
	errno = ENOMEM;
	return -1;
}

void
datagrams_close(struct datagrams *t)
{
	free(t->all);
	free(t->links);
	free(t->buckets);
}

/* Datagrams are known by the numbers of their links, from LISTS on. */
static struct datagram *
datagram(const struct datagrams *t, uint32_t i)
{
	return &t->all[i - LISTS];
}

static uint32_t
number_of(const struct datagrams *t, const struct datagram *d)
{
	return (uint32_t)(d - t->all) + LISTS;
}

/* --- lists --------------------------------------------------------------- */

static void
unlink_it(struct datagrams *t, uint32_t i)
{
	struct datagrams_link *l = &t->links[i];

	t->links[l->prev].next = l->next;
	t->links[l->next].prev = l->prev;
}

/* Append to a list. */
static void
append(struct datagrams *t, enum list list, uint32_t i)
{
	uint32_t last = t->links[list].prev;

	t->links[i] = (struct datagrams_link){ last, list };
	t->links[last].next = i;
	t->links[list].prev = i;
}

/* A datagram that is in no list, the one used last if there is a choice. */
static uint32_t
spare(struct datagrams *t)
{
	uint32_t i = t->links[SPARE].prev;

	if (i == SPARE)
		return LISTS + t->fresh++;
	unlink_it(t, i);
	return i;
}

/* --- the end of datagrams ------------------------------------------------ */

static uint32_t *
bucket(const struct datagrams *t, const uint64_t key[2])
{
	return &t->buckets[key[0] & t->mask];
}

/* Forget what came, but not the key. */
static void
clear(struct datagram *d, uint64_t now)
{
	size_t used = (datagram_units(d->end) + 63) / 64 * sizeof d->come[0];

	memset(d->come, 0, used);
	memset(d->first, 0, used);
	d->born = now;
	d->end = d->units = 0;
	d->total = d->cut = DATAGRAM_UNKNOWN;
	d->congested = d->refused = false;
}

/* Remove datagram i, which is in no list, from the table. */
static void
drop(struct datagrams *t, uint32_t i)
{
	struct datagram *d = datagram(t, i);
	uint32_t *at = bucket(t, d->key);

	while (*at != i)
		at = &datagram(t, *at)->chain;
	*at = d->chain;
	clear(d, 0);
	append(t, SPARE, i);
}

static void
count_duplicates(struct datagrams *t, const struct datagram *d)
{
	t->duplicates += bitmap_count(d->first, 0, datagram_units(d->end));
}

static void
give_up(struct datagrams *t, uint32_t i)
{
	const struct datagram *d = datagram(t, i);

	if (d->again)
		count_duplicates(t, d);
	else
		t->incomplete += !d->refused;
	t->nopen--;
	unlink_it(t, i);
	drop(t, i);
}

static void
give_up_oldest(struct datagrams *t)
{
	give_up(t, t->links[OPEN].next);
}

bool
datagram_is_old(const struct datagram *d, uint64_t now)
{
	/* Time steps back where another capture follows. */
	return now > d->born ? now - d->born > LIFE_NS :
	    d->born - now > LIFE_NS;
}

void
datagrams_expire(struct datagrams *t, uint64_t now)
{
	while (t->nopen > 0 &&
	    datagram_is_old(datagram(t, t->links[OPEN].next), now))
		give_up_oldest(t);
}

void
datagrams_finish(struct datagrams *t, struct datagram *d, uint64_t now)
{
	uint32_t i = number_of(t, d), oldest = t->links[DONE].next;

	if (t->ndone == DONE_MAX) {
		unlink_it(t, oldest);
		drop(t, oldest);
		t->ndone--;
	}
	unlink_it(t, i);
	t->nopen--;
	append(t, DONE, i);
	t->ndone++;
	t->whole++;
	d->done = true;
	clear(d, now);
}

void
datagrams_end(struct datagrams *t)
{
	while (t->nopen > 0)
		give_up_oldest(t);
}

void
datagrams_forget(struct datagrams *t)
{
	uint64_t incomplete = t->incomplete, duplicates = t->duplicates;

	datagrams_end(t);
	t->incomplete = incomplete;
	t->duplicates = duplicates;
}

/* --- their beginning ----------------------------------------------------- */

struct datagram *
datagrams_find(const struct datagrams *t, const uint64_t key[2])
{
	uint32_t i = *bucket(t, key);

	while (i != 0 && memcmp(datagram(t, i)->key, key, 16) != 0)
		i = datagram(t, i)->chain;
	return i != 0 ? datagram(t, i) : NULL;
}

/* Datagram i is open from now on. */
static struct datagram *
enter(struct datagrams *t, uint32_t i, bool again, uint64_t now)
{
	struct datagram *d = datagram(t, i);

	clear(d, now);
	d->done = false;
	d->again = again;
	d->number = t->begun++;
	append(t, OPEN, i);
	t->nopen++;
	return d;
}

static struct datagram *
add(struct datagrams *t, const uint64_t key[2], uint64_t now)
{
	uint32_t i = spare(t), *at = bucket(t, key);
	struct datagram *d = datagram(t, i);

	memcpy(d->key, key, sizeof d->key);
	d->chain = *at;
	*at = i;
	return enter(t, i, false, now);
}

/* One that was whole begins anew. */
static struct datagram *
reopen(struct datagrams *t, struct datagram *d, uint64_t now)
{
	uint32_t i = number_of(t, d);

	unlink_it(t, i);
	t->ndone--;
	return enter(t, i, !datagram_is_old(d, now), now);
}

struct datagram *
datagrams_begin(struct datagrams *t, struct datagram *d,
    const uint64_t key[2], uint64_t now)
{
	if (d != NULL && !d->done) {
		if (t->begun - d->number <= LIFE_DATAGRAMS)
			return d;
		give_up(t, number_of(t, d));
		d = NULL;
	}
	if (t->nopen == t->max)
		give_up_oldest(t);
	return d == NULL ? add(t, key, now) : reopen(t, d, now);
}

void
datagrams_restart(struct datagrams *t, struct datagram *d)
{
	count_duplicates(t, d);
	clear(d, d->born);
	d->again = false;
}
