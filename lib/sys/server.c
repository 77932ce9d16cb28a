#include "sys/server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/io.h"

#define BACKLOG	128

/* Remove a socket without a server.  0 if path is free, else -1 with errno. */
static int
remove_stale(const char *path, const struct sockaddr_un *at)
{
	struct stat sb;
	int fd, r;

	if (lstat(path, &sb) < 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(sb.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) < 0)
		return -1;
	r = connect(fd, (const struct sockaddr *)at, sizeof *at);
	if (r < 0 && errno == ECONNREFUSED) {
		close(fd);
		return unlink(path);
	}
	if (r == 0 || errno == EAGAIN)
		errno = EADDRINUSE;
	close(fd);
	return -1;
}

static int
find_group(const char *name, gid_t *gid)
{
	const struct group *g;

	*gid = (gid_t)-1;
	if (name == NULL)
		return 0;
	errno = 0;
	if ((g = getgrnam(name)) == NULL) {
		if (errno == 0)
			errno = EINVAL;
		return -1;
	}
	*gid = g->gr_gid;
	return 0;
}

/* The group is set between bind(2) and listen(2): until then no client can
 * connect. */
static int
listen_at(const char *path, const struct sockaddr_un *at, gid_t gid)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0), keep;
	mode_t mask;

	if (fd < 0)
		return -1;
	mask = umask(0117);
	keep = bind(fd, (const struct sockaddr *)at, sizeof *at);
	umask(mask);
	if (keep == 0 && (gid == (gid_t)-1 || chown(path, (uid_t)-1, gid) == 0)
	    && listen(fd, BACKLOG) == 0)
		return fd;
	keep = errno;
	close(fd);
	errno = keep;
	return -1;
}

/* Keep the socket's directory open: the sandbox allows no path. */
static int
open_dir(struct server *s, const char *path)
{
	char copy[sizeof s->name];

	snprintf(copy, sizeof copy, "%s", path);
	snprintf(s->name, sizeof s->name, "%s", basename(copy));
	snprintf(copy, sizeof copy, "%s", path);
	s->dir = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dir < 0 ? -1 : 0;
}

int
server_open(struct server *s, const char *path, const char *group)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	gid_t gid;
	int fd;

	if (strlen(path) >= sizeof at.sun_path ||
	    strlen(path) >= sizeof s->name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	if (find_group(group, &gid) < 0 || remove_stale(path, &at) < 0 ||
	    open_dir(s, path) < 0 ||
	    (fd = listen_at(path, &at, gid)) < 0) {
		s->name[0] = '\0';
		return -1;
	}
	s->poll[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	s->n = 1;
	return 0;
}

/* Close a connection; the last client moves to its place. */
static void
drop(struct server *s, unsigned i)
{
	close(s->poll[1 + i].fd);
	free(s->client[i].answer);
	s->n--;
	s->poll[1 + i] = s->poll[s->n];
	s->client[i] = s->client[s->n - 1];
}

static unsigned
idle_longest(const struct server *s)
{
	unsigned longest = 0;

	for (unsigned i = 1; i + 1 < s->n; i++)
		if (s->client[i].active < s->client[longest].active)
			longest = i;
	return longest;
}

/* False if no client is waiting. */
static bool
accept_client(struct server *s)
{
	int fd = accept4(s->poll[0].fd, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return false;
	if (s->n == 1 + SERVER_CLIENTS_MAX)
		drop(s, idle_longest(s));
	s->client[s->n - 1] = (struct server_client){ .active = ++s->clock };
	s->poll[s->n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return true;
}

/* Send what the socket has room for; false if the client is gone. */
static bool
send_answer(struct server_client *c, int fd)
{
	while (c->sent < c->nanswer) {
		ssize_t n = send(fd, c->answer + c->sent, c->nanswer - c->sent,
		    MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		c->sent += (size_t)n;
	}
	free(c->answer);
	c->answer = NULL;
	return true;
}

/* Answer the first line if it is complete; false to close the connection. */
static bool
answer_line(struct server *s, struct server_client *c)
{
	char *end = memchr(c->line, '\n', c->nline);
	size_t n;

	if (end == NULL)
		return !c->ended && c->nline < sizeof c->line;
	n = (size_t)(end - c->line) + 1;
	*end = '\0';
	if (end > c->line && end[-1] == '\r')
		end[-1] = '\0';
	c->sent = 0;
	c->answer = s->answer(s->arg, c->line, &c->nanswer);
	memmove(c->line, c->line + n, c->nline - n);
	c->nline -= n;
	return c->answer != NULL;
}

static bool
receive(struct server *s, struct server_client *c, int fd)
{
	ssize_t n = read(fd, c->line + c->nline, sizeof c->line - c->nline);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->active = ++s->clock;
	c->ended = n == 0;
	c->nline += (size_t)n;
	return true;
}

static bool
has_line(const struct server_client *c)
{
	return memchr(c->line, '\n', c->nline) != NULL;
}

/* Serve a client until it would block or got one answer; false to close the
 * connection. */
static bool
serve(struct server *s, struct server_client *c, struct pollfd *p)
{
	if (c->answer == NULL && !has_line(c) && !receive(s, c, p->fd))
		return false;
	if (c->answer == NULL && !answer_line(s, c))
		return false;
	if (c->answer != NULL && (!send_answer(c, p->fd) ||
	    (s->once && c->answer == NULL)))
		return false;
	p->events = c->answer != NULL || has_line(c) ? POLLOUT : POLLIN;
	return p->events == POLLOUT || !c->ended;
}

void
server_ready(struct server *s)
{
	for (unsigned i = s->n - 1; i-- > 0;)
		if (s->poll[1 + i].revents != 0 &&
		    !serve(s, &s->client[i], &s->poll[1 + i]))
			drop(s, i);
	if (s->poll[0].revents == 0)
		return;
	for (int i = 0; i < SERVER_CLIENTS_MAX && accept_client(s); i++)
		continue;
}

void
server_close(struct server *s)
{
	while (s->n > 1)
		drop(s, s->n - 2);
	if (s->name[0] != '\0')
		unlinkat(s->dir, s->name, 0);
	s->name[0] = '\0';
}

/* Copy all bytes from one descriptor to another. */
static int
copy(int from, int to)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof buf)) > 0)
		if (io_write_all(to, buf, (size_t)n) < 0)
			return -1;
	return n < 0 ? -1 : 0;
}

int
server_ask(const char *path, const char *line, int fd)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char request[SERVER_LINE_MAX];
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r = -1, keep;

	if (s < 0)
		return -1;
	if (strlen(path) >= sizeof at.sun_path)
		errno = ENAMETOOLONG;
	else {
		snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
		r = connect(s, (const struct sockaddr *)&at, sizeof at);
	}
	snprintf(request, sizeof request, "%s\n", line);
	if (r == 0 && (io_write_all(s, request, strlen(request)) < 0 ||
	    shutdown(s, SHUT_WR) < 0 || copy(s, fd) < 0))
		r = -1;
	keep = errno;
	close(s);
	errno = keep;
	return r;
}
