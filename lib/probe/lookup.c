#include "probe/lookup.h"

#include <ares.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CONFIGURATION	"/etc/resolv.conf"

struct question {
	uint64_t id;
	int32_t family;		/* AF_INET etc.; LIST: open the list */
	char name[LOOKUP_MAX + 1];
};

#define LIST	(-1)
#define SOCKETS	(ARES_GETSOCK_MAXNUM - 1)	/* 1 << 31 overflows */

/* The helper. */
struct helper {
	ares_channel channel;
	struct timespec configured;	/* when CONFIGURATION was changed */
	const char *list;
	/* Questions of a channel that was closed, for the next. */
	struct asked *again;
};

/* A question that c-ares works on. */
struct asked {
	struct helper *helper;
	struct question question;
	struct asked *next;
};

/* Send an answer, and a descriptor with it unless file is -1. */
static ssize_t
send_answer(struct lookup_answer *a, int file)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { a, sizeof *a };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (file >= 0) {
		memset(&control, 0, sizeof control);
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof control.bytes;
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof file);
		memcpy(CMSG_DATA(c), &file, sizeof file);
	}
	return sendmsg(STDIN_FILENO, &m, MSG_NOSIGNAL);
}

/* Send an answer about a name; the helper ends with its program. */
static void
answer(struct lookup_answer *a)
{
	if (send_answer(a, -1) < 0)
		_exit(0);
}

static void
open_list(const struct question *q, const char *list)
{
	struct lookup_answer a = { .id = q->id, .file = -1 };
	int file = -1;

	if (list == NULL)
		snprintf(a.why, sizeof a.why,
		    "standard input cannot be read again");
	else if ((file = open(list, O_RDONLY | O_CLOEXEC)) < 0)
		snprintf(a.why, sizeof a.why, "%s", strerror(errno));
	if (send_answer(&a, file) < 0)
		_exit(0);
	if (file >= 0)
		close(file);
}

static struct peer
peer_of(const struct sockaddr *name)
{
	struct peer p = { .scope = 0 };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (name->sa_family == AF_INET) {
		memcpy(&in, name, sizeof in);
		memcpy(p.addr.b, &in.sin_addr, 4);
		return p;
	}
	memcpy(&in6, name, sizeof in6);
	memcpy(p.addr.b, &in6.sin6_addr, 16);
	p.addr.v6 = true;
	p.scope = in6.sin6_scope_id;
	return p;
}

/* Add an address; if there is no room, in place of the one before. */
static void
add(struct lookup_answer *a, const struct sockaddr *name)
{
	if (name->sa_family != AF_INET && name->sa_family != AF_INET6)
		return;
	a->n -= a->n == LOOKUP_ADDRS_MAX;
	a->peer[a->n++] = peer_of(name);
}

static void
on_answer(void *asked, int status, int timeouts, struct ares_addrinfo *found)
{
	struct asked *q = asked;
	struct lookup_answer a = { .id = q->question.id, .file = -1,
	    .ttl = UINT32_MAX };

	(void)timeouts;
	if (status == ARES_EDESTRUCTION) {
		q->next = q->helper->again;
		q->helper->again = q;
		return;
	}
	if (status != ARES_SUCCESS)
		snprintf(a.why, sizeof a.why, "%s", ares_strerror(status));
	else
		for (const struct ares_addrinfo_node *n = found->nodes;
		    n != NULL; n = n->ai_next) {
			add(&a, n->ai_addr);
			if (n->ai_ttl >= 0 && (uint32_t)n->ai_ttl < a.ttl)
				a.ttl = (uint32_t)n->ai_ttl;
		}
	if (status == ARES_SUCCESS && a.n == 0)
		snprintf(a.why, sizeof a.why, "no address");
	if (found != NULL)
		ares_freeaddrinfo(found);
	free(q);
	answer(&a);
}

static void
ask_servers(struct asked *q)
{
	struct ares_addrinfo_hints hints = { .ai_family = q->question.family,
	    .ai_socktype = SOCK_DGRAM };

	ares_getaddrinfo(q->helper->channel, q->question.name, NULL, &hints,
	    on_answer, q);
}

/* If the name is an address with an interface, as fe80::1%eth0, answer and
 * return true. */
static bool
answer_numeric(const struct question *q)
{
	struct addrinfo hints = { .ai_family = q->family,
	    .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST }, *ai;
	struct lookup_answer a = { .id = q->id, .file = -1, .ttl = UINT32_MAX };

	if (getaddrinfo(q->name, NULL, &hints, &ai) != 0)
		return false;
	add(&a, ai->ai_addr);
	freeaddrinfo(ai);
	answer(&a);
	return true;
}

static void
ask_name(struct helper *h, const struct question *q)
{
	struct asked *asked;

	if (answer_numeric(q))
		return;
	if ((asked = malloc(sizeof *asked)) == NULL)
		_exit(1);
	*asked = (struct asked){ .helper = h, .question = *q };
	ask_servers(asked);
}

