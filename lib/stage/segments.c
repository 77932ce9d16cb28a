#include "stage/segments.h"

#include <string.h>

#include "conn/explain.h"

int
segments_open(struct segments *in, struct stage *st, struct flow_table *flows,
    uint32_t max, uint64_t seed)
{
	in->st = st;
	in->flows = flows;
	st->clock = clock_for_packets();
	segment_need(&st->in);
	return nets_open(&in->nets, max, seed) < 0 ||
	    accept_open(&in->accept, seed) < 0 ? -1 : 0;
}

/* The tag of the packet's network, 0 if none. */
static uint32_t
read_tag(const struct segments *in, const struct rec *rec)
{
	size_t n;
	const char *text = rec_field(rec, pkt_tags, &n);

	return rec_has(rec, pkt_tags) ? nets_tag(&in->nets, text, n) : 0;
}

/* The ends alone are a connection where no packet has a tag. */
static void
look_up(struct segments *in, const struct rec *rec, struct segment *s)
{
	const struct segment_ends *e = &s->ends;
	uint32_t tag = read_tag(in, rec);
	struct tcb side[2];

	s->flow = flow_between(in->flows, e->src, e->nsrc, e->dst, e->ndst,
	    &s->key, &s->from);
	if (tag == 0 && !nets_are_used(&in->nets))
		return;
	if (s->flow != 0)
		in->tcbs(flow_state(in->flows, s->flow), side);
	nets_key(&in->nets, &s->key, s->from, tag, s->time, &s->tcp,
	    s->flow != 0 ? side : NULL);
	s->flow = flow_find(in->flows, &s->key);
}

/* Move the clock to a stamp, and do what is due by then: its time. */
static uint64_t
move_clock(struct segments *in, uint64_t stamp)
{
	struct stage *st = in->st;
	uint64_t time = stage_clock(st, stamp);

	if (st->tick != NULL)
		st->tick(st);
	return time;
}

bool
segments_read(struct segments *in, struct rec *rec, struct segment *s)
{
	uint64_t stamp = rec_ns(rec, pkt_time);

	segment_read(rec, &s->tcp);
	if (rec->why != NULL)
		return false;
	s->time = move_clock(in, stamp);
	segment_ends(rec, &s->ends);
	look_up(in, rec, s);
	return true;
}

/* --- ICMP errors -------------------------------------------------------- */

void
segments_need_errors(struct rec_reader *in)
{
	for (enum rec_col c = icmp_time; c <= icmp_seq; c++)
		rec_need(in, c);
}

static enum icmp_kind
read_kind(struct rec *rec)
{
	size_t n;
	const char *p = rec_field(rec, icmp_what, &n);

	for (enum icmp_kind k = 0; k < ICMP_KINDS; k++)
		if (strlen(icmp_kind_name(k)) == n &&
		    memcmp(icmp_kind_name(k), p, n) == 0)
			return k;
	rec_bad(rec, icmp_what, "not a kind of ICMP error");
	return ICMP_KINDS;
}

/* RFC 792 has it as a code of "unreachable"; RFC 4443 as a type. */
static bool
is_toobig(const struct segment_error *e, const struct rec *rec)
{
	size_t n;
	const char *src = rec_field(rec, icmp_src, &n);

	return e->kind == ICMP_TOOBIG || (e->kind == ICMP_UNREACH &&
	    e->code == 4 && memchr(src, ':', n) == NULL);
}

/* Pass the error on, in whatever network its connection is. */
static void
find_quoted(const struct segments *in, struct rec *rec,
    const struct segment_error *e,
    bool (*use)(uint32_t, int, const struct segment_error *))
{
	char scratch[2][REC_PAIR_MAX];
	size_t nsrc, ndst;
	const char *src = rec_pair(rec, icmp_src, icmp_sport, scratch[0], &nsrc);
	const char *dst = rec_pair(rec, icmp_dst, icmp_dport, scratch[1], &ndst);
	unsigned nets = nets_are_used(&in->nets) ? NETS_MAX : 1;
	struct flow_key key, in_net;
	int from;
	uint32_t i = flow_between(in->flows, src, nsrc, dst, ndst, &key, &from);

	for (unsigned n = 1; (i == 0 || !use(i, from, e)) && n < nets; n++) {
		in_net = nets_variant(&key, n);
		i = flow_find(in->flows, &in_net);
	}
}

bool
segments_error(struct segments *in, struct rec *rec,
    bool (*use)(uint32_t, int, const struct segment_error *))
{
	uint64_t stamp = rec_ns(rec, icmp_time);
	struct segment_error e = { .kind = read_kind(rec),
	    .code = (uint8_t)rec_u16(rec, icmp_code) };

	/* Without a sequence number it may be about any segment. */
	if (!rec_has(rec, icmp_seq))
		return false;
	e.seq = rec_u32(rec, icmp_seq);
	if (rec->why != NULL)
		return false;
	e.toobig = is_toobig(&e, rec);
	e.time = move_clock(in, stamp);
	find_quoted(in, rec, &e, use);
	return true;
}

/* --- verdicts ----------------------------------------------------------- */

static void
explain_verdict(const struct segments *in, const struct accept_result *res)
{
	static const char *const copies[] = {
		[COPY_CAPTURED] = "captured again",
		[COPY_ELSEWHERE] = "captured again, at another place",
		[COPY_NETWORK] = "copied by the network"
	};
	struct stage *st = in->st;
	const struct explain to = { .topics = st->explained,
	    .line = stage_explain, .arg = st };
	struct endpoint src, dst;

	segment_endpoints(&st->in.rec, &src, &dst);
	explain_packet_line(&to, in->topic, rec_ns(&st->in.rec, pkt_time),
	    &src, &dst, "%s: %s", accept_verdict_name(res->verdict),
	    res->verdict == ACCEPT_COPY ? copies[res->copy] :
	    accept_rule_name(res->rule));
}

struct accept_result
segments_judge(struct segments *in, const struct segment *s,
    struct tcb *sender, struct tcb *receiver, bool ended)
{
	struct accept_result res = accept_segment(&in->accept, s->flow, sender,
	    receiver, s->from, s->time, ended, &s->tcp);

	if (in->st->explained >> in->topic & 1 &&
	    res.verdict > ACCEPT_OLD)
		explain_verdict(in, &res);
	return res;
}

void
segments_count(const struct segments *in, struct count *first)
{
	const struct clock *c = &in->st->clock;

	first[0].value = in->copies;
	first[1].value = in->accept.rejected;
	first[2].value = in->accept.ambiguous;
	first[3].value = c->late;
	first[4].value = c->steps;
}
