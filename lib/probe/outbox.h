/*
 * Output that the reader has no room for yet: probing must not wait for a slow
 * reader.  Bytes that the descriptor does not accept at once are kept, at most
 * OUTBOX_MAX.  Beyond that whole lines are dropped and counted, but never headers
 * (lines that begin with '#').
 */
#ifndef PROBE_OUTBOX_H
#define PROBE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOX_MAX	(16 << 20)	/* bytes that are kept */

struct outbox {
	int fd;
	size_t chunk;		/* bytes written at once without blocking */
	char *buf;		/* buf[begin..end) is kept; owned */
	size_t begin, end;
	uint64_t dropped;	/* lines */
	uint64_t until;		/* monotonic ns, for outbox_finish() */
};

/* An outbox for fd, which is not made non-blocking, since other programs may
 * share it.  Returns 0, or -1 with errno. */
int outbox_open(struct outbox *o, int fd);
void outbox_close(struct outbox *o);

/* For rec_writer.write: append whole lines buf[0..n), and write what can be
 * written.  Returns 0, or -1 with errno. */
int outbox_put(void *outbox, int fd, const void *buf, size_t n);

/* Write what can be written now.  Returns 0, or -1 with errno. */
int outbox_drain(struct outbox *o);

/* The same as outbox_put(), for the end: wait until all is written, at most
 * until o->until.  Returns 0, or -1 with errno: ETIMEDOUT after that. */
int outbox_finish(void *outbox, int fd, const void *buf, size_t n);

static inline bool
outbox_is_empty(const struct outbox *o)
{
	return o->begin == o->end;
}

#endif
