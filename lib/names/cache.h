/*
 * A cache of host names by address, with a limit on their number.  An entry
 * also knows whether an answer about its address is still worth waiting for:
 *
 *	new --query--> awaited --answer--> known --expired--> known, queried
 *	                  |                  ^
 *	                  +--timeout--> late +-- answer
 *
 * A record waits for the same address only once.  After CACHE_LATE_MAX
 * timeouts in a row records wait for no address until an answer arrives.
 */
#ifndef NAMES_CACHE_H
#define NAMES_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/flow.h"
#include "wire/addr.h"

#define CACHE_LATE_MAX	3	/* timeouts in a row */

struct cache_entry {
	char *name;		/* owned; NULL: unknown, or there is none */
	uint64_t expires;	/* ns; the address is then queried again */
	uint32_t uses;		/* lines that need the entry */
	bool known;		/* an answer came: name, or that none exists */
	bool queried;		/* a query is in flight */
	bool late;		/* a line waited for it and timed out */
};

struct cache {
	struct flow_table table;
	unsigned late;		/* timeouts in a row */
	uint64_t evicted;	/* entries dropped to make room */
};

/* Make a cache of at most max entries; seed keys its hash.  Returns 0, or -1
 * with errno. */
int cache_open(struct cache *c, uint32_t max, uint64_t seed);
void cache_close(struct cache *c);

/* The entry of an address: its number, from 1 on, or 0 if there is none. */
uint32_t cache_find(struct cache *c, const struct addr *a);

/*
 * Can an entry be added?  A full cache evicts the entry unused for longest, but
 * none that is in use or whose query is in flight.
 */
bool cache_has_room(const struct cache *c);

/* Add an entry for an address that has none, if cache_has_room(). */
uint32_t cache_add(struct cache *c, const struct addr *a);

static inline struct cache_entry *
cache_at(const struct cache *c, uint32_t i)
{
	return flow_state(&c->table, i);
}

/* A line needs entry i, or does so no longer. */
void cache_use(struct cache *c, uint32_t i);
void cache_release(struct cache *c, uint32_t i);

/* A query for entry i was sent. */
void cache_queried(struct cache *c, uint32_t i);

/*
 * Set the name of entry i (copied), or that the address has none (NULL), until
 * expires.  Returns 0, or -1 without memory; the entry then has no name.
 */
int cache_set(struct cache *c, uint32_t i, const char *name, uint64_t expires);

/* The same, as the answer to the query. */
int cache_answer(struct cache *c, uint32_t i, const char *name,
    uint64_t expires);

/* The query failed: keep what is known, and query again after expires. */
void cache_fail(struct cache *c, uint32_t i, uint64_t expires);

/* Did the last CACHE_LATE_MAX waits all time out? */
static inline bool
cache_is_silent(const struct cache *c)
{
	return c->late >= CACHE_LATE_MAX;
}

/* Should a line wait for the answer about entry i? */
static inline bool
cache_is_awaited(const struct cache *c, uint32_t i)
{
	const struct cache_entry *e = cache_at(c, i);

	return !e->known && !e->late && !cache_is_silent(c);
}

/* Is it time to query entry i again? */
static inline bool
cache_is_expired(const struct cache *c, uint32_t i, uint64_t now)
{
	const struct cache_entry *e = cache_at(c, i);

	return e->known && !e->queried && e->expires <= now;
}

/* A line that waited for entry i timed out. */
void cache_timed_out(struct cache *c, uint32_t i);

#endif
