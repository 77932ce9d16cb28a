#include "probe/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct question {
	uint64_t id;
	int32_t family;		/* AF_INET etc.; LIST: open the list */
	char name[LOOKUP_MAX + 1];
};

#define LIST	(-1)

/* Choose the last address, as connvitals did. */
static void
use_last(struct lookup_answer *a, const struct addrinfo *ai)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	while (ai->ai_next != NULL)
		ai = ai->ai_next;
	a->found = true;
	if (ai->ai_family == AF_INET) {
		memcpy(&in, ai->ai_addr, sizeof in);
		memcpy(a->peer.addr.b, &in.sin_addr, 4);
		return;
	}
	memcpy(&in6, ai->ai_addr, sizeof in6);
	memcpy(a->peer.addr.b, &in6.sin6_addr, 16);
	a->peer.addr.v6 = true;
	a->peer.scope = in6.sin6_scope_id;
}

static void
look_up(const struct question *q, struct lookup_answer *a)
{
	struct addrinfo hints = { .ai_family = q->family,
	    .ai_socktype = SOCK_DGRAM }, *ai;
	int r = getaddrinfo(q->name, NULL, &hints, &ai);

	if (r != 0) {
		snprintf(a->why, sizeof a->why, "%s", r == EAI_SYSTEM ?
		    strerror(errno) : gai_strerror(r));
		return;
	}
	use_last(a, ai);
	freeaddrinfo(ai);
}

/* Send an answer, and a descriptor with it unless file is -1. */
static ssize_t
send_answer(int fd, const struct lookup_answer *a, int file)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct lookup_answer copy = *a;
	struct iovec iov = { &copy, sizeof copy };
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
	return sendmsg(fd, &m, MSG_NOSIGNAL);
}

static ssize_t
serve(int fd, const struct question *q, const char *list)
{
	struct lookup_answer a = { .id = q->id, .file = -1 };
	int file = -1;
	ssize_t n;

	if (q->family != LIST)
		look_up(q, &a);
	else if (list == NULL)
		snprintf(a.why, sizeof a.why,
		    "standard input cannot be read again");
	else if ((file = open(list, O_RDONLY | O_CLOEXEC)) < 0)
		snprintf(a.why, sizeof a.why, "%s", strerror(errno));
	a.found |= file >= 0;
	n = send_answer(fd, &a, file);
	if (file >= 0)
		close(file);
	return n;
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

/* A helper.  It ignores signals from the terminal and ends when the program
 * does. */
static _Noreturn void
help(int fd, const char *list)
{
	struct question q;

	keep_only(fd);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	while (recv(STDIN_FILENO, &q, sizeof q, 0) == sizeof q)
		if (serve(STDIN_FILENO, &q, list) < 0)
			break;
	_exit(0);
}

int
lookup_open(struct lookup *l, const char *list)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	for (int i = 0; i < LOOKUP_HELPERS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return -1;
		if (pid == 0)
			help(pair[1], list);
	}
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
