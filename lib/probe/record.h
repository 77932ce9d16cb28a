/* The records of probes: ping, hop, port. */
#ifndef PROBE_RECORD_H
#define PROBE_RECORD_H

#include "rec/write.h"

struct probe_facts {
	uint64_t time;
	const char *host;
	const struct addr *addr;	/* NULL: none */
	uint32_t line, run, index, of;
	bool has_rtt;
	uint64_t rtt;
	const struct addr *from;	/* NULL: nobody */
	bool has_ttl;
	uint8_t ttl;
	uint16_t port;			/* of port alone */
	const char *state;
	const char *info;		/* NULL: none */
};

/* Of kind REC_ping, REC_hop or REC_port. */
void probe_write(struct rec_writer *w, enum rec_kind kind,
    const struct probe_facts *p);

/* What ping, hop, port, route, conf and host begin with. */
void probe_begin(struct rec_writer *w, enum rec_kind kind,
    const struct probe_facts *p);

/* A word of ours; NULL: none. */
void probe_put_word(struct rec_writer *w, const char *word);

#endif
