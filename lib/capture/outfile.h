/*
 * A pcap stream of one link type written to a descriptor: nanoseconds, in this
 * machine's byte order, buffered.
 */
#ifndef CAPTURE_OUTFILE_H
#define CAPTURE_OUTFILE_H

#include "wire/savefile.h"

struct outfile {
	int fd;
	uint32_t link, snaplen;
	uint8_t *buf;		/* owned */
	size_t len;		/* bytes in buf that are not yet written */
	uint64_t written;	/* packets */
	uint64_t unconverted;	/* omitted: cannot be converted to cooked */
	uint64_t other_link;	/* omitted: of another link type */
};

/*
 * Start a stream on fd, and widen the pipe if it is one.  The first flush
 * writes the header.  0, or -1 with errno.
 */
int outfile_open(struct outfile *out, int fd, uint32_t link,
    uint32_t snaplen);

/*
 * Add a packet, cut to the snaplen.  If the stream is Linux cooked v2, packets
 * of other link types are converted.  0, even if the packet is omitted, or -1
 * with errno.
 */
int outfile_put(struct outfile *out, const struct packet *pkt);

/* Write what is buffered.  0, or -1 with errno. */
int outfile_flush(struct outfile *out);

#endif
