/* Copies: what is captured again, what the network copied, and what is sent
 * again. */
#include "check.h"
#include "conn/copies.h"
#include "wire/units.h"

static struct copies c;
static struct tcb side;
static uint64_t now;

static enum copy_kind
see(uint64_t after, struct tcp *tcp, unsigned id, unsigned ttl)
{
	tcp->ip_id = (uint16_t)id;
	tcp->ttl = (uint8_t)ttl;
	now += after;
	return copies_check(&c, 1, 0, &side, now, tcp);
}

static void
begin(void)
{
	copies_close(&c);
	CHECK(copies_open(&c, 7) == 0);
	memset(&side, 0, sizeof side);
	now = NS_PER_S;
}

static struct tcp
segment(uint32_t seq, uint32_t len)
{
	return (struct tcp){ .seq = seq, .ack = 1, .len = len, .win = 100,
	    .flags = TCP_ACK };
}

/* So many segments, none of them copied, or all. */
static void
run(unsigned n, bool twice, bool ids)
{
	struct tcp tcp = { .seq = 1, .flags = TCP_SYN, .win = 100 };

	for (unsigned i = 0; i < n; i++, tcp = segment(i * 100 + 2, 100)) {
		unsigned id = ids ? 100 + i : 0;

		CHECK_NUM(see(NS_PER_MS, &tcp, id, 64), COPY_NONE);
		if (twice)
			CHECK_NUM(see(5000, &tcp, id, 64), COPY_CAPTURED);
	}
}

static void
a_mirror_port(void)
{
	struct tcp ack = segment(500000, 0);

	begin();
	run(200, true, true);
	begin();
	run(200, true, false);
	/* Duplicate ACKs come twice, too. */
	for (int i = 0; i < 4; i++) {
		CHECK_NUM(see(10000, &ack, 0, 64), COPY_NONE);
		CHECK_NUM(see(5000, &ack, 0, 64), COPY_CAPTURED);
	}
}

static void
the_network(void)
{
	struct tcp tcp = segment(900000, 1000), ack = segment(901000, 0);

	begin();
	run(200, false, true);
	CHECK_NUM(see(NS_PER_MS, &tcp, 7000, 64), COPY_NONE);
	CHECK_NUM(see(20 * NS_PER_MS, &tcp, 7000, 64), COPY_NETWORK);
	/* Duplicate ACKs are no copies where nothing else is. */
	CHECK_NUM(see(NS_PER_MS, &ack, 0, 64), COPY_NONE);
	CHECK_NUM(see(NS_PER_MS / 2, &ack, 0, 64), COPY_NONE);
}

static void
a_router(void)
{
	struct tcp tcp = segment(1000, 1000);

	begin();
	for (unsigned i = 0; i < 100; i++, tcp.seq += 1000) {
		CHECK_NUM(see(NS_PER_MS, &tcp, i + 1, 64), COPY_NONE);
		CHECK_NUM(see(20000, &tcp, i + 1, 63), COPY_ELSEWHERE);
	}
	/* Bursts, inside before outside, and no identification. */
	for (unsigned i = 0; i < 10; i++, tcp.seq += 1000)
		CHECK_NUM(see(1000, &tcp, 0, 64), COPY_NONE);
	for (unsigned i = 0; i < 10; i++) {
		tcp.seq -= 1000;
		CHECK_NUM(see(1000, &tcp, 0, 63), COPY_ELSEWHERE);
	}
}

static void
sent_again(void)
{
	struct tcp tcp = segment(1000, 1000), other = segment(0, 1000);

	begin();
	CHECK_NUM(see(NS_PER_MS, &other, 4, 64), COPY_NONE);
	CHECK_NUM(see(NS_PER_MS, &tcp, 5, 64), COPY_NONE);
	/* Another identification: whatever the time. */
	CHECK_NUM(see(NS_PER_MS, &tcp, 6, 64), COPY_NONE);
	/* Time enough for a time-out. */
	CHECK_NUM(see(250 * NS_PER_MS, &tcp, 0, 64), COPY_NONE);
	/* A timestamp clock must have ticked. */
	tcp.has_ts = true;
	tcp.tsval = 77;
	CHECK_NUM(see(NS_PER_MS, &tcp, 0, 64), COPY_NONE);
	CHECK_NUM(see(50 * NS_PER_MS, &tcp, 0, 64), COPY_NONE);
	/* One identification for all says nothing. */
	tcp = segment(9000, 1000);
	CHECK_NUM(see(NS_PER_MS, &tcp, 1, 64), COPY_NONE);
	tcp = segment(10000, 1000);
	CHECK_NUM(see(NS_PER_MS, &tcp, 1, 64), COPY_NONE);
	CHECK_NUM(see(50 * NS_PER_MS, &tcp, 1, 64), COPY_NONE);
}

int
main(void)
{
	a_mirror_port();
	the_network();
	a_router();
	sent_again();
	copies_close(&c);
	return check_failures != 0;
}
