/*
 * The list of hosts to probe, as connmonitor's configuration has it: a line
 * a host, then NAME=VALUE words in any case and order.  Words are split at
 * what Unicode calls white space; from a word that begins with '#' on, the
 * line is a comment.
 */
#ifndef PROBE_HOSTLIST_H
#define PROBE_HOSTLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOSTLIST_PORTS_MAX	1024	/* of one host */

struct hostlist_entry {
	const char *host;	/* as typed */
	unsigned line;
	/* From burst to burst, trace to trace, scan to scan; 0: none. */
	uint64_t ping_ns, trace_ns, scan_ns;
	uint64_t interval_ns;	/* from ping to ping of a burst */
	uint32_t numpings, payload, hops;
	uint16_t flow;
	uint8_t family;		/* 4, 6, or 0 for any */
	bool udp;		/* how to trace */
	bool json, timestamp;	/* the printer's */
	const uint16_t *ports;
	unsigned nports;
};

struct hostlist {
	struct hostlist_entry *entries;
	size_t n;
	struct hostlist_text *texts;	/* what they point to; owned */
	char error[320];		/* after -1: "line: word: reason" */
};

/*
 * Read text[0..n).  0, or -1 with list->error at the first word that is not
 * understood.  The list is to be freed after either.
 */
int hostlist_parse(struct hostlist *list, const char *text, size_t n);
void hostlist_free(struct hostlist *list);

/* An order of what entries ask for, by the host first: 0 where that is the
 * same, on whatever line. */
int hostlist_order(const struct hostlist_entry *a,
    const struct hostlist_entry *b);

/* The options of an entry as words, to be freed; NULL without memory. */
char *hostlist_options(const struct hostlist_entry *e);

#endif
