#include "wire/dns.h"

#include <stdio.h>
#include <string.h>

#include "wire/view.h"

#define POINTER	0xc0	/* the rest of a name is elsewhere; RFC 1035, 4.1.4 */

void
dns_reverse(char out[DNS_REVERSE_MAX], const struct addr *a)
{
	static const char hex[] = "0123456789abcdef", end[] = "ip6.arpa";

	if (!a->v6) {
		snprintf(out, DNS_REVERSE_MAX, "%u.%u.%u.%u.in-addr.arpa",
		    a->b[3], a->b[2], a->b[1], a->b[0]);
		return;
	}
	for (int i = 15; i >= 0; i--) {
		*out++ = hex[a->b[i] & 15];
		*out++ = '.';
		*out++ = hex[a->b[i] >> 4];
		*out++ = '.';
	}
	memcpy(out, end, sizeof end);
}

static void
skip_name(struct view *v)
{
	uint8_t n;

	while (!v->is_short && (n = view_u8(v)) != 0) {
		if ((n & POINTER) == POINTER) {
			view_skip(v, 1);
			return;
		}
		view_skip(v, n);
	}
}

bool
dns_ttl(const uint8_t *message, size_t n, uint32_t *ttl)
{
	struct view v = view_of(message, n);
	unsigned questions, records;
	bool found = false;

	view_skip(&v, 4);
	questions = view_be16(&v);
	records = view_be16(&v);
	records += view_be16(&v);
	view_skip(&v, 2);
	while (questions-- > 0 && !v.is_short) {
		skip_name(&v);
		view_skip(&v, 4);
	}
	while (records-- > 0) {
		uint32_t t;

		skip_name(&v);
		view_skip(&v, 4);
		t = view_be32(&v);
		view_skip(&v, view_be16(&v));
		if (v.is_short)
			break;
		if (t > INT32_MAX)	/* RFC 2181, 8 */
			t = 0;
		if (!found || t < *ttl)
			*ttl = t;
		found = true;
	}
	return found;
}
