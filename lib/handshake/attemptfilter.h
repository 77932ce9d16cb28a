/*
 * Filters for connection attempts, in the syntax of tcpeek:
 *
 *	[name]:RX|TX|ANY@address[/bits]:port[:port ...][,address ...]
 *
 * RX are attempts to this host, TX attempts from it, ANY both.  The address is
 * the other host's, for ANY either's; an IPv6 address is in brackets.  The port
 * is the server's; 1-1023 is a range.  % and * match any address or port.  A
 * filter without a name excludes: an attempt that it matches has no filters.
 */
#ifndef HANDSHAKE_ATTEMPTFILTER_H
#define HANDSHAKE_ATTEMPTFILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

/* Directions are bits, since both ends may be this host's. */
enum direction { DIRECTION_RX = 1, DIRECTION_TX = 2, DIRECTION_ANY = 4 };

struct attemptfilter_ports {
	uint16_t low, high;
};

struct attemptfilter_item {
	struct prefix prefix;
	bool any;		/* matches any address */
	struct attemptfilter_ports *ports;
	size_t nports;
};

struct attemptfilter {
	char *name;		/* NULL: it excludes */
	enum direction direction;
	struct attemptfilter_item *items;
	size_t nitems;
};

struct attemptfilters {
	struct attemptfilter *all;
	size_t n;
};

/* Has text the form of an expression, right or wrong: [name]:WORD@...?  The
 * name has no '/' there. */
bool attemptfilter_is_one(const char *text);

/* Parse an expression and add its filter to f.  0, or -1 with the wrong part
 * and the reason in why. */
int attemptfilter_add(struct attemptfilters *f, const char *text, char *why,
    size_t why_len);
void attemptfilter_free(struct attemptfilters *f);

/*
 * Write the names of all filters that match an attempt of client at this port
 * of server to out, separated by commas; false if there are none.  direction
 * has bit RX if the server is local, and bit TX if the client is.  A name that
 * does not fit in out is left out.
 */
bool attemptfilter_match(const struct attemptfilters *f, unsigned direction,
    const struct addr *client, const struct addr *server, uint16_t port,
    char *out, size_t out_len);

#endif
