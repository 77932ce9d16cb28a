/*
 * flowtrack - connections and their losses from 'pkt' records.
 *
 * Connections are tracked in track/track, losses are classified in track/loss;
 * this is the program around them.
 */
#include <err.h>
#include <unistd.h>

#include "stage/segments.h"
#include "track/track.h"
#include "wire/units.h"

static const struct opt opts[] = {
	{ 'D', "debug", "topics", "explain on standard error: conn, loss, "
	    "accept, all" },
	{ 'e', "losses", NULL, "write a record for each loss as well" },
	OPT_COLUMNS,
	OPT_HELP,
	{ 'I', "idle", "secs", "end a connection idle for secs (300)" },
	{ 'n', "max-conns", "conns", "track at most conns connections "
	    "(1000000)" },
	OPT_PASS,
	{ 'u', "update", "secs", "write interim records every secs seconds" },
	OPT_SHARE,
	OPT_VERSION,
	{ 0 }
};

static const enum rec_kind writes[] = { REC_conn, REC_loss, REC_count };

enum { EXPLAIN_ACCEPT = TRACK_EXPLAIN_LOSS + 1 };

static const char *const topics[] = {
	[TRACK_EXPLAIN_CONN] = "conn", [TRACK_EXPLAIN_LOSS] = "loss",
	[EXPLAIN_ACCEPT] = "accept", NULL
};

static const struct command command = {
	.prog = "flowtrack", .operands = "[file ...]", .opts = opts,
	.writes = writes, .topics = topics,
};

enum {
	PACKETS, CONNECTIONS, UPDATES, FIRST_WHAT,
	ONE_SIDED = FIRST_WHAT + LOSS_WHATS, FORGOTTEN, UNDECIDED, UNTIMED,
	SEGMENTS, BAD_LINES = SEGMENTS + SEGMENTS_NCOUNTS, COUNTS
};

static struct count counts[COUNTS] = {
	[PACKETS] = { "packets", 0 },
	[CONNECTIONS] = { "connections", 0 },
	[UPDATES] = { "updates", 0 },
	[ONE_SIDED] = { "one_sided", 0 },
	[FORGOTTEN] = { "forgotten", 0 },
	[UNDECIDED] = { "undecided", 0 },
	[UNTIMED] = { "untimed", 0 },
	SEGMENTS_COUNTS(SEGMENTS),
	[BAD_LINES] = { "bad_lines", 0 },
};

static struct track track;
static struct segments segments;
static bool losses;
static uint64_t idle = 300 * NS_PER_S, interval;
static uint32_t max_conns = 1000000;

static void
put_loss(void *stage, const struct track_loss *l)
{
	struct rec_writer *w = &((struct stage *)stage)->out;
	char why[WHY_MAX];

	counts[FIRST_WHAT + l->event.what].value++;
	if (!losses)
		return;
	rec_begin(w, REC_loss);
	rec_put_ns(w, stage_stamp(stage, l->event.time));
	rec_put_endpoint(w, &l->end[0]);
	rec_put_endpoint(w, &l->end[1]);
	rec_put_word(w, l->of_server ? "dst" : "src");
	rec_put_word(w, loss_what_name(l->event.what));
	rec_put_num(w, l->event.seq);
	rec_put_num(w, l->event.len);
	rec_put_ns_if(w, l->event.has_gap, l->event.gap);
	why_text(l->event.why, why);
	rec_put_word(w, why);
	rec_end(w);
}

static void
put_options(struct rec_writer *w, const struct track_report *r)
{
	const char *names[] = { r->stamps ? ",ts" : "", r->sack ? ",sack" : "",
	    r->scaled ? ",ws" : "" };
	char text[16] = "", *p = text;

	for (int i = 0; i < 3; i++)
		p = stpcpy(p, names[i]);
	rec_put_word(w, *text != '\0' ? text + 1 : "-");
}

/* Segments retransmitted, or their bytes, whatever the cause. */
static uint64_t
resent(const uint64_t *by_cause)
{
	return by_cause[LOSS_RTO] + by_cause[LOSS_FAST] + by_cause[LOSS_TAIL] +
	    by_cause[LOSS_SPURIOUS] + by_cause[LOSS_UNKNOWN] +
	    by_cause[LOSS_TOOBIG];
}

