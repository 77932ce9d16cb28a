/* Packets of one flow, 16 bytes each: nothing may be read past the rings, and
 * no more may be taken from their pool than is given back. */
#include <stdlib.h>
#include <string.h>

#include "conn/rtt.h"

#define POOL	8192
#define STEP	16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
take(struct rtt *m, struct rtt_flow *f, uint64_t *now, const uint8_t *p)
{
	struct rtt_result res;
	struct tcp tcp = { .flags = p[1], .win = p[2], .len = p[3] * 10u,
	    .seq = be32(p + 4) >> (p[0] >> 4), .ack = be32(p + 8) >> (p[0] >> 4),
	    .has_ts = p[0] & 2, .tsval = p[12], .tsecr = p[13],
	    .nsack = p[0] & 4 ? 1 : 0, .sackok = p[0] & 8 };

	tcp.sack[0][0] = tcp.ack + p[14] * 10u;
	tcp.sack[0][1] = tcp.sack[0][0] + p[15] * 10u;
	*now += p[15] * 1000000ull;
	rtt_update(m, f, p[0] & 1, *now, &tcp, tcp.len, &res);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rtt m;
	struct rtt_flow f;
	uint64_t now = 0;

	if (rtt_open(&m, 1000000000, POOL) < 0)
		abort();
	memset(&f, 0, sizeof f);
	for (; n >= STEP; data += STEP, n -= STEP)
		take(&m, &f, &now, data);
	rtt_forget(&m, &f);
	if (f.side[0].ring.block != 0 || f.side[1].ring.block != 0)
		abort();
	rtt_close(&m);
	return 0;
}
