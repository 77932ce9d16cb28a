#include "sys/ownaddrs.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* False if sa is neither IPv4 nor IPv6. */
static bool
as_prefix(const struct sockaddr *sa, struct prefix *p)
{
	memset(p, 0, sizeof *p);
	if (sa == NULL)
		return false;
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof in);
		memcpy(p->addr.b, &in.sin_addr, 4);
		p->bits = 32;
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, sa, sizeof in);
		memcpy(p->addr.b, &in.sin6_addr, 16);
		p->addr.v6 = true;
		p->bits = 128;
	}
	return p->bits > 0;
}

int
ownaddrs_read(struct prefix **out, size_t *n)
{
	struct ifaddrs *all, *i;
	size_t count = 0;

	if (getifaddrs(&all) < 0)
		return -1;
	for (i = all; i != NULL; i = i->ifa_next)
		count++;
	*n = 0;
	*out = calloc(count + 1, sizeof **out);
	for (i = all; *out != NULL && i != NULL; i = i->ifa_next)
		*n += as_prefix(i->ifa_addr, *out + *n);
	freeifaddrs(all);
	return *out != NULL ? 0 : -1;
}
