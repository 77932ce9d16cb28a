/* Link layers, from the frame's first byte to the IP header. */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include "wire/layer.h"

/* The first layer of a frame of this LINKTYPE_, or LAYER_UNKNOWN. */
enum layer link_layer(uint32_t linktype);

/* The layer that an EtherType announces; LAYER_NONE if it cannot carry IP. */
enum layer link_ethertype(unsigned type);

/*
 * Consume layers from the front of v until IP and return LAYER_IP; LAYER_NONE
 * if another protocol or the end of the bytes (v->is_short) comes first.
 * VLANs, PPPoE and MPLS are followed and appended to t.
 */
enum layer link_to_ip(enum layer at, struct view *v, struct encaps *t);

#endif
