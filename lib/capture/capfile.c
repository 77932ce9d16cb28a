#include "capture/capfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "sys/io.h"
#include "sys/privilege.h"

/* Fits into the second-level cache of a processor. */
#define BUFFER_START	(256 * 1024)
/* The first read fits into any pipe: see give_back(). */
#define FIRST_READ	4096
#define MAGIC_LEN	6

static int
failed(struct capfile *cf, const char *reason)
{
	snprintf(cf->error, sizeof(cf->error), "%.200s: %s", cf->name, reason);
	return -1;
}

static int
failed_here(struct capfile *cf, const char *reason)
{
	snprintf(cf->error, sizeof(cf->error), "%.200s: byte %" PRIu64 ": %s",
	    cf->name, cf->offset, reason);
	return -1;
}

/* Programs that decompress. */

static int
pipe_cloexec(int ends[2])
{
	if (pipe(ends) < 0)
		return -1;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

/* In the child, which SIGPIPE or the end of its parent ends, not Ctrl-C. */
static void
become(const char *const argv[], int in, int out, int report)
{
	char why[160];
	int reason = EPERM;

	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    privilege_drop(NULL, NULL, why, sizeof(why)) == 0) {
		signal(SIGINT, SIG_IGN);
#ifdef __linux__
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		reason = errno;
	}
	io_write_all(report, &reason, sizeof(reason));
	_exit(127);
}

/* Start a program: its pid, or -1 with errno, even if only exec failed. */
static pid_t
run(const char *const argv[], int in, int out)
{
	int report[2], reason = 0;
	pid_t pid;

	if (pipe_cloexec(report) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become(argv, in, out, report[1]);
	close(report[1]);
	if (pid > 0 && read(report[0], &reason, sizeof(reason)) > 0) {
		waitpid(pid, NULL, 0);
		pid = -1;
	} else {
		reason = errno;
	}
	close(report[0]);
	errno = reason;
	return pid;
}

/*
 * Undo reading from a pipe: write what was read, and then, by cat, all that
 * follows to another pipe, whose reading end becomes cf->fd.
 */
static int
give_back(struct capfile *cf)
{
	static const char *const cat[] = { "cat", NULL };
	int ends[2];
	bool ok;

	if (pipe_cloexec(ends) < 0)
		return -1;
	ok = io_write_all(ends[1], cf->buf, cf->end) == 0 &&
	    run(cat, cf->fd, ends[1]) > 0;
	close(ends[1]);
	if (cf->fd != STDIN_FILENO)
		close(cf->fd);
	cf->fd = ends[0];
	return ok ? 0 : -1;
}

/* Make cf->fd the output of the program, which reads the file. */
static int
decompress(struct capfile *cf, const char *program)
{
	const char *const argv[] = { program, "-dc", NULL };
	char why[110];
	int ends[2];

	if (lseek(cf->fd, -(off_t)cf->end, SEEK_CUR) < 0 && give_back(cf) < 0)
		return failed(cf, strerror(errno));
	if (pipe_cloexec(ends) < 0)
		return failed(cf, strerror(errno));
	io_widen_pipe(ends[0]);
	cf->child = run(argv, cf->fd, ends[1]);
	close(ends[1]);
	if (cf->fd != STDIN_FILENO)
		close(cf->fd);
	cf->fd = ends[0];
	cf->end = 0;
	if (cf->child > 0)
		return 0;
	snprintf(why, sizeof(why), "cannot run %s to read it: %s", program,
	    strerror(errno));
	return failed(cf, why);
}

/* By the first bytes of a file, the program that decompresses it. */
static const struct format {
	char magic[MAGIC_LEN + 1];
	size_t len;
	const char *name;
	const char *cat;	/* a hint for a format that is not supported */
} formats[] = {
	{ "\x1f\x8b", 2, "gzip", NULL },
	{ "\x28\xb5\x2f\xfd", 4, "zstd", NULL },
	{ "\xfd" "7zXZ\0", 6, "xz", NULL },
	{ "BZh", 3, "bzip2", NULL },
	{ "\x04\x22\x4d\x18", 4, "lz4", NULL },
	{ "LZIP", 4, "lzip", "lzip -dc" },
	{ "\x1f\x9d", 2, "compress", "zcat" },
	{ "PK\3\4", 4, "zip", "unzip -p" },
};

static const struct format *
format_of(const uint8_t *buf, size_t n)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (n >= formats[i].len &&
		    memcmp(buf, formats[i].magic, formats[i].len) == 0)
			return &formats[i];
	return NULL;
}

static int
unsupported(struct capfile *cf, const struct format *f)
{
	bool is_file = cf->fd != STDIN_FILENO;

	snprintf(cf->error, sizeof(cf->error), "%.100s: compressed with %s, "
	    "which is not supported: pipe '%s%s%.100s' into standard input",
	    cf->name, f->name, f->cat, is_file ? " " : "",
	    is_file ? cf->name : "");
	return -1;
}

static int
decompress_if_needed(struct capfile *cf)
{
	const struct format *f = format_of(cf->buf, cf->end);

	if (f == NULL)
		return 0;
	if (f->cat == NULL)
		return decompress(cf, f->name);
	return unsupported(cf, f);
}

ssize_t
capfile_peek(struct capfile *cf, size_t len)
{
	while (cf->end < len && !cf->eof) {
		ssize_t n = read(cf->fd, cf->buf + cf->end,
		    FIRST_READ - cf->end);

		if (n < 0 && errno != EINTR)
			return failed(cf, strerror(errno));
		cf->eof = n == 0;
		cf->end += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)cf->end;
}

