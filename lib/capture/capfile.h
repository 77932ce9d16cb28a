/*
 * Packets of capture files, standard input and pipes, compressed or not: opens
 * and reads them; wire/savefile parses.
 */
#ifndef CAPTURE_CAPFILE_H
#define CAPTURE_CAPFILE_H

#include "wire/savefile.h"

struct capfile {
	const char *name;	/* as the user named it; "stdin" for "-" */
	int fd;
	pid_t child;		/* the decompressor, or 0 */
	struct savefile sf;
	uint8_t *buf;
	size_t cap, start, end;	/* buf[start..end) is not yet used */
	size_t need;		/* bytes that the next block needs in buf */
	uint64_t offset;	/* of buf[start] in the (decompressed) file */
	bool eof;
	bool follow;		/* at its end, wait for more of it */
	bool waits;		/* it does so now */
	char error[320];	/* after -1: "place: reason" */
};

/*
 * Open path ("-" is standard input).  gzip, zstd, xz, bzip2 and lz4 files are
 * recognised by their first bytes, for which this waits, and read through those
 * programs.
 * All files are opened and all programs started here, none later.  The programs
 * never run as root: started by root they become nobody, for good.  0, or -1
 * with cf->error.
 */
int capfile_open(struct capfile *cf, const char *path);

/*
 * Wait until the buffer holds at least the first n (up to 4096) bytes of the
 * file, decompressed, or all that there are.  How many it holds, or -1 with
 * cf->error.
 */
ssize_t capfile_peek(struct capfile *cf, size_t n);

/*
 * Read up to n of the file's bytes as they are, decompressed, like read(2): for
 * a file that turns out to hold something else than packets.
 */
ssize_t capfile_read(struct capfile *cf, void *buf, size_t n);

/*
 * Read the next packet in the buffer.  1 and *pkt, valid until capfile_fill();
 * 0 if the buffer must be filled first; -1 with cf->error if the file is
 * damaged.
 */
int capfile_next(struct capfile *cf, struct packet *pkt);

/*
 * From now on, do not end at the end of the file but wait for more of it.
 * Has no effect on a pipe or a compressed file.  No event shows that more is
 * there: while cf->waits, call capfile_fill() every CAPFILE_FOLLOW_MS.
 */
#define CAPFILE_FOLLOW_MS	50
void capfile_follow(struct capfile *cf);

/*
 * Fill the buffer by one read(2), after capfile_next() returned 0.  More than 0
 * if there may be packets (after EINTR and EAGAIN, too, and while cf->waits), 0
 * at the end of the file, -1 with cf->error on an error or if the file is cut
 * short.  A file that is followed is an error if it was truncated or, at its
 * end, if it has no name any more; one that was renamed is not.
 */
int capfile_fill(struct capfile *cf);

/*
 * Go back to the start of the file, to read it again.  0, or -1 if it cannot
 * seek and the buffer no longer holds its start.
 */
int capfile_rewind(struct capfile *cf);

/*
 * Write the bytes from offset from to cf->offset, which are still in the
 * buffer, to the descriptor out as they are; from a file to a pipe without
 * copying, if the system can.  0, or -1 with errno.
 */
int capfile_pass(struct capfile *cf, uint64_t from, int out);

/*
 * Close, free, and wait for the decompressor.  -1 with cf->error if that failed
 * though the file was read to its end; else 0.
 */
int capfile_close(struct capfile *cf);

#endif
