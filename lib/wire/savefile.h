/*
 * Capture files: pcap and pcapng framing, either byte order, microsecond or
 * nanosecond stamps.  Pure: bytes in, packets out; no I/O.
 *
 * Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
#ifndef WIRE_SAVEFILE_H
#define WIRE_SAVEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* No packet is longer than this; a file that says so is damaged. */
#define SAVEFILE_PACKET_MAX	262144
/* A reader's buffer must hold this much, so that any block fits. */
#define SAVEFILE_BLOCK_MAX	(4 * SAVEFILE_PACKET_MAX)
#define SAVEFILE_IFACES		1024

/* One packet; data points into the caller's buffer. */
struct packet {
	uint64_t time_ns;	/* since 1970, at most INT64_MAX */
	uint32_t cap_len;	/* bytes at data */
	uint32_t wire_len;	/* bytes on the wire, >= cap_len */
	uint32_t link;		/* LINKTYPE_ value */
	const uint8_t *data;
};

struct savefile_iface {
	uint32_t link;
	uint32_t snaplen;
	int64_t offset_s;	/* if_tsoffset */
	uint8_t tsresol;	/* if_tsresol as it is; 6: microseconds */
};

struct savefile {
	enum { SAVEFILE_START, SAVEFILE_PCAP, SAVEFILE_PCAPNG } format;
	bool swapped;		/* byte order differs from this machine's */
	bool nano;		/* pcap: nanosecond stamps */
	bool modified;		/* pcap: Kuznetzov's longer packet header */
	uint32_t snaplen;	/* pcap: as the header says */
	uint32_t link;		/* pcap: LINKTYPE_ of the file */
	uint32_t skip;		/* pcapng: bytes left of a block passed over */
	unsigned nifaces;	/* pcapng: of the section at hand */
	struct savefile_iface *ifaces;	/* grown as needed, owned */
	const char *error;	/* after -1: why, a fixed sentence */
};

enum savefile_step {
	SAVEFILE_DAMAGED = -1,	/* sf->error says why; nothing can follow */
	SAVEFILE_MORE,		/* the block is not whole yet */
	SAVEFILE_BLOCK,		/* a header or another block; no packet */
	SAVEFILE_PACKET		/* *pkt is filled */
};

/* Make sf ready for the start of a file.  Nothing is allocated yet. */
void savefile_init(struct savefile *sf);

/* Free what sf owns. */
void savefile_free(struct savefile *sf);

/*
 * Take one header, block or packet from the front of buf[0..len).  On
 * SAVEFILE_BLOCK and SAVEFILE_PACKET *used is the bytes taken; on
 * SAVEFILE_MORE it is a lower bound of the bytes needed in buf, at most
 * SAVEFILE_BLOCK_MAX.  A file may end where nothing is left in buf and
 * sf->skip is 0; anywhere else it was cut short.
 *
 * A packet without a stamp (a Simple Packet Block) has time_ns 0.
 */
enum savefile_step savefile_next(struct savefile *sf, const uint8_t *buf,
    size_t len, size_t *used, struct packet *pkt);

/*
 * The LINKTYPE_ value for a link type as files and devices give it: without
 * the bits above it, and with the DLT_ numbers that differ between systems
 * (raw IP is 12 or 14) made the one that files use.
 */
uint32_t savefile_link(uint32_t dlt);

/*
 * Write a pcap file header (native byte order, nanoseconds) or a packet's
 * header into out; both give the bytes written.  Stamps after 2106, which
 * pcap cannot hold, become the last one that it can.
 */
#define SAVEFILE_HEADER_LEN	24
#define SAVEFILE_RECORD_LEN	16
size_t savefile_put_header(uint8_t *out, uint32_t link, uint32_t snaplen);
size_t savefile_put_record(uint8_t *out, const struct packet *pkt);

#endif
