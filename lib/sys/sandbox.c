#include "sys/sandbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Under a sanitizer files and calls are not restricted: its runtime reads
 * /proc/self for its report, and traces itself to find leaks.
 */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#ifdef __linux__

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

/* Input and output, time, memory, signals, exit. */
static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek),
	SCMP_SYS(splice), SCMP_SYS(sendfile), SCMP_SYS(copy_file_range),
	SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(fcntl),
	SCMP_SYS(fadvise64), SCMP_SYS(ftruncate),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64),
	SCMP_SYS(select), SCMP_SYS(pselect6),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
	SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(restart_syscall),
	SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(munmap),
	SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise),
	SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill),
	SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(waitpid),
	SCMP_SYS(getrusage), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* libpcap, with a packet socket that is open. */
static const int capture_allowed[] = {
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
};

/* Sending probes, and waiting for many replies. */
static const int probe_allowed[] = {
	SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmmsg_time64), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
};

/* Serving clients of listening sockets; the latter half is libmicrohttpd's. */
static const int server_allowed[] = {
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(sendto),
	SCMP_SYS(recvfrom), SCMP_SYS(sendmsg), SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
};

/* c-ares, by UDP and TCP; later versions call getsockname(2). */
static const int resolver_allowed[] = {
	SCMP_SYS(connect), SCMP_SYS(sendto), SCMP_SYS(recvfrom),
	SCMP_SYS(getsockname),
};

/* Connecting the sockets that allow_tcp() allows, and the result. */
static const int client_allowed[] = {
	SCMP_SYS(connect), SCMP_SYS(getsockopt),
};

/* isatty(3); how much there is to read; whether the device is up. */
static const unsigned long ioctls[] = { TCGETS, TIOCGWINSZ, FIONREAD };
static const unsigned long capture_ioctls[] = { SIOCGIFFLAGS };
/* The index of an interface. */
static const unsigned long probe_ioctls[] = { SIOCGIFINDEX };

static int
allow(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Allow a call if its argument number arg is value. */
static int
allow_with(scmp_filter_ctx ctx, int call, unsigned arg, uint64_t value)
{
	struct scmp_arg_cmp is = { .arg = arg, .op = SCMP_CMP_EQ,
	    .datum_a = value };

	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, call, 1, &is);
}

