#include "rotate/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys/io.h"
#include "wire/units.h"

#define BUFFER		(1 << 20)
#define SAME_NAME_MAX	10000	/* files that begin in the same second */

/* What precedes the bytes in the pipe. */
struct frame {
	uint64_t cut;		/* a new file begins, at this time; 0: none */
	uint64_t len;
};

/* The file that is being written. */
struct part {
	int fd;			/* -1: none */
	char name[PATH_MAX];	/* without ".part" */
	off_t size;
	uint64_t lost;		/* bytes that could not be written */
};

static const struct keeper_rules *rules;
static struct part part = { .fd = -1 };
static pid_t worker;		/* compresses, runs the command; 0: none */
static bool failed;

static void
report(const char *name, const char *what)
{
	char text[PATH_MAX + 200];

	snprintf(text, sizeof text, "%s: %s", name, what);
	rules->report(text);
	failed = true;
}

/* Report an error of the system, once for each file. */
static void
lose(size_t n)
{
	char what[200];

	if (part.lost == 0) {
		snprintf(what, sizeof what, "%s: records are lost until it can "
		    "be written", strerror(errno));
		report(part.name, what);
	}
	part.lost += n;
}

/* Is there a file of this name, whole, compressed or not, or in part? */
static bool
is_used(const char *name)
{
	const char *endings[] = { "", ".part", rules->extension };
	char path[PATH_MAX + 16];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s%s", name,
		    endings[i] != NULL ? endings[i] : "");
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* Name the file that begins at a time: nothing that is there is overwritten. */
static void
name_part(uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	struct tm tm;
	size_t n = strftime(part.name, sizeof part.name - 16, rules->name,
	    gmtime_r(&seconds, &tm));

	for (int i = 1; is_used(part.name) && i < SAME_NAME_MAX; i++)
		snprintf(part.name + n, sizeof part.name - n, ".%d", i);
}

