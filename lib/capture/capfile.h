/*
 * Packets out of capture files, standard input and pipes, compressed or not:
 * opens, reads in big pieces, frames with wire/savefile.
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
	size_t cap, start, end;	/* buf[start..end) is not yet taken */
	size_t need;		/* what the next block wants in buf */
	uint64_t offset;	/* of buf[start] in the (decompressed) file */
	bool eof;
	char error[320];	/* after -1: "place: reason", to be printed */
};

/*
 * Open path ("-" is standard input); .gz, .zst and .xz are known by their
 * magic and read through gzip, zstd and xz.  0, or -1 with cf->error.
 * All opening and starting of programs happens here, none later.  Waits for
 * the first bytes, since they say what it is.  Those programs never run as
 * root: started by root they are nobody, with no way back.
 */
int capfile_open(struct capfile *cf, const char *path);

/*
 * The next packet that is already in the buffer: 1 and *pkt (good until the
 * next capfile_fill), 0 when the buffer must be filled first, -1 on damage.
 */
int capfile_next(struct capfile *cf, struct packet *pkt);

/*
 * One read(2) into the buffer, after capfile_next gave 0: >0 bytes came, 0
 * end of file, -1 error or a file cut short (cf->error; EINTR and EAGAIN
 * give 1 with nothing read).
 */
int capfile_fill(struct capfile *cf);

/*
 * Back to the start, to read it all again: any file that can seek, and any
 * other as long as nothing has left its buffer.  0, or -1 where it cannot.
 */
int capfile_rewind(struct capfile *cf);

/*
 * Give the bytes from offset from to cf->offset, which are still in the
 * buffer, to the descriptor out as they are: from file to pipe without a
 * copy where the system can.  0, or -1 with errno.
 */
int capfile_pass(struct capfile *cf, uint64_t from, int out);

/*
 * Close, free, and wait for the decompressor.  -1 with cf->error when
 * that had failed; 0 otherwise, and where the file was not read to its end.
 */
int capfile_close(struct capfile *cf);

#endif
