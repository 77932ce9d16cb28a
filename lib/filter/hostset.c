#include "filter/hostset.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char *
add(struct hostset *h, const struct prefix *p)
{
	struct prefix *bigger = realloc(h->prefix, (h->n + 1) * sizeof *p);

	if (bigger == NULL)
		return "out of memory";
	h->prefix = bigger;
	h->prefix[h->n++] = *p;
	return NULL;
}

static const char *
add_sockaddr(struct hostset *h, const struct sockaddr *sa)
{
	struct prefix p = { .bits = 32 };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof in);
		memcpy(p.addr.b, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof in6);
		memcpy(p.addr.b, &in6.sin6_addr, 16);
		p.addr.v6 = true;
		p.bits = 128;
	} else
		return NULL;
	return add(h, &p);
}

static const char *
add_name(struct hostset *h, const char *name)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all;
	const char *why = NULL;
	int r = getaddrinfo(name, NULL, &hints, &all);

	if (r != 0)
		return gai_strerror(r);
	for (struct addrinfo *a = all; a != NULL && why == NULL; a = a->ai_next)
		why = add_sockaddr(h, a->ai_addr);
	freeaddrinfo(all);
	return why;
}

/* A name has a letter and neither slash nor colon.  Without this check
 * getaddrinfo(3) would resolve "10.1" to 10.0.0.1. */
static bool
is_name(const char *text)
{
	return strpbrk(text, "/:") == NULL &&
	    text[strspn(text, "0123456789.")] != '\0';
}

int
hostset_add(struct hostset *h, const char *text, char *why, size_t nwhy)
{
	struct prefix p;
	const char *reason;

	if (prefix_scan(text, &p) != 0)
		reason = add(h, &p);
	else if (is_name(text))
		reason = add_name(h, text);
	else
		reason = "must be an address, address/bits or the name of a host";
	if (reason == NULL)
		return 0;
	snprintf(why, nwhy, "'%s': %s", text, reason);
	return -1;
}

void
hostset_free(struct hostset *h)
{
	free(h->prefix);
	*h = (struct hostset){ 0 };
}
