/*
 * Any link layer made into one: Linux cooked capture v2 (LINKTYPE 276), the
 * header that says no more than what every link can tell.
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
 * Fill head with the cooked header for pkt, and move pkt->data behind the
 * header that it had.  The packet is then head and the pkt->cap_len -
 * COOKED_LEN bytes at pkt->data; both lengths count head.  VLAN tags stay:
 * the protocol is what follows the MAC addresses, the tag begins the data.
 *
 * False, and nothing changed, where the link cannot be converted, the packet
 * is no IP on a link that carries nothing else, or ends within its header.
 */
bool cooked_convert(struct packet *pkt, uint8_t head[COOKED_LEN]);

#endif
