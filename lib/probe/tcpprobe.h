/* Is a TCP port open?  A connection that is reset as soon as it is
 * established. */
#ifndef PROBE_TCPPROBE_H
#define PROBE_TCPPROBE_H

#include "probe/probesock.h"

enum tcpprobe_state {
	TCPPROBE_WAITING, TCPPROBE_OPEN, TCPPROBE_CLOSED, TCPPROBE_UNREACH,
	TCPPROBE_FILTERED, TCPPROBE_FAILED
};

struct tcpprobe_result {
	enum tcpprobe_state state;
	bool has_rtt;
	uint64_t rtt;		/* ns; the kernel's, of the SYN */
	bool again;		/* the SYN was sent more than once */
	bool has_from;		/* from is the sender of an ICMP error */
	struct addr from;
	uint8_t type, code;	/* of that error */
	int error;		/* errno */
};

/*
 * Send a SYN, as how says.  Returns the descriptor, to be polled for writing, or
 * -1 with the result if the connection failed at once.
 */
int tcpprobe_open(const struct peer *to, uint16_t port,
    const struct probesock_how *how, struct tcpprobe_result *r);

/* Get the state of a connection; TCPPROBE_WAITING while there is no answer. */
void tcpprobe_check(int fd, bool v6, struct tcpprobe_result *r);

#endif
