/*
 * Questions to name servers for the names of addresses, many at once, through
 * c-ares; nothing here waits.  It asks what /etc/resolv.conf says; names in
 * files are not its business.
 */
#ifndef NAMES_RESOLVER_H
#define NAMES_RESOLVER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

/* At once; dnsmasq, which many have for a server, takes 150. */
#define RESOLVER_MAX		128
#define RESOLVER_FDS_MAX	64

enum resolver_end {
	RESOLVER_NAME,		/* there is one */
	RESOLVER_NONE,		/* there is none */
	RESOLVER_FAILED,	/* refused, or answered with nonsense */
	RESOLVER_SILENT,	/* no answer */
	RESOLVER_ENDS
};

struct resolver_question {
	struct resolver *resolver;
	uint32_t id;
	struct resolver_question *spare;	/* the next that is free */
};

struct resolver {
	struct ares_channeldata *channel;
	struct pollfd poll[RESOLVER_FDS_MAX];	/* to be polled by the user */
	unsigned npoll;
	unsigned asked;			/* on their way */
	struct resolver_question question[RESOLVER_MAX];
	struct resolver_question *spare;
	bool turn;			/* the first server is a slow one */
	/* A question has ended: with this name, NULL but for RESOLVER_NAME.
	 * For ttl seconds that, or RESOLVER_NONE, holds. */
	void (*end)(void *arg, uint32_t id, enum resolver_end how,
	    const char *name, uint32_t ttl);
	void *arg;
};

/*
 * Get ready to ask servers, "address[:port],...", or those of the system where
 * that is NULL.  Each is asked in the first half of limit_ns, and once more in
 * a further limit_ns; then a question ends without an answer.  0, or -1 with
 * the reason in why, EINVAL in errno where the servers are to blame.
 */
int resolver_open(struct resolver *r, const char *servers, uint64_t limit_ns,
    char *why, size_t whylen);

/* Questions on their way end without an answer. */
void resolver_close(struct resolver *r);

static inline bool
resolver_full(const struct resolver *r)
{
	return r->asked == RESOLVER_MAX;
}

/* Ask for the name of an address, unless it is full.  The end, which may come
 * before this returns, is told with id. */
void resolver_ask(struct resolver *r, const struct addr *a, uint32_t id);

/* poll(2) was called for r->poll[0..npoll), or time has passed. */
void resolver_ready(struct resolver *r);

/* Within how many ns resolver_ready is to be called; -1: no limit. */
int64_t resolver_due(const struct resolver *r);

#endif