ssize_t
capfile_read(struct capfile *cf, void *buf, size_t n)
{
	size_t left = cf->end - cf->start;

	if (left == 0)
		return cf->eof ? 0 : read(cf->fd, buf, n);
	if (n > left)
		n = left;
	memcpy(buf, cf->buf + cf->start, n);
	cf->start += n;
	return (ssize_t)n;
}

static void
release(struct capfile *cf)
{
	if (cf->fd > STDIN_FILENO)
		close(cf->fd);
	free(cf->buf);
	savefile_free(&cf->sf);
	cf->fd = -1;
	cf->buf = NULL;
}

int
capfile_open(struct capfile *cf, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;

	*cf = (struct capfile){ .name = is_stdin ? "stdin" : path,
	    .cap = BUFFER_START };
	savefile_init(&cf->sf);
	cf->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (cf->fd < 0)
		return failed(cf, strerror(errno));
	io_widen_pipe(cf->fd);
#ifdef POSIX_FADV_SEQUENTIAL
	posix_fadvise(cf->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
	cf->buf = malloc(cf->cap);
	if (cf->buf == NULL)
		failed(cf, strerror(errno));
	if (cf->buf != NULL && capfile_peek(cf, MAGIC_LEN) >= 0 &&
	    decompress_if_needed(cf) == 0)
		return 0;
	release(cf);
	return -1;
}

int
capfile_next(struct capfile *cf, struct packet *pkt)
{
	for (;;) {
		size_t used;
		enum savefile_step step = savefile_next(&cf->sf,
		    cf->buf + cf->start, cf->end - cf->start, &used, pkt);

		if (step == SAVEFILE_DAMAGED)
			return failed_here(cf, cf->sf.error);
		if (step == SAVEFILE_MORE) {
			cf->need = used;
			return 0;
		}
		cf->start += used;
		cf->offset += used;
		if (step == SAVEFILE_PACKET)
			return 1;
	}
}

/* Move what is left to the front of a buffer with room for the next block. */
static int
make_room(struct capfile *cf)
{
	memmove(cf->buf, cf->buf + cf->start, cf->end - cf->start);
	cf->end -= cf->start;
	cf->start = 0;
	if (cf->need > cf->cap) {
		uint8_t *grown = realloc(cf->buf, SAVEFILE_BLOCK_MAX);

		if (grown == NULL)
			return failed(cf, strerror(errno));
		cf->buf = grown;
		cf->cap = SAVEFILE_BLOCK_MAX;
	}
	return 0;
}

static int
at_end(struct capfile *cf)
{
	if (cf->sf.format == SAVEFILE_START)
		return failed(cf, cf->end == 0 ? "empty" :
		    "cut short within its header");
	if (cf->start < cf->end || cf->sf.skip > 0)
		return failed_here(cf, "cut short");
	return 0;
}

void
capfile_follow(struct capfile *cf)
{
	cf->follow = cf->child == 0 && io_is_file(cf->fd);
	if (cf->follow)
		cf->eof = false;
}

/* The end, for now, of a file that is followed. */
static int
wait_for_more(struct capfile *cf)
{
	struct stat st;

	if (fstat(cf->fd, &st) < 0)
		return failed_here(cf, strerror(errno));
	if (st.st_size < lseek(cf->fd, 0, SEEK_CUR))
		return failed_here(cf, "truncated while it was followed");
	if (st.st_nlink == 0)
		return failed_here(cf, "removed while it was followed");
	cf->waits = true;
	return 1;
}

int
capfile_fill(struct capfile *cf)
{
	ssize_t n;

	if (make_room(cf) < 0)
		return -1;
	n = cf->eof ? 0 : read(cf->fd, cf->buf + cf->end, cf->cap - cf->end);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 :
		    failed_here(cf, strerror(errno));
	if (n == 0 && cf->follow)
		return wait_for_more(cf);
	cf->waits = false;
	cf->eof = n == 0;
	cf->end += (size_t)n;
	return n > 0 ? (int)n : at_end(cf);
}

int
capfile_rewind(struct capfile *cf)
{
	if (cf->offset > cf->start) {
		uint64_t left = cf->offset - cf->start;

		if (lseek(cf->fd, -(off_t)(left + cf->end), SEEK_CUR) < 0)
			return -1;
		cf->end = 0;
		cf->eof = false;
	}
	cf->start = 0;
	cf->offset = 0;
	savefile_free(&cf->sf);
	return 0;
}

int
capfile_pass(struct capfile *cf, uint64_t from, int out)
{
	size_t n = (size_t)(cf->offset - from);
	const uint8_t *p = cf->buf + cf->start - n;
#ifdef SPLICE_F_MOVE
	/* The file offset is that of the end of the buffer. */
	off_t at = lseek(cf->fd, 0, SEEK_CUR) - (off_t)(cf->end - cf->start) -
	    (off_t)n;

	while (at >= 0 && n > 0) {
		ssize_t moved = splice(cf->fd, &at, out, NULL, n, 0);

		if (moved <= 0)
			break;
		p += moved;
		n -= (size_t)moved;
	}
#endif
	return io_write_all(out, p, n);
}

int
capfile_close(struct capfile *cf)
{
	bool check = cf->child > 0 && cf->eof;
	int status = 0;

	release(cf);
	while (check && waitpid(cf->child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return failed(cf, "decompressor failed");
}
