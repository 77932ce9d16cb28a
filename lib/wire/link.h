/* Links and tunnels: from a frame's first byte to an IP header, and from an IP
 * header to that of the packet inside. */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include "wire/layer.h"

/*
 * Consume layers from the front of v until IP and return LAYER_IP, with what
 * encapsulates it appended to t.  LAYER_NONE if the bytes end (v->is_short),
 * contradict themselves, or carry no IP; else the layer that is not decoded.
 */
uint32_t link_to_ip(uint32_t at, struct view *v, struct encaps *t);

/*
 * Consume the link headers from the front of v.  The EtherType of what follows,
 * which may be that of a tag; 0 if the bytes end, carry no IP and have no
 * EtherType, or if the link type is not decoded.
 */
unsigned link_to_ethertype(uint32_t link, struct view *v);

/* Can link_to_ip() go on from this layer? */
bool link_is_decoded(uint32_t layer);

/* The name of a layer that is not decoded; NULL if it has only its number. */
const char *link_name(uint32_t layer);

#endif
