/*
 * tcpdecode - packets to records: a 'pkt' record for each TCP segment, an
 * 'icmp' record for each ICMP error that quotes one.
 *
 * A packet that gives no record is counted by its reason.  stage/decoder
 * decodes packets, stage/segmentrec writes records; this is the program around
 * them.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stage/decoder.h"
#include "stage/segmentrec.h"
#include "stage/stage.h"

static const struct opt opts[] = {
	{ 'd', "data", "bytes", "add at most bytes of payload as data; "
	    "or all" },
	OPT_COLUMNS,
	OPT_HELP,
	{ 'k', "checksums", "level", "omit wrong checksums: 1 of IP, 2 of "
	    "TCP too" },
	{ 'n', "datagrams", "count", "put at most count datagrams "
	    "together at a time (1024)" },
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

static struct decoder decoder;
static struct segmentrec writer;

/* Add a column to the records from now on, unless they have it. */
static void
add_extra(enum rec_col c)
{
	if (segmentrec_add(&writer, c) < 0)
		err(1, NULL);
}

static void
put(void *arg, enum decode what, uint64_t time_ns, const struct decoded *d)
{
	(void)arg;
	if (segmentrec_put(&writer, what, time_ns, d) < 0)
		err(1, NULL);
}

static void
on_packet(struct stage *st, const struct packet *pkt)
{
	(void)st;
	decoder_packet(&decoder, pkt);
}

static void
on_end(struct stage *st)
{
	decoder_flush(&decoder);
	decoder_end(&decoder);
	st->ncounts = decoder.ncounts;
	st->now = decoder.now;
}

static void
add_column(const char *name)
{
	enum rec_col c = rec_col_named(REC_pkt, name, strlen(name));

	if (c < pkt_ttl || c > pkt_tags)
		opt_wrong("-o: invalid column '%s': must be ttl, tos, ipid, "
		    "iplen, framelen, vlan, encap or tags", name);
	if (segmentrec_has(&writer, c))
		opt_wrong("-o: invalid column '%s': must be named once", name);
	add_extra(c);
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
			writer.data_max = strcmp(optarg, "all") == 0 ?
			    UINT32_MAX : opt_number(c, optarg, 0, UINT32_MAX);
			break;
		case 'k':
			decoder.verify = opt_number(c, optarg, 1, 2);
			break;
		case 'n':
			decoder.datagrams = opt_number(c, optarg, 1,
			    DATAGRAMS_MAX);
			break;
		case 'o':
			add_columns(optarg);
			break;
		case 't':
			decoder.no_tunnels = true;
			break;
		}
}

int
main(int argc, char **argv)
{
	struct stage st;

	stage_begin(&st, &command);
	segmentrec_open(&writer, &st.out);
	st.packet = on_packet;
	st.end = on_end;
	options(argc, argv);
	decoder.use = put;
	if (decoder_open(&decoder, stage_seed()) < 0)
		err(1, NULL);
	st.counts = decoder.counts;
	st.ncounts = decoder.ncounts;
	if (writer.data_max > 0)
		add_extra(pkt_data);
	/* Stages tell copies by them. */
	add_extra(pkt_ttl);
	add_extra(pkt_ipid);
	return stage_run(&st, argv + optind, argc - optind);
}
