#include "probe/tcpprobe.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* The ICMP error that made the connection fail, if one did. */
static void
receive_error(void *result, const struct probesock_event *e)
{
	struct tcpprobe_result *r = result;

	if (e->what != PROBESOCK_ERROR)
		return;
	r->has_from = true;
	r->from = e->from;
	r->type = e->type;
	r->code = e->code;
}

static enum tcpprobe_state
state_of(const struct tcpprobe_result *r)
{
	if (r->has_from)
		return TCPPROBE_UNREACH;
	switch (r->error) {
	case ECONNREFUSED:
		return TCPPROBE_CLOSED;
	case EHOSTUNREACH:
	case EHOSTDOWN:
		return TCPPROBE_UNREACH;
	case ETIMEDOUT:
		return TCPPROBE_FILTERED;
	default:
		return TCPPROBE_FAILED;
	}
}

static void
failed(int fd, bool v6, int error, struct tcpprobe_result *r)
{
	struct probesock s = { .fd = fd, .v6 = v6, .kind = PROBESOCK_UDP };

	*r = (struct tcpprobe_result){ .error = error };
	if (fd >= 0)
		probesock_read_errors(&s, receive_error, r);
	r->state = state_of(r);
}

int
tcpprobe_open(const struct peer *to, uint16_t port,
    const struct probesock_how *how, struct tcpprobe_result *r)
{
	static const struct linger reset = { .l_onoff = 1 };
	bool v6 = to->addr.v6;
	int on = 1, fd = socket(v6 ? AF_INET6 : AF_INET,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		failed(-1, v6, errno, r);
		return -1;
	}
	/* Close by a reset, which leaves no TIME_WAIT; report who sent an
	 * ICMP error. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
	    v6 ? IPV6_RECVERR : IP_RECVERR, &on, sizeof on);
	if (probesock_prepare(fd, v6, how) == 0 &&
	    (probesock_connect(fd, to, port) == 0 || errno == EINPROGRESS))
		return fd;
	failed(fd, v6, errno, r);
	close(fd);
	return -1;
}

void
tcpprobe_check(int fd, bool v6, struct tcpprobe_result *r)
{
	struct tcp_info info;
	socklen_t len = sizeof info, errlen = sizeof(int);
	int error = 0;

	*r = (struct tcpprobe_result){ .state = TCPPROBE_WAITING };
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &errlen) < 0)
		error = errno;
	if (error == 0 &&
	    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		error = errno;
	if (error != 0) {
		failed(fd, v6, error, r);
		return;
	}
	if (info.tcpi_state == TCP_SYN_SENT)
		return;
	r->state = info.tcpi_state == TCP_CLOSE ? TCPPROBE_CLOSED :
	    TCPPROBE_OPEN;
	r->again = info.tcpi_total_retrans > 0;
	r->has_rtt = info.tcpi_rtt > 0;
	r->rtt = (uint64_t)info.tcpi_rtt * 1000;
}
