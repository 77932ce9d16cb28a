/*
 * runpipe - programs joined by pipes, as one job.
 *
 * It makes the pipes, starts the programs, its stages, and stays their parent.
 * The first stage that still runs is the source: it is asked to stop, and what
 * it has written the others read to its end.
 *
 *	signal			source		the other stages
 *	INT, TERM		that signal	begin with them ignored
 *	HUP			that signal	begin with it ignored
 *	QUIT			TERM		begin with it ignored
 *	USR1, USR2, WINCH	that signal	that signal; ignored by a stage
 *						that has no handler
 *	a second INT, TERM, QUIT: KILL to all
 *
 * With -s a stage reads the names of signals as lines, and USR1, USR2 and WINCH
 * are not sent to any.
 *
 * All are in the process group of runpipe, so the terminal's job control has
 * them as one.  A Ctrl-C there reaches the source by itself, and is not sent
 * to it once more.
 *
 * Stages that the source leads to, each by its output, wait at a gate before
 * exec until the source has written something or ended without failure: a source
 * that fails at once has its own message, and the others none.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "job/line.h"
#include "stage/option.h"
#include "sys/clock.h"
#include "sys/parent.h"
#include "sys/privilege.h"
#include "wire/units.h"

/* timeout(1) and others send a signal to a process and to its group: what comes
 * within this time is the same request. */
#define SAME_NS		(NS_PER_S / 4)
/* Our own descriptors are above those that redirections name. */
#define FDS_FROM	(JOB_FD_MAX + 1)
#define NOT_FOUND	127	/* as the shells have it */

static const struct opt opts[] = {
	OPT_COLUMNS,
	OPT_HELP,
	{ 's', "signals", "stage", "write the names of signals to the input of "
	    "stage" },
	{ 'u', "user", "user", "run all programs but the first as user" },
	OPT_VERSION,
	{ 0 }
};

static const struct command command = {
	.prog = "runpipe", .operands = "program [argument ...] "
	    "['|' program [argument ...]] ...",
	.opts = opts, .verbatim = true,
};

static const char *user;
static size_t listener;			/* -s, counted from 0; 0: none */
static int listener_fd = -1;		/* its input */
static struct job_line line;
static struct run {
	pid_t pid;			/* 0: not running */
	int program;			/* the file of its program, */
	char *path;			/* and its name */
	int in[2];			/* the pipe to its standard input */
} runs[JOB_STAGES_MAX];
static size_t running;
static int gate[2] = { -1, -1 };	/* a byte for each stage that may go */
static bool gate_left;

static int wake[2];			/* from the handler to the loop */
static uint64_t stopped_ns;		/* when it was first asked to stop */
static bool killing;			/* by a second request */
static sigset_t sent;			/* to the source, to stop it */
static int status;			/* of the first stage that failed */

/* A signal, as the handler passes it on. */
struct event {
	int sig;
	bool from_terminal;
};

static const int handled[] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD,
#ifdef SIGINFO
	SIGINFO,
#endif
};
static bool hup_ignored;		/* when runpipe started */

