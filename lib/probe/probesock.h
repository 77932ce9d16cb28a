/*
 * Sockets for probes, and what is received on them: replies, ICMP errors and
 * the kernel's timestamps of what was sent.  Echo requests are sent on a
 * datagram socket, which any user may open whose group is in the sysctl
 * net.ipv4.ping_group_range, else on a raw one, which needs CAP_NET_RAW.
 */
#ifndef PROBE_PROBESOCK_H
#define PROBE_PROBESOCK_H

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
	uint16_t id, ids;	/* of echo requests: the first, and how many */
	uint32_t sent;		/* packets, since keys of stamps began at 0 */
	uint32_t drops;		/* by the kernel, when last asked */
};

/* An address; scope is the interface of a link-local one. */
struct peer {
	struct addr addr;
	uint32_t scope;
};

/* How packets are sent; zeros are the system's choice. */
struct probesock_how {
	bool has_src;
	struct addr src;
	uint32_t ifindex;
	uint8_t dscp;
	uint8_t ttl;		/* of pings and connections */
	bool df;		/* never fragment, whatever the known MTU */
};

enum probesock_what {
	PROBESOCK_STAMP,	/* the kernel sent the probe with that key */
	PROBESOCK_REPLY,
	PROBESOCK_ERROR		/* an ICMP error about a probe */
};

struct probesock_event {
	enum probesock_what what;
	bool has_stamp;
	uint64_t stamp;		/* the kernel's, wall clock ns */
	uint32_t key;		/* of a stamp: see probesock_send() */
	struct addr from;	/* who sent the reply or error */
	struct addr to;		/* of an error: the target of the probe */
	bool has_ttl;
	uint8_t ttl;
	uint8_t type, code;	/* of an error */
	struct view data;	/* from the ICMP header, or UDP's payload; of an
				 * error, what it quotes of the probe */
};

/* Receives an event, whose data is valid until it returns. */
typedef void probesock_each(void *arg, const struct probesock_event *e);

/*
 * Open a socket for echo requests.  A datagram socket has one id, which the
 * kernel chooses; a raw one, which receives the replies to any, has ids of
 * them.  Kernel timestamps are requested; a kernel without them is no error.
 * Returns 0, or -1 with errno.
 */
int probesock_open_icmp(struct probesock *s, bool v6, uint16_t ids);
int probesock_open_udp(struct probesock *s, bool v6);
void probesock_close(struct probesock *s);

/*
 * Send buf[0..n) to a peer's port (0 for ICMP) as how says, except that the time
 * to live is ttl (0: the system's).  Returns 0, or -1 with errno; errors about
 * earlier probes that wait on the socket do not count.  After success the key of
 * the stamp to come is s->sent - 1; after a failure keys begin at 0 again.
 */
int probesock_send(struct probesock *s, const struct peer *to, uint16_t port,
    unsigned ttl, const struct probesock_how *how, const void *buf, size_t n);

/* Receive all that waits, stamps and errors first. */
void probesock_read(struct probesock *s, probesock_each *each, void *arg);

/* Receive stamps and errors alone; each() of probesock_read() may call it. */
void probesock_read_errors(struct probesock *s, probesock_each *each,
    void *arg);

/* Has the kernel dropped packets since the last call, for lack of room? */
bool probesock_overflowed(struct probesock *s);

/* connect(2) to a peer. */
int probesock_connect(int fd, const struct peer *to, uint16_t port);

/* Have a TCP socket send as how says.  Returns 0, or -1 with errno. */
int probesock_prepare(int fd, bool v6, const struct probesock_how *how);

/* Must an address not be probed?  EACCES for a broadcast address, EINVAL for
 * multicast and the unspecified address, else 0. */
int probesock_refuse(const struct peer *to);

#endif
