/* The addresses of hosts. */
#ifndef PROBE_ADDRESS_H
#define PROBE_ADDRESS_H

#include "probe/monitor.h"

/* Is the host of an entry an address, of the family that it asks for? */
bool address_scan(const struct hostlist_entry *e, struct peer *peer);

/* Why nothing is sent there; NULL where it may be. */
const char *address_refusal(const struct peer *p);

/* Have the host's name looked up, now or when there is time. */
void address_ask(struct host *h);
void address_ask_more(struct monitor *m);

/* An answer, to a question of a host. */
void address_answer(const struct lookup_answer *a);

#endif