/* Open the channel, again if the configuration has changed: unanswered questions
 * are repeated on the new one. */
static void
configure(struct helper *h)
{
	struct stat st = { .st_mtim = { 0 } };
	struct asked *q;

	stat(CONFIGURATION, &st);
	if (h->channel != NULL && memcmp(&st.st_mtim, &h->configured,
	    sizeof h->configured) == 0)
		return;
	if (h->channel != NULL)
		ares_destroy(h->channel);
	h->configured = st.st_mtim;
	if (ares_init(&h->channel) != ARES_SUCCESS)
		_exit(1);
	while ((q = h->again) != NULL) {
		h->again = q->next;
		ask_servers(q);
	}
}

/* Wait for a question or for what c-ares waits for.  True for a question. */
static bool
wait_for(struct helper *h)
{
	struct pollfd p[1 + SOCKETS] = {
		{ .fd = STDIN_FILENO, .events = POLLIN } };
	ares_socket_t fds[SOCKETS];
	int bits = ares_getsock(h->channel, fds, SOCKETS);
	struct timeval *limit, room;
	nfds_t n = 1;

	for (int i = 0; i < SOCKETS; i++)
		if (ARES_GETSOCK_READABLE(bits, i) ||
		    ARES_GETSOCK_WRITABLE(bits, i))
			p[n++] = (struct pollfd){ .fd = fds[i], .events =
			    (ARES_GETSOCK_READABLE(bits, i) ? POLLIN : 0) |
			    (ARES_GETSOCK_WRITABLE(bits, i) ? POLLOUT : 0) };
	limit = ares_timeout(h->channel, NULL, &room);
	poll(p, n, limit == NULL ? -1 :
	    (int)(limit->tv_sec * 1000 + limit->tv_usec / 1000 + 1));
	for (nfds_t i = 1; i < n; i++)
		ares_process_fd(h->channel,
		    (p[i].revents & ~POLLOUT) != 0 ? p[i].fd : ARES_SOCKET_BAD,
		    (p[i].revents & POLLOUT) != 0 ? p[i].fd : ARES_SOCKET_BAD);
	if (n == 1)
		ares_process_fd(h->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	return p[0].revents != 0;
}

/* Receive a question; the helper ends when the program does. */
static void
receive(struct helper *h)
{
	struct question q;

	if (recv(STDIN_FILENO, &q, sizeof q, 0) != sizeof q)
		_exit(0);
	if (q.family == LIST) {
		open_list(&q, h->list);
		return;
	}
	configure(h);
	ask_name(h, &q);
}

/* Close all descriptors but fd, as standard input, and standard error: what
 * parses the answers of name servers must not have the program's sockets. */
static void
keep_only(int fd)
{
	if (dup2(fd, STDIN_FILENO) < 0 || close(STDOUT_FILENO) < 0)
		_exit(1);
#ifdef SYS_close_range
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
#endif
}

/* It ignores signals from the terminal. */
static _Noreturn void
help(int fd, const char *list)
{
	struct helper h = { .list = list };

	keep_only(fd);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		_exit(1);
	configure(&h);
	for (;;)
		if (wait_for(&h))
			receive(&h);
}

int
lookup_open(struct lookup *l, const char *list)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
	    (pid = fork()) < 0)
		return -1;
	if (pid == 0)
		help(pair[1], list);
	close(pair[1]);
	*l = (struct lookup){ .fd = pair[0] };
	return fcntl(l->fd, F_SETFL, O_NONBLOCK);
}

static bool
ask(struct lookup *l, const struct question *q)
{
	if (send(l->fd, q, sizeof *q, MSG_NOSIGNAL) != sizeof *q)
		return false;
	l->waiting++;
	return true;
}

bool
lookup_ask(struct lookup *l, uint64_t id, int family, const char *name)
{
	struct question q = { .id = id, .family = family == 0 ? AF_UNSPEC :
	    family == 4 ? AF_INET : AF_INET6 };

	if (l->waiting >= LOOKUP_WAITING_MAX)
		return false;
	snprintf(q.name, sizeof q.name, "%s", name);
	return ask(l, &q);
}

bool
lookup_ask_list(struct lookup *l, uint64_t id)
{
	struct question q = { .id = id, .family = LIST };

	return ask(l, &q);
}

bool
lookup_next(struct lookup *l, struct lookup_answer *a)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { a, sizeof *a };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof control.bytes };
	const struct cmsghdr *c;
	ssize_t r = recvmsg(l->fd, &m, MSG_CMSG_CLOEXEC);

	l->ended = r == 0;
	if (r != sizeof *a)
		return false;
	l->waiting--;
	a->file = -1;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(&a->file, CMSG_DATA(c), sizeof a->file);
	return true;
}
