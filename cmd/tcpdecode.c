/*
 * tcpdecode - packets to records: a 'pkt' record for each TCP segment, an
 * 'icmp' record for each ICMP error that quotes one.
 *
 * A packet that gives no record is counted by its reason.  wire/decode decodes
 * packets, capture/capfile reads files; this is the program around them.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/capfile.h"
#include "stage/stage.h"
#include "sys/io.h"
#include "sys/signals.h"
#include "wire/decode.h"
#include "wire/link.h"

static const struct opt opts[] = {
	{ 'd', "data", "bytes", "add at most bytes of payload as data; "
	    "or all" },
	OPT_COLUMNS,
	OPT_HELP,
	{ 'k', "checksums", "level", "omit wrong checksums: 1 of IP, 2 of "
	    "TCP too" },
	{ 'o', "add", "column[,column ...]", "add ttl, tos, ipid, iplen, "
	    "framelen, vlan, encap" },
	{ 't', "no-tunnels", NULL, "stop at the first IP header of a packet" },
	OPT_VERSION,
	{ 0 }
};

static const enum rec_kind writes[] = { REC_pkt, REC_icmp, REC_count };

static const struct command command = {
	.prog = "tcpdecode", .operands = "[file ...]", .opts = opts,
	.writes = writes,
};

enum {
	PACKETS, TCP_SEGMENTS, ICMP_ERRORS, NOT_TCP, NOT_IP, UNKNOWN_LINK,
	FRAGMENTS, TRUNCATED, MALFORMED, FIRST_FRAGMENTS, OPTIONS_CUT,
	OPTIONS_BAD, NO_LENGTH, BEYOND_FRAME, BAD_CHECKSUM, UNVERIFIED, COUNTS
};

#define UNKNOWN_MAX	16	/* layers that are reported */

static struct count counts[COUNTS + UNKNOWN_MAX] = {
	[PACKETS] = { "packets", 0 },
	[TCP_SEGMENTS] = { "tcp", 0 },
	[ICMP_ERRORS] = { "icmp", 0 },
	[NOT_TCP] = { "not_tcp", 0 },
	[NOT_IP] = { "not_ip", 0 },
	[UNKNOWN_LINK] = { "unknown_link", 0 },
	[FRAGMENTS] = { "fragments", 0 },
	[TRUNCATED] = { "truncated", 0 },
	[MALFORMED] = { "malformed", 0 },
	/* These have a record nevertheless. */
	[FIRST_FRAGMENTS] = { "first_fragments", 0 },
	[OPTIONS_CUT] = { "options_cut", 0 },
	[OPTIONS_BAD] = { "options_bad", 0 },
	[NO_LENGTH] = { "no_length", 0 },
	[BEYOND_FRAME] = { "beyond_frame", 0 },
	/* With -k: without a record, and with one. */
	[BAD_CHECKSUM] = { "bad_checksum", 0 },
	[UNVERIFIED] = { "unverified", 0 },
};

/* The count of each result of decoding. */
static const uint8_t count_of[] = {
	[DECODE_TCP] = TCP_SEGMENTS, [DECODE_ICMP] = ICMP_ERRORS,
	[DECODE_NOT_TCP] = NOT_TCP, [DECODE_NOT_IP] = NOT_IP,
	[DECODE_LINK] = UNKNOWN_LINK, [DECODE_FRAGMENT] = FRAGMENTS,
	[DECODE_TRUNCATED] = TRUNCATED, [DECODE_MALFORMED] = MALFORMED,
};

/* Packets that end at a link type or an EtherType that is not decoded. */
static uint64_t unknown[SPACE_ETHERTYPE + 1][UINT16_MAX + 1];
static uint32_t seen[(SPACE_ETHERTYPE + 1) * (UINT16_MAX + 1)], nseen;

static bool no_tunnels;		/* -t */
static uint32_t verify;		/* -k */
static uint32_t data_max;	/* -d */
static enum rec_col extra[REC_COLS];	/* -o, data for -d, then the usual */
static unsigned nextra;

/* The text of each combination of flags, after a TAB. */
static char flags_text[0x200][12];

static void
make_flags_text(void)
{
	for (unsigned flags = 0; flags < 0x200; flags++) {
		char *p = flags_text[flags];

		*p++ = '\t';
		for (unsigned bit = 0; bit < 9; bit++)
			if (flags >> bit & 1)
				*p++ = TCP_FLAG_LETTERS[bit];
		if (flags == 0)
			*p++ = '-';
	}
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

static void
put_tags(struct rec_writer *w, const struct encaps *e)
{
	bool first = true;

	if (e->tagged == 0) {
		rec_put_none(w);
		return;
	}
	rec_put_tab(w);
	for (unsigned i = 0; i < e->nencap; i++) {
		if (!(e->tagged >> i & 1))
			continue;
		add_item(w, &first, e->encap[i]);
		add(w, "=");
		rec_add_num(w, e->id[i]);
	}
}

static void
put_data(struct rec_writer *w, const struct decoded *d)
{
	uint32_t n = d->data_len < data_max ? d->data_len : data_max;

	if (n == 0)
		rec_put_none(w);
	else
		rec_put_text(w, d->data, n);
}

static void
put_extra(struct rec_writer *w, enum rec_col c, const struct decoded *d)
{
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
		put_data(w, d);
	}
}

