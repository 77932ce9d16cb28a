#include "filter/packetfilter.h"

#include <pcap/pcap.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINK_NULL	0	/* BSD loopback, in the byte order of its host */
#define LINK_LOOP	108	/* in network byte order */

struct packetfilter_program {
	struct packetfilter_program *next;
	uint32_t link;
	struct bpf_program bpf;
	struct bpf_program loop;	/* of NULL, in network byte order */
	char *why;		/* why it did not compile, or NULL */
};

/*
 * A handle to compile for a link type, as if of a file: only then does libpcap
 * match the AF_INET6 of all systems on a loopback.
 */
static pcap_t *
open_file(uint32_t link)
{
	uint8_t header[SAVEFILE_HEADER_LEN];
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *file;
	FILE *f;

	savefile_put_header(header, link, SAVEFILE_PACKET_MAX);
	if ((f = fmemopen(header, sizeof header, "r")) == NULL)
		return NULL;
	if ((file = pcap_fopen_offline(f, why)) == NULL)
		fclose(f);
	return file;
}

static int
compile(struct packetfilter_program *p, uint32_t link,
    struct bpf_program *bpf, const char *expression)
{
	pcap_t *file = open_file(link);

	if (file == NULL)
		return -1;
	if (pcap_compile(file, bpf, expression, 1, PCAP_NETMASK_UNKNOWN) < 0 &&
	    p->why == NULL)
		p->why = strdup(pcap_geterr(file));
	pcap_close(file);
	return 0;
}

static struct packetfilter_program *
add(struct packetfilter *f, uint32_t link)
{
	struct packetfilter_program *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->link = link;
	if (compile(p, link, &p->bpf, f->expression) < 0 || (link == LINK_NULL &&
	    compile(p, LINK_LOOP, &p->loop, f->expression) < 0)) {
		free(p);
		return NULL;
	}
	p->next = f->first;
	f->first = p;
	return p;
}

/* The program if it compiled; else NULL, with the reason in f->error. */
static const struct packetfilter_program *
usable(struct packetfilter *f, const struct packetfilter_program *p)
{
	if (p != NULL && p->why == NULL)
		return p;
	snprintf(f->error, sizeof f->error, "filter: %s",
	    p != NULL ? p->why : "out of memory");
	return NULL;
}

int
packetfilter_compile(struct packetfilter *f, const char *expression)
{
	/* Ethernet last, so that its error is the one reported. */
	static const uint32_t links[] = { 101, 228, 229, 0, 108, 113, 276, 9,
	    50, 104, 105, 127, 1 };
	int r = -1;

	*f = (struct packetfilter){ .expression = expression };
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		if (usable(f, add(f, links[i])) != NULL)
			r = 0;
	return r;
}

const struct packetfilter_program *
packetfilter_for(struct packetfilter *f, uint32_t link)
{
	struct packetfilter_program *p = f->first;

	while (p != NULL && p->link != link)
		p = p->next;
	return usable(f, p != NULL ? p : add(f, link));
}

bool
packetfilter_is_for(const struct packetfilter_program *p, uint32_t link)
{
	return p->link == link;
}

unsigned
packetfilter_length(const struct packetfilter_program *p)
{
	return p->bpf.bf_len;
}

bool
packetfilter_match(const struct packetfilter_program *p,
    const struct packet *pkt)
{
	bool loop = p->link == LINK_NULL && pkt->cap_len > 0 &&
	    pkt->data[0] == 0;

	return bpf_filter(loop ? p->loop.bf_insns : p->bpf.bf_insns, pkt->data,
	    pkt->wire_len, pkt->cap_len) != 0;
}
