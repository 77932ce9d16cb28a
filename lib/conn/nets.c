#include "conn/nets.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "conn/seq.h"

#define NEAR	(INT32_C(1) << 20)	/* numbers of one connection */

/* What is known of the connection in one network. */
struct net {
	uint32_t tag[2][NETS_TAGS];	/* of each direction; as many as */
	uint8_t ntags[2];
	bool known[2];			/* next is */
	bool used;
	uint32_t next[2];		/* numbers, one past the highest */
};

int
nets_open(struct nets *n, uint32_t max, uint64_t seed)
{
	n->seed = seed;
	return flow_open(&n->ends, max, sizeof(struct net[NETS_MAX]), seed);
}

void
nets_close(struct nets *n)
{
	flow_close(&n->ends);
}

uint32_t
nets_tag(const struct nets *n, const char *text, size_t len)
{
	return len == 0 ? 0 :
	    (uint32_t)XXH3_64bits_withSeed(text, len, n->seed) | 1;
}

static bool
is_near(uint32_t a, uint32_t b)
{
	int32_t d = seq_diff(a, b);

	return d < NEAR && d > -NEAR;
}

/* Does the segment go on from what this connection sent? */
static bool
goes_on(const struct net *net, int from, const struct tcp *tcp)
{
	bool syn = tcp->flags & TCP_SYN;

	if (syn && net->known[from])
		return tcp->seq + 1 == net->next[from];
	if (tcp->flags & TCP_ACK && net->known[!from])
		return is_near(tcp->ack, net->next[!from]);
	return net->known[from] && is_near(tcp->seq, net->next[from]);
}

static bool
has_tag(const struct net *net, int from, uint32_t tag)
{
	for (unsigned i = 0; i < net->ntags[from]; i++)
		if (net->tag[from][i] == tag)
			return true;
	return false;
}

/* The network that the segment belongs to: by its tag if only one has that, else
 * by its numbers, else a new one. */
static unsigned
choose(struct net *net, int from, uint32_t tag, const struct tcp *tcp)
{
	unsigned n = 0, tagged = 0, by_tag = 0;

	for (; n < NETS_MAX && net[n].used; n++)
		if (has_tag(&net[n], from, tag)) {
			tagged++;
			by_tag = n;
		}
	if (tagged == 1)
		return by_tag;
	for (unsigned i = 0; i < n; i++)
		if (goes_on(&net[i], from, tcp))
			return i;
	/* Both directions have the same tag, as a rule. */
	for (unsigned i = 0; i < n; i++)
		if (net[i].ntags[from] == 0 && has_tag(&net[i], !from, tag))
			return i;
	return n < NETS_MAX ? n : by_tag;
}

static void
update(struct net *net, int from, uint32_t tag, const struct tcp *tcp)
{
	uint32_t end = tcp_end(tcp);

	net->used = true;
	if (!has_tag(net, from, tag) && net->ntags[from] < NETS_TAGS)
		net->tag[from][net->ntags[from]++] = tag;
	if (tcp->flags & TCP_RST)
		return;
	if (!net->known[from] || tcp->flags & TCP_SYN ||
	    seq_before(net->next[from], end)) {
		net->known[from] = true;
		net->next[from] = end;
	}
}

struct flow_key
nets_variant(const struct flow_key *key, unsigned which)
{
	return (struct flow_key){ { key->id[0] +
	    which * UINT64_C(0x9e3779b97f4a7c15), key->id[1] } };
}

/* The connection that was there before the first tag. */
static void
begin(struct net *net, const struct tcb *untagged)
{
	for (int from = 0; untagged != NULL && from < 2; from++) {
		net->used = true;
		net->known[from] = (untagged[from].flags & TCB_NEXT) != 0;
		net->next[from] = untagged[from].next;
		if (net->known[from])
			net->ntags[from] = 1;	/* the tag 0 */
	}
}

void
nets_key(struct nets *n, struct flow_key *key, int from, uint32_t tag,
    uint64_t now, const struct tcp *tcp, const struct tcb *untagged)
{
	struct net *net;
	unsigned which;
	uint32_t i = flow_find(&n->ends, key);

	if (i == 0) {
		if (flow_full(&n->ends))
			flow_drop(&n->ends, flow_oldest(&n->ends, 0));
		i = flow_add(&n->ends, key, now);
		begin(flow_state(&n->ends, i), untagged);
	} else
		flow_queue(&n->ends, i, 0, now);
	net = flow_state(&n->ends, i);
	which = choose(net, from, tag, tcp);
	update(&net[which], from, tag, tcp);
	*key = nets_variant(key, which);
}