static void
put_pkt(struct rec_writer *w, uint64_t time_ns, const struct decoded *d)
{
	const struct tcp *tcp = &d->tcp;
	const char *flags = flags_text[tcp->flags];

	rec_begin(w, REC_pkt);
	rec_put_ns(w, time_ns);
	rec_put_addr(w, &d->ip.src);
	rec_put_num(w, tcp->sport);
	rec_put_addr(w, &d->ip.dst);
	rec_put_num(w, tcp->dport);
	rec_add(w, flags, strlen(flags));
	rec_put_num(w, tcp->seq);
	rec_put_num(w, tcp->ack);
	rec_put_num(w, tcp->win);
	rec_put_num(w, tcp->len);
	rec_put_num_if(w, tcp->has_ts, tcp->tsval);
	rec_put_num_if(w, tcp->has_ts, tcp->tsecr);
	put_opts(w, tcp);
	for (unsigned i = 0; i < nextra; i++)
		put_extra(w, extra[i], d);
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

/* Does the packet pass the checks of -k? */
static bool
checksums_pass(enum decode what, const struct decoded *d)
{
	enum checksum c = CHECKSUM_OK;

	if (verify >= 1)
		c = decode_ip_checksum(d);
	if (verify >= 2 && c == CHECKSUM_OK && what == DECODE_TCP)
		c = decode_tcp_checksum(d);
	counts[UNVERIFIED].value += c == CHECKSUM_UNKNOWN;
	counts[BAD_CHECKSUM].value += c == CHECKSUM_WRONG;
	return c != CHECKSUM_WRONG;
}

static bool
has_extra(enum rec_col c)
{
	for (unsigned i = 0; i < nextra; i++)
		if (extra[i] == c)
			return true;
	return false;
}

/* Add a column to the records from now on, unless they have it. */
static void
add_extra(struct rec_writer *w, enum rec_col c)
{
	enum rec_col cols[REC_COLS];
	unsigned n = 0;

	if (has_extra(c))
		return;
	extra[nextra++] = c;
	for (enum rec_col k = pkt_time; k <= pkt_opts; k++)
		cols[n++] = k;
	for (unsigned i = 0; i < nextra; i++)
		cols[n++] = extra[i];
	if (rec_choose(w, REC_pkt, cols, n) < 0)
		err(1, NULL);
}

static uint64_t *
unknown_count(uint32_t layer)
{
	return &unknown[LAYER_SPACE(layer)][LAYER_NUMBER(layer)];
}

static void
count_unknown(uint32_t layer)
{
	if (layer == LAYER_IP || (LAYER_SPACE(layer) != SPACE_LINK &&
	    LAYER_SPACE(layer) != SPACE_ETHERTYPE))
		return;
	if ((*unknown_count(layer))++ == 0)
		seen[nseen++] = layer;
}

/* Name a count of packets by the layer at which they end. */
static void
name_unknown(struct count *c, uint32_t layer)
{
	static char names[UNKNOWN_MAX][40];
	char *text = names[c - &counts[COUNTS]];
	const char *name = link_name(layer);
	bool is_link = LAYER_SPACE(layer) == SPACE_LINK;

	if (name != NULL)
		snprintf(text, sizeof names[0], "%s_%s",
		    is_link ? "link" : "ethertype", name);
	else
		snprintf(text, sizeof names[0], is_link ? "link_%u" :
		    "ethertype_0x%04x", LAYER_NUMBER(layer));
	c->name = text;
}

/* Add the commonest unknown layers to the counts: insert each in its order. */
static unsigned
add_unknown(void)
{
	struct count *c = &counts[COUNTS];
	uint32_t layers[UNKNOWN_MAX];
	unsigned n = 0;

	for (uint32_t k = 0; k < nseen; k++) {
		uint64_t value = *unknown_count(seen[k]);
		unsigned i = n;

		for (; i > 0 && c[i - 1].value < value; i--)
			if (i < UNKNOWN_MAX) {
				c[i].value = c[i - 1].value;
				layers[i] = layers[i - 1];
			}
		if (i == UNKNOWN_MAX)
			continue;
		c[i].value = value;
		layers[i] = seen[k];
		n += n < UNKNOWN_MAX;
	}
	for (unsigned i = 0; i < n; i++)
		name_unknown(&c[i], layers[i]);
	return n;
}

static void
on_packet(struct stage *st, const struct packet *pkt)
{
	struct decoded d;
	enum decode what = decode_packet(pkt, !no_tunnels, &d);

	counts[PACKETS].value++;
	if (pkt->time_ns > st->now)
		st->now = pkt->time_ns;
	if (what > DECODE_ICMP) {
		counts[count_of[what]].value++;
		count_unknown(d.last);
		return;
	}
	if (verify > 0 && !checksums_pass(what, &d))
		return;
	counts[count_of[what]].value++;
	if (what == DECODE_ICMP) {
		put_icmp(&st->out, pkt->time_ns, &d);
		return;
	}
	/* Untagged captures do without the column. */
	if (d.encaps.tagged != 0)
		add_extra(&st->out, pkt_tags);
	counts[FIRST_FRAGMENTS].value += d.ip.more;
	counts[NO_LENGTH].value += d.ip.no_length;
	counts[BEYOND_FRAME].value += d.frame_len > pkt->wire_len;
	counts[OPTIONS_CUT].value += d.tcp.options_cut;
	counts[OPTIONS_BAD].value += d.tcp.options_bad;
	put_pkt(&st->out, pkt->time_ns, &d);
}

static void
report(struct stage *st, const struct capfile *cf)
{
	warnx("%s", cf->error);
	st->failed = true;
}

/* Read a capture to its end, or, if it is a file, to a signal to stop. */
static void
read_capture(struct stage *st, struct capfile *cf)
{
	struct packet pkt;
	bool file = io_is_file(cf->fd) ||
	    (cf->child > 0 && strcmp(cf->name, "stdin") != 0);
	int got = 0, n = 1;

	while (n > 0 && !(signals_stop() && file)) {
		while ((got = capfile_next(cf, &pkt)) > 0)
			on_packet(st, &pkt);
		stage_flush(&st->out);
		stage_progress(st);
		if (got < 0)
			break;
		if (signals_wait(cf->fd, -1) == 1)
			n = capfile_fill(cf);
	}
	if (got < 0 || n < 0)
		report(st, cf);
	if (capfile_close(cf) < 0)
		report(st, cf);
}

/* Every capture is opened before the first byte of any is parsed. */
static void
read_captures(struct stage *st, char **files, int n)
{
	struct capfile *captures = calloc((size_t)n, sizeof *captures);
	int opened = 0;

	if (captures == NULL)
		err(1, NULL);
	stage_prepare();
	for (int i = 0; i < n; i++) {
		if (capfile_open(&captures[opened], files[i]) == 0)
			opened++;
		else
			report(st, &captures[opened]);
	}
	stage_confine(st);
	for (int i = 0; i < opened; i++)
		read_capture(st, &captures[i]);
	free(captures);
}

static void
add_column(const char *name)
{
	enum rec_col c = rec_col_named(REC_pkt, name, strlen(name));

	if (c < pkt_ttl || c > pkt_tags)
		opt_wrong("-o: invalid column '%s': must be ttl, tos, ipid, "
		    "iplen, framelen, vlan, encap or tags", name);
	if (has_extra(c))
		opt_wrong("-o: invalid column '%s': must be named once", name);
	extra[nextra++] = c;
}

static void
add_columns(char *list)
{
	if (*list == '\0')
		add_column(list);
	for (char *s = strtok(list, ","); s != NULL; s = strtok(NULL, ","))
		add_column(s);
}

static void
options(int argc, char **argv)
{
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		switch (c) {
		case 'd':
			data_max = strcmp(optarg, "all") == 0 ? UINT32_MAX :
			    opt_number(c, optarg, 0, UINT32_MAX);
			break;
		case 'k':
			verify = opt_number(c, optarg, 1, 2);
			break;
		case 'o':
			add_columns(optarg);
			break;
		case 't':
			no_tunnels = true;
			break;
		}
}

int
main(int argc, char **argv)
{
	static char dash[] = "-", *standard_input[] = { dash };
	struct stage st;

	stage_begin(&st, &command);
	st.counts = counts;
	st.ncounts = COUNTS;
	options(argc, argv);
	argc -= optind;
	argv += optind;
	if (argc == 0 && isatty(STDIN_FILENO))
		opt_wrong("standard input is a terminal: name capture files "
		    "or pipe packets in");
	if (data_max > 0)
		add_extra(&st.out, pkt_data);
	/* Stages tell copies by them. */
	add_extra(&st.out, pkt_ttl);
	add_extra(&st.out, pkt_ipid);
	make_flags_text();
	if (argc > 0)
		read_captures(&st, argv, argc);
	else
		read_captures(&st, standard_input, 1);
	st.ncounts += add_unknown();
	return stage_end(&st);
}
