/*
 * Conversion of any link layer to Linux cooked capture v2 (LINKTYPE 276), whose
 * header has only what every link can supply.
 *
 * Source: www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html
 */
#ifndef WIRE_COOKED_H
#define WIRE_COOKED_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/savefile.h"

#define COOKED_LINK	276
#define COOKED_LEN	20

/*
 * Fill head with the cooked header for pkt and advance pkt->data past the
 * header that it replaces.  The packet is then head followed by the
 * pkt->cap_len - COOKED_LEN bytes at pkt->data; both lengths include head.
 * VLAN tags stay: the protocol is the type after the MAC addresses, and the
 * data begins with the tag.
 *
 * Returns false and changes nothing if the link type cannot be converted, if a
 * link that carries only IP carries something else, or if the packet ends
 * within its header.
 */
bool cooked_convert(struct packet *pkt, uint8_t head[COOKED_LEN]);

#endif
