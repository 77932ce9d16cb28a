/*
 * A server on a UNIX socket that answers lines, for a program with other work
 * to do: nothing here blocks.  Each client gets one answer at a time; its next
 * line is read after that was sent.  So a slow client costs the memory of one
 * answer, and no time.
 */
#ifndef SYS_SERVER_H
#define SYS_SERVER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVER_CLIENTS_MAX	32	/* beyond: drop the one idle longest */
#define SERVER_LINE_MAX		256

struct server_client {
	char line[SERVER_LINE_MAX];	/* received of the next line */
	size_t nline;
	char *answer;			/* owned; NULL if none */
	size_t nanswer, sent;
	uint64_t active;		/* server.clock when it last sent */
	bool ended;			/* it closed its side */
};

struct server {
	/* poll[0] is the listening socket, the others are clients. */
	struct pollfd poll[1 + SERVER_CLIENTS_MAX];
	unsigned n;			/* entries of poll */
	struct server_client client[SERVER_CLIENTS_MAX];
	uint64_t clock;			/* counts reads, of all clients */
	bool once;			/* close after one answer */
	int dir;			/* directory of the socket */
	char name[108];			/* its name there; "" if none */
	/* Answer a line, which comes without its newline: returns *n bytes,
	 * which the server frees, or NULL to close the connection. */
	char *(*answer)(void *arg, const char *line, size_t *n);
	void *arg;
};

/*
 * Listen at path with mode 0660, for the user and, unless NULL, the group.
 * Replaces a socket at path that no process serves any more.  0, or -1 with
 * errno: EADDRINUSE if another process serves it, EEXIST if path is not a
 * socket, EINVAL if there is no such group.
 */
int server_open(struct server *s, const char *path, const char *group);

/* After poll(2) on s->poll[0..n): accept, receive, answer, without blocking. */
void server_ready(struct server *s);

/* Close all connections and remove the socket. */
void server_close(struct server *s);

/*
 * The client's side: send a line to the socket at path and write the whole
 * answer to fd.  0, or -1 with errno.
 */
int server_ask(const char *path, const char *line, int fd);

#endif
