/*
 * The layers of a frame.  Each parser consumes its header from the front of a
 * view and returns the layer that follows it.  Where the header is cut off it
 * returns LAYER_NONE and the view is marked short.
 */
#ifndef WIRE_LAYER_H
#define WIRE_LAYER_H

#include "wire/view.h"

enum layer {
	LAYER_NONE,		/* no IP follows */
	LAYER_UNKNOWN,		/* a link type that is not decoded */
	LAYER_ETHERNET,
	LAYER_TOKEN_RING,
	LAYER_NULL,
	LAYER_SLL,
	LAYER_SLL2,
	LAYER_PPP,
	LAYER_LLC,
	LAYER_VLAN,
	LAYER_PPPOE,
	LAYER_MPLS,
	LAYER_IP		/* the version is in its first nibble */
};

enum encap {
	ENCAP_VLAN, ENCAP_PPPOE, ENCAP_MPLS, ENCAP_IPIP, ENCAP_GRE,
	ENCAP_ERSPAN, ENCAP_VXLAN, ENCAPS
};

/* What a packet was encapsulated in, outermost first. */
#define ENCAPS_MAX	8
struct encaps {
	uint8_t nencap, nvlan;
	uint8_t encap[ENCAPS_MAX];	/* enum encap */
	uint16_t vlan[ENCAPS_MAX];	/* VLAN ids */
	/* Bit i: encap[i] has an id that tells networks apart, id[i]: a VLAN, a
	 * label, a VNI, a key. */
	uint8_t tagged;
	uint32_t id[ENCAPS_MAX];
};

/* Append one; beyond ENCAPS_MAX it is dropped. */
static inline void
layer_add_encap(struct encaps *t, enum encap e)
{
	if (t->nencap < ENCAPS_MAX)
		t->encap[t->nencap++] = (uint8_t)e;
}

/* The same for one with an id. */
static inline void
layer_add_tag(struct encaps *t, enum encap e, uint32_t id)
{
	if (t->nencap == ENCAPS_MAX)
		return;
	t->tagged |= (uint8_t)(1u << t->nencap);
	t->id[t->nencap] = id;
	layer_add_encap(t, e);
}

/* A VLAN tag; with id 0 it has a priority alone (IEEE 802.1Q, 9.6). */
static inline void
layer_add_vlan(struct encaps *t, unsigned id)
{
	if (id != 0)
		layer_add_tag(t, ENCAP_VLAN, id);
	else
		layer_add_encap(t, ENCAP_VLAN);
	if (t->nvlan < ENCAPS_MAX)
		t->vlan[t->nvlan++] = (uint16_t)id;
}

#endif
