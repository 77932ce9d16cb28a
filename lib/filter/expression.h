/*
 * One pcap-filter(7) expression that matches the packets a job needs.
 *
 * The keywords of that language are not enough: `tcp[...]` never matches IPv6;
 * `tcp`, `port` and `host` match neither tagged frames nor TCP after IPv6
 * extension headers; `vlan` and `mpls` change the meaning of every keyword that
 * follows, so that one expression cannot match frames with and without them.
 * The expression therefore tests bytes at offsets, which are computed from the
 * packet if they are not fixed.  The flags of TCP are at
 *
 *	tcp[13]				in IPv4
 *	ip6[53]				in IPv6
 *	ip6[61+8*ip6[41]]		after an extension header
 *	ether[31+4*(ether[18]&15)]	in a tagged frame
 *
 * Offsets into `ether` are right for Ethernet.  On other links that part of the
 * expression matches nothing.
 */
#ifndef FILTER_EXPRESSION_H
#define FILTER_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "filter/hostset.h"
#include "sys/portset.h"

/* Headers can be nested without limit; an expression matches at most: */
enum {
	EXPRESSION_TAGS = 2,		/* VLAN tags */
	EXPRESSION_LABELS = 3,		/* MPLS labels */
	EXPRESSION_EXTENSIONS = 2	/* IPv6 extension headers before TCP;
					 * before an ICMP error or in its quote
					 * at most one */
};

enum expression_errors {
	ERRORS_NONE,
	ERRORS_FATAL,	/* unreachable, time exceeded, parameter problem */
	ERRORS_ALL	/* also packet too big, source quench, redirect */
};

/* Ports at hosts; at any host if there are none. */
struct service {
	struct hostset hosts;
	struct portset ports;
};

struct expression {
	/* The job. */
	unsigned flags;		/* segments with one of these; 0: all */
	bool requests;		/* all segments to a service, and from a
				 * service those with one of the flags */
	enum expression_errors errors;	/* these ICMP errors about TCP */
	/* To or from one of these services and hosts; all if there are none. */
	const struct service *services;
	size_t nservices;
	struct hostset hosts;
	struct hostset excluded;	/* neither to nor from these */
	bool v4, v6;
	bool tagged, mpls, pppoe;	/* match in such frames as well */
};

/*
 * The expression, which the caller frees; NULL if out of memory.  It is empty
 * if no packet can match: the hosts are of one family and only the other is
 * wanted.
 */
char *expression_text(const struct expression *e);

/*
 * The expression of http_connection_monitor, which the caller frees: all
 * segments to a port, and FINs from a port, the latter in IPv4 only.  NULL if
 * out of memory.
 */
char *expression_classic(const struct portset *p);

#endif
