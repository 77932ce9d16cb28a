/*
 * tcpdecode - packets to records: one 'pkt' per TCP segment, one 'icmp' per
 * ICMP error about one.
 *
 * What cannot become a record is counted by its reason.  Decoding itself is
 * in wire/decode; this is the program around it.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stage/stage.h"
#include "capture/capfile.h"
#include "sys/io.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "sys/version.h"
#include "wire/decode.h"

static const char synopsis[] =
"tcpdecode [-FhV] [-d bytes] [-k level] [-o column[,column ...]] [file ...]";

static const char help[] =
"  -d bytes   add up to this much of the payload as 'data'; a number or all\n"
"  -F         print the columns that can be written\n"
"  -h         print this\n"
"  -k level   leave out wrong checksums: 1 of IP, 2 of IP and TCP\n"
"  -o column  add columns: ttl,tos,ipid,iplen,framelen,vlan,encap\n"
"  -V         print the version\n";

enum {
	PACKETS, TCP_SEGMENTS, ICMP_ERRORS, NOT_TCP, NOT_IP, UNKNOWN_LINK,
	FRAGMENTS, TRUNCATED, MALFORMED, FIRST_FRAGMENTS, OPTIONS_CUT,
	OPTIONS_BAD, NO_LENGTH, BAD_CHECKSUM, UNVERIFIED, COUNTS
};

static struct count counts[COUNTS] = {
	[PACKETS] = { "packets", 0 },
	[TCP_SEGMENTS] = { "tcp", 0 },
	[ICMP_ERRORS] = { "icmp", 0 },
	[NOT_TCP] = { "not_tcp", 0 },
	[NOT_IP] = { "not_ip", 0 },
	[UNKNOWN_LINK] = { "unknown_link", 0 },
	[FRAGMENTS] = { "fragments", 0 },
	[TRUNCATED] = { "truncated", 0 },
	[MALFORMED] = { "malformed", 0 },
	/* These have a record all the same. */
	[FIRST_FRAGMENTS] = { "first_fragments", 0 },
	[OPTIONS_CUT] = { "options_cut", 0 },
	[OPTIONS_BAD] = { "options_bad", 0 },
	[NO_LENGTH] = { "no_length", 0 },
	/* Without a record; asked for by -k. */
	[BAD_CHECKSUM] = { "bad_checksum", 0 },
	/* With one. */
	[UNVERIFIED] = { "unverified", 0 },
};

/* The count of each way in which a packet gives no record, or gives one. */
static const uint8_t count_of[] = {
	[DECODE_TCP] = TCP_SEGMENTS, [DECODE_ICMP] = ICMP_ERRORS,
	[DECODE_NOT_TCP] = NOT_TCP, [DECODE_NOT_IP] = NOT_IP,
	[DECODE_LINK] = UNKNOWN_LINK, [DECODE_FRAGMENT] = FRAGMENTS,
	[DECODE_TRUNCATED] = TRUNCATED, [DECODE_MALFORMED] = MALFORMED,
};

static struct rec_writer out;
static int verify;		/* -k */
static uint32_t data_max;	/* -d */
static enum rec_col extra[REC_COLS];	/* -o, and data for -d */
static unsigned nextra;
static uint64_t now;		/* latest time seen */
static bool failed;

/* Text that is the same for many packets, made once. */
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
add(const char *text)
{
	rec_add(&out, text, strlen(text));
}

/* A list's next item: a comma unless it is the first. */
static void
item(bool *first, const char *text)
{
	if (!*first)
		add(",");
	add(text);
	*first = false;
}

static void
put_sack(bool *first, const struct tcp *tcp)
{
	for (unsigned i = 0; i < tcp->nsack; i++) {
		if (i == 0)
			item(first, "sack=");
		else
			add(";");
		rec_add_num(&out, tcp->sack[i][0]);
		add(":");
		rec_add_num(&out, tcp->sack[i][1]);
	}
}

static void
put_opts(const struct tcp *tcp)
{
	bool first = true;

	if (!(tcp->has_mss | tcp->has_ws | tcp->sackok | tcp->tfo) &&
	    tcp->nsack == 0) {
		rec_put_none(&out);
		return;
	}
	rec_put_tab(&out);
	if (tcp->has_mss) {
		item(&first, "mss=");
		rec_add_num(&out, tcp->mss);
	}
	if (tcp->has_ws) {
		item(&first, "ws=");
		rec_add_num(&out, tcp->ws);
	}
	if (tcp->sackok)
		item(&first, "sackok");
	put_sack(&first, tcp);
	if (tcp->tfo)
		item(&first, "tfo");
}

