#include "probe/address.h"

#include <errno.h>
#include <string.h>

bool
address_scan(const struct hostlist_entry *e, struct peer *peer)
{
	char text[ADDR_PADDING + ADDR_TEXT_MAX + ADDR_PADDING] = "";
	size_t n = strlen(e->host);

	*peer = (struct peer){ .scope = 0 };
	if (n >= ADDR_TEXT_MAX)
		return false;
	memcpy(text + ADDR_PADDING, e->host, n + 1);
	return addr_scan(text + ADDR_PADDING, n, &peer->addr) == n &&
	    (e->family == 0 || (e->family == 6) == peer->addr.v6);
}

const char *
address_refusal(const struct peer *p)
{
	switch (probesock_refuse(p)) {
	case 0:
		return NULL;
	case EACCES:
		return "a broadcast address";
	default:
		return "not a unicast address";
	}
}

bool
address_same(const struct peer *a, const struct peer *b)
{
	return addr_equal(&a->addr, &b->addr) && a->scope == b->scope;
}
