/*
 * A job as one pcap-filter(7) expression: which packets a program needs.
 *
 * The words of that language do not do it: `tcp[...]` never matches IPv6,
 * `tcp`, `port` and `host` neither tagged frames nor what stands behind IPv6
 * extension headers, and `vlan` and `mpls` change what every word behind them
 * means, so that one expression cannot have both.  Here every place is an
 * offset instead, computed where it is not fixed:
 *
 *	tcp[13]				flags of TCP in IPv4
 *	ip6[53]				in IPv6
 *	ip6[61+8*ip6[41]]		behind an extension header
 *	ether[31+4*(ether[18]&15)]	in a tagged frame
 *
 * Offsets below `ether` are those of Ethernet.  On other links such a part
 * takes nothing.
 */
#ifndef FILTER_EXPRESSION_H
#define FILTER_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "filter/hostset.h"
#include "sys/portset.h"

/* How far an expression goes into what is nested without end. */
enum {
	EXPRESSION_TAGS = 2,		/* VLAN tags */
	EXPRESSION_LABELS = 3,		/* of MPLS */
	EXPRESSION_EXTENSIONS = 2	/* IPv6 headers before TCP; one before
					 * an ICMP error, or in its quote */
};

enum expression_errors {
	ERRORS_NONE,
	ERRORS_FATAL,	/* unreachable, time exceeded, parameter problem */
	ERRORS_ALL	/* and packet too big, source quench, redirect */
};

/* These ports, at one of these hosts where there are any. */
struct service {
	struct hosts hosts;
	struct portset ports;
};

struct expression {
	/* The job. */
	unsigned flags;		/* segments with one of these; 0: all */
	bool requests;		/* to a service all, flags or not */
	enum expression_errors errors;	/* ICMP errors about TCP, too */
	/* To or from one of these; n = 0: all. */
	const struct service *services;
	size_t nservices;
	struct hosts hosts;	/* the same */
	struct hosts excluded;	/* but not to or from these */
	bool v4, v6;
	/* Also in such frames. */
	bool tagged, mpls, pppoe;
};

/*
 * The expression, to be freed by the caller; NULL without memory.  It is
 * empty where no packet can match: hosts of one family, wanted of the other.
 */
char *expression_text(const struct expression *e);

/*
 * http_connection_monitor's: all that goes to a port, and FINs from it, of
 * IPv4.  As above.
 */
char *expression_classic(const struct portset *p);

#endif
