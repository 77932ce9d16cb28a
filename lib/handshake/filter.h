/*
 * Filters for connection attempts, as tcpeek writes them:
 *
 *	[name]:RX|TX|ANY@address[/bits]:port[:port ...][,address ...]
 *
 * The address is the other host's: who connects here (RX), where we connect
 * to (TX), either (ANY).  The port is the server's; 1-1023 is a range.  % and
 * * are any.  An IPv6 address stands in brackets.  What a filter without a
 * name takes, no filter gets.
 */
#ifndef HANDSHAKE_FILTER_H
#define HANDSHAKE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

/* Directions, as bits: both when both ends are this host's. */
enum hs_dir { HS_RX = 1, HS_TX = 2, HS_ANY = 4 };

struct hsfilter_ports {
	uint16_t low, high;
};

struct hsfilter_item {
	struct prefix prefix;
	bool any;		/* address */
	struct hsfilter_ports *ports;
	size_t nports;
};

struct hsfilter {
	char *name;		/* NULL: excludes */
	enum hs_dir dir;
	struct hsfilter_item *items;
	size_t nitems;
};

struct hsfilters {
	struct hsfilter *all;
	size_t n;
};

/* Add what text says; -1 with the reason in why, which names the part. */
int hsfilter_add(struct hsfilters *f, const char *text, char *why,
    size_t why_len);
void hsfilter_free(struct hsfilters *f);

/*
 * The filters that an attempt of client at server, port, gets, as their
 * names with commas in out; false for none.  dir says which of its ends are
 * local.  What does not fit in out is cut at a comma.
 */
bool hsfilter_match(const struct hsfilters *f, unsigned dir,
    const struct addr *client, const struct addr *server, uint16_t port,
    char *out, size_t out_len);

#endif
