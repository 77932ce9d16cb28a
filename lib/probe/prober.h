/*
 * Probes out, and what becomes of each: sockets, the probes under way on
 * them, and whether an answer is really theirs.
 */
#ifndef PROBE_PROBER_H
#define PROBE_PROBER_H

#include "probe/flight.h"
#include "probe/socket.h"

struct prober_socket;

/* Probes of one id, so that its hosts have one flow each. */
struct prober_lane {
	struct prober_socket *socket;
	uint16_t id;
	struct flight flight;
};

/* A socket and its lanes: one, or all of a family where it is raw. */
struct prober_socket {
	struct probesock sock;	/* first: events have it */
	struct prober_lane *lane;
	uint64_t overflow;	/* when its queue was last seen to have been
				 * full, monotonic ns; 0: never */
	/* Which lane and number the kernel's stamps are of, by their keys. */
	struct prober_note {
		uint16_t lane, seq;
	} *note;
	uint32_t mask;		/* of keys */
};

enum prober_what {
	PROBER_ANSWERED,	/* by whom it was sent to */
	PROBER_ICMP,		/* by an ICMP error */
	PROBER_LOST,		/* by nobody, in time */
	PROBER_OVERFLOW,	/* perhaps; what came could not be queued */
	PROBER_LATE,		/* answered after it was given up */
	PROBER_DUP		/* answered again */
};

struct prober_outcome {
	enum prober_what what;
	uint32_t run;
	uint16_t index;
	bool trace;
	uint64_t stamp;		/* when it was sent, wall clock ns */
	uint64_t rtt;		/* of those answered */
	bool has_ttl;
	uint8_t ttl;		/* of the answer */
	struct addr from;
	uint8_t type, code;	/* of PROBER_ICMP */
};

struct prober {
	/* Of IPv4, of IPv6; none where the family lacks. */
	struct prober_socket *socket[2];
	unsigned nsockets[2];
	struct prober_lane *lane[2];
	unsigned nlanes[2];
	uint64_t wait;		/* for an answer, ns */
	uint64_t seed;		/* of the cookies */
	uint8_t *packet;
	/* What becomes of the probes of owner. */
	void (*tell)(void *owner, const struct prober_outcome *o);
	/* Counts. */
	uint64_t sent, received, foreign, unstamped;
};

/* A probe to be sent. */
struct prober_probe {
	const struct peer *to;
	uint16_t port;		/* of UDP */
	uint16_t flow;
	uint32_t payload;	/* bytes of it; not of UDP */
	uint8_t ttl;		/* 0: the system's */
	void *owner;
	uint32_t run;
	uint16_t index;
	bool trace;
};

/*
 * Open the sockets for so many probes a second.  0, or -1 with errno where
 * there are none at all; one family may lack.
 */
int prober_open(struct prober *p, uint32_t rate, uint64_t wait,
    uint64_t seed);

/* A socket of UDP with one lane, for one host.  NULL with errno. */
struct prober_socket *prober_open_udp(bool v6);
void prober_close_udp(struct prober_socket *s);

/* Whose number says which, the lane of a host; NULL: no such family here. */
struct prober_lane *prober_lane(struct prober *p, bool v6, uint64_t number);

/*
 * Send: 0, and tell() will be called once with how it ended, maybe again for
 * what comes after; or an errno, and it will not.  Of probes of traces
 * PROBER_LOST and what follows is not told.  *stamp is when it was sent, or
 * was to be.
 */
int prober_send(struct prober *p, struct prober_lane *l,
    const struct prober_probe *probe, uint64_t now, uint64_t *stamp);

/* Take what has come on a socket. */
void prober_read(struct prober *p, struct prober_socket *s);

/* Give up what was waited for long enough. */
void prober_expire(struct prober *p, struct prober_lane *l, uint64_t now);

/* When there is something to give up; UINT64_MAX: never. */
uint64_t prober_due(const struct prober *p, struct prober_lane *l);

/*
 * The probes of owners that go: nothing is told of them any more.  Those that
 * were waiting are shown to each() first.
 */
void prober_forget(struct prober_lane *l, bool (*goes)(const void *owner),
    void (*each)(void *owner, const struct flight_probe *p));

#endif