/* What only the source is to notice, and what every program may handle. */
static const int stops[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static const int notices[] = {
	SIGUSR1, SIGUSR2, SIGWINCH,
#ifdef SIGINFO
	SIGINFO,
#endif
};

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

/* Pipes. */

static int
raised(int fd)
{
	int above = fcntl(fd, F_DUPFD_CLOEXEC, FDS_FROM);

	if (above < 0)
		err(1, "descriptor");
	close(fd);
	return above;
}

static void
make_pipe(int ends[2])
{
	if (pipe(ends) < 0)
		err(1, "pipe");
	ends[0] = raised(ends[0]);
	ends[1] = raised(ends[1]);
}

/* Close a descriptor once; -1 is no descriptor. */
static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
make_pipes(void)
{
	make_pipe(wake);
	fcntl(wake[0], F_SETFL, O_NONBLOCK);
	fcntl(wake[1], F_SETFL, O_NONBLOCK);
	make_pipe(gate);
	runs[0].in[0] = runs[0].in[1] = -1;
	for (size_t i = 1; i < line.n; i++)
		make_pipe(runs[i].in);
}

/* The lines of -s share a pipe with those of a stage: writes that short are
 * atomic. */
static void
keep_listener(void)
{
	if (listener == 0)
		return;
	listener_fd = runs[listener].in[1];
	runs[listener].in[1] = -1;
	fcntl(listener_fd, F_SETFL, O_NONBLOCK);
}

/* What only stages use.  The source's output is watched until the gate opens:
 * its reading end stays. */
static void
close_pipes(void)
{
	shut(&gate[0]);
	for (size_t i = 1; i < line.n; i++) {
		shut(&runs[i].in[1]);
		if (i > 1 || !line.stages[0].piped)
			shut(&runs[i].in[0]);
	}
}

/* A stage: in the child, until it executes its program. */

static _Noreturn void
failed(const char *what, const char *why)
{
	warnx("%s: %s", what, why);
	_exit(1);
}

static void
set_all(const int *signals, size_t n, void (*handler)(int))
{
	for (size_t i = 0; i < n; i++)
		signal(signals[i], handler);
}

/* HUP stays ignored if it is, by nohup(1), unless the source reloads at it; not
 * so SIGPIPE, by systemd. */
static void
set_signals(size_t i)
{
	set_all(notices, LENGTH(notices), SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (i > 0) {
		set_all(stops, LENGTH(stops), SIG_IGN);
		return;
	}
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, hup_ignored ? SIG_IGN : SIG_DFL);
	signal(SIGQUIT, SIG_IGN);	/* comes as TERM */
}

static void
set_fd(int fd, int to)
{
	if (dup2(fd, to) < 0)
		failed("dup2", strerror(errno));
}

static void
set_fds(size_t i)
{
	const struct job_stage *stage = &line.stages[i];

	if (i > 0)
		set_fd(runs[i].in[0], STDIN_FILENO);
	if (stage->piped)
		set_fd(runs[i + 1].in[1], STDOUT_FILENO);
	for (size_t j = 0; j < stage->nredirects; j++) {
		const struct job_redirect *r = &stage->redirects[j];

		set_fd(r->to_stage > 0 ? runs[r->to_stage - 1].in[1] :
		    (int)r->copy_of, r->fd);
	}
}

/* Without -u, root stays root; others keep no capability either. */
static void
drop_rights(const char *prog)
{
	char why[160];

	if ((user != NULL || geteuid() != 0) &&
	    privilege_drop(user, NULL, why, sizeof why) < 0)
		failed(prog, why);
#ifdef __linux__
	if (user != NULL && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		failed(prog, strerror(errno));
#endif
}

static bool
is_gated(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!line.stages[k].piped)
			return false;
	return true;
}

static void
wait_at_gate(size_t i)
{
	char byte;

	if (is_gated(i) && read(gate[0], &byte, 1) != 1)
		_exit(0);
}

static _Noreturn void
become(size_t i)
{
	char **argv = line.stages[i].argv;

	set_signals(i);
	set_fds(i);
	parent_follow();
	if (i > 0) {
		drop_rights(argv[0]);
		shut(&gate[1]);
		wait_at_gate(i);
	}
	execvp(runs[i].path, argv);	/* a path: not searched for again */
#ifdef __linux__
	/* It may be in a folder that the user cannot enter. */
	if (errno == EACCES)
		fexecve(runs[i].program, argv, environ);
#endif
	warn("%s", argv[0]);
	_exit(NOT_FOUND);
}

/* Starting. */

static void
export_pid(void)
{
	char text[32];

	snprintf(text, sizeof text, "%d", (int)getpid());
	if (setenv(PARENT_ENV, text, 1) < 0)
		err(1, NULL);
}

/* Is it executable?  It is opened, too, while this process may still do so. */
static bool
open_program(struct run *r, const char *path)
{
	int fd = access(path, X_OK) < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	r->program = raised(fd);
	if ((r->path = strdup(path)) == NULL)
		err(1, NULL);
	return true;
}

static bool
open_in(struct run *r, const char *dir, size_t n, const char *name)
{
	char path[4096];

	return snprintf(path, sizeof path, "%.*s/%s", (int)n, n > 0 ? dir : ".",
	    name) < (int)sizeof path && open_program(r, path);
}

static bool
find_program(struct run *r, const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/') != NULL)
		return open_program(r, name);
	while (path != NULL) {
		size_t n = strcspn(path, ":");

		if (open_in(r, path, n, name))
			return true;
		path = path[n] == ':' ? path + n + 1 : NULL;
	}
	return false;
}

static void
find_programs(void)
{
	for (size_t i = 0; i < line.n; i++)
		if (!find_program(&runs[i], line.stages[i].argv[0]))
			errx(NOT_FOUND, "%s: not found in PATH, or not "
			    "executable", line.stages[i].argv[0]);
}

static void
start(size_t i)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if ((runs[i].pid = fork()) < 0)
		err(1, "fork");
	if (runs[i].pid == 0) {
		set_signals(i);
		sigprocmask(SIG_SETMASK, &before, NULL);
		become(i);
	}
	running++;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void
on_signal(int sig, siginfo_t *info, void *context)
{
	struct event e = { .sig = sig };
	int keep = errno;
	ssize_t done;

	(void)context;
#ifdef SI_KERNEL
	e.from_terminal = info->si_code == SI_KERNEL;
#else
	e.from_terminal = info->si_pid == 0;
#endif
	done = write(wake[1], &e, sizeof e);
	(void)done;
	errno = keep;
}

/* Also signals that are ignored, as a shell has it in the background. */
static void
catch_signals(void)
{
	struct sigaction act = { .sa_flags = SA_RESTART | SA_SIGINFO }, old;

	signal(SIGPIPE, SIG_IGN);
	act.sa_sigaction = on_signal;
	sigemptyset(&sent);
	sigfillset(&act.sa_mask);
	for (size_t i = 0; i < LENGTH(handled); i++) {
		sigaction(handled[i], &act, &old);
		hup_ignored |= handled[i] == SIGHUP &&
		    old.sa_handler == SIG_IGN;
	}
}

/* While it runs. */

static const char *
signal_name(int sig)
{
	switch (sig) {
	case SIGINT:	return "INT\n";
	case SIGTERM:	return "TERM\n";
	case SIGHUP:	return "HUP\n";
	case SIGQUIT:	return "QUIT\n";
	case SIGUSR1:	return "USR1\n";
	case SIGUSR2:	return "USR2\n";
	case SIGWINCH:	return "WINCH\n";
	default:	return "INFO\n";
	}
}

/* A reader that is behind misses it, and one that has ended needs none. */
static void
tell_listener(int sig)
{
	const char *name = signal_name(sig);
	ssize_t done = write(listener_fd, name, strlen(name));

	(void)done;
}

/* Its input ends when all stages before it have ended. */
static void
release_listener(void)
{
	for (size_t i = 0; i < listener; i++)
		if (runs[i].pid > 0)
			return;
	shut(&listener_fd);
}

/* The stages go on to their programs, or end. */
static void
leave_gate(bool go)
{
	char bytes[JOB_STAGES_MAX] = { 0 };
	ssize_t done = go ? write(gate[1], bytes, line.n - 1) : 0;

	(void)done;
	gate_left = true;
	shut(&gate[1]);
	if (line.n > 1)
		shut(&runs[1].in[0]);
}

static bool
has_output(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLIN) != 0;
}

