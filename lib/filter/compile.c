#include "filter/compile.h"

#include <pcap/pcap.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct filter {
	struct filter *next;
	uint32_t link;
	struct bpf_program program;
	char *why;		/* it cannot be; NULL where it can */
};

/* The two numbers differ for raw IP alone, of the links that filters know. */
static int
dlt_of(uint32_t link)
{
	return link == 101 ? DLT_RAW : (int)link;
}

static int
compile(struct filter *f, const char *expression)
{
	pcap_t *dead = pcap_open_dead(dlt_of(f->link), SAVEFILE_PACKET_MAX);

	if (dead == NULL)
		return -1;
	if (pcap_compile(dead, &f->program, expression, 1,
	    PCAP_NETMASK_UNKNOWN) < 0)
		f->why = strdup(pcap_geterr(dead));
	pcap_close(dead);
	return 0;
}

static struct filter *
add(struct filters *fs, uint32_t link)
{
	struct filter *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->link = link;
	if (compile(f, fs->expression) < 0) {
		free(f);
		return NULL;
	}
	f->next = fs->first;
	fs->first = f;
	return f;
}

static const struct filter *
usable(struct filters *fs, const struct filter *f)
{
	if (f != NULL && f->why == NULL)
		return f;
	snprintf(fs->error, sizeof(fs->error), "filter: %s",
	    f != NULL ? f->why : "out of memory");
	return NULL;
}

int
filters_compile(struct filters *fs, const char *expression)
{
	/* Ethernet last: its error is the one that is kept. */
	static const uint32_t links[] = { 101, 228, 229, 0, 108, 113, 276, 9,
	    50, 104, 105, 127, 1 };
	int r = -1;

	*fs = (struct filters){ .expression = expression };
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (usable(fs, add(fs, links[i])) != NULL)
			r = 0;
	return r;
}

const struct filter *
filters_for(struct filters *fs, uint32_t link)
{
	struct filter *f = fs->first;

	while (f != NULL && f->link != link)
		f = f->next;
	return usable(fs, f != NULL ? f : add(fs, link));
}

bool
filter_is_for(const struct filter *f, uint32_t link)
{
	return f->link == link;
}

unsigned
filter_length(const struct filter *f)
{
	return f->program.bf_len;
}

bool
filter_match(const struct filter *f, const struct packet *pkt)
{
	return bpf_filter(f->program.bf_insns, pkt->data, pkt->wire_len,
	    pkt->cap_len) != 0;
}
