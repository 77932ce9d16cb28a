/*
 * Addresses of hosts, as far as no name server is needed: an entry that is an
 * address itself, and whether an address may be probed.  probe/lookup resolves
 * names; wire/addr has the address type.
 */
#ifndef PROBE_ADDRESS_H
#define PROBE_ADDRESS_H

#include "probe/hostlist.h"
#include "probe/probesock.h"

/* Parse the host of an entry as an address of the family that it asks for.
 * False if it is not one, and so a name. */
bool address_scan(const struct hostlist_entry *e, struct peer *peer);

/* Why an address must not be probed: a static text, or NULL if it may be. */
const char *address_refusal(const struct peer *p);

bool address_same(const struct peer *a, const struct peer *b);

#endif
