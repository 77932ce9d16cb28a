#include "probe/outbox.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/clock.h"

/*
 * A pipe that poll(2) reports as writable has room for PIPE_BUF bytes.  A
 * terminal or a socket may have less and then blocks, but not for long.
 */
#define CHUNK_FILE	(1 << 20)
#define FOR_HEADERS	65536	/* bytes that only headers may fill */
#define LOOK_MS		50	/* between looks at the clock at the end */

int
outbox_open(struct outbox *o, int fd)
{
	struct stat st;

	*o = (struct outbox){ .fd = fd, .buf = malloc(OUTBOX_MAX) };
	o->chunk = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? CHUNK_FILE :
	    PIPE_BUF;
	return o->buf != NULL ? 0 : -1;
}

void
outbox_close(struct outbox *o)
{
	free(o->buf);
	o->buf = NULL;
}

/* May some bytes be written without blocking, now or within ms milliseconds?
 * Errors are left to write(2). */
static bool
is_ready(const struct outbox *o, int ms)
{
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };

	return poll(&p, 1, ms) > 0;
}

int
outbox_drain(struct outbox *o)
{
	while (!outbox_is_empty(o) && is_ready(o, 0)) {
		size_t n = o->end - o->begin;
		ssize_t r = write(o->fd, o->buf + o->begin,
		    n < o->chunk ? n : o->chunk);

		if (r < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (r < 0)
			break;
		o->begin += (size_t)r;
	}
	if (outbox_is_empty(o))
		o->begin = o->end = 0;
	return 0;
}

/* Make room for n bytes at the end, if there is any. */
static bool
make_room(struct outbox *o, size_t n)
{
	if (n > OUTBOX_MAX - (o->end - o->begin))
		return false;
	if (n > OUTBOX_MAX - o->end) {
		memmove(o->buf, o->buf + o->begin, o->end - o->begin);
		o->end -= o->begin;
		o->begin = 0;
	}
	return true;
}

/* Append lines if reserve bytes stay free after them. */
static bool
keep(struct outbox *o, const char *p, size_t n, size_t reserve)
{
	if (!make_room(o, n + reserve))
		return false;
	memcpy(o->buf + o->end, p, n);
	o->end += n;
	return true;
}

int
outbox_put(void *outbox, int fd, const void *buf, size_t n)
{
	struct outbox *o = outbox;
	const char *p = buf, *end = p + n, *next;

	(void)fd;
	if (outbox_drain(o) < 0)
		return -1;
	if (!keep(o, p, n, FOR_HEADERS))
		for (; p < end; p = next) {
			const char *nl = memchr(p, '\n', (size_t)(end - p));

			next = nl != NULL ? nl + 1 : end;
			if (!keep(o, p, (size_t)(next - p),
			    *p == '#' ? 0 : FOR_HEADERS))
				o->dropped++;
		}
	return outbox_drain(o);
}

int
outbox_finish(void *outbox, int fd, const void *buf, size_t n)
{
	struct outbox *o = outbox;
	int r = outbox_put(o, fd, buf, n);

	while (r == 0 && !outbox_is_empty(o)) {
		if (clock_ns(CLOCK_MONOTONIC) >= o->until) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (is_ready(o, LOOK_MS))
			r = outbox_drain(o);
	}
	return r;
}