/* The column of src and that of dst. */
static void
put_both(struct rec_writer *w, uint64_t a, uint64_t b)
{
	rec_put_num(w, a);
	rec_put_num(w, b);
}

static void
put_both_if(struct rec_writer *w, bool has_a, uint64_t a, bool has_b,
    uint64_t b)
{
	rec_put_num_if(w, has_a, a);
	rec_put_num_if(w, has_b, b);
}

static void
put_times_if(struct rec_writer *w, bool has_a, uint64_t a, bool has_b,
    uint64_t b)
{
	rec_put_ns_if(w, has_a, a);
	rec_put_ns_if(w, has_b, b);
}

static void
put_losses(struct rec_writer *w, const struct track_total *a,
    const struct track_total *b)
{
	put_both(w, resent(a->count), resent(b->count));
	put_both(w, resent(a->sized), resent(b->sized));
	for (enum loss_what what = 0; what <= LOSS_GAP; what++) {
		put_both(w, a->count[what], b->count[what]);
		put_both(w, a->sized[what], b->sized[what]);
	}
	put_both(w, a->count[LOSS_NETDUP], b->count[LOSS_NETDUP]);
	put_both(w, a->count[LOSS_REORDER], b->count[LOSS_REORDER]);
	put_both(w, a->late, b->late);
}

static void
put_windows(struct rec_writer *w, const struct track_total *a,
    const struct track_total *b)
{
	put_both(w, a->zwins, b->zwins);
	put_times_if(w, true, a->zwin_time, true, b->zwin_time);
	put_both(w, a->count[LOSS_ZWPROBE], b->count[LOSS_ZWPROBE]);
	put_both(w, a->count[LOSS_KEEPALIVE], b->count[LOSS_KEEPALIVE]);
	put_both(w, a->syns, b->syns);
	put_both_if(w, a->has_win, a->win_min, b->has_win, b->win_min);
	put_both_if(w, a->has_win, a->win_max, b->has_win, b->win_max);
	put_both(w, a->seg_max, b->seg_max);
}

static void
put_times(struct rec_writer *w, const struct track_total *a,
    const struct track_total *b)
{
	put_both(w, a->rtts, b->rtts);
	put_times_if(w, a->rtts, a->rtt_min, b->rtts, b->rtt_min);
	put_times_if(w, a->rtts, a->rtt_mean, b->rtts, b->rtt_mean);
	put_times_if(w, a->rtts, a->rtt_max, b->rtts, b->rtt_max);
	put_times_if(w, a->rtts, a->rtt_dev, b->rtts, b->rtt_dev);
	put_both(w, a->delacks, b->delacks);
	put_times_if(w, a->has_handshake, a->handshake, b->has_handshake,
	    b->handshake);
	put_times_if(w, a->has_first, a->first, b->has_first, b->first);
}

static void
put_conn(void *stage, const struct track_report *r)
{
	struct rec_writer *w = &((struct stage *)stage)->out;
	const struct track_total *a = &r->side[0], *b = &r->side[1];

	counts[r->reason == TRACK_UPDATE ? UPDATES : CONNECTIONS].value++;
	rec_begin(w, REC_conn);
	rec_put_ns(w, stage_stamp(stage, r->start));
	rec_put_endpoint(w, &r->end[0]);
	rec_put_endpoint(w, &r->end[1]);
	rec_put_ns(w, r->took);
	rec_put_word(w, r->state);
	rec_put_word(w, *r->history != '\0' ? r->history : "-");
	rec_put_num(w, a->pkts);
	rec_put_num(w, a->bytes);
	rec_put_num(w, b->pkts);
	rec_put_num(w, b->bytes);
	rec_put_word(w, state_roles_name(r->roles));
	put_options(w, r);
	put_both_if(w, a->has_ipbytes, a->ipbytes, b->has_ipbytes, b->ipbytes);
	put_both(w, a->unique, b->unique);
	put_losses(w, a, b);
	put_both(w, a->dupacks, b->dupacks);
	put_both(w, a->sacks, b->sacks);
	put_both(w, a->dsacks, b->dsacks);
	put_windows(w, a, b);
	put_times(w, a, b);
	put_both_if(w, a->has_mss, a->mss, b->has_mss, b->mss);
	put_both_if(w, a->has_ws, a->ws, b->has_ws, b->ws);
	put_both(w, a->count[LOSS_TOOBIG], b->count[LOSS_TOOBIG]);
	put_both(w, a->sized[LOSS_TOOBIG], b->sized[LOSS_TOOBIG]);
	rec_put_word(w, track_reason_name(r->reason));
	rec_end(w);
}

