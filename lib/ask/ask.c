#include "ask/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ask/tlsclient.h"
#include "sys/clock.h"
#include "sys/version.h"
#include "wire/banner.h"

enum step { WAIT, NEXT, OVER };

const char *
ask_service_name(enum ask_service service)
{
	static const char *const names[] = { "none", "http", "https", "tls",
	    "mysql" };

	return names[service];
}

enum ask_service
ask_service_named(const char *name)
{
	enum ask_service s = 0;

	while (s < ASK_SERVICES && strcmp(ask_service_name(s), name) != 0)
		s++;
	return s;
}

/* Append a word to info. */
static void
add_word(struct ask *a, const char *word)
{
	int n = snprintf(a->info + a->ninfo, sizeof a->info - a->ninfo, "%s%s",
	    a->ninfo != 0 ? " " : "", word);

	a->ninfo += (size_t)n;
	if (a->ninfo >= sizeof a->info)
		a->ninfo = sizeof a->info - 1;
}

/* Append text from the network, cut to ASK_TEXT_MAX. */
static void
add_text(struct ask *a, const uint8_t *text, size_t n)
{
	size_t room = sizeof a->info - 1 - a->ninfo;

	if (n > ASK_TEXT_MAX)
		n = ASK_TEXT_MAX;
	if (room < n + 1)
		return;
	a->info[a->ninfo++] = ' ';
	memcpy(a->info + a->ninfo, text, n);
	a->ninfo += n;
}

static void
close_all(struct ask *a)
{
	if (a->tls != NULL)
		tlsclient_close(a->tls);
	a->tls = NULL;
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}

static enum step
finish(struct ask *a, enum ask_result result)
{
	a->result = result;
	close_all(a);
	return OVER;
}

static enum step
fail(struct ask *a, const char *why)
{
	add_word(a, why);
	return finish(a, ASK_FAILED);
}

static enum step
fail_tls(struct ask *a)
{
	const char *alert = tlsclient_alert(a->tls);

	if (alert == NULL)
		return fail(a, "not tls");
	add_word(a, "tls alert");
	return fail(a, alert);
}

/* Fail by the errno of a system call or of tlsclient_*(). */
static enum step
fail_errno(struct ask *a)
{
	switch (errno) {
	case EPROTO:
		return a->tls != NULL ? fail_tls(a) : fail(a, "error");
	case EMSGSIZE:
		return fail(a, "too long");
	case ECONNREFUSED:
		return fail(a, "refused");
	case ECONNRESET:
	case EPIPE:
		return fail(a, "reset");
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EACCES:
	case EPERM:		/* by a local packet filter */
		return fail(a, "unreachable");
	case ETIMEDOUT:
		add_word(a, "timeout");
		return finish(a, ASK_TIMEOUT);
	default:
		return fail(a, "error");
	}
}

/* Does it have only bytes that occur in host names and addresses? */
static bool
is_host(const char *text, size_t n)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:";

	for (size_t i = 0; i < n; i++)
		if (memchr(allowed, text[i], sizeof allowed - 1) == NULL)
			return false;
	return n > 0 && n <= ASK_HOST_MAX;
}

static void
set_host(struct ask *a, const struct addr *addr, const char *host, size_t n)
{
	char padded[ASK_HOST_MAX + 2 * ADDR_PADDING + 1] = "";
	struct addr other;

	a->host_is_name = false;
	if (is_host(host, n)) {
		memcpy(padded + ADDR_PADDING, host, n);
		a->host_is_name = memchr(host, ':', n) == NULL &&
		    addr_scan(padded + ADDR_PADDING, n, &other) == 0;
	}
	if (a->host_is_name)
		memcpy(a->host, host, n);
	else
		n = addr_fmt(a->host, addr);
	a->host[n] = '\0';
}

