/* The question for a reverse name, and how long its answer may be cached. */
#ifndef WIRE_DNS_H
#define WIRE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

/*
 * Write the domain of an address's PTR record as text: in in-addr.arpa (RFC
 * 1035, 3.5) or ip6.arpa (RFC 3596, 2.5).
 */
#define DNS_REVERSE_MAX	80
void dns_reverse(char out[DNS_REVERSE_MAX], const struct addr *a);

/*
 * How many seconds an answer, positive or negative, may be cached: the lowest
 * TTL of the records in its answer and authority sections; the latter has that
 * of a negative answer (RFC 2308, 3).  False if there are no records.  In a
 * message that was cut short the whole records count.
 */
bool dns_ttl(const uint8_t *message, size_t n, uint32_t *ttl);

#endif
