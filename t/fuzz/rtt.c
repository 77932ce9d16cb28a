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
update(struct rtt *m, struct accept *a, struct rtt_flow *f, uint64_t *now,
    const uint8_t *p)
{
	struct accept_result judged;
	struct rtt_result res;
	unsigned shift = p[0] >> 4;
	struct tcp tcp = { .flags = p[1], .win = p[2], .len = p[3] * 10u,
	    .seq = be32(p + 4) >> shift, .ack = be32(p + 8) >> shift,
	    .has_ts = p[0] & 2, .tsval = p[12], .tsecr = p[13],
	    .nsack = p[0] & 4 ? 1 : 0, .sackok = p[0] & 8 };

	tcp.sack[0][0] = tcp.ack + p[14] * 10u;
	tcp.sack[0][1] = tcp.sack[0][0] + p[15] * 10u;
	*now += p[15] * NS_PER_MS;
	judged = accept_segment(a, 1, &f->side[p[0] & 1].tcb,
	    &f->side[~p[0] & 1].tcb, p[0] & 1, *now, rtt_ended(f), &tcp);
	rtt_segment(m, a, 1, f, p[0] & 1, *now, &tcp, &judged, tcp.len, &res);
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
	struct accept a;
	struct rtt_flow f;
	uint64_t now = 0;

	if (accept_open(&a, 1) < 0 || rtt_open(&m, NS_PER_S, POOL) < 0)
		abort();
	m.explain = (struct explain){ .topics = -1u, .line = on_explanation };
	memset(&f, 0, sizeof f);
	for (; n >= STEP; data += STEP, n -= STEP)
		update(&m, &a, &f, &now, data);
	rtt_forget(&m, &f);
	if (f.side[0].ring.block != 0 || f.side[1].ring.block != 0)
		abort();
	rtt_close(&m);
	accept_close(&a);
	return 0;
}
