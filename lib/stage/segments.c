#include "stage/segments.h"

#include <err.h>
#include <string.h>

#include "conn/explain.h"
#include "rec/segment.h"

/* Move the clock to a stamp, and do what is due by then.  Returns its time. */
static uint64_t
move_clock(struct segments *in, uint64_t stamp)
{
	struct stage *st = in->st;
	uint64_t time = stage_clock(st, stamp);

	if (st->tick != NULL)
		st->tick(st);
	return time;
}

/* Find the connection of a segment whose key is set.  The ends alone are a
 * connection where no packet has a tag. */
static void
look_up(struct segments *in, struct segment *s, uint32_t tag)
{
	struct tcb side[2];

	s->flow = flow_find(in->flows, &s->key);
	if (tag == 0 && !nets_are_used(&in->nets))
		return;
	if (s->flow != 0)
		in->tcbs(flow_state(in->flows, s->flow), side);
	nets_key(&in->nets, &s->key, s->from, tag, s->time, &s->tcp,
	    s->flow != 0 ? side : NULL);
	s->flow = flow_find(in->flows, &s->key);
}

/* Use a segment of which all but the connection is set, with the tag of its
 * network, 0 if none. */
static void
use_segment(struct segments *in, struct segment *s, uint32_t tag)
{
	look_up(in, s, tag);
	in->current = s;
	in->use(in, s);
}

/* RFC 792 has it as a code of "unreachable"; RFC 4443 as a type. */
static bool
is_toobig(const struct segment_error *e, bool v6)
{
	return e->kind == ICMP_TOOBIG ||
	    (e->kind == ICMP_UNREACH && e->code == 4 && !v6);
}

/* Use an error that quotes a segment of IPv6 or IPv4, in whatever network its
 * connection is. */
static void
use_error(struct segments *in, const struct flow_key *key, int from, bool v6,
    struct segment_error *e)
{
	unsigned nets = nets_are_used(&in->nets) ? NETS_MAX : 1;

	e->toobig = is_toobig(e, v6);
	in->errors++;
	for (unsigned n = 0; n < nets; n++) {
		struct flow_key in_net = nets_variant(key, n);
		uint32_t flow = flow_find(in->flows, &in_net);

		if (flow != 0 && in->error(flow, from, e))
			return;
	}
}

/* Are these the ends of a connection of the stage's share? */
static bool
is_mine(const struct stage *st, const struct endpoint *src,
    const struct endpoint *dst)
{
	return st->shares == 0 ||
	    flow_share(src, dst, st->shares) == st->share;
}

/* --- records ------------------------------------------------------------ */

/* The tag of the packet's network, 0 if none. */
static uint32_t
read_tag(const struct segments *in, const struct rec *rec)
{
	size_t n;
	const char *text = rec_field(rec, pkt_tags, &n);

	return rec_has(rec, pkt_tags) ? nets_tag(&in->nets, text, n) : 0;
}

/* An end of the packet that a record is about; an ICMP error may quote none of
 * its ports. */
static struct endpoint
read_end(struct rec *rec, enum rec_col addr, enum rec_col port)
{
	return (struct endpoint){ rec_addr(rec, addr),
	    rec_has(rec, port) ? rec_u16(rec, port) : 0 };
}

/* Is it about a connection of the stage's share?  Records about no connection
 * are of the first share. */
static bool
record_is_mine(struct stage *st, struct rec *rec)
{
	const char *why = rec->why;
	struct endpoint src, dst;
	bool bad;

	if (st->shares == 0)
		return true;
	if (rec->ignored || (rec->kind != REC_icmp && rec->kind != REC_pkt))
		return st->share == 0;
	if (rec->kind == REC_icmp) {
		src = read_end(rec, icmp_src, icmp_sport);
		dst = read_end(rec, icmp_dst, icmp_dport);
	} else {
		src = read_end(rec, pkt_src, pkt_sport);
		dst = read_end(rec, pkt_dst, pkt_dport);
	}
	bad = rec->why != NULL;
	rec->why = why;		/* it is for its share to report that */
	return bad ? st->share == 0 : is_mine(st, &src, &dst);
}

