/*
 * rttmatch - round-trip times from 'pkt' records, by the timestamp option and
 * by sequence numbers.
 *
 * conn/rtt matches packets with their answers, conn/flow finds the flow of a
 * packet; this is the program around them.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conn/flow.h"
#include "conn/rtt.h"
#include "stage/segments.h"
#include "wire/units.h"

static const struct opt opts[] = {
	{ 'c', "clean", NULL, "report clean round trips only" },
	{ 'D', "debug", "topics", "explain on standard error: sample, skip, "
	    "accept, all" },
	OPT_COLUMNS,
	OPT_HELP,
	{ 'I', "idle", "secs", "forget a flow idle for secs seconds (300)" },
	{ 'M', "max-age", "secs",
	    "wait at most secs seconds for an answer (10)" },
	{ 'n', "max-flows", "flows", "track at most flows flows (1000000)" },
	OPT_PASS,
	{ 'Q', "quick", NULL, "write only records with a round trip" },
	OPT_SHARE,
	OPT_VERSION,
	{ 'x', "exclude", "prefix", "omit round trips to hosts in prefix; "
	    "repeatable" },
	{ 0 }
};

static const enum rec_kind writes[] = { REC_rtt, REC_count };

enum { EXPLAIN_ACCEPT = RTT_EXPLAIN_SKIP + 1 };

static const char *const topics[] = {
	[RTT_EXPLAIN_SAMPLE] = "sample", [RTT_EXPLAIN_SKIP] = "skip",
	[EXPLAIN_ACCEPT] = "accept", NULL
};

static const struct command command = {
	.prog = "rttmatch", .operands = "[file ...]", .opts = opts,
	.writes = writes, .topics = topics,
};

enum {
	PACKETS, SAMPLES, ONE_SIDED, FORGOTTEN, UNTIMED, SEGMENTS,
	BAD_LINES = SEGMENTS + SEGMENTS_NCOUNTS, COUNTS
};

static struct count counts[COUNTS] = {
	[PACKETS] = { "packets", 0 },
	[SAMPLES] = { "samples", 0 },
	[ONE_SIDED] = { "one_sided_flows", 0 },
	[FORGOTTEN] = { "forgotten_flows", 0 },
	[UNTIMED] = { "untimed", 0 },
	SEGMENTS_COUNTS(SEGMENTS),
	[BAD_LINES] = { "bad_lines", 0 },
};

static bool quick, clean_only;
static uint64_t max_age = 10 * NS_PER_S;
static uint64_t max_idle = 300 * NS_PER_S;
static uint32_t max_flows = 1000000;
static struct prefix *excluded;
static unsigned nexcluded;

static struct flow_table flows;
static struct rtt rtt;
static struct segments segments;

static void
forget(uint32_t i)
{
	struct rtt_flow *f = flow_state(&flows, i);

	counts[ONE_SIDED].value += rtt_one_sided(f);
	rtt_forget(&rtt, f);
	flow_drop(&flows, i);
}

static bool
is_idle(uint32_t i, uint64_t now)
{
	return now > flow_queued(&flows, i) &&
	    now - flow_queued(&flows, i) > max_idle;
}

static void
forget_idle(struct stage *st)
{
	uint32_t i;

	while ((i = flow_oldest(&flows, 0)) != 0 && is_idle(i, st->clock.now))
		forget(i);
}

/* The flow of a segment, a new one if need be; NULL if its ends cannot be
 * read. */
static struct rtt_flow *
find_flow(struct segment *s)
{
	struct endpoint src, dst;

	if (s->flow != 0 && is_idle(s->flow, s->time)) {
		forget(s->flow);
		s->flow = 0;
	}
	if (s->flow != 0) {
		flow_queue(&flows, s->flow, 0, s->time);
		return flow_state(&flows, s->flow);
	}
	if (!segments_ends(s, &src, &dst))
		return NULL;
	if (flow_full(&flows)) {
		counts[FORGOTTEN].value++;
		forget(flow_oldest(&flows, 0));
	}
	s->flow = flow_add(&flows, &s->key, s->time);
	return flow_state(&flows, s->flow);
}

static bool
is_excluded(const struct segment *s)
{
	struct endpoint src, dst;

	if (nexcluded == 0 || !segments_ends(s, &src, &dst))
		return false;
	for (unsigned i = 0; i < nexcluded; i++)
		if (prefix_has(&excluded[i], &src.addr))
			return true;
	return false;
}

/* Remove the times that the options exclude.  Returns whether to write a
 * record. */
static bool
apply_options(struct rtt_result *res, const struct segment *s)
{
	if (clean_only) {
		res->has_seq &= !(res->notes & RTT_RESENT);
		res->has_ts &= !(res->notes & (RTT_RESENT | RTT_PURE_ACK |
		    RTT_MORE | RTT_EDGE));
	}
	if ((res->has_ts || res->has_seq) && is_excluded(s))
		res->has_ts = res->has_seq = false;
	if (res->has_ts || res->has_seq)
		return true;
	res->notes = 0;
	return !quick && !clean_only && (res->dseq != 0 || res->has_dup);
}

