#define CARES_NO_DEPRECATED	/* Debian 12 has none of the new functions */

#include "names/resolver.h"

#include <ares.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/dns.h"
#include "wire/units.h"

#define CLASS_IN	1
#define TYPE_PTR	12
#define TRIES		2
#define NAME_MAX_LEN	253	/* RFC 1035, section 2.3.4, as text */
#define KEEP_SECS	300	/* if the answer has no TTL */

/* c-ares opens, closes and switches sockets: keep r->poll up to date. */
static void
on_socket(void *resolver, ares_socket_t fd, int readable, int writable)
{
	struct resolver *r = resolver;
	short events = (short)((readable ? POLLIN : 0) |
	    (writable ? POLLOUT : 0));
	unsigned i = 0;

	while (i < r->npoll && r->poll[i].fd != fd)
		i++;
	if (events == 0 && i < r->npoll)
		r->poll[i] = r->poll[--r->npoll];
	else if (events != 0 && i < RESOLVER_FDS_MAX) {
		r->npoll += i == r->npoll;
		r->poll[i] = (struct pollfd){ .fd = fd, .events = events };
	}
}

/* Is a port not 1 to 65535?  c-ares accepts any number. */
static bool
has_bad_port(const char *servers)
{
	const char *end;

	for (const char *s = servers; *s != '\0'; s = end + (*end != '\0')) {
		const char *colon = strchr(s, ':');

		end = s + strcspn(s, ",");
		if (*s == '[')
			colon = strstr(s, "]:");
		if (colon == NULL || colon >= end ||
		    (*s != '[' && memchr(colon + 1, ':',
		    (size_t)(end - colon) - 1) != NULL))
			continue;	/* no port, or IPv6 alone */
		colon += *colon == ']';
		if (strtoul(colon + 1, NULL, 10) - 1 >= 65535)
			return true;
	}
	return false;
}

static int
open_channel(struct resolver *r, const char *servers, uint64_t try_ns)
{
	struct ares_options opt = { .timeout = (int)(try_ns / NS_PER_MS) + 1,
	    .tries = TRIES, .sock_state_cb = on_socket,
	    .sock_state_cb_data = r };
	int status = ares_init_options(&r->channel, &opt, ARES_OPT_TIMEOUTMS |
	    ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);

	if (status != ARES_SUCCESS || servers == NULL)
		return status;
	if (*servers == '\0' || has_bad_port(servers))
		status = ARES_EBADSTR;
	else
		status = ares_set_servers_ports_csv(r->channel, servers);
	if (status != ARES_SUCCESS)
		ares_destroy(r->channel);
	return status;
}

static unsigned
count_servers(const struct resolver *r)
{
	struct ares_addr_port_node *list;
	unsigned n = 0;

	if (ares_get_servers_ports(r->channel, &list) != ARES_SUCCESS)
		return 1;
	for (const struct ares_addr_port_node *s = list; s != NULL; s = s->next)
		n++;
	ares_free_data(list);
	return n > 0 ? n : 1;
}

/*
 * c-ares has a time limit per server, which it doubles in the second round.
 * The number of servers is known only once a channel is open: open one, count,
 * and open another with the limit that follows.
 */
int
resolver_open(struct resolver *r, const char *servers, uint64_t limit_ns,
    char *why, size_t whylen)
{
	int status = ares_library_init(ARES_LIB_INIT_ALL);

	memset(r, 0, sizeof *r);
	for (int i = 0; i < RESOLVER_MAX; i++) {
		r->query[i] = (struct resolver_query){ r, 0, r->free };
		r->free = &r->query[i];
	}
	if (status == ARES_SUCCESS)
		status = open_channel(r, servers, limit_ns);
	if (status == ARES_SUCCESS) {
		unsigned n = count_servers(r);

		ares_destroy(r->channel);
		status = open_channel(r, servers, limit_ns / 2 / n);
	}
	if (status == ARES_SUCCESS)
		return 0;
	errno = status == ARES_EBADSTR ? EINVAL : 0;
	snprintf(why, whylen, "%s", status == ARES_EBADSTR ?
	    "must be address[:port],..." : ares_strerror(status));
	return -1;
}