/* The first stage that still runs; there is one. */
static size_t
source(void)
{
	size_t i = 0;

	while (runs[i].pid == 0)
		i++;
	return i;
}

static void
send_source(int sig)
{
	sigaddset(&sent, sig);
	kill(runs[source()].pid, sig);
}

static void
send_all(int sig)
{
	for (size_t i = 0; i < line.n; i++)
		if (runs[i].pid > 0)
			kill(runs[i].pid, sig);
}

/* Nothing is left to read for a stage that has ended. */
static void
stop_before(size_t i)
{
	if (running > 0 && source() < i && !sigismember(&sent, SIGTERM))
		send_source(SIGTERM);
}

static void
fail(int code)
{
	if (status == 0)
		status = code;
}

/* Its reader ended, or it was asked to: no failure. */
static bool
is_expected(int sig)
{
	return killing || sig == SIGPIPE ||
	    (sig > 0 && sig < NSIG && sigismember(&sent, sig) == 1);
}

/* From 128 on it is a shell that reports a signal. */
static void
judge_exit(int code)
{
	if (code > 0 && !(code > 128 && is_expected(code - 128)))
		fail(code < 128 ? code : 1);
}

static void
judge_signal(const char *prog, int sig)
{
	if (is_expected(sig))
		return;
	warnx("%s: killed by signal %d (%s)", prog, sig, strsignal(sig));
	fail(1);
}