static void
tick(struct stage *st)
{
	track_clock(&track, st->clock.now);
}

/* Add the connection that a segment begins; 0 if its ends cannot be read. */
static uint32_t
begin(struct segment *s)
{
	struct endpoint src, dst;

	if (!segments_ends(s, &src, &dst))
		return 0;
	s->tcp.sport = src.port;
	s->tcp.dport = dst.port;
	return track_begin(&track, &s->key, s->from, s->time, &s->tcp,
	    (struct addr[]){ src.addr, dst.addr });
}

/* The connection of a segment, a new one if need be. */
static bool
find_conn(struct segment *s)
{
	if (s->flow != 0 && track_is_idle(&track, s->flow, s->time)) {
		track_end(&track, s->flow, TRACK_IDLE);
		s->flow = 0;
	}
	if (s->flow == 0)
		s->flow = begin(s);
	return s->flow != 0;
}

/* A router dropped a segment, since it was larger than the path's MTU. */
static bool
use_error(uint32_t i, int from, const struct segment_error *e)
{
	return e->toobig && track_toobig(&track, i, from, e->time, e->seq);
}

static void
on_segment(struct segments *in, struct segment *s)
{
	struct accept_result judged;

	if (!find_conn(s))
		return;
	counts[PACKETS].value++;
	track.rtt.epoch = clock_stepped(&in->st->clock);
	judged = segments_judge(in, s, track_tcb(&track, s->flow, s->from),
	    track_tcb(&track, s->flow, !s->from),
	    track_has_ended(&track, s->flow));
	in->copies += track_segment(&track, &in->accept, s->flow, s->from,
	    s->time, &s->tcp, &judged, s->iplen);
}

static void
on_end(struct stage *st)
{
	(void)st;
	track_finish(&track);
}

static void
sum_up(struct stage *st)
{
	counts[ONE_SIDED].value = track.one_sided;
	counts[FORGOTTEN].value = track.forgotten;
	counts[UNDECIDED].value = track.loss.undecided;
	counts[UNTIMED].value = track.rtt.untimed;
	segments_count(&segments, &counts[SEGMENTS]);
	counts[BAD_LINES].value = st->bad_lines;
}

static void
options(struct stage *st, int argc, char **argv)
{
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		switch (c) {
		case 'e':
			losses = true;
			break;
		case 'I':
			idle = opt_seconds(c, optarg, 1e9);
			break;
		case 'n':
			max_conns = opt_number(c, optarg, 1, 1000000000);
			break;
		case 'u':
			interval = opt_seconds(c, optarg, 1e9);
			break;
		default:
			stage_shared(st, c);
		}
}

int
main(int argc, char **argv)
{
	struct stage st;

	stage_begin(&st, &command);
	st.tick = tick;
	st.end = on_end;
	st.sum_up = sum_up;
	st.counts = counts;
	st.ncounts = COUNTS;
	for (enum loss_what what = 0; what < LOSS_WHATS; what++)
		counts[FIRST_WHAT + what].name = loss_what_name(what);
	options(&st, argc, argv);
	segments.use = on_segment;
	segments.error = use_error;
	segments.tcbs = track_tcbs;
	segments.iplen = true;
	segments.judges = true;
	segments.topic = EXPLAIN_ACCEPT;
	if (track_open(&track, max_conns, idle, interval, stage_seed()) < 0 ||
	    segments_open(&segments, &st, &track.flows, max_conns,
	    stage_seed()) < 0)
		err(1, "-n: %u connections", max_conns);
	track.explain = (struct explain){ st.explained, stage_explain, &st };
	track.report = put_conn;
	track.lost = put_loss;
	track.arg = &st;
	return stage_run(&st, argv + optind, argc - optind);
}
