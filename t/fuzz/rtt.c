/* Packets of one flow, 16 bytes each: no access may be outside of the rings, and
 * all blocks must be back in the pool at the end. */
#include <stdlib.h>
#include <string.h>

#include "conn/rtt.h"
#include "wire/units.h"

#define POOL	8192
#define STEP	16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
update(struct rtt *m, struct rtt_flow *f, uint64_t *now, const uint8_t *p)
{
	struct rtt_result res;
	unsigned shift = p[0] >> 4;
	struct tcp tcp = { .flags = p[1], .win = p[2], .len = p[3] * 10u,
	    .seq = be32(p + 4) >> shift, .ack = be32(p + 8) >> shift,
	    .has_ts = p[0] & 2, .tsval = p[12], .tsecr = p[13],
	    .nsack = p[0] & 4 ? 1 : 0, .sackok = p[0] & 8 };

	tcp.sack[0][0] = tcp.ack + p[14] * 10u;
	tcp.sack[0][1] = tcp.sack[0][0] + p[15] * 10u;
	*now += p[15] * NS_PER_MS;
	rtt_update(m, f, p[0] & 1, *now, &tcp, tcp.len, &res);
}

static void
on_explanation(void *arg, unsigned topic, const char *text)
{
	(void)arg;
	if (topic > RTT_EXPLAIN_SKIP || text[0] == '\0')
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rtt m;
	struct rtt_flow f;
	uint64_t now = 0;

	if (rtt_open(&m, NS_PER_S, POOL) < 0)
		abort();
	m.explain = (struct explain){ .topics = -1u, .line = on_explanation };
	memset(&f, 0, sizeof f);
	for (; n >= STEP; data += STEP, n -= STEP)
		update(&m, &f, &now, data);
	rtt_forget(&m, &f);
	if (f.side[0].ring.block != 0 || f.side[1].ring.block != 0)
		abort();
	rtt_close(&m);
	return 0;
}