/* Does the record have data, if the stage uses it?  Reports once if not. */
static bool
has_data(struct segments *in, const struct rec *rec)
{
	if (!in->data || rec->at[pkt_data] != 0)
		return true;
	if (!in->lacks_data)
		warnx("no 'data' column: run tcpdecode -d all");
	in->lacks_data = in->st->failed = true;
	return false;
}

static void
read_sizes(const struct segments *in, struct rec *rec, struct segment *s)
{
	s->size = in->size && rec->at[pkt_framelen] ?
	    rec_u32(rec, pkt_framelen) : s->tcp.len;
	s->iplen = in->iplen && rec_has(rec, pkt_iplen) ?
	    rec_u32(rec, pkt_iplen) : 0;
}

static void
read_pkt(struct segments *in, struct rec *rec)
{
	struct segment s;
	struct segment_ends e;

	if (!has_data(in, rec))
		return;
	s.rec = rec;
	s.decoded = NULL;
	s.stamp = rec_ns(rec, pkt_time);
	segment_read(rec, &s.tcp);
	read_sizes(in, rec, &s);
	if (rec->why != NULL)
		return;
	s.time = move_clock(in, s.stamp);
	if (!record_is_mine(in->st, rec))
		return;
	segment_ends(rec, &e);
	s.from = flow_key_of_text(in->flows, e.src, e.nsrc, e.dst, e.ndst,
	    &s.key);
	use_segment(in, &s, read_tag(in, rec));
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

static void
use_quoted(struct segments *in, struct rec *rec, struct segment_error *e)
{
	char scratch[2][REC_PAIR_MAX];
	size_t nsrc, ndst;
	const char *src = rec_pair(rec, icmp_src, icmp_sport, scratch[0], &nsrc);
	const char *dst = rec_pair(rec, icmp_dst, icmp_dport, scratch[1], &ndst);
	struct flow_key key;
	int from = flow_key_of_text(in->flows, src, nsrc, dst, ndst, &key);

	use_error(in, &key, from, memchr(src, ':', nsrc) != NULL, e);
}

static void
read_error(struct segments *in, struct rec *rec)
{
	uint64_t stamp = rec_ns(rec, icmp_time);
	struct segment_error e = { .kind = read_kind(rec),
	    .code = (uint8_t)rec_u16(rec, icmp_code) };

	/* Without a sequence number it may be about any segment. */
	if (!rec_has(rec, icmp_seq))
		return;
	e.seq = rec_u32(rec, icmp_seq);
	if (rec->why != NULL)
		return;
	e.time = move_clock(in, stamp);
	if (!record_is_mine(in->st, rec))
		return;
	use_quoted(in, rec, &e);
}

static void
on_record(struct stage *st, struct rec *rec)
{
	struct segments *in = st->source;

	if (rec->kind == REC_pkt)
		read_pkt(in, rec);
	else if (rec->kind == REC_icmp && in->error != NULL)
		read_error(in, rec);
}

/* --- packets ------------------------------------------------------------ */

static size_t
end_text(char *out, const struct endpoint *e)
{
	char *p = out + addr_fmt(out, &e->addr);

	*p++ = '\t';
	return (size_t)(p - out) + num_fmt(p, e->port);
}

/* The key of the ends of a packet: that of their text if records are read, too,
 * in which the same connections may be. */
static struct packet_key
key_of(const struct segments *in, const struct decoded *d)
{
	const struct endpoint src = { d->ip.src, d->tcp.sport };
	const struct endpoint dst = { d->ip.dst, d->tcp.dport };
	struct packet_key k = { .mine = is_mine(in->st, &src, &dst) };
	char text[2][REC_PAIR_MAX];

	if (!in->st->mixed)
		k.from = flow_key_between(in->flows, &src, &dst, &k.key);
	else
		k.from = flow_key_of_text(in->flows, text[0],
		    end_text(text[0], &src), text[1],
		    end_text(text[1], &dst), &k.key);
	return k;
}

/* Fetch what the packet in a slot will need, by its key; or, while it has none,
 * by that of the packet before it in the slot. */
static void
fetch(const struct segments *in, unsigned slot)
{
	const struct packet_key *k = &in->key[slot];
	uint32_t flow = k->mine ? flow_fetch(in->flows, &k->key) : 0;

	if (in->judges && flow != 0)
		copies_fetch(&in->accept.copies, flow,
		    &in->decoder.kept[slot].d.tcp);
}

/* A packet's bucket is fetched at once; what it leads to, when half of the
 * packets before it are used and the bucket has arrived. */
static void
on_coming(void *segments, unsigned slot, const struct decoded *d)
{
	struct segments *in = segments;

	in->key[slot] = key_of(in, d);
	if (in->key[slot].mine)
		flow_fetch_bucket(in->flows, &in->key[slot].key);
	fetch(in, (slot + DECODER_AHEAD / 2) % DECODER_AHEAD);
}

static uint32_t
packet_tag(const struct segments *in, const struct encaps *e)
{
	char text[SEGMENTREC_TAGS_MAX];

	return e->tagged == 0 ? 0 :
	    nets_tag(&in->nets, text, segmentrec_tags(text, e));
}

/* As segment_read() reads it from the record of the packet. */
static void
fill_tcp(struct tcp *tcp, const struct decoded *d)
{
	*tcp = d->tcp;
	if (tcp->flags & TCP_SYN)
		return;
	tcp->has_mss = tcp->has_ws = tcp->sackok = tcp->tfo = false;
	tcp->mss = tcp->ws = 0;
}

static void
use_packet(struct segments *in, uint64_t stamp, const struct decoded *d,
    const struct packet_key *k)
{
	struct segment s;

	s.rec = NULL;
	s.decoded = d;
	s.stamp = stamp;
	s.time = move_clock(in, stamp);
	if (!k->mine)
		return;
	fill_tcp(&s.tcp, d);
	s.size = s.tcp.len;
	s.iplen = 0;
	s.key = k->key;
	s.from = k->from;
	use_segment(in, &s, packet_tag(in, &d->encaps));
}

static void
use_icmp(struct segments *in, uint64_t stamp, const struct decoded *d,
    const struct packet_key *k)
{
	struct segment_error e = { .kind = d->icmp.kind, .code = d->icmp.code,
	    .seq = d->tcp.seq };

	if (!d->icmp.has_seq)
		return;
	e.time = move_clock(in, stamp);
	if (!k->mine)
		return;
	use_error(in, &k->key, k->from, d->ip.src.v6, &e);
}

static void
use_decoded(void *segments, enum decode what, uint64_t stamp,
    const struct decoded *d)
{
	struct segments *in = segments;
	unsigned slot = in->decoder.slot;
	struct packet_key k = slot < DECODER_AHEAD ? in->key[slot] :
	    key_of(in, d);

	if (in->st->pass && k.mine &&
	    segmentrec_put(&in->writer, what, stamp, d) < 0)
		err(1, NULL);
	if (what == DECODE_TCP)
		use_packet(in, stamp, d, &k);
	else if (in->error != NULL)
		use_icmp(in, stamp, d, &k);
}

static void
on_packet(struct stage *st, const struct packet *pkt)
{
	struct segments *in = st->source;

	decoder_packet(&in->decoder, pkt);
}

/* --- both ---------------------------------------------------------------- */

/* With -p packets are passed along as tcpdecode writes them. */
static int
open_writer(struct segments *in)
{
	segmentrec_open(&in->writer, &in->st->out);
	in->writer.data_max = UINT32_MAX;
	return (in->data && segmentrec_add(&in->writer, pkt_data) < 0) ||
	    segmentrec_add(&in->writer, pkt_ttl) < 0 ||
	    segmentrec_add(&in->writer, pkt_ipid) < 0 ? -1 : 0;
}

static void
need_columns(const struct segments *in)
{
	segment_need(&in->st->in);
	for (enum rec_col c = icmp_time; in->error != NULL && c <= icmp_seq; c++)
		rec_need(&in->st->in, c);
}

int
segments_open(struct segments *in, struct stage *st, struct flow_table *flows,
    uint32_t max, uint64_t seed)
{
	in->st = st;
	in->flows = flows;
	st->source = in;
	st->record = on_record;
	st->packet = on_packet;
	st->mine = record_is_mine;
	st->decoder = &in->decoder;
	in->decoder.use = use_decoded;
	in->decoder.coming = on_coming;
	in->decoder.arg = in;
	st->clock = clock_for_packets();
	need_columns(in);
	return nets_open(&in->nets, max, seed) < 0 ||
	    accept_open(&in->accept, seed) < 0 ||
	    decoder_open(&in->decoder, seed) < 0 || open_writer(in) < 0 ? -1 : 0;
}

bool
segments_ends(const struct segment *s, struct endpoint *src,
    struct endpoint *dst)
{
	const struct decoded *d = s->decoded;

	if (d == NULL) {
		segment_endpoints(s->rec, src, dst);
		return s->rec->why == NULL;
	}
	*src = (struct endpoint){ d->ip.src, d->tcp.sport };
	*dst = (struct endpoint){ d->ip.dst, d->tcp.dport };
	return true;
}

void
segments_put_ends(struct rec_writer *w, const struct segment *s)
{
	const struct decoded *d = s->decoded;
	struct segment_ends e;

	if (d != NULL) {
		rec_put_addr(w, &d->ip.src);
		rec_put_num(w, d->tcp.sport);
		rec_put_addr(w, &d->ip.dst);
		rec_put_num(w, d->tcp.dport);
		return;
	}
	segment_ends(s->rec, &e);
	rec_put_tab(w);
	rec_add(w, e.src, e.nsrc);
	rec_put_tab(w);
	rec_add(w, e.dst, e.ndst);
}

struct segment_data
segments_data(const struct segment *s)
{
	struct segment_data data = { .p = "", .escaped = s->rec != NULL };

	if (s->decoded != NULL)
		return (struct segment_data){ s->decoded->data,
		    s->decoded->data_len, false };
	if (rec_has(s->rec, pkt_data))
		data.p = rec_field(s->rec, pkt_data, &data.n);
	return data;
}

void
segments_explain(void *segments, unsigned topic, const char *text)
{
	struct segments *in = segments;
	const struct explain to = { .line = stage_explain, .arg = in->st };
	struct endpoint src, dst;

	segments_ends(in->current, &src, &dst);
	explain_packet_line(&to, topic, in->current->stamp, &src, &dst, "%s",
	    text);
}

void
segments_explain_verdict(struct segments *in, const struct accept_result *res)
{
	static const char *const copies[] = {
		[COPY_CAPTURED] = "captured again",
		[COPY_ELSEWHERE] = "captured again, at another place",
		[COPY_NETWORK] = "copied by the network"
	};
	const struct explain to = { .line = segments_explain, .arg = in };

	explain_line(&to, in->topic, "%s: %s",
	    accept_verdict_name(res->verdict), res->verdict == ACCEPT_COPY ?
	    copies[res->copy] : accept_rule_name(res->rule));
}

void
segments_count(const struct segments *in, struct count *first)
{
	const struct clock *c = &in->st->clock;

	first[0].value = in->copies;
	first[1].value = in->accept.rejected;
	first[2].value = in->accept.ambiguous;
	/* Of all packets: one share has these. */
	first[3].value = in->st->share > 0 ? 0 : c->late;
	first[4].value = in->st->share > 0 ? 0 : c->steps;
}
