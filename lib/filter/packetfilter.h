/*
 * A pcap-filter(7) expression for packets read from files.  libpcap compiles it
 * for one link type at a time, and files may have several.
 */
#ifndef FILTER_PACKETFILTER_H
#define FILTER_PACKETFILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/savefile.h"

/* The BPF program for one link type. */
struct packetfilter_program;

struct packetfilter {
	const char *expression;
	struct packetfilter_program *first;
	char error[320];	/* after -1 or NULL: "place: reason" */
};

/*
 * Compile expression, which must outlive f, for all common link types at once,
 * while names of hosts and services can be looked up: before sandbox_enter().
 * 0, or -1 if it is valid for no link type.
 */
int packetfilter_compile(struct packetfilter *f, const char *expression);

/*
 * The program for a link type, compiled now if it has to be; NULL if the
 * expression is not valid for that link type.
 */
const struct packetfilter_program *packetfilter_for(struct packetfilter *f,
    uint32_t link);

/* Is this program for packets of that link type? */
bool packetfilter_is_for(const struct packetfilter_program *p, uint32_t link);

/* Its length in instructions. */
unsigned packetfilter_length(const struct packetfilter_program *p);

/* Does the packet match? */
bool packetfilter_match(const struct packetfilter_program *p,
    const struct packet *pkt);

#endif