static void
ended(size_t i, int how)
{
	runs[i].pid = 0;
	running--;
	if (WIFEXITED(how))
		judge_exit(WEXITSTATUS(how));
	else
		judge_signal(line.stages[i].argv[0], WTERMSIG(how));
	if (i == 0 && !gate_left)
		leave_gate((WIFEXITED(how) && status == 0) ||
		    has_output(runs[1].in[0]));
	stop_before(i);
	release_listener();
}

/* As process 1 it is the parent of others, too. */
static void
reap(void)
{
	pid_t pid;
	int how;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		for (size_t i = 0; i < line.n; i++)
			if (runs[i].pid == pid)
				ended(i, how);
}

static void
stop(const struct event *e)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (stopped_ns == 0)
		stopped_ns = now;
	if (now - stopped_ns >= SAME_NS) {
		killing = true;
		fail(1);
		send_all(SIGKILL);
	} else if (e->sig == SIGINT && e->from_terminal) {
		sigaddset(&sent, SIGINT);
	} else {
		send_source(e->sig == SIGQUIT ? SIGTERM : e->sig);
	}
}

static void
handle(const struct event *e)
{
	if (listener_fd >= 0 && e->sig != SIGCHLD)
		tell_listener(e->sig);
	switch (e->sig) {
	case SIGCHLD:
		reap();
		break;
	case SIGINT:
	case SIGTERM:
	case SIGQUIT:
		stop(e);
		break;
	case SIGHUP:
		send_source(SIGHUP);
		break;
	default:
		if (listener == 0)
			send_all(e->sig);
	}
}

static void
handle_signals(void)
{
	struct event e;

	while (running > 0 && read(wake[0], &e, sizeof e) == sizeof e)
		handle(&e);
}

static void
run(void)
{
	while (running > 0) {
		struct pollfd fds[] = {
			{ .fd = wake[0], .events = POLLIN },
			{ .fd = gate_left ? -1 : runs[1].in[0],
			    .events = POLLIN },
		};

		if (poll(fds, LENGTH(fds), -1) < 0 && errno != EINTR)
			err(1, "poll");
		if (fds[1].revents & POLLIN)
			leave_gate(true);
		handle_signals();
	}
}

static void
options(int argc, char **argv)
{
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		if (c == 'u')
			user = optarg;
		else if (c == 's')
			listener = opt_number(c, optarg, 2, JOB_STAGES_MAX) - 1;
	if (user != NULL && getpwnam(user) == NULL)
		opt_wrong("-u: no such user: %s", user);
}

int
main(int argc, char **argv)
{
	char why[160];

	options(argc, argv);
	if (job_line_parse(&line, argv + optind, why, sizeof why) < 0)
		opt_wrong("%s", why);
	if (listener >= line.n)
		opt_wrong("-s: there are %zu stages", line.n);
	find_programs();
	export_pid();
	make_pipes();
	catch_signals();
	for (size_t i = 0; i < line.n; i++)
		start(i);
	keep_listener();
	close_pipes();
	if (!line.stages[0].piped)
		leave_gate(true);
	run();
	return status;
}
