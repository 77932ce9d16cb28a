#include "filter/packetfilter.h"

#include <pcap/pcap.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct packetfilter_program {
	struct packetfilter_program *next;
	uint32_t link;
	struct bpf_program bpf;
	char *why;		/* why it did not compile, or NULL */
};

/* The DLT of a link type.  Of the links that libpcap compiles filters for, only
 * raw IP has two different numbers. */
static int
dlt_of(uint32_t link)
{
	return link == 101 ? DLT_RAW : (int)link;
}

static int
compile(struct packetfilter_program *p, const char *expression)
{
	pcap_t *dead = pcap_open_dead(dlt_of(p->link), SAVEFILE_PACKET_MAX);

	if (dead == NULL)
		return -1;
	if (pcap_compile(dead, &p->bpf, expression, 1,
	    PCAP_NETMASK_UNKNOWN) < 0)
		p->why = strdup(pcap_geterr(dead));
	pcap_close(dead);
	return 0;
}

static struct packetfilter_program *
add(struct packetfilter *f, uint32_t link)
{
	struct packetfilter_program *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->link = link;
	if (compile(p, f->expression) < 0) {
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
	return bpf_filter(p->bpf.bf_insns, pkt->data, pkt->wire_len,
	    pkt->cap_len) != 0;
}
