/*
 * Packets into a descriptor as a pcap stream: nanoseconds, this machine's
 * byte order, in big pieces.
 */
#ifndef SYS_OUTFILE_H
#define SYS_OUTFILE_H

#include "wire/savefile.h"

struct outfile {
	int fd;
	uint8_t *buf;		/* owned */
	size_t len;		/* bytes in it, not yet written */
	uint64_t packets;	/* put so far */
};

/*
 * Start a stream of one link type on fd, a pipe made wide.  The header is
 * written with the first flush.  0, or -1 with errno.
 */
int outfile_open(struct outfile *out, int fd, uint32_t link,
    uint32_t snaplen);

/*
 * Add a packet: the first head_len of its cap_len bytes are at head, the
 * others at pkt->data.  At most SAVEFILE_PACKET_MAX in all.  0, or -1 with
 * errno.
 */
int outfile_put(struct outfile *out, const struct packet *pkt,
    const uint8_t *head, size_t head_len);

/* Write what is there.  0, or -1 with errno. */
int outfile_flush(struct outfile *out);

/* Flush, and close fd, which can fail too.  0, or -1 with errno. */
int outfile_close(struct outfile *out);

#endif
