/*
 * Packets into a descriptor as a pcap stream of one link type: nanoseconds,
 * this machine's byte order, in big pieces.
 */
#ifndef CAPTURE_OUTFILE_H
#define CAPTURE_OUTFILE_H

#include "wire/savefile.h"

struct outfile {
	int fd;
	uint32_t link, snaplen;
	uint8_t *buf;		/* owned */
	size_t len;		/* bytes in it, not yet written */
	uint64_t written;	/* packets */
	uint64_t unconverted;	/* left out: no way to make them cooked */
	uint64_t other_link;	/* left out: of another link than this one */
};

/*
 * Start a stream on fd, a pipe made wide.  The header is written with the
 * first flush.  0, or -1 with errno.
 */
int outfile_open(struct outfile *out, int fd, uint32_t link,
    uint32_t snaplen);

/*
 * Add a packet, cut to the snaplen.  Where the stream is Linux cooked v2,
 * packets of other links are made so.  0, also where it is left out; -1
 * with errno.
 */
int outfile_put(struct outfile *out, const struct packet *pkt);

/* Write what is there.  0, or -1 with errno. */
int outfile_flush(struct outfile *out);

#endif
