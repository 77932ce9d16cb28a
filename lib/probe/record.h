/* The records of hosts: what became of their probes, their paths, what the list
 * asks for, and their addresses. */
#ifndef PROBE_RECORD_H
#define PROBE_RECORD_H

#include "probe/monitor.h"

/* What ping, hop and port records have beside the host. */
struct probe_record {
	uint64_t time;		/* wall clock, ns */
	uint32_t run, index, of;
	bool has_rtt;
	uint64_t rtt;
	const struct addr *from;	/* NULL: nobody answered */
	bool has_ttl;
	uint8_t ttl;
	uint16_t port;		/* in port records only */
	const char *state;
	const char *info;	/* NULL: none */
};

/* Write a record of kind REC_ping, REC_hop or REC_port. */
void record_probe(const struct host *h, enum rec_kind kind,
    const struct probe_record *p);

/* Write the path before and the path now, which run of the traces found. */
void record_route(const struct host *h, uint64_t time, uint32_t run,
    const struct path *before, const struct path *now);

/* Write the host's outage in that state; it lasted until end. */
void record_outage(const struct host *h, const char *state, uint64_t end);

/* Write the host's options. */
void record_conf(const struct host *h);

/* Write what is known of its address; info may be NULL. */
void record_host(const struct host *h, const char *state, const char *info);

/* The name that records have for an ICMP error from that address. */
const char *record_icmp_name(const struct addr *from, uint8_t type,
    uint8_t code);

#endif
