#include "probe/probesock.h"

#include <errno.h>
#include <netinet/in.h>	/* before linux/icmp.h, which hides a part of it */
#include <time.h>	/* before errqueue.h, which needs it */
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/ip.h"
#include "wire/units.h"

#define BATCH		64	/* messages a system call */
#define BYTES		128	/* of a message: IP header, start of an echo */
#define CONTROL		320	/* bytes of its control messages */
#define CONTROL_SENT	128
#define BUFFER		(4 << 20)	/* bytes of the receive queue */
#define TRIES		3	/* of a call that another probe's error fails */
#define ANY_PORT	9

union sock_addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static void
set(int fd, int level, int option, int value)
{
	setsockopt(fd, level, option, &value, sizeof value);
}

static socklen_t
sock_addr_of(union sock_addr *out, const struct peer *p, uint16_t port)
{
	memset(out, 0, sizeof *out);
	if (!p->addr.v6) {
		out->in.sin_family = AF_INET;
		out->in.sin_port = htons(port);
		memcpy(&out->in.sin_addr, p->addr.b, 4);
		return sizeof out->in;
	}
	out->in6.sin6_family = AF_INET6;
	out->in6.sin6_port = htons(port);
	out->in6.sin6_scope_id = p->scope;
	memcpy(&out->in6.sin6_addr, p->addr.b, 16);
	return sizeof out->in6;
}

static void
addr_of(struct addr *out, const void *name)
{
	union sock_addr n;

	memcpy(&n.sa, name, sizeof n.sa);
	memset(out, 0, sizeof *out);
	if (n.sa.sa_family == AF_INET) {
		memcpy(&n.in, name, sizeof n.in);
		memcpy(out->b, &n.in.sin_addr, 4);
	} else if (n.sa.sa_family == AF_INET6) {
		memcpy(&n.in6, name, sizeof n.in6);
		memcpy(out->b, &n.in6.sin6_addr, 16);
		out->v6 = true;
	}
}

/* Opening. */

/* Receive echo replies only; the kernel copies nothing else for us. */
static int
filter_types(const struct probesock *s)
{
	struct icmp_filter v4 = { .data = ~(UINT32_C(1) << ICMP_ECHOREPLY) };
	struct icmp6_filter v6;

	if (!s->v6)
		return setsockopt(s->fd, SOL_RAW, ICMP_FILTER, &v4, sizeof v4);
	ICMP6_FILTER_SETBLOCKALL(&v6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &v6);
	return setsockopt(s->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &v6, sizeof v6);
}