static int
allow_ioctls(scmp_filter_ctx ctx, const unsigned long *requests, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = allow_with(ctx, SCMP_SYS(ioctl), 1, requests[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* fstat(2) as newer C libraries make it: of an open file, without a name. */
static int
allow_fstatat(scmp_filter_ctx ctx)
{
	return allow_with(ctx, SCMP_SYS(newfstatat), 3, AT_EMPTY_PATH);
}

/* IP sockets of any type. */
static int
allow_ip(scmp_filter_ctx ctx)
{
	int r = allow_with(ctx, SCMP_SYS(socket), 0, AF_INET);

	return r == 0 ? allow_with(ctx, SCMP_SYS(socket), 0, AF_INET6) : r;
}

/* c-ares sets TCP_NODELAY. */
static int
allow_resolver(scmp_filter_ctx ctx)
{
	int r = allow(ctx, resolver_allowed, LENGTH(resolver_allowed));

	if (r == 0)
		r = allow_ip(ctx);
	if (r == 0)
		r = allow_with(ctx, SCMP_SYS(setsockopt), 1, IPPROTO_TCP);
	return r;
}

/* Non-blocking TCP sockets only. */
static int
allow_tcp(scmp_filter_ctx ctx, int family)
{
	struct scmp_arg_cmp is[] = {
		{ .arg = 0, .op = SCMP_CMP_EQ, .datum_a = (uint64_t)family },
		{ .arg = 1, .op = SCMP_CMP_EQ,
		    .datum_a = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC },
	};

	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket),
	    LENGTH(is), is);
}

static int
allow_client(scmp_filter_ctx ctx)
{
	int r = allow(ctx, client_allowed, LENGTH(client_allowed));

	if (r == 0)
		r = allow_tcp(ctx, AF_INET);
	return r == 0 ? allow_tcp(ctx, AF_INET6) : r;
}

static int
allow_probes(scmp_filter_ctx ctx)
{
	int r = allow(ctx, probe_allowed, LENGTH(probe_allowed));

	if (r == 0)
		r = allow_ioctls(ctx, probe_ioctls, LENGTH(probe_ioctls));
	return r == 0 ? allow_ip(ctx) : r;
}

/* dir: the directory in which a server removes its socket, -1 if none. */
static int
fill(scmp_filter_ctx ctx, enum sandbox what, int dir)
{
	int r = allow(ctx, allowed, LENGTH(allowed));

	if (r == 0)
		r = allow_ioctls(ctx, ioctls, LENGTH(ioctls));
	if (r == 0)
		r = allow_fstatat(ctx);
	if (r == 0 && what == SANDBOX_CAPTURE)
		r = allow(ctx, capture_allowed, LENGTH(capture_allowed));
	if (r == 0 && what == SANDBOX_CAPTURE)
		r = allow_ioctls(ctx, capture_ioctls, LENGTH(capture_ioctls));
	if (r == 0 && what == SANDBOX_RESOLVER)
		r = allow_resolver(ctx);
	if (r == 0 && what == SANDBOX_CLIENT)
		r = allow_client(ctx);
	if (r == 0 && what == SANDBOX_PROBE)
		r = allow_probes(ctx);
	if (r == 0 && what == SANDBOX_SERVER)
		r = allow(ctx, server_allowed, LENGTH(server_allowed));
	if (r == 0 && dir >= 0)
		r = allow_with(ctx, SCMP_SYS(unlinkat), 0, (uint64_t)dir);
	return r;
}

static int
restrict_calls(enum sandbox what, int dir)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (ctx == NULL) {
		errno = ENOMEM;
		return -1;
	}
	r = fill(ctx, what, dir);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	errno = -r;
	return r < 0 ? -1 : 0;
}

#ifdef SYS_landlock_create_ruleset

/*
 * Constants of linux/landlock.h, since the header may be older than the kernel.
 * fs_rights[v]: the number of file rights that version v of the ABI knows.
 */
#define LANDLOCK_VERSION	1u
static const unsigned fs_rights[] = { 0, 13, 14, 15, 15, 16 };
#define REMOVE_FILE	(UINT64_C(1) << 5)
#define PATH_BENEATH	1

/* Allow to remove files beneath dir. */
static bool
allow_removal(int rules, int dir)
{
	struct {
		uint64_t rights;
		int32_t fd;
	} __attribute__((packed)) rule = { REMOVE_FILE, dir };

	return syscall(SYS_landlock_add_rule, rules, PATH_BENEATH, &rule,
	    0) == 0;
}

static int
restrict_files(int dir)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_VERSION);
	uint64_t handled;
	long rules;
	bool ok;

	if (version < 1)	/* not built in, or disabled */
		return 0;
	if ((size_t)version >= LENGTH(fs_rights))
		version = LENGTH(fs_rights) - 1;
	handled = (UINT64_C(1) << fs_rights[version]) - 1;
	rules = syscall(SYS_landlock_create_ruleset, &handled,
	    sizeof(handled), 0);
	if (rules < 0)
		return -1;
	ok = (dir < 0 || allow_removal((int)rules, dir)) &&
	    syscall(SYS_landlock_restrict_self, (int)rules, 0) == 0;
	close((int)rules);
	return ok ? 0 : -1;
}

#else

static int
restrict_files(int dir)
{
	(void)dir;
	return 0;
}

#endif

static int
enter(enum sandbox what, int dir)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	if (SANITIZED)
		return 0;
	return restrict_files(dir) < 0 ? -1 : restrict_calls(what, dir);
}

#else	/* not Linux */

static int
enter(enum sandbox what, int dir)
{
	(void)what;
	(void)dir;
	return 0;
}

#endif

int
sandbox_enter(enum sandbox what)
{
	return enter(what, -1);
}

int
sandbox_enter_server(int dir)
{
	return enter(SANDBOX_SERVER, dir);
}