static void
put_vlan(const struct encaps *t)
{
	bool first = true;

	if (t->nvlan == 0) {
		rec_put_none(&out);
		return;
	}
	rec_put_tab(&out);
	for (unsigned i = 0; i < t->nvlan; i++) {
		item(&first, "");
		rec_add_num(&out, t->vlan[i]);
	}
}

static void
put_encap(const struct encaps *t)
{
	static const char *const names[ENCAPS] = {
		[ENCAP_VLAN] = "vlan", [ENCAP_PPPOE] = "pppoe",
		[ENCAP_MPLS] = "mpls", [ENCAP_IPIP] = "ipip",
		[ENCAP_GRE] = "gre", [ENCAP_ERSPAN] = "erspan",
		[ENCAP_VXLAN] = "vxlan",
	};
	bool first = true;

	if (t->nencap == 0) {
		rec_put_none(&out);
		return;
	}
	rec_put_tab(&out);
	for (unsigned i = 0; i < t->nencap; i++)
		item(&first, names[t->encap[i]]);
}

static void
put_data(const struct decoded *d)
{
	uint32_t n = d->data_len < data_max ? d->data_len : data_max;

	if (n == 0)
		rec_put_none(&out);
	else
		rec_put_text(&out, d->data, n);
}

static void
put_extra(enum rec_col c, const struct decoded *d)
{
	switch (c) {
	case pkt_ttl:
		rec_put_num(&out, d->ip.ttl);
		break;
	case pkt_tos:
		rec_put_num(&out, d->ip.tos);
		break;
	case pkt_ipid:
		rec_put_num_if(&out, d->ip.has_id, d->ip.id);
		break;
	case pkt_iplen:
		rec_put_num(&out, d->ip.len);
		break;
	case pkt_framelen:
		rec_put_num(&out, d->frame_len);
		break;
	case pkt_vlan:
		put_vlan(&d->encaps);
		break;
	case pkt_encap:
		put_encap(&d->encaps);
		break;
	default:
		put_data(d);
	}
}

static void
put_pkt(uint64_t time_ns, const struct decoded *d)
{
	const struct tcp *tcp = &d->tcp;
	const char *flags = flags_text[tcp->flags];

	rec_begin(&out, REC_pkt);
	rec_put_ns(&out, time_ns);
	rec_put_addr(&out, &d->ip.src);
	rec_put_num(&out, tcp->sport);
	rec_put_addr(&out, &d->ip.dst);
	rec_put_num(&out, tcp->dport);
	rec_add(&out, flags, strlen(flags));
	rec_put_num(&out, tcp->seq);
	rec_put_num(&out, tcp->ack);
	rec_put_num(&out, tcp->win);
	rec_put_num(&out, tcp->len);
	rec_put_num_if(&out, tcp->has_ts, tcp->tsval);
	rec_put_num_if(&out, tcp->has_ts, tcp->tsecr);
	put_opts(tcp);
	for (unsigned i = 0; i < nextra; i++)
		put_extra(extra[i], d);
	rec_end(&out);
}

static void
put_icmp(uint64_t time_ns, const struct decoded *d)
{
	const char *name = icmp_kind_name(d->icmp.kind);

	rec_begin(&out, REC_icmp);
	rec_put_ns(&out, time_ns);
	rec_put_addr(&out, &d->icmp.from);
	rec_put_text(&out, name, strlen(name));
	rec_put_num(&out, d->icmp.code);
	rec_put_addr(&out, &d->ip.src);
	rec_put_num_if(&out, d->icmp.has_ports, d->tcp.sport);
	rec_put_addr(&out, &d->ip.dst);
	rec_put_num_if(&out, d->icmp.has_ports, d->tcp.dport);
	rec_put_num_if(&out, d->icmp.has_seq, d->tcp.seq);
	rec_end(&out);
}

/* May this have a record, as far as -k asks? */
static bool
checksums_fine(enum decode what, const struct decoded *d)
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

static void
take_packet(const struct packet *pkt)
{
	struct decoded d;
	enum decode what = decode_packet(pkt, &d);

	counts[PACKETS].value++;
	if (pkt->time_ns > now)
		now = pkt->time_ns;
	if (what > DECODE_ICMP) {
		counts[count_of[what]].value++;
		return;
	}
	if (verify > 0 && !checksums_fine(what, &d))
		return;
	counts[count_of[what]].value++;
	if (what == DECODE_ICMP) {
		put_icmp(pkt->time_ns, &d);
		return;
	}
	counts[FIRST_FRAGMENTS].value += d.ip.more;
	counts[NO_LENGTH].value += d.ip.no_length;
	counts[OPTIONS_CUT].value += d.tcp.options_cut;
	counts[OPTIONS_BAD].value += d.tcp.options_bad;
	put_pkt(pkt->time_ns, &d);
}

static void
complain(const char *what)
{
	warnx("%s", what);
	failed = true;
}