static void
open_part(void)
{
	char path[PATH_MAX + 8];

	snprintf(path, sizeof path, "%s.part", part.name);
	part.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

/* Write whole lines, or none of them: a disk may be full. */
static void
write_part(const char *buf, size_t n)
{
	if (part.fd < 0)
		open_part();
	if (part.fd < 0) {
		lose(n);
		return;
	}
	if (io_write_all(part.fd, buf, n) == 0) {
		part.size += (off_t)n;
		return;
	}
	lose(n);
	if (ftruncate(part.fd, part.size) < 0 ||
	    lseek(part.fd, part.size, SEEK_SET) < 0)
		report(part.name, strerror(errno));
}

static int
run(const char *program, const char *file)
{
	char command[PATH_MAX + 16];
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		/* Words of the program; the file is an argument of its own. */
		snprintf(command, sizeof command, "%s \"$1\"", program);
		execl("/bin/sh", "sh", "-c", command, "sh", file, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* Wait for the worker.  It is one: a slow command slows the stream. */
static void
join_worker(void)
{
	int status = 0;

	if (worker > 0 && waitpid(worker, &status, 0) == worker && status != 0)
		failed = true;
	worker = 0;
}

/* The names that the rules can give, as a pattern of glob(7). */
static void
make_pattern(char *out, size_t n)
{
	size_t len = 0;

	for (const char *p = rules->name; *p != '\0' && len + 4 < n; p++) {
		if (*p == '%' && p[1] != '\0') {
			p++;
			out[len++] = '*';
		} else {
			if (strchr("*?[\\", *p) != NULL)
				out[len++] = '\\';
			out[len++] = *p;
		}
	}
	snprintf(out + len, n - len, "*");
}

struct kept {
	const char *name;
	struct timespec time;
	uint64_t size;
};

static int
newest_first(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->time.tv_sec != y->time.tv_sec)
		return x->time.tv_sec < y->time.tv_sec ? 1 : -1;
	if (x->time.tv_nsec != y->time.tv_nsec)
		return x->time.tv_nsec < y->time.tv_nsec ? 1 : -1;
	return strcmp(y->name, x->name);
}

static bool
is_part(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".part") == 0;
}

/* Remove the oldest files beyond those to keep. */
static void
prune(const glob_t *found, struct kept *list)
{
	uint64_t bytes = 0;
	size_t n = 0;
	struct stat st;

	for (size_t i = 0; i < found->gl_pathc; i++)
		if (!is_part(found->gl_pathv[i]) &&
		    lstat(found->gl_pathv[i], &st) == 0 &&
		    S_ISREG(st.st_mode))
			list[n++] = (struct kept){ found->gl_pathv[i],
			    st.st_mtim, (uint64_t)st.st_size };
	qsort(list, n, sizeof *list, newest_first);
	for (size_t i = 0; i < n; i++) {
		bytes += list[i].size;
		if (((rules->files != 0 && i >= rules->files) ||
		    (rules->bytes != 0 && bytes > rules->bytes && i > 0)) &&
		    unlink(list[i].name) < 0 && errno != ENOENT)
			report(list[i].name, strerror(errno));
	}
}

static void
prune_files(void)
{
	char pattern[PATH_MAX];
	struct kept *list;
	glob_t found;

	if (rules->files == 0 && rules->bytes == 0)
		return;
	make_pattern(pattern, sizeof pattern);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	if ((list = calloc(found.gl_pathc + 1, sizeof *list)) != NULL)
		prune(&found, list);
	free(list);
	globfree(&found);
}

/* In a process of its own: compress a whole file and run the command. */
static void
work(const char *name)
{
	char path[PATH_MAX + 16];
	bool compressed = rules->compressor != NULL &&
	    run(rules->compressor, name) == 0;

	if (rules->compressor != NULL && !compressed)
		report(name, "not compressed");
	snprintf(path, sizeof path, "%s%s", name,
	    compressed ? rules->extension : "");
	if (rules->command != NULL && run(rules->command, path) < 0)
		report(path, "the command of -z failed");
	prune_files();
	_exit(failed);
}

static void
finish(const char *name)
{
	join_worker();
	if (rules->compressor == NULL && rules->command == NULL) {
		prune_files();
		return;
	}
	if ((worker = fork()) == 0)
		work(name);
	if (worker < 0)
		report(name, strerror(errno));
}

/* The file is whole: give it its name. */
static void
end_part(void)
{
	char path[PATH_MAX + 8], what[100];

	if (part.lost > 0) {
		snprintf(what, sizeof what, "%" PRIu64 " bytes of records lost",
		    part.lost);
		report(part.name, what);
	}
	if (part.fd >= 0) {
		snprintf(path, sizeof path, "%s.part", part.name);
		if (close(part.fd) < 0 || rename(path, part.name) < 0)
			report(part.name, strerror(errno));
		else
			finish(part.name);
	}
	part = (struct part){ .fd = -1 };
}

/* Read n bytes.  False at the end of the pipe. */
static bool
read_all(int fd, void *buf, size_t n)
{
	char *to = buf;

	while (n > 0) {
		ssize_t got = read(fd, to, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		n -= (size_t)got;
	}
	return true;
}

/* Handle a frame.  False at the end. */
static bool
next_frame(int fd, char **buf, size_t *cap)
{
	struct frame f;
	char *more;

	if (!read_all(fd, &f, sizeof f))
		return false;
	if (f.cut != 0) {
		end_part();
		name_part(f.cut);
	}
	if (f.len > *cap) {
		if ((more = realloc(*buf, f.len)) == NULL)
			abort();	/* no memory for what the other holds */
		*buf = more;
		*cap = f.len;
	}
	if (!read_all(fd, *buf, f.len))
		return false;
	if (f.len > 0)
		write_part(*buf, f.len);
	return true;
}

/* Signals are the other process's concern, and so are its input and output: what
 * a command prints goes with the messages. */
static void
detach(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
}

/* The process: until the pipe ends. */
static void
keep(int fd)
{
	size_t cap = BUFFER;
	char *buf = malloc(cap);

	detach();
	while (buf != NULL && next_frame(fd, &buf, &cap))
		;
	end_part();
	join_worker();
	_exit(failed || buf == NULL);
}

int
keeper_start(struct keeper *k, const struct keeper_rules *r)
{
	int ends[2];

	rules = r;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	io_widen_pipe(ends[1]);
	k->pid = fork();
	if (k->pid == 0) {
		close(ends[1]);
		keep(ends[0]);
	}
	close(ends[0]);
	k->fd = ends[1];
	return k->pid < 0 ? -1 : 0;
}

static int
send_frame(struct keeper *k, uint64_t cut, const void *buf, size_t n)
{
	struct frame f = { cut, n };

	if (io_write_all(k->fd, &f, sizeof f) < 0)
		return -1;
	return io_write_all(k->fd, buf, n);
}

int
keeper_write(struct keeper *k, const void *buf, size_t n)
{
	return n == 0 ? 0 : send_frame(k, 0, buf, n);
}

int
keeper_cut(struct keeper *k, uint64_t ns)
{
	return send_frame(k, ns, "", 0);
}

int
keeper_end(struct keeper *k)
{
	int status;

	close(k->fd);
	return waitpid(k->pid, &status, 0) == k->pid && status == 0 ? 0 : -1;
}