/* Of those, receive our ids only: a raw socket sees everybody's replies. */
static int
filter_ids(const struct probesock *s)
{
	uint32_t end = (uint32_t)s->id + s->ids;
	/* On IPv4 the IP header precedes the ICMP header. */
	struct sock_filter v4[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, s->id, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, end, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter v6[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, s->id, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, end, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog p4 = { sizeof v4 / sizeof *v4, v4 };
	struct sock_fprog p6 = { sizeof v6 / sizeof *v6, v6 };

	return setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER,
	    s->v6 ? &p6 : &p4, sizeof p4);
}

static int
filter_raw(const struct probesock *s)
{
	return filter_types(s) < 0 ? -1 : filter_ids(s);
}

/* Bind a datagram socket and read the id that the kernel chose. */
static int
bind_id(struct probesock *s)
{
	union sock_addr n = { .sa.sa_family = s->v6 ? AF_INET6 : AF_INET };
	socklen_t len = sizeof n;

	if (bind(s->fd, &n.sa, s->v6 ? sizeof n.in6 : sizeof n.in) < 0 ||
	    getsockname(s->fd, &n.sa, &len) < 0)
		return -1;
	s->id = ntohs(s->v6 ? n.in6.sin6_port : n.in.sin_port);
	return 0;
}

/* Request stamps whose keys begin at 0: after they were off, if they were
 * requested before. */
static void
request_stamps(struct probesock *s, bool again)
{
	if (again)
		set(s->fd, SOL_SOCKET, SO_TIMESTAMPING, 0);
	set(s->fd, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE |
	    SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE |
	    SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
	s->sent = 0;
}

static void
prepare(struct probesock *s)
{
	set(s->fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
	set(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER);
	if (s->v6) {
		set(s->fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
		set(s->fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	} else {
		set(s->fd, IPPROTO_IP, IP_RECVERR, 1);
		set(s->fd, IPPROTO_IP, IP_RECVTTL, 1);
	}
	request_stamps(s, false);
}

static int
fail(struct probesock *s)
{
	int keep = errno;

	probesock_close(s);
	errno = keep;
	return -1;
}

int
probesock_open_icmp(struct probesock *s, bool v6, uint16_t ids)
{
	int family = v6 ? AF_INET6 : AF_INET;
	int proto = v6 ? IP_ICMPV6 : IP_ICMP;
	int how = SOCK_NONBLOCK | SOCK_CLOEXEC;

	*s = (struct probesock){ .v6 = v6, .kind = PROBESOCK_PING, .ids = 1 };
	s->fd = socket(family, SOCK_DGRAM | how, proto);
	if (s->fd < 0 && (errno == EACCES || errno == EPROTONOSUPPORT)) {
		s->kind = PROBESOCK_RAW;
		s->fd = socket(family, SOCK_RAW | how, proto);
	}
	if (s->fd < 0)
		return -1;
	if (s->kind == PROBESOCK_RAW) {
		s->ids = ids;
		s->id = (uint16_t)(getpid() % (UINT16_MAX - ids));
	}
	if ((s->kind == PROBESOCK_RAW ? filter_raw(s) : bind_id(s)) < 0)
		return fail(s);
	prepare(s);
	return 0;
}

int
probesock_open_udp(struct probesock *s, bool v6)
{
	*s = (struct probesock){ .v6 = v6, .kind = PROBESOCK_UDP };
	s->fd = socket(v6 ? AF_INET6 : AF_INET,
	    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -1;
	if (bind_id(s) < 0)
		return fail(s);
	prepare(s);
	return 0;
}

void
probesock_close(struct probesock *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* Sending. */

static void
set_ttl(int fd, bool v6, int ttl)
{
	if (v6)
		set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
	else
		set(fd, IPPROTO_IP, IP_TTL, ttl);
}

/* Fragmentation: never, even beyond the MTU that the kernel knows of the path;
 * or as the kernel does by default. */
static void
set_df(const struct probesock *s, bool never)
{
	if (s->v6)
		set(s->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
		    never ? IPV6_PMTUDISC_PROBE : IPV6_PMTUDISC_WANT);
	else
		set(s->fd, IPPROTO_IP, IP_MTU_DISCOVER,
		    never ? IP_PMTUDISC_PROBE : IP_PMTUDISC_WANT);
}

/* Append a control message with data[0..n). */
static void
add_control(struct msghdr *m, int level, int type, const void *data, size_t n)
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)((char *)m->msg_control +
	    m->msg_controllen);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), data, n);
	m->msg_controllen += CMSG_SPACE(n);
}

static void
add_source(struct msghdr *m, bool v6, const struct probesock_how *how)
{
	struct in_pktinfo in = { .ipi_ifindex = (int)how->ifindex };
	struct in6_pktinfo in6 = { .ipi6_ifindex = how->ifindex };

	memcpy(&in.ipi_spec_dst, how->src.b, sizeof in.ipi_spec_dst);
	memcpy(&in6.ipi6_addr, how->src.b, sizeof in6.ipi6_addr);
	if (v6)
		add_control(m, IPPROTO_IPV6, IPV6_PKTINFO, &in6, sizeof in6);
	else
		add_control(m, IPPROTO_IP, IP_PKTINFO, &in, sizeof in);
}

static void
add_how(struct msghdr *m, bool v6, const struct probesock_how *how)
{
	int tos = how->dscp << 2;

	if (how->has_src || how->ifindex != 0)
		add_source(m, v6, how);
	if (tos == 0)
		return;
	if (v6)
		add_control(m, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
	else
		add_control(m, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
}

/*
 * A received ICMP error makes the next call on its socket fail, once; an error
 * of this call fails every try.
 */
static int
send_retrying(struct probesock *s, const struct msghdr *m)
{
	for (int i = 0; i < TRIES; i++) {
		if (sendmsg(s->fd, m, 0) >= 0)
			return 0;
		if (errno == EAGAIN || errno == ENOBUFS)
			break;
	}
	return -1;
}

int
probesock_send(struct probesock *s, const struct peer *to, uint16_t port,
    unsigned ttl, const struct probesock_how *how, const void *buf, size_t n)
{
	_Alignas(struct cmsghdr) char control[CONTROL_SENT];
	union sock_addr name;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)buf, .iov_len = n };
	struct msghdr m = { .msg_name = &name, .msg_iov = &iov,
	    .msg_iovlen = 1, .msg_control = control };
	int r, keep;

	m.msg_namelen = sock_addr_of(&name, to, port);
	add_how(&m, s->v6, how);
	if (ttl != 0)
		set_ttl(s->fd, s->v6, (int)ttl);
	if (how->df)
		set_df(s, true);
	r = send_retrying(s, &m);
	keep = errno;
	if (ttl != 0)
		set_ttl(s->fd, s->v6, -1);
	if (how->df)
		set_df(s, false);
	if (r < 0)	/* the kernel may have counted it or not */
		request_stamps(s, true);
	else
		s->sent++;
	errno = keep;
	return r;
}

/* Receiving. */

struct batch {
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	union sock_addr name[BATCH];
	uint8_t bytes[BATCH][BYTES];
	_Alignas(struct cmsghdr) char control[BATCH][CONTROL];
};

static void
parse_stamp(struct probesock_event *e, const struct cmsghdr *c)
{
	struct scm_timestamping t;

	memcpy(&t, CMSG_DATA(c), sizeof t);
	e->has_stamp = t.ts[0].tv_sec != 0;
	e->stamp = (uint64_t)t.ts[0].tv_sec * NS_PER_S +
	    (uint64_t)t.ts[0].tv_nsec;
}

/* An entry of the error queue; the sender of an ICMP error follows it. */
static bool
parse_error(struct probesock_event *e, const struct cmsghdr *c)
{
	struct sock_extended_err err;
	const unsigned char *data = CMSG_DATA(c);

	memcpy(&err, data, sizeof err);
	if (err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING) {
		e->what = PROBESOCK_STAMP;
		e->key = err.ee_data;
		return true;
	}
	if (err.ee_origin != SO_EE_ORIGIN_ICMP &&
	    err.ee_origin != SO_EE_ORIGIN_ICMP6)
		return false;
	e->what = PROBESOCK_ERROR;
	e->type = err.ee_type;
	e->code = err.ee_code;
	addr_of(&e->from, data + sizeof err);
	return true;
}

static void
parse_ttl(struct probesock_event *e, const struct cmsghdr *c)
{
	int ttl;

	memcpy(&ttl, CMSG_DATA(c), sizeof ttl);
	e->has_ttl = true;
	e->ttl = (uint8_t)ttl;
}

static bool
is_c(const struct cmsghdr *c, int level, int type)
{
	return c->cmsg_level == level && c->cmsg_type == type;
}

/* False for a message of the error queue that is neither error nor stamp. */
static bool
parse_control(struct probesock_event *e, struct msghdr *m, bool errors)
{
	bool known = !errors;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (is_c(c, SOL_SOCKET, SCM_TIMESTAMPING))
			parse_stamp(e, c);
		else if (is_c(c, IPPROTO_IP, IP_TTL) ||
		    is_c(c, IPPROTO_IPV6, IPV6_HOPLIMIT))
			parse_ttl(e, c);
		else if (is_c(c, IPPROTO_IP, IP_RECVERR) ||
		    is_c(c, IPPROTO_IPV6, IPV6_RECVERR))
			known = parse_error(e, c);
	return known;
}

/* Parse a message as an event; false if it is none. */
static bool
parse(const struct probesock *s, struct batch *b, unsigned i, bool errors,
    struct probesock_event *e)
{
	size_t n = b->msg[i].msg_len < BYTES ? b->msg[i].msg_len : BYTES;
	struct ip ip;

	*e = (struct probesock_event){ .what = PROBESOCK_REPLY,
	    .data = view_of(b->bytes[i], n) };
	if (!parse_control(e, &b->msg[i].msg_hdr, errors))
		return false;
	addr_of(e->what == PROBESOCK_REPLY ? &e->from : &e->to, &b->name[i]);
	if (s->kind == PROBESOCK_RAW && !s->v6 && !errors)
		return ip_parse(&e->data, (uint32_t)n, &ip) != IP_BAD;
	return true;
}

static void
clear(struct batch *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		b->iov[i] = (struct iovec){ b->bytes[i], BYTES };
		b->msg[i].msg_hdr = (struct msghdr){
			.msg_name = &b->name[i],
			.msg_namelen = sizeof b->name[i],
			.msg_iov = &b->iov[i], .msg_iovlen = 1,
			.msg_control = b->control[i],
			.msg_controllen = CONTROL };
	}
}

static void
read_queue(struct probesock *s, bool errors, probesock_each *each, void *arg)
{
	/* One a queue: each() of a reply may read the errors. */
	static struct batch both[2];
	struct batch *b = &both[errors];
	struct probesock_event e;
	int n, tries = TRIES;

	if (b->iov[0].iov_base == NULL)
		clear(b, BATCH);
	do {
		n = recvmmsg(s->fd, b->msg, BATCH,
		    MSG_DONTWAIT | (errors ? MSG_ERRQUEUE : 0), NULL);
		for (int i = 0; i < n; i++)
			if (parse(s, b, (unsigned)i, errors, &e))
				each(arg, &e);
		if (n > 0)
			clear(b, (unsigned)n);
	} while (n == BATCH || (n < 0 && errno != EAGAIN && tries-- > 0));
}

void
probesock_read_errors(struct probesock *s, probesock_each *each, void *arg)
{
	read_queue(s, true, each, arg);
}

void
probesock_read(struct probesock *s, probesock_each *each, void *arg)
{
	read_queue(s, true, each, arg);
	read_queue(s, false, each, arg);
}

bool
probesock_overflowed(struct probesock *s)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t len = sizeof info;
	uint32_t before = s->drops;

	if (getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, info, &len) < 0 ||
	    len <= SK_MEMINFO_DROPS * sizeof *info)
		return false;
	s->drops = info[SK_MEMINFO_DROPS];
	return s->drops != before;
}