static void
put_notes(struct rec_writer *w, unsigned notes)
{
	char text[sizeof RTT_NOTE_LETTERS], *p = text;

	for (unsigned i = 0; notes >> i != 0; i++)
		if (notes >> i & 1)
			*p++ = RTT_NOTE_LETTERS[i];
	if (p == text) {
		rec_put_none(w);
		return;
	}
	rec_put_tab(w);
	rec_add(w, text, (size_t)(p - text));
}

static void
put_rtt(struct rec_writer *w, const struct segment *s,
    const struct rtt_result *res)
{
	rec_begin(w, REC_rtt);
	rec_put_ns(w, s->stamp);
	segments_put_ends(w, s);
	rec_put_ns_if(w, res->has_ts, res->ts);
	rec_put_ns_if(w, res->has_seq, res->seq);
	put_notes(w, res->notes);
	rec_put_signed(w, res->dseq);
	rec_put_ns_if(w, res->has_dup, res->dup);
	rec_put_num(w, s->tcp.len);
	rec_put_num(w, res->bytes);
	rec_end(w);
}

/* A router dropped a segment, since it was larger than the path's MTU. */
static bool
use_error(uint32_t i, int from, const struct segment_error *e)
{
	struct rtt_flow *f = flow_state(&flows, i);

	return e->toobig && rtt_toobig(&rtt, &f->side[from], e->seq);
}

static void
on_segment(struct segments *in, struct segment *s)
{
	struct accept_result judged;
	struct rtt_result res;
	struct rtt_flow *f;
	enum rtt_use use;

	if ((f = find_flow(s)) == NULL)
		return;
	counts[PACKETS].value++;
	rtt.epoch = clock_stepped(&in->st->clock);
	judged = segments_judge(in, s, &f->side[s->from].tcb,
	    &f->side[!s->from].tcb, rtt_ended(f));
	use = rtt_segment(&rtt, &in->accept, s->flow, f, s->from, s->time,
	    &s->tcp, &judged, s->size, &res);
	in->copies += use == RTT_COPY;
	if (use != RTT_USED || !apply_options(&res, s))
		return;
	counts[SAMPLES].value += res.has_ts || res.has_seq;
	put_rtt(&in->st->out, s, &res);
}

static void
tcbs_of(const void *flow, struct tcb side[2])
{
	const struct rtt_flow *f = flow;

	side[0] = f->side[0].tcb;
	side[1] = f->side[1].tcb;
}

static void
on_end(struct stage *st)
{
	uint32_t i;

	(void)st;
	while ((i = flow_oldest(&flows, 0)) != 0)
		forget(i);
}

static void
sum_up(struct stage *st)
{
	counts[UNTIMED].value = rtt.untimed;
	segments_count(&segments, &counts[SEGMENTS]);
	counts[BAD_LINES].value = st->bad_lines;
}

static void
exclude(const char *text)
{
	excluded = realloc(excluded, (nexcluded + 1) * sizeof *excluded);
	if (excluded == NULL)
		err(1, NULL);
	if (prefix_scan(text, &excluded[nexcluded++]) == 0)
		opt_wrong("-x: invalid prefix '%s': must be address or "
		    "address/bits", text);
}

static void
options(struct stage *st, int argc, char **argv)
{
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		switch (c) {
		case 'c':
			clean_only = true;
			break;
		case 'I':
			max_idle = opt_seconds(c, optarg, 1e9);
			break;
		case 'M':
			max_age = opt_seconds(c, optarg, 1e9);
			break;
		case 'n':
			max_flows = opt_number(c, optarg, 1, 1000000000);
			break;
		case 'Q':
			quick = true;
			break;
		case 'x':
			exclude(optarg);
			break;
		default:
			stage_shared(st, c);
		}
}

/* Slots for packets that wait, beside the one that each side has. */
static uint32_t
slots_for(uint32_t nflows)
{
	uint32_t min = 1 << 20;

	return nflows < min / 2 ? min :
	    nflows < RING_POOL_MAX / 2 ? 2 * nflows : RING_POOL_MAX;
}

int
main(int argc, char **argv)
{
	struct stage st;

	stage_begin(&st, &command);
	st.tick = forget_idle;
	st.end = on_end;
	st.sum_up = sum_up;
	st.counts = counts;
	st.ncounts = COUNTS;
	options(&st, argc, argv);
	segments.use = on_segment;
	segments.error = use_error;
	segments.tcbs = tcbs_of;
	segments.size = true;
	segments.judges = true;
	segments.topic = EXPLAIN_ACCEPT;
	if (flow_open(&flows, max_flows, sizeof(struct rtt_flow),
	    stage_seed()) < 0 ||
	    segments_open(&segments, &st, &flows, max_flows, stage_seed()) < 0 ||
	    rtt_open(&rtt, max_age, slots_for(max_flows)) < 0)
		err(1, "-n: %u flows", max_flows);
	rtt.explain = (struct explain){ st.explained, segments_explain,
	    &segments };
	return stage_run(&st, argv + optind, argc - optind);
}
