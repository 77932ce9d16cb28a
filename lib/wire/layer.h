/*
 * From one layer to the next.  Each parser takes its header off the front of
 * a view and says what comes behind it; LAYER_NONE with the view marked short
 * where the header was cut off.
 */
#ifndef WIRE_LAYER_H
#define WIRE_LAYER_H

#include "wire/view.h"

enum layer {
	LAYER_NONE,		/* nothing here carries IP */
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

/* What stood around the packet, outermost first. */
#define TRAIL_MAX	8
struct trail {
	uint8_t nencap, nvlan;
	uint8_t encap[TRAIL_MAX];	/* enum encap */
	uint16_t vlan[TRAIL_MAX];	/* VLAN ids */
};

/* Note one more; what does not fit is forgotten. */
static inline void
trail_encap(struct trail *t, enum encap e)
{
	if (t->nencap < TRAIL_MAX)
		t->encap[t->nencap++] = (uint8_t)e;
}

static inline void
trail_vlan(struct trail *t, unsigned id)
{
	trail_encap(t, ENCAP_VLAN);
	if (t->nvlan < TRAIL_MAX)
		t->vlan[t->nvlan++] = (uint16_t)id;
}

#endif
