/*
 * The list of hosts to probe, parsed: connmonitor's configuration file.
 * (names/hostsfile parses hosts(5), filter/hostset the hosts of a filter.)  It
 * keeps each host as the text typed; probe/address parses it as an address
 * and probe/lookup resolves it as a name.
 *
 * A line is a host, then NAME=VALUE words in any case and order.  Words are
 * separated by what Unicode calls white space; a word that begins with '#'
 * starts a comment.  The options of a line whose host is '*' are defaults for
 * the lines after it.
 */
#ifndef PROBE_HOSTLIST_H
#define PROBE_HOSTLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/probesock.h"

#define HOSTLIST_PORTS_MAX	1024	/* of one host */
#define HOSTLIST_OPTIONS_MAX	8192	/* bytes of a host's options as text */

struct hostlist_entry {
	const char *host;	/* as typed */
	unsigned line;
	/* ns from burst to burst, trace to trace, scan to scan; 0: none. */
	uint64_t ping_ns, trace_ns, scan_ns;
	uint64_t interval_ns;	/* between the pings of a burst */
	uint32_t numpings, payload, hops, flow;
	uint32_t port;		/* of pings by TCP */
	uint8_t family;		/* 4, 6, or 0 for any */
	bool on_loss;		/* trace when a ping is lost */
	bool tcp;		/* ping by TCP, not by echo requests */
	bool udp;		/* trace by UDP, not by echo requests */
	bool all;		/* probe all addresses of the name */
	bool json, timestamp;	/* for the program that prints */
	struct probesock_how how;	/* its ifindex is set by the caller */
	const char *dev;	/* the interface's name; NULL: any */
	const uint16_t *ports;
	unsigned nports;
	const char *group, *labels;	/* as typed; NULL: none */
};

/* Why a list was refused. */
struct hostlist_error {
	unsigned line;		/* 0: not because of one line */
	char text[320];
};

struct hostlist {
	struct hostlist_entry *entries;
	size_t n;
	struct hostlist_text *texts;	/* what entries point to; owned */
	struct hostlist_error error;	/* after -1 */
};

/*
 * Parse text[0..n).  Returns 0, or -1 with list->error at the first word that
 * is wrong.  Free the list after either.
 */
int hostlist_parse(struct hostlist *list, const char *text, size_t n);
void hostlist_free(struct hostlist *list);

/*
 * Compare what two entries ask for, by host first, as qsort(3) wants it:
 * 0 if it is the same, whatever the line.
 */
int hostlist_compare(const struct hostlist_entry *a,
    const struct hostlist_entry *b);

/* Write the options of an entry to out as one line of NAME=VALUE words. */
void hostlist_options(const struct hostlist_entry *e,
    char out[HOSTLIST_OPTIONS_MAX]);

#endif
