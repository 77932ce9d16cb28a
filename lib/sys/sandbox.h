/*
 * Shutting a program in before it parses: no new privileges, no files by
 * name (Landlock where the kernel has it), system calls by a list (seccomp).
 * What the list leaves out fails with EPERM.
 */
#ifndef SYS_SANDBOX_H
#define SYS_SANDBOX_H

enum sandbox {
	SANDBOX_FILTER,		/* read, write, wait, tell the time */
	SANDBOX_CAPTURE,	/* the same, and packet sockets already open */
	SANDBOX_RESOLVER,	/* as FILTER, and questions to name servers */
	SANDBOX_CLIENT,		/* as FILTER, and TCP connections to others */
	SANDBOX_PROBE		/* the same, and datagrams, options, epoll(7) */
};

/* 0; -1 with errno where the system refuses what it offers. */
int sandbox_enter(enum sandbox what);

/*
 * As SANDBOX_FILTER, and: accept connections to a socket that listens, answer
 * them, and remove files of the open directory dir, by this descriptor.
 */
int sandbox_enter_server(int dir);

#endif
