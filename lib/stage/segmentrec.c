#include "stage/segmentrec.h"

static void
make_flags(struct flags_text flags[0x200])
{
	for (unsigned f = 0; f < 0x200; f++) {
		char *p = flags[f].p;

		*p++ = '\t';
		for (unsigned bit = 0; bit < 9; bit++)
			if (f >> bit & 1)
				*p++ = TCP_FLAG_LETTERS[bit];
		if (f == 0)
			*p++ = '-';
		flags[f].n = (uint8_t)(p - flags[f].p);
	}
}

void
segmentrec_open(struct segmentrec *sr, struct rec_writer *out)
{
	*sr = (struct segmentrec){ .out = out };
	make_flags(sr->flags);
}

bool
segmentrec_has(const struct segmentrec *sr, enum rec_col c)
{
	for (unsigned i = 0; i < sr->nextra; i++)
		if (sr->extra[i] == c)
			return true;
	return false;
}

int
segmentrec_add(struct segmentrec *sr, enum rec_col c)
{
	enum rec_col cols[REC_COLS];
	unsigned n = 0;

	if (segmentrec_has(sr, c))
		return 0;
	sr->extra[sr->nextra++] = c;
	for (enum rec_col k = pkt_time; k <= pkt_opts; k++)
		cols[n++] = k;
	for (unsigned i = 0; i < sr->nextra; i++)
		cols[n++] = sr->extra[i];
	return rec_choose(sr->out, REC_pkt, cols, n);
}

static void
add(struct rec_writer *w, const char *text)
{
	rec_add(w, text, strlen(text));
}

/* Begin the next item of a list. */
static void
add_item(struct rec_writer *w, bool *first, const char *text)
{
	if (!*first)
		add(w, ",");
	add(w, text);
	*first = false;
}

static void
put_sack(struct rec_writer *w, bool *first, const struct tcp *tcp)
{
	for (unsigned i = 0; i < tcp->nsack; i++) {
		if (i == 0)
			add_item(w, first, "sack=");
		else
			add(w, ";");
		rec_add_num(w, tcp->sack[i][0]);
		add(w, ":");
		rec_add_num(w, tcp->sack[i][1]);
	}
}

static void
put_opts(struct rec_writer *w, const struct tcp *tcp)
{
	bool first = true;

	if (!(tcp->has_mss | tcp->has_ws | tcp->sackok | tcp->tfo) &&
	    tcp->nsack == 0) {
		rec_put_none(w);
		return;
	}
	rec_put_tab(w);
	if (tcp->has_mss) {
		add_item(w, &first, "mss=");
		rec_add_num(w, tcp->mss);
	}
	if (tcp->has_ws) {
		add_item(w, &first, "ws=");
		rec_add_num(w, tcp->ws);
	}
	if (tcp->sackok)
		add_item(w, &first, "sackok");
	put_sack(w, &first, tcp);
	if (tcp->tfo)
		add_item(w, &first, "tfo");
}

static void
put_vlan(struct rec_writer *w, const struct encaps *e)
{
	bool first = true;

	if (e->nvlan == 0) {
		rec_put_none(w);
		return;
	}
	rec_put_tab(w);
	for (unsigned i = 0; i < e->nvlan; i++) {
		add_item(w, &first, "");
		rec_add_num(w, e->vlan[i]);
	}
}

static void
put_encap(struct rec_writer *w, const struct encaps *e)
{
	bool first = true;

	if (e->nencap == 0) {
		rec_put_none(w);
		return;
	}
	rec_put_tab(w);
	for (unsigned i = 0; i < e->nencap; i++)
		add_item(w, &first, e->encap[i]);
}

size_t
segmentrec_tags(char *out, const struct encaps *e)
{
	char *p = out;

	for (unsigned i = 0; i < e->nencap; i++) {
		if (!(e->tagged >> i & 1))
			continue;
		if (p > out)
			*p++ = ',';
		p = stpcpy(p, e->encap[i]);
		*p++ = '=';
		p += num_fmt(p, e->id[i]);
	}
	return (size_t)(p - out);
}

static void
put_tags(struct rec_writer *w, const struct encaps *e)
{
	char text[SEGMENTREC_TAGS_MAX];
	size_t n = segmentrec_tags(text, e);

	if (n == 0) {
		rec_put_none(w);
		return;
	}
	rec_put_tab(w);
	rec_add(w, text, n);
}

