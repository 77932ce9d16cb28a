/*
 * Records of snoop and ERF captures, parsed for wire/savefile.
 *
 * Sources: RFC 1761 (snoop), Endace's ERF types reference guide.
 */
#ifndef WIRE_OTHERFILE_H
#define WIRE_OTHERFILE_H

#include "wire/savefile.h"

#define SNOOP_HEADER_LEN	16
#define SNOOP_RECORD_LEN	24
#define ERF_RECORD_LEN		16

/* Does a snoop file begin with these 8 bytes? */
bool snoop_begins(const uint8_t *buf);

/* The LINKTYPE_ of a snoop file, from its header; -1 if it has none. */
int snoop_link(const uint8_t *header);

/*
 * The length of the record whose first SNOOP_RECORD_LEN bytes are at buf, and
 * the packet that it holds, but for its link; 0 if it contradicts itself.
 */
size_t snoop_record(const uint8_t *buf, struct packet *pkt);

/* Could an ERF file begin with these ERF_RECORD_LEN bytes?  It has no header:
 * the type must be one with packets, and the lengths possible. */
bool erf_begins(const uint8_t *buf);

/* The length of the record whose first ERF_RECORD_LEN bytes are at buf; 0 if it
 * contradicts itself. */
size_t erf_len(const uint8_t *buf);

/* The packet of the whole record at buf; false if it holds none. */
bool erf_packet(const uint8_t *buf, struct packet *pkt);

#endif
