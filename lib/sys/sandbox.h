/*
 * Restrict a program before it parses hostile bytes: no new privileges, no
 * files by name (Landlock, where the kernel has it), and only the system calls
 * on a list (seccomp).  Any other call fails with EPERM.
 */
#ifndef SYS_SANDBOX_H
#define SYS_SANDBOX_H

enum sandbox {
	SANDBOX_FILTER,		/* read, write, wait, read the clock */
	SANDBOX_CAPTURE,	/* FILTER, and use open packet sockets */
	SANDBOX_RESOLVER,	/* FILTER, and query name servers */
	SANDBOX_CLIENT,		/* FILTER, and open TCP connections */
	SANDBOX_PROBE,		/* FILTER, and any IP socket, epoll(7) */
	SANDBOX_SERVER		/* that of sandbox_enter_server() */
};

/* Enter the sandbox.  0, or -1 with errno. */
int sandbox_enter(enum sandbox what);

/*
 * Enter SANDBOX_FILTER, and allow to accept connections to listening sockets, to
 * answer them, and to remove files in the directory that is open as dir; -1: in
 * none.
 */
int sandbox_enter_server(int dir);

#endif
