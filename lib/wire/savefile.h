/*
 * Capture files: the framing of pcap and pcapng, in either byte order, with
 * timestamps of any resolution, of snoop and of ERF.  Files may follow one
 * another, as cat(1) joins them.  Pure: bytes in, packets out; no I/O.
 *
 * Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
#ifndef WIRE_SAVEFILE_H
#define WIRE_SAVEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A file with a longer packet or block is damaged.  A reader's buffer must be
 * able to hold SAVEFILE_BLOCK_MAX bytes, so that any block fits. */
#define SAVEFILE_PACKET_MAX	262144
#define SAVEFILE_BLOCK_MAX	(4 * SAVEFILE_PACKET_MAX)
#define SAVEFILE_IFACES		1024

/* One packet; data points into the caller's buffer. */
struct packet {
	uint64_t time_ns;	/* since 1970, at most INT64_MAX */
	uint32_t cap_len;	/* bytes at data */
	uint32_t wire_len;	/* bytes on the wire, >= cap_len */
	uint32_t link;		/* LINKTYPE_ */
	const uint8_t *data;
};

struct savefile_iface {
	uint32_t link;
	uint32_t snaplen;
	int64_t offset_s;	/* if_tsoffset */
	uint8_t tsresol;	/* if_tsresol, as in the file */
};

struct savefile {
	enum {
		SAVEFILE_START, SAVEFILE_PCAP, SAVEFILE_PCAPNG, SAVEFILE_SNOOP,
		SAVEFILE_ERF
	} format;
	bool swapped;		/* in the other byte order */
	bool nano;		/* pcap: nanoseconds */
	bool modified;		/* pcap: Kuznetzov's longer packet header */
	uint8_t minor;		/* pcap: of its version */
	uint32_t snaplen;	/* pcap: from the header */
	uint32_t link;		/* pcap, snoop: LINKTYPE_ */
	uint32_t skip;		/* pcapng: bytes left of a skipped block */
	unsigned nifaces;	/* pcapng: of this section */
	struct savefile_iface *ifaces;	/* owned */
	const char *error;	/* after SAVEFILE_DAMAGED: a fixed text */
};

enum savefile_step {
	SAVEFILE_DAMAGED = -1,	/* see sf->error; the rest is unreadable */
	SAVEFILE_MORE,		/* the block is incomplete */
	SAVEFILE_BLOCK,		/* a header or another block; no packet */
	SAVEFILE_PACKET		/* *pkt is filled */
};

/*
 * Does a capture file begin with buf[0..len)?  By the magic number, or, since
 * ERF has none, by its first record.  Up to SAVEFILE_MAGIC_MAX bytes matter.
 */
#define SAVEFILE_MAGIC_MAX	16
bool savefile_begins(const uint8_t *buf, size_t len);

/* Prepare sf for the start of a file.  Allocates nothing. */
void savefile_init(struct savefile *sf);

/* Free what sf owns. */
void savefile_free(struct savefile *sf);

/*
 * Parse one header, block or packet at the front of buf[0..len).  For
 * SAVEFILE_BLOCK and SAVEFILE_PACKET *used is its length; for SAVEFILE_MORE it
 * is how many bytes buf must hold at least, at most SAVEFILE_BLOCK_MAX.  The
 * file is complete if it ends where buf is empty and sf->skip is 0; anywhere
 * else it was cut short.
 *
 * A packet without a timestamp (of a Simple Packet Block) has time_ns 0.
 */
enum savefile_step savefile_next(struct savefile *sf, const uint8_t *buf,
    size_t len, size_t *used, struct packet *pkt);

/*
 * The LINKTYPE_ of a link type that a file or device has: without the bits
 * above it, and with LINKTYPE_RAW for the DLT_RAW of either kind of system (12
 * or 14).
 */
uint32_t savefile_link(uint32_t dlt);

/*
 * Write a pcap file header (native byte order, nanoseconds) or a packet's
 * header to out.  Both return the bytes written.  A timestamp after 2106, which
 * pcap cannot hold, becomes the last one that it can.
 */
#define SAVEFILE_HEADER_LEN	24
#define SAVEFILE_RECORD_LEN	16
size_t savefile_put_header(uint8_t *out, uint32_t link, uint32_t snaplen);
size_t savefile_put_record(uint8_t *out, const struct packet *pkt);

#endif
