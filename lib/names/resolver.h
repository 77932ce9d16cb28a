/*
 * Reverse look-ups (PTR queries) of many addresses at once through c-ares,
 * without blocking.  Only name servers are asked, never /etc/hosts.
 */
#ifndef NAMES_RESOLVER_H
#define NAMES_RESOLVER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

/* Queries in flight.  dnsmasq, a common server, accepts 150. */
#define RESOLVER_MAX		128
#define RESOLVER_FDS_MAX	64

enum resolver_result {
	RESOLVER_ANSWERED,	/* with a name */
	RESOLVER_NOT_FOUND,	/* the address has no name */
	RESOLVER_FAILED,	/* refused, or the answer is malformed */
	RESOLVER_TIMED_OUT,	/* no answer */
	RESOLVER_RESULTS
};

struct resolver_query {
	struct resolver *resolver;
	uint32_t id;
	struct resolver_query *next;	/* in the list of free ones */
};

struct resolver {
	struct ares_channeldata *channel;
	struct pollfd poll[RESOLVER_FDS_MAX];	/* for the caller to poll */
	unsigned npoll;
	unsigned in_flight;
	struct resolver_query query[RESOLVER_MAX], *free;
	bool rotate;			/* the first server was slow */
	/* Called with the result of query id: the name (NULL unless it was
	 * ANSWERED), and how many seconds it, or NOT_FOUND, is valid. */
	void (*result)(void *arg, uint32_t id, enum resolver_result result,
	    const char *name, uint32_t ttl);
	void *arg;
};

/*
 * Set up servers, "address[:port],..."; NULL means those of /etc/resolv.conf.
 * A query tries every server within limit_ns / 2, then every server once more
 * within a further limit_ns, and then times out.  Returns 0, or -1 with the
 * reason in why, and EINVAL in errno if servers is malformed.
 */
int resolver_open(struct resolver *r, const char *servers, uint64_t limit_ns,
    char *why, size_t whylen);

/* Free everything; queries in flight time out. */
void resolver_close(struct resolver *r);

static inline bool
resolver_full(const struct resolver *r)
{
	return r->in_flight == RESOLVER_MAX;
}

/* Query the name of an address, unless resolver_full().  result() is called
 * with id, perhaps before this returns. */
void resolver_send(struct resolver *r, const struct addr *a, uint32_t id);

/* Handle what poll(2) reported in r->poll[0..npoll), and timeouts. */
void resolver_ready(struct resolver *r);

/* ns until resolver_ready() must be called at the latest; -1: no limit. */
int64_t resolver_timeout(const struct resolver *r);

#endif