static void
set_request(struct ask *a, const struct addr *addr)
{
	bool brackets = !a->host_is_name && addr->v6;

	a->nrequest = (size_t)snprintf(a->request, sizeof a->request,
	    "HEAD / HTTP/1.1\r\nHost: %s%s%s\r\n"
	    "User-Agent: connpipe-portid/%s\r\nAccept: */*\r\n"
	    "Connection: close\r\n\r\n", brackets ? "[" : "", a->host,
	    brackets ? "]" : "", CONNPIPE_VERSION);
}

static int
connect_to(int fd, const struct addr *addr, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
	    .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
	    .sin6_port = htons(port) };

	memcpy(&v4.sin_addr, addr->b, sizeof v4.sin_addr);
	memcpy(&v6.sin6_addr, addr->b, sizeof v6.sin6_addr);
	return addr->v6 ? connect(fd, (struct sockaddr *)&v6, sizeof v6) :
	    connect(fd, (struct sockaddr *)&v4, sizeof v4);
}

bool
ask_open(struct ask *a, enum ask_service service, const struct addr *addr,
    uint16_t port, const char *host, size_t n)
{
	a->service = service;
	a->state = ASK_CONNECT;
	a->events = POLLOUT;
	a->tls = NULL;
	a->ninfo = a->sent = a->nanswer = 0;
	a->connect = a->tls_took = a->wait = 0;
	a->has_days = false;
	a->phase = clock_ns(CLOCK_MONOTONIC);
	set_host(a, addr, host, n);
	set_request(a, addr);
	a->fd = socket(addr->v6 ? AF_INET6 : AF_INET,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd >= 0 && (connect_to(a->fd, addr, port) == 0 ||
	    errno == EINPROGRESS))
		return false;
	return fail_errno(a) == OVER;
}

/* Wait for these events, then go on in the same state. */
static enum step
wait_for(struct ask *a, short events)
{
	a->events = events;
	return WAIT;
}

/* The same for data, for which TLS may need other events. */
static enum step
wait_bytes(struct ask *a, short events)
{
	return wait_for(a, a->tls != NULL ? tlsclient_events(a->tls) : events);
}

/* A phase is over: the time that it took, and the next begins. */
static uint64_t
end_phase(struct ask *a)
{
	uint64_t began = a->phase;

	a->phase = clock_ns(CLOCK_MONOTONIC);
	return a->phase - began;
}

/* The connection was established, or failed. */
static enum step
do_connect(struct ask *a)
{
	int error;
	socklen_t n = sizeof error;

	if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0)
		errno = error;
	if (errno != 0)
		return fail_errno(a);
	a->connect = end_phase(a);
	if (a->service == ASK_MYSQL) {
		a->state = ASK_RECEIVE;
		return wait_for(a, POLLIN);
	}
	a->state = ASK_SEND;
	if (a->service == ASK_HTTP)
		return NEXT;
	a->state = ASK_HANDSHAKE;
	a->tls = tlsclient_open(a->fd, a->host_is_name ? a->host : NULL);
	return a->tls != NULL ? NEXT : fail(a, "error");
}

static void
add_certificate(struct ask *a)
{
	char name[3 + ASK_TEXT_MAX + 1] = "cn=";
	size_t n = tlsclient_name(a->tls, name + 3, ASK_TEXT_MAX);

	if (n == 0)
		return;
	/* It must stay one word. */
	for (size_t i = 3; i < 3 + n; i++)
		if (name[i] == ' ' || name[i] == '\0')
			name[i] = '_';
	add_word(a, name);
}

static enum step
do_handshake(struct ask *a)
{
	char version[16];
	int r = tlsclient_handshake(a->tls);

	if (r < 0 && errno == EAGAIN)
		return wait_bytes(a, POLLIN);
	if (r <= 0)
		return r == 0 ? fail(a, "closed") : fail_errno(a);
	a->tls_took = end_phase(a);
	a->has_days = tlsclient_days(a->tls, &a->days);
	snprintf(version, sizeof version, "tls%s", tlsclient_version(a->tls));
	add_word(a, version);
	add_certificate(a);
	if (a->service == ASK_TLS)
		return finish(a, ASK_ANSWERED);
	a->state = ASK_SEND;
	return NEXT;
}

