/*
 * Sends probes and finds out what becomes of each: the sockets, the probes in
 * flight on them, and whether an answer is authentic.  It knows the owner of a
 * probe only as a pointer.
 */
#ifndef PROBE_PROBER_H
#define PROBE_PROBER_H

#include "probe/flight.h"
#include "probe/probesock.h"

struct prober_socket;

/* The probes of one id.  A host stays on its lane, so its probes are one flow
 * to routers that balance by id. */
struct prober_lane {
	struct prober_socket *socket;
	uint16_t id;
	struct flight flight;
};

/* A socket and its lanes: one, or all those of a family if it is raw. */
struct prober_socket {
	struct probesock sock;
	struct prober_lane *lane;
	uint64_t overflow;	/* when its queue was last found to have
				 * overflowed, monotonic ns; 0: never */
	/* By the key of a kernel stamp: the probe that it is of. */
	struct prober_note {
		uint16_t lane, seq;
	} *note;
	uint32_t mask;		/* of keys */
};

enum prober_what {
	PROBER_ANSWERED,	/* by the target */
	PROBER_ICMP,		/* by an ICMP error */
	PROBER_REFUSED,		/* by a reset: of TCP only, not the prober's */
	PROBER_LOST,		/* no answer in time */
	PROBER_OVERFLOW,	/* no answer, but the queue had overflowed */
	PROBER_LATE,		/* answered after PROBER_LOST */
	PROBER_DUP,		/* answered again */
	PROBER_UNCLEAR,		/* to one of several, for UDP: send them alone */
	PROBER_REASON		/* an ICMP error after PROBER_LOST: its type */
};

struct prober_outcome {
	enum prober_what what;
	uint32_t run;
	uint16_t index;
	bool trace;
	uint64_t stamp;		/* when it was sent, wall clock ns */
	bool held;		/* in a queue of this machine after that */
	uint64_t rtt;		/* ns, if answered */
	bool has_ttl;
	uint8_t ttl;		/* of the answer */
	struct addr from;	/* who answered */
	uint8_t type, code;	/* of PROBER_ICMP */
};

struct prober {
	/* For IPv4 and for IPv6; none if the system lacks the family. */
	struct prober_socket *socket[2];
	unsigned nsockets[2];
	struct prober_lane *lane[2];
	unsigned nlanes[2];

	uint64_t wait;		/* ns for an answer */
	uint64_t seed;		/* of the cookies */
	uint8_t *packet;	/* the one being built */
	/* Receives what becomes of the probes of owner. */
	void (*outcome)(void *owner, const struct prober_outcome *o);
	/* Counts. */
	uint64_t sent, received, foreign, unstamped;
};

/* A probe to be sent. */
struct prober_probe {
	const struct peer *to;
	uint16_t port;		/* of UDP */
	uint16_t flow;
	const struct probesock_how *how;
	uint32_t payload;	/* bytes; of echo requests only */
	uint8_t ttl;		/* 0: the system's */
	void *owner;
	uint32_t run;
	uint16_t index;
	bool trace;
	bool alone;		/* the next is sent when this one is answered or
				 * has timed out */
};

/*
 * Open the sockets for rate probes a second.  Returns 0 if there is one of
 * either family, else -1 with errno.
 */
int prober_open(struct prober *p, uint32_t rate, uint64_t wait,
    uint64_t seed);

/* A UDP socket with one lane, for the traces of one host.  NULL with errno. */
struct prober_socket *prober_open_udp(bool v6);
void prober_close_udp(struct prober_socket *s);

/* The lane of the host with that number; NULL if the family is missing. */
struct prober_lane *prober_lane(struct prober *p, bool v6, uint64_t number);

/*
 * Send a probe.  Returns 0, and outcome() will be called once with how it
 * ended, and again for late and duplicate answers; or an errno, and it will
 * not.  For probes of traces it is called for the first answer only.  *stamp is
 * when the probe was sent, or should have been.
 */
int prober_send(struct prober *p, struct prober_lane *l,
    const struct prober_probe *probe, uint64_t now, uint64_t *stamp);

/* Receive what waits on a socket. */
void prober_read(struct prober *p, struct prober_socket *s);

/* Time out the probes of a lane that have waited long enough. */
void prober_expire(struct prober *p, struct prober_lane *l, uint64_t now);

/* The same for all lanes of echo requests.  Returns when the next probe times
 * out; UINT64_MAX if none waits. */
uint64_t prober_expire_all(struct prober *p, uint64_t now);

/*
 * Forget the probes of owners that are gone: outcome() is not called for them
 * any more.  Those that were waiting are passed to each() first.
 */
void prober_forget(struct prober *p, bool (*is_gone)(const void *owner),
    void (*each)(void *owner, const struct flight_probe *probe));

#endif
