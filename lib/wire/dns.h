/* What a reverse name is asked by, and what an answer says of its age. */
#ifndef WIRE_DNS_H
#define WIRE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

/*
 * Write the domain that has an address's name, as text: in-addr.arpa (RFC
 * 1035, section 3.5) or ip6.arpa (RFC 3596, section 2.5).
 */
#define DNS_REVERSE_MAX	80
void dns_reverse(char out[DNS_REVERSE_MAX], const struct addr *a);

/*
 * How many seconds an answer, be it that there is no name, may be kept: the
 * least TTL of its records in the answer and authority sections, where RFC
 * 2308, section 3, puts that of an answer without any.  False where none is
 * there.  Of a message that is cut short the records before that count.
 */
bool dns_ttl(const uint8_t *message, size_t n, uint32_t *ttl);

#endif
