/*
 * Sockets for probes, and what comes back on them: replies, ICMP errors and
 * the kernel's stamps of what was sent.  Echo requests go by a datagram
 * socket, which any user may have whose group is in the sysctl
 * net.ipv4.ping_group_range, or else by a raw one.
 */
#ifndef PROBE_SOCKET_H
#define PROBE_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"
#include "wire/view.h"

enum probesock_kind { PROBESOCK_PING, PROBESOCK_RAW, PROBESOCK_UDP };

struct probesock {
	int fd;			/* -1: none */
	bool v6;
	enum probesock_kind kind;
	uint16_t id, ids;	/* echo requests: the first, and how many */
	uint32_t sent;		/* since stamps were counted from 0 */
	uint32_t drops;		/* last seen */
	void *owner;		/* the caller's */
};

/* An address; scope is the interface of one that is local to a link. */
struct peer {
	struct addr addr;
	uint32_t scope;
};

enum probesock_what {
	PROBESOCK_STAMP,	/* probe number key was sent then */
	PROBESOCK_REPLY,
	PROBESOCK_ERROR		/* an ICMP error about a probe */
};

struct probesock_event {
	enum probesock_what what;
	bool has_stamp;
	uint64_t stamp;		/* the kernel's, wall clock ns */
	uint32_t key;
	struct addr from;	/* who answered; for errors, who sent them */
	struct addr to;		/* errors: whom the probe was for */
	bool has_ttl;
	uint8_t ttl;
	uint8_t type, code;	/* of the error */
	struct view data;	/* from the ICMP header on, or UDP's payload;
				 * of errors, as far as they quote it */
};

/* Open one for echo requests: 0, or -1 with errno.  A datagram socket has one
 * id, a raw one, which gets what is for any, as many as are asked for.  Stamps
 * are asked for too; a system that has none is no error. */
int probesock_open_icmp(struct probesock *s, bool v6, uint16_t ids);
int probesock_open_udp(struct probesock *s, bool v6);
void probesock_close(struct probesock *s);

/*
 * Send buf[0..n) to a peer's port (0 for ICMP), with this time to live (0:
 * the system's).  0, or -1 with errno.  Errors that waited on the socket, of
 * other probes, are not this one's.  s->sent counts, so that the key of the
 * stamp is s->sent - 1 after it; after a failure it begins anew at 0.
 */
int probesock_send(struct probesock *s, const struct peer *to, uint16_t port,
    unsigned ttl, const void *buf, size_t n);

/* Take all that waits there, stamps and errors first.  each() gets them; what
 * it is shown is gone when it returns. */
void probesock_read(struct probesock *s, void (*each)(struct probesock *s,
    const struct probesock_event *e));

/* Stamps and errors alone; each() of the other may call it. */
void probesock_read_errors(struct probesock *s,
    void (*each)(struct probesock *s, const struct probesock_event *e));

/* Has the kernel had to drop what came, since this was asked last? */
bool probesock_overflowed(struct probesock *s);

/* connect(2) to a peer. */
int probesock_connect(int fd, const struct peer *to, uint16_t port);

/* Can nobody be probed there: EACCES where it is a broadcast address, EINVAL
 * for multicast or no host's; 0 where it can be, as far as is known. */
int probesock_refuse(const struct peer *to);

#endif