static void
put_data(struct rec_writer *w, const struct decoded *d, uint32_t max)
{
	uint32_t n = d->data_len < max ? d->data_len : max;

	if (n == 0)
		rec_put_none(w);
	else
		rec_put_text(w, d->data, n);
}

static void
put_extra(const struct segmentrec *sr, enum rec_col c, const struct decoded *d)
{
	struct rec_writer *w = sr->out;

	switch (c) {
	case pkt_ttl:
		rec_put_num(w, d->ip.ttl);
		break;
	case pkt_tos:
		rec_put_num(w, d->ip.tos);
		break;
	case pkt_ipid:
		rec_put_num_if(w, d->ip.has_id, d->ip.id);
		break;
	case pkt_iplen:
		rec_put_num(w, d->ip.len);
		break;
	case pkt_framelen:
		rec_put_num(w, d->frame_len);
		break;
	case pkt_vlan:
		put_vlan(w, &d->encaps);
		break;
	case pkt_encap:
		put_encap(w, &d->encaps);
		break;
	case pkt_tags:
		put_tags(w, &d->encaps);
		break;
	default:
		put_data(w, d, sr->data_max);
	}
}

/* The time; mostly its second is that of the packet before. */
static char *
write_time(struct segmentrec *sr, char *p, uint64_t ns)
{
	uint64_t second = ns / NS_PER_S;

	if (sr->nsecond == 0 || second != sr->second) {
		sr->second = second;
		sr->nsecond = (size_t)(field_num(sr->second_text, second) -
		    sr->second_text);
	}
	memcpy(p, sr->second_text, sizeof sr->second_text);
	return p + sr->nsecond + ns_fmt_part(p + sr->nsecond,
	    (uint32_t)(ns - second * NS_PER_S));
}

/* The columns from time to tsecr, at p.  Returns what follows them. */
static char *
write_segment(struct segmentrec *sr, char *p, uint64_t time_ns,
    const struct decoded *d)
{
	const struct tcp *tcp = &d->tcp;
	const struct flags_text *flags = &sr->flags[tcp->flags];

	p = write_time(sr, p, time_ns);
	p = field_addr(p, &d->ip.src);
	p = field_num(p, tcp->sport);
	p = field_addr(p, &d->ip.dst);
	p = field_num(p, tcp->dport);
	memcpy(p, flags->p, sizeof flags->p);
	p = field_two(p + flags->n, tcp->seq, tcp->ack);
	p = field_two(p, tcp->win, tcp->len);
	return tcp->has_ts ? field_two(p, tcp->tsval, tcp->tsecr) :
	    field_none(field_none(p));
}

static void
put_pkt(struct segmentrec *sr, uint64_t time_ns, const struct decoded *d)
{
	struct rec_writer *w = sr->out;

	rec_begin(w, REC_pkt);
	rec_placed(w, write_segment(sr, rec_place(w), time_ns, d));
	put_opts(w, &d->tcp);
	for (unsigned i = 0; i < sr->nextra; i++)
		put_extra(sr, sr->extra[i], d);
	rec_end(w);
}

static void
put_icmp(struct rec_writer *w, uint64_t time_ns, const struct decoded *d)
{
	const char *name = icmp_kind_name(d->icmp.kind);

	rec_begin(w, REC_icmp);
	rec_put_ns(w, time_ns);
	rec_put_addr(w, &d->icmp.from);
	rec_put_text(w, name, strlen(name));
	rec_put_num(w, d->icmp.code);
	rec_put_addr(w, &d->ip.src);
	rec_put_num_if(w, d->icmp.has_ports, d->tcp.sport);
	rec_put_addr(w, &d->ip.dst);
	rec_put_num_if(w, d->icmp.has_ports, d->tcp.dport);
	rec_put_num_if(w, d->icmp.has_seq, d->tcp.seq);
	rec_end(w);
}

int
segmentrec_put(struct segmentrec *sr, enum decode what, uint64_t time_ns,
    const struct decoded *d)
{
	if (what == DECODE_ICMP) {
		put_icmp(sr->out, time_ns, d);
		return 0;
	}
	/* Untagged captures do without the column. */
	if (d->encaps.tagged != 0 && segmentrec_add(sr, pkt_tags) < 0)
		return -1;
	put_pkt(sr, time_ns, d);
	return 0;
}
