/*
 * A UNIX socket that answers lines, beside other work: nothing here waits.
 * Each client has one answer at a time; its next line is read when that is
 * gone.  So a slow one costs an answer's memory, and no time.
 */
#ifndef SYS_SERVER_H
#define SYS_SERVER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVER_CLIENTS_MAX	32	/* then the one silent longest goes */
#define SERVER_LINE_MAX		256

struct server_client {
	char line[SERVER_LINE_MAX];	/* what came of the next one */
	size_t nline;
	char *answer;			/* owned; NULL: none */
	size_t nanswer, sent;
	uint64_t heard;			/* grows with each word of any */
	bool ended;			/* it says no more */
};

struct server {
	/* poll[0] listens, the others are clients. */
	struct pollfd poll[1 + SERVER_CLIENTS_MAX];
	unsigned n;			/* of poll */
	struct server_client client[SERVER_CLIENTS_MAX];
	uint64_t clock;
	bool once;			/* an answer ends a client */
	int dir;			/* where the socket is */
	char name[108];			/* and its name there; "" for none */
	/* The answer to a line (without its end): *n bytes that are then the
	 * server's to free; NULL ends the client. */
	char *(*answer)(void *arg, const char *line, size_t *n);
	void *arg;
};

/*
 * Listen at path, for the user and, unless it is NULL, this group (mode
 * 0660).  A socket there that nobody serves any more is replaced.  0, or -1
 * with errno: EADDRINUSE where it is served, EEXIST where it is no socket,
 * EINVAL where there is no such group.
 */
int server_open(struct server *s, const char *path, const char *group);

/* poll(2) was called for s->poll[0..n): take and give what can be. */
void server_ready(struct server *s);

/* Let all clients go and remove the socket. */
void server_close(struct server *s);

/* The other side: send a line to the socket at path, and write all of the
 * answer to fd.  0, or -1 with errno. */
int server_ask(const char *path, const char *line, int fd);

#endif