void
resolver_close(struct resolver *r)
{
	ares_destroy(r->channel);
	ares_library_cleanup();
}

/*
 * c-ares always tries the first server first.  After that was slow move it to
 * the end of the list, which can change only while no query is in flight.
 */
static void
rotate_servers(struct resolver *r)
{
	struct ares_addr_port_node *first, *second, *last;

	r->rotate = false;
	if (ares_get_servers_ports(r->channel, &first) != ARES_SUCCESS)
		return;
	second = first;
	if (first != NULL && first->next != NULL) {
		second = first->next;
		for (last = second; last->next != NULL;)
			last = last->next;
		last->next = first;
		first->next = NULL;
		ares_set_servers_ports(r->channel, second);
	}
	ares_free_data(second);
}

static enum resolver_result
result_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return RESOLVER_ANSWERED;
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
		return RESOLVER_NOT_FOUND;
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
	case ARES_EDESTRUCTION:
		return RESOLVER_TIMED_OUT;
	default:
		return RESOLVER_FAILED;
	}
}

/* Of several names the alphabetically first, since servers rotate them. */
static const char *
first_name(const struct hostent *h)
{
	const char *first = h->h_name;

	for (char **a = h->h_aliases; *a != NULL; a++)
		if (strcmp(*a, first) < 0)
			first = *a;
	return first;
}

/* The root is not a host name, and c-ares does not limit a name's length. */
static enum resolver_result
check_name(const char *name)
{
	if (*name == '\0')
		return RESOLVER_NOT_FOUND;
	return strlen(name) > NAME_MAX_LEN ? RESOLVER_FAILED :
	    RESOLVER_ANSWERED;
}

static void
on_answer(void *query, int status, int timeouts, unsigned char *message,
    int n)
{
	struct resolver_query *q = query;
	struct resolver *r = q->resolver;
	struct hostent *h = NULL;
	const char *name = NULL;
	uint32_t ttl = KEEP_SECS;
	enum resolver_result result;

	if (status == ARES_SUCCESS)
		status = ares_parse_ptr_reply(message, n, NULL, 0, AF_INET,
		    &h);
	result = result_of(status);
	if (result == RESOLVER_ANSWERED)
		result = check_name(name = first_name(h));
	if (message != NULL && n > 0)
		dns_ttl(message, (size_t)n, &ttl);
	r->rotate |= timeouts > 0 && result != RESOLVER_TIMED_OUT;
	r->in_flight--;
	q->next = r->free;
	r->free = q;
	r->result(r->arg, q->id, result,
	    result == RESOLVER_ANSWERED ? name : NULL, ttl);
	if (h != NULL)
		ares_free_hostent(h);
}

void
resolver_send(struct resolver *r, const struct addr *a, uint32_t id)
{
	struct resolver_query *q = r->free;
	char domain[DNS_REVERSE_MAX];

	if (r->rotate && r->in_flight == 0)
		rotate_servers(r);
	r->free = q->next;
	r->in_flight++;
	q->id = id;
	dns_reverse(domain, a);
	ares_query(r->channel, domain, CLASS_IN, TYPE_PTR, on_answer, q);
}

/* Handling one socket may change r->poll: go through a copy. */
void
resolver_ready(struct resolver *r)
{
	struct pollfd poll[RESOLVER_FDS_MAX];
	unsigned n = r->npoll;

	memcpy(poll, r->poll, n * sizeof *poll);
	for (unsigned i = 0; i < n; i++)
		if (poll[i].revents != 0)
			ares_process_fd(r->channel, poll[i].fd,
			    poll[i].revents & POLLOUT ? poll[i].fd :
			    ARES_SOCKET_BAD);
	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* c-ares rounds down to milliseconds: add one. */
int64_t
resolver_timeout(const struct resolver *r)
{
	struct timeval tv;

	if (ares_timeout(r->channel, NULL, &tv) == NULL)
		return -1;
	return tv.tv_sec * (int64_t)NS_PER_S +
	    (tv.tv_usec + 1000) * (int64_t)NS_PER_US;
}
