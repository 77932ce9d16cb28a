/*
 * Networks whose addresses overlap: the same ends in two VLANs, tunnels or
 * labels are two connections.  A pure module.
 *
 * A tag alone tells nothing: a mirror port may tag the two directions of one
 * connection differently, labels always differ so, and a tunnel's inside and
 * outside are captured with and without.  Numbers tell: a packet whose sequence
 * or acknowledgement number goes on from what a connection sent belongs to it,
 * whatever its tag.  Else another tag is another network.
 *
 * Where no packet has a tag nothing of this is done.
 */
#ifndef CONN_NETS_H
#define CONN_NETS_H

#include "conn/flow.h"
#include "conn/tcb.h"
#include "wire/tcp.h"

#define NETS_MAX	4	/* networks with the same ends */
#define NETS_TAGS	3	/* tags of one direction of a connection */

struct nets {
	struct flow_table ends;	/* a struct net[NETS_MAX] for each pair */
	uint64_t seed;
};

/* At most max pairs of ends, hashed with seed.  0, or -1 with errno. */
int nets_open(struct nets *n, uint32_t max, uint64_t seed);
void nets_close(struct nets *n);

/* The number of a tag's text; 0 for no text. */
uint32_t nets_tag(const struct nets *n, const char *text, size_t len);

/* Was there a tag?  Else keys are what they are. */
static inline bool
nets_are_used(const struct nets *n)
{
	return n->ends.used > 0;
}

/*
 * Make a key of two ends that of the connection in its network: a segment that
 * end from sends at now, under tag.  untagged is what is known of both sides of
 * the connection that has the key as it is, NULL if there is none.
 */
void nets_key(struct nets *n, struct flow_key *key, int from, uint32_t tag,
    uint64_t now, const struct tcp *tcp, const struct tcb *untagged);

/* Of a key of two ends, that in their network number which, below NETS_MAX. */
struct flow_key nets_variant(const struct flow_key *key, unsigned which);

#endif
