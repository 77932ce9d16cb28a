/* Is a TCP port open?  A connection that is given up as soon as it stands. */
#ifndef PROBE_CONNECT_H
#define PROBE_CONNECT_H

#include "probe/socket.h"

enum tcpprobe_state {
	TCPPROBE_WAITING, TCPPROBE_OPEN, TCPPROBE_CLOSED, TCPPROBE_UNREACH,
	TCPPROBE_FILTERED, TCPPROBE_FAILED
};

struct tcpprobe_result {
	enum tcpprobe_state state;
	bool has_rtt;
	uint64_t rtt;		/* ns; the kernel's, of the SYN */
	bool has_from;		/* a router that sent an error */
	struct addr from;
	uint8_t type, code;	/* of that error */
	int error;		/* errno */
};

/* Send a SYN: the descriptor, to be polled for writing, or -1 with what has
 * become of it at once. */
int tcpprobe_open(const struct peer *to, uint16_t port,
    struct tcpprobe_result *r);

/* What has become of it; TCPPROBE_WAITING: nothing yet. */
void tcpprobe_look(int fd, bool v6, struct tcpprobe_result *r);

#endif
