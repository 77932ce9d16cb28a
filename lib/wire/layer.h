/*
 * The layers of a frame.  A layer is known by a number in a space: a link type,
 * an EtherType, the protocol of IP or PPP, a UDP port.  Each parser consumes
 * its header from the front of a view and returns the layer that follows.
 */
#ifndef WIRE_LAYER_H
#define WIRE_LAYER_H

#include "wire/view.h"

enum layer_space {
	SPACE_NONE, SPACE_LINK, SPACE_ETHERTYPE, SPACE_IP, SPACE_UDP, SPACE_PPP,
	SPACES
};

#define LAYER(space, number)	((uint32_t)(space) << 16 | (uint32_t)(number))
#define LAYER_SPACE(layer)	((enum layer_space)((layer) >> 16))
#define LAYER_NUMBER(layer)	((layer) & 0xffff)

#define LAYER_NONE	LAYER(SPACE_NONE, 0)	/* no layer that can carry IP */
#define LAYER_IP	LAYER(SPACE_ETHERTYPE, 0x0800)	/* 4 or 6 by its nibble */

/* What a packet was encapsulated in, outermost first. */
#define ENCAPS_MAX	16
struct encaps {
	uint8_t nencap, nvlan;
	/* Bit i: encap[i] has an id that tells networks apart, id[i]: a VLAN, a
	 * label, a VNI, a key, a session. */
	uint16_t tagged;
	const char *encap[ENCAPS_MAX];
	uint16_t vlan[ENCAPS_MAX];	/* VLAN ids */
	uint32_t id[ENCAPS_MAX];
};

/* Append one; false if there are ENCAPS_MAX, and the packet is too deep. */
static inline bool
layer_add_encap(struct encaps *t, const char *name)
{
	if (t->nencap == ENCAPS_MAX)
		return false;
	t->encap[t->nencap++] = name;
	return true;
}

/* Give the last one its id. */
static inline void
layer_add_tag(struct encaps *t, uint32_t id)
{
	unsigned last = t->nencap - 1u;

	t->tagged |= (uint16_t)(1u << last);
	t->id[last] = id;
}

/* The last one is a VLAN; with id 0 it has a priority alone (IEEE 802.1Q,
 * 9.6). */
static inline void
layer_add_vlan(struct encaps *t, unsigned id)
{
	if (id != 0)
		layer_add_tag(t, id);
	t->vlan[t->nvlan++] = (uint16_t)id;
}

#endif
