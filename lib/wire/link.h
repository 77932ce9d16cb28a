/* Link layers down to IP. */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include "wire/layer.h"

/* What a packet of this LINKTYPE_ starts with, LAYER_UNKNOWN if unknown. */
enum layer link_layer(uint32_t linktype);

/* What an EtherType announces, LAYER_NONE for what is not IP nor wraps it. */
enum layer link_ethertype(unsigned type);

/*
 * Take layers off v until IP: LAYER_IP, or LAYER_NONE where another protocol
 * or the end of the bytes (v->is_short) comes first.  VLANs, PPPoE and MPLS
 * are followed and noted in t.
 */
enum layer link_to_ip(enum layer at, struct view *v, struct trail *t);

#endif
