/* Networks whose addresses overlap: which connection a tagged segment is of. */
#include "check.h"
#include "conn/nets.h"
#include "wire/units.h"

static struct nets nets;

/* A segment between the same two ends, from one of them: its connection. */
static uint64_t
see(int from, const char *tag, unsigned flags, uint32_t seq, uint32_t ack)
{
	struct flow_key key = { { 77, 78 } };
	struct tcp tcp = { .flags = (uint8_t)flags, .seq = seq, .ack = ack };

	nets_key(&nets, &key, from, nets_tag(&nets, tag, strlen(tag)),
	    NS_PER_S, &tcp, NULL);
	return key.id[0];
}

static void
begin(void)
{
	nets_close(&nets);
	CHECK(nets_open(&nets, 10, 3) == 0);
	CHECK(!nets_are_used(&nets));
}

static void
the_same_ends_in_two_networks(void)
{
	uint64_t a, b;

	begin();
	a = see(0, "vlan=10", TCP_SYN, 1000, 0);
	b = see(0, "vlan=20", TCP_SYN, 900000000, 0);
	CHECK(nets_are_used(&nets));
	CHECK(a != b);
	CHECK_NUM(see(1, "vlan=20", TCP_SYN | TCP_ACK, 5, 900000001), b);
	CHECK_NUM(see(1, "vlan=10", TCP_SYN | TCP_ACK, 6, 1001), a);
	/* The same numbers in both: the tag decides. */
	CHECK_NUM(see(0, "vlan=20", TCP_ACK, 1001, 7), b);
	CHECK_NUM(see(0, "vlan=10", TCP_ACK, 1001, 7), a);
}

static void
directions_with_tags_of_their_own(void)
{
	uint64_t a, b;

	begin();
	a = see(0, "mpls=16", TCP_SYN, 1000, 0);
	CHECK_NUM(see(1, "mpls=17", TCP_SYN | TCP_ACK, 5000, 1001), a);
	CHECK_NUM(see(0, "mpls=16", TCP_ACK, 1001, 5001), a);
	/* Another pair of labels. */
	b = see(0, "mpls=20", TCP_SYN, 700000000, 0);
	CHECK(a != b);
	CHECK_NUM(see(1, "mpls=21", TCP_SYN | TCP_ACK, 90, 700000001), b);
	CHECK_NUM(see(1, "mpls=17", TCP_ACK, 5001, 1001), a);
}

/* GTP-U and L2TP name the receiver's end: two ids for each connection. */
static void
tunnels_with_ids_of_their_own(void)
{
	uint64_t a, b;

	begin();
	a = see(0, "gtpu=1", TCP_SYN, 1000, 0);
	CHECK_NUM(see(0, "gtpu=1", TCP_SYN, 1000, 0), a);
	CHECK_NUM(see(1, "gtpu=2", TCP_SYN | TCP_ACK, 5000, 1001), a);
	CHECK_NUM(see(0, "gtpu=1", TCP_ACK, 1001, 5001), a);
	/* Handed over: new ids, in the middle of it. */
	CHECK_NUM(see(1, "gtpu=4", TCP_ACK, 5001, 1001), a);
	CHECK_NUM(see(0, "gtpu=3", TCP_ACK, 1001, 5001), a);
	/* Captured from its middle on. */
	begin();
	a = see(0, "l2tp=7", TCP_ACK | TCP_PSH, 1000, 5000);
	CHECK_NUM(see(1, "l2tp=9", TCP_ACK, 5000, 1000), a);
	/* A SYN that is refused. */
	begin();
	a = see(0, "l2tp=7", TCP_SYN, 1000, 0);
	CHECK_NUM(see(1, "l2tp=9", TCP_RST | TCP_ACK, 0, 1001), a);
	/* The same ends of another subscriber. */
	b = see(0, "l2tp=8", TCP_SYN, 800000000, 0);
	CHECK(a != b);
	CHECK_NUM(see(1, "l2tp=10", TCP_RST | TCP_ACK, 0, 800000001), b);
}

static void
a_tunnel_outside_and_inside(void)
{
	uint64_t a;

	begin();
	a = see(0, "vni=5", TCP_SYN, 1000, 0);
	CHECK_NUM(see(0, "", TCP_SYN, 1000, 0), a);
	CHECK_NUM(see(1, "", TCP_SYN | TCP_ACK, 5000, 1001), a);
	CHECK_NUM(see(1, "vni=5", TCP_SYN | TCP_ACK, 5000, 1001), a);
}

static void
a_connection_from_before_the_first_tag(void)
{
	struct tcb side[2] = { { .next = 1001, .flags = TCB_NEXT },
	    { .next = 5001, .flags = TCB_NEXT } };
	struct flow_key key = { { 77, 78 } }, other = key;
	struct tcp ack = { .flags = TCP_ACK, .seq = 1001, .ack = 5001 };
	struct tcp syn = { .flags = TCP_SYN, .seq = 900000000 };

	begin();
	nets_key(&nets, &key, 0, nets_tag(&nets, "vlan=1", 6), NS_PER_S, &ack,
	    side);
	CHECK_NUM(key.id[0], 77);
	nets_key(&nets, &other, 0, nets_tag(&nets, "vlan=2", 6), NS_PER_S,
	    &syn, side);
	CHECK(other.id[0] != 77);
}

int
main(void)
{
	the_same_ends_in_two_networks();
	directions_with_tags_of_their_own();
	tunnels_with_ids_of_their_own();
	a_tunnel_outside_and_inside();
	a_connection_from_before_the_first_tag();
	nets_close(&nets);
	return check_failures != 0;
}