static enum step
do_send(struct ask *a)
{
	const char *p = a->request + a->sent;
	size_t left = a->nrequest - a->sent;
	ssize_t n = a->tls != NULL ? tlsclient_write(a->tls, p, left) :
	    write(a->fd, p, left);

	if (n < 0 && errno == EAGAIN)
		return wait_bytes(a, POLLOUT);
	/* If it closed the connection, it may have sent an answer before. */
	if (n <= 0 || (a->sent += (size_t)n) == a->nrequest)
		a->state = ASK_RECEIVE;
	return NEXT;
}

static enum banner
parse_http(struct ask *a, bool all)
{
	struct banner_http http;
	enum banner found = banner_http(a->answer, a->nanswer, all, &http);
	char status[16];

	if (found != BANNER_DONE)
		return found;
	snprintf(status, sizeof status, "http %03u", http.status);
	add_word(a, status);
	if (http.server.n != 0)
		add_text(a, http.server.p, http.server.n);
	return found;
}

static enum banner
parse_mysql(struct ask *a)
{
	struct banner_mysql mysql;
	enum banner found = banner_mysql(a->answer, a->nanswer, &mysql);
	char error[32];

	if (found != BANNER_DONE)
		return found;
	add_word(a, "mysql");
	if (mysql.error == 0) {
		add_text(a, mysql.version.p, mysql.version.n);
		return found;
	}
	snprintf(error, sizeof error, "error %u", mysql.error);
	add_word(a, error);
	return found;
}

static enum step
fail_protocol(struct ask *a)
{
	return fail(a, a->service == ASK_MYSQL ? "not mysql" : "not http");
}

/* Parse what was received as an answer; all: no more will be received. */
static enum step
parse_answer(struct ask *a, bool all)
{
	enum banner found = a->service == ASK_MYSQL ? parse_mysql(a) :
	    parse_http(a, all);

	if (found == BANNER_MORE)
		return WAIT;
	return found == BANNER_DONE ? finish(a, ASK_ANSWERED) :
	    fail_protocol(a);
}

static enum step
do_receive(struct ask *a)
{
	uint8_t *p = a->answer + a->nanswer;
	size_t room = sizeof a->answer - a->nanswer;
	ssize_t n = a->tls != NULL ? tlsclient_read(a->tls, p, room) :
	    read(a->fd, p, room);
	int error = errno;
	enum step s;

	if (n < 0 && error == EAGAIN)
		return wait_bytes(a, POLLIN);
	if (n > 0 && a->nanswer == 0)
		a->wait = end_phase(a);
	if (n > 0)
		a->nanswer += (size_t)n;
	s = parse_answer(a, n <= 0 || (size_t)n == room);
	if (s != WAIT)
		return s;
	errno = error;
	if (n <= 0)
		return n == 0 ? fail(a, "closed") : fail_errno(a);
	/* There may be more to read, perhaps buffered by TLS. */
	return (size_t)n < room ? NEXT : fail_protocol(a);
}

bool
ask_step(struct ask *a)
{
	enum step s = NEXT;

	while (s == NEXT)
		switch (a->state) {
		case ASK_CONNECT:
			s = do_connect(a);
			break;
		case ASK_HANDSHAKE:
			s = do_handshake(a);
			break;
		case ASK_SEND:
			s = do_send(a);
			break;
		case ASK_RECEIVE:
			s = do_receive(a);
			break;
		}
	return s == OVER;
}

void
ask_time_out(struct ask *a)
{
	if (a->state == ASK_RECEIVE && parse_answer(a, true) == OVER)
		return;
	add_word(a, "timeout");
	finish(a, ASK_TIMEOUT);
}