/* All packets of one capture, as they come. */
static void
read_capture(struct capfile *cf)
{
	struct packet pkt;
	bool file = io_is_file(cf->fd) ||
	    (cf->child > 0 && strcmp(cf->name, "stdin") != 0);
	int got = 0, n = 1;

	while (n > 0 && !(signals_stop() && file)) {
		while ((got = capfile_next(cf, &pkt)) > 0)
			take_packet(&pkt);
		stage_flush(&out);
		if (signals_counts())
			count_print("tcpdecode", counts, COUNTS);
		if (got < 0)
			break;
		if (signals_wait(cf->fd, -1) == 1)
			n = capfile_fill(cf);
	}
	if (got < 0 || n < 0)
		complain(cf->error);
	if (capfile_close(cf) < 0)
		complain(cf->error);
}

/* Open them all, shut the program in, then parse. */
static void
read_captures(char **files, int n)
{
	struct capfile *captures = calloc((size_t)n, sizeof *captures);
	int opened = 0;

	if (captures == NULL)
		err(1, NULL);
	io_raise_file_limit();
	for (int i = 0; i < n; i++) {
		if (capfile_open(&captures[opened], files[i]) == 0)
			opened++;
		else
			complain(captures[opened].error);
	}
	if (sandbox_enter(SANDBOX_FILTER) < 0)
		err(1, "sandbox");
	for (int i = 0; i < opened; i++)
		read_capture(&captures[i]);
	free(captures);
}

static void
usage(void)
{
	fprintf(stderr, "usage: %s\n", synopsis);
	exit(2);
}

static void
print_columns(void)
{
	rec_kind_print(stdout, REC_pkt);
	rec_kind_print(stdout, REC_icmp);
	rec_kind_print(stdout, REC_count);
}

/* The names after -o. */
static void
choose_extra(char *list)
{
	if (*list == '\0')
		errx(2, "-o: no column");
	for (char *s = strtok(list, ","); s != NULL; s = strtok(NULL, ",")) {
		enum rec_col c = rec_col_named(REC_pkt, s, strlen(s));

		if (c < pkt_ttl || c > pkt_encap)
			errx(2, "-o: %s: not one of "
			    "ttl,tos,ipid,iplen,framelen,vlan,encap", s);
		for (unsigned i = 0; i < nextra; i++)
			if (extra[i] == c)
				errx(2, "-o: %s: named twice", s);
		extra[nextra++] = c;
	}
}

static uint32_t
scan_data_max(const char *text)
{
	char *end;
	long long v;

	if (strcmp(text, "all") == 0)
		return UINT32_MAX;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || v < 0 ||
	    v > UINT32_MAX)
		errx(2, "-d: %s: not a number of bytes, nor 'all'", text);
	return (uint32_t)v;
}

static void
choose_columns(void)
{
	enum rec_col cols[REC_COLS];
	unsigned n = 0;

	if (data_max > 0)
		extra[nextra++] = pkt_data;
	for (enum rec_col c = pkt_time; c <= pkt_opts; c++)
		cols[n++] = c;
	for (unsigned i = 0; i < nextra; i++)
		cols[n++] = extra[i];
	if (rec_choose(&out, REC_pkt, cols, n) < 0)
		err(1, NULL);
}

static void
options(int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "d:Fhk:o:V")) != -1;)
		switch (c) {
		case 'd':
			data_max = scan_data_max(optarg);
			break;
		case 'F':
			print_columns();
			exit(0);
		case 'h':
			printf("usage: %s\n%s", synopsis, help);
			exit(0);
		case 'k':
			if (strcmp(optarg, "1") != 0 && strcmp(optarg, "2") != 0)
				errx(2, "-k: %s: not 1 or 2", optarg);
			verify = optarg[0] - '0';
			break;
		case 'o':
			choose_extra(optarg);
			break;
		case 'V':
			printf("tcpdecode %s\n", CONNPIPE_VERSION);
			exit(0);
		default:
			usage();
		}
}

int
main(int argc, char **argv)
{
	static char dash[] = "-", *standard_input[] = { dash };

	if (rec_writer_open(&out, STDOUT_FILENO) < 0)
		err(1, NULL);
	options(argc, argv);
	argc -= optind;
	argv += optind;
	if (argc == 0 && isatty(STDIN_FILENO))
		errx(2, "standard input is a terminal: "
		    "name capture files or pipe packets in");
	choose_columns();
	make_flags_text();
	if (signals_setup() < 0)
		err(1, "signals");
	io_widen_pipe(STDOUT_FILENO);
	if (argc == 0)
		read_captures(standard_input, 1);
	else
		read_captures(argv, argc);
	count_write(&out, "tcpdecode", now, counts, COUNTS);
	stage_finish(&out);
	return failed;
}
