/* What hosts have to say: records, and words for them. */
#ifndef PROBE_TELL_H
#define PROBE_TELL_H

#include "probe/monitor.h"
#include "probe/record.h"

/* What all records of a host begin with; the run is that of the list. */
struct probe_facts tell_facts(const struct host *h, uint64_t time);

/* Its options; what is known of its address. */
void tell_conf(const struct host *h);
void tell_host(const struct host *h, const char *state, const char *info);

/* The name of an ICMP error from there. */
const char *tell_icmp_name(const struct addr *from, uint8_t type,
    uint8_t code);

#endif
