/* Packets and ICMP errors of a few flows in a small table, 8 bytes each: every
 * attempt that begins has one verdict, and its times make sense. */
#include <stdlib.h>
#include <string.h>

#include "handshake/handshake.h"

#define STEP	8
#define SECOND	1000000000ull

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(void *verdicts, const struct hs_verdict *v)
{
	++*(unsigned *)verdicts;
	if (v->result >= HS_RESULTS || hs_why_name(v)[0] == '\0')
		abort();
	if ((v->has_server && v->rtt_server > v->took) ||
	    (v->has_client && v->rtt_client > v->took))
		abort();
}

static unsigned
take(struct hs *h, uint64_t now, const uint8_t *p)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct endpoint src = { .port = 1 }, dst = { .port = 2 };
	const char *peer = names[p[0] & 3];
	bool back = p[0] & 4;
	struct tcp tcp = { .flags = p[1], .seq = p[2], .ack = p[3],
	    .len = p[4] & 15, .has_ts = p[4] & 16, .tsval = p[5],
	    .tsecr = p[6] };
	struct flow_key key;
	int from = flow_key(&key, flow_end(&h->flows, back ? peer : "S", 1),
	    flow_end(&h->flows, back ? "S" : peer, 1));
	uint32_t i;

	hs_clock(h, now);
	i = flow_find(&h->flows, &key);
	if (i == 0 && hs_begins(&tcp)) {
		hs_begin(h, &key, from, now, &tcp, &src, &dst);
		return 1;
	}
	if (i != 0 && p[0] & 8)
		hs_icmp(h, i, from, now, p[1] % ICMP_KINDS, p[6] & 15, p[2]);
	else if (i != 0)
		hs_segment(h, i, from, now, &tcp);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct hs h;
	uint64_t now = 1700000000 * SECOND;
	unsigned begun = 0, verdicts = 0;

	if (hs_open(&h, 3, 10 * SECOND, 1) < 0)
		abort();
	h.done = check;
	h.arg = &verdicts;
	for (; n >= STEP; data += STEP, n -= STEP) {
		now += data[7] * (SECOND / 16);
		begun += take(&h, now, data);
	}
	hs_end(&h, now);
	/* A new SYN on the same ends begins one more inside the table. */
	if (verdicts < begun || flow_oldest(&h.flows, 0) != 0)
		abort();
	hs_close(&h);
	return 0;
}
