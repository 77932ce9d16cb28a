/* Packets and ICMP errors of a few flows in a small table, 8 bytes each: every
 * attempt that begins has one verdict, and its times make sense. */
#include <stdlib.h>
#include <string.h>

#include "handshake/attempts.h"
#include "wire/units.h"

#define STEP	8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool
check(void *verdicts, const struct verdict *v)
{
	unsigned *n = verdicts;

	++*n;
	if (v->result >= VERDICT_RESULTS || verdict_why_name(v)[0] == '\0')
		abort();
	if ((v->has_server && v->rtt_server > v->took) ||
	    (v->has_client && v->rtt_client > v->took))
		abort();
	return *n & 1;
}

static void
check_text(void *arg, unsigned topic, const char *text)
{
	(void)arg;
	if (topic > ATTEMPTS_VERDICTS || strstr(text, "(null)") != NULL)
		abort();
}

/* Update the table by one packet; does it begin an attempt? */
static bool
update(struct attempts *t, uint64_t now, const uint8_t *p)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct endpoint src = { .port = 1 }, dst = { .port = 2 };
	const char *peer = names[p[0] & 3];
	bool back = p[0] & 4;
	struct tcp tcp = { .flags = p[1], .seq = p[2], .ack = p[3],
	    .len = p[4] & 15, .has_ts = p[4] & 16, .tsval = p[5],
	    .tsecr = p[6] };
	struct flow_key key;
	int from = flow_key_of_text(&t->flows, back ? peer : "S", 1,
	    back ? "S" : peer, 1, &key);
	uint32_t i;

	attempts_clock(t, now);
	i = flow_find(&t->flows, &key);
	if (i == 0 && attempts_can_begin(&tcp)) {
		attempts_begin(t, &key, from, now, &tcp, &src, &dst);
		return true;
	}
	if (i != 0 && p[0] & 8)
		attempts_icmp(t, i, from, now, p[1] % ICMP_KINDS, p[6] & 15,
		    p[2]);
	else if (i != 0)
		attempts_segment(t, i, from, now, &tcp);
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct attempts t;
	struct copies copies;
	uint64_t now = 1700000000 * NS_PER_S;
	unsigned begun = 0, verdicts = 0;

	if (copies_open(&copies, 1) < 0 ||
	    attempts_open(&t, &copies, 3, 10 * NS_PER_S, 1) < 0)
		abort();
	t.early = n / STEP & 1;
	t.report = check;
	t.arg = &verdicts;
	t.explain = (struct explain){ 1 << ATTEMPTS_SEGMENTS |
	    1 << ATTEMPTS_VERDICTS, check_text, NULL };
	for (; n >= STEP; data += STEP, n -= STEP) {
		now += data[7] * (NS_PER_S / 16);
		begun += update(&t, now, data);
	}
	attempts_end(&t, now);
	/* A new SYN between the same ends begins one more inside the table. */
	if (verdicts < begun || flow_oldest(&t.flows, 0) != 0)
		abort();
	attempts_close(&t);
	copies_close(&copies);
	return 0;
}
