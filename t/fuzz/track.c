/* Packets of a few connections in a small table, 16 bytes each: every
 * connection is reported once, its totals are consistent, and all of its memory
 * is given back. */
#include <stdlib.h>
#include <string.h>

#include "track/track.h"

#define STEP	16
#define MS	1000000ull

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static unsigned begun, ended;

static void
check_report(void *arg, const struct track_report *r)
{
	(void)arg;
	ended += r->reason != TRACK_UPDATE;
	for (int i = 0; i < 2; i++) {
		const struct track_total *s = &r->side[i];

		if (s->unique > s->bytes || s->rtt_min > s->rtt_max ||
		    s->dsacks > s->sacks || (s->has_win &&
		    s->win_min > s->win_max))
			abort();
	}
	if (strlen(r->history) >= sizeof r->history || r->state[0] == '\0')
		abort();
}

static void
check_loss(void *arg, const struct track_loss *l)
{
	(void)arg;
	if (l->event.what >= LOSS_WHATS || l->event.len > INT32_MAX)
		abort();
}

static void
check_text(void *arg, unsigned topic, const char *text)
{
	(void)arg;
	if (topic > TRACK_EXPLAIN_LOSS || *text == '\0')
		abort();
}

static void
use_packet(struct track *t, struct accept *a, uint64_t now, const uint8_t *p)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct addr addr[2] = { { .v6 = p[0] & 1 }, { .v6 = p[0] & 1 } };
	struct accept_result judged;
	struct tcp tcp = { .flags = p[1], .seq = p[2] * 100u,
	    .ack = p[3] * 100u, .len = p[4] * 10u, .win = p[5] & 7,
	    .has_ts = p[6] & 1, .tsval = p[7], .tsecr = p[8],
	    .nsack = p[6] >> 1 & 3, .sackok = p[6] & 8, .has_ws = p[6] & 16,
	    .ws = p[6] >> 4, .has_mss = p[6] & 32, .mss = p[9],
	    .ip_id = p[15] >> 5, .ttl = p[15] >> 1 & 1 };
	const char *peer = names[p[0] & 3];
	bool back = p[0] & 4;
	struct flow_key key;
	int from = flow_key(&key, flow_end(&t->flows, back ? peer : "S", 1),
	    flow_end(&t->flows, back ? "S" : peer, 1));
	uint32_t i;

	if (p[0] & 8)
		tcp.seq -= 0x3000;	/* wraps */
	for (int k = 0; k < tcp.nsack; k++) {
		tcp.sack[k][0] = p[9 + k] * 100u;
		tcp.sack[k][1] = p[10 + k] * 100u;
	}
	track_clock(t, now);
	i = flow_find(&t->flows, &key);
	if (i == 0) {
		begun++;
		i = track_begin(t, &key, from, now - (p[14] & 3), &tcp, addr);
	}
	judged = accept_segment(a, i, track_tcb(t, i, from),
	    track_tcb(t, i, !from), from, now, track_has_ended(t, i), &tcp);
	begun += judged.begins;
	track_segment(t, a, i, from, now, &tcp, &judged, p[15] & 1 ? 40 : 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct track t;
	struct accept a;
	uint64_t now = 1700000000000 * MS;

	if (accept_open(&a, 1) < 0 || track_open(&t, 3, 20000 * MS, n & 1 ? 3000 * MS : 0, 1) < 0)
		abort();
	t.explain = (struct explain){ 3, check_text, NULL };
	t.report = check_report;
	t.lost = check_loss;
	begun = ended = 0;
	for (; n >= STEP; data += STEP, n -= STEP) {
		now += data[13] * data[13] * (MS / 16);
		use_packet(&t, &a, now, data);
	}
	track_finish(&t);
	accept_close(&a);
	if (begun != ended || t.flows.used != 0)
		abort();
	track_close(&t);
	return 0;
}