int
probesock_connect(int fd, const struct peer *to, uint16_t port)
{
	union sock_addr name;
	socklen_t len = sock_addr_of(&name, to, port);

	return connect(fd, &name.sa, len);
}

int
probesock_prepare(int fd, bool v6, const struct probesock_how *how)
{
	struct peer from = { .addr = how->src };
	union sock_addr name;
	int ifindex = (int)how->ifindex;
	socklen_t len;

	if (ifindex != 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX,
	    &ifindex, sizeof ifindex) < 0)
		return -1;
	if (how->dscp != 0 && v6)
		set(fd, IPPROTO_IPV6, IPV6_TCLASS, how->dscp << 2);
	else if (how->dscp != 0)
		set(fd, IPPROTO_IP, IP_TOS, how->dscp << 2);
	if (how->ttl != 0)
		set_ttl(fd, v6, how->ttl);
	len = sock_addr_of(&name, &from, 0);
	return how->has_src ? bind(fd, &name.sa, len) : 0;
}

int
probesock_refuse(const struct peer *to)
{
	static const uint8_t none[16];
	const uint8_t *b = to->addr.b;
	int fd, why = 0;

	if (memcmp(b, none, sizeof none) == 0)
		return EINVAL;
	if (to->addr.v6 ? b[0] == 0xff : (b[0] >> 4) == 14 || b[0] == 0)
		return EINVAL;
	/* The routing table knows broadcast addresses: connect(2) fails. */
	fd = socket(to->addr.v6 ? AF_INET6 : AF_INET,
	    SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	if (probesock_connect(fd, to, ANY_PORT) < 0 && errno == EACCES)
		why = EACCES;
	close(fd);
	return why;
}
