#include "stat/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sys/clock.h"
#include "wire/units.h"

#define FRESH		NS_PER_S	/* that a page is sent again */
#define MEMORY		(32 * 1024)	/* bytes for a client's request */

static const char *const types[WEB_PAGES] = {
	[WEB_REPORT] = "application/json",
	[WEB_METRICS] = "text/plain; version=0.0.4; charset=utf-8",
	[WEB_OPENMETRICS] =
	    "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/* The page that a request wants; WEB_PAGES if there is none. */
static enum web_page
find_page(struct MHD_Connection *c, const char *path)
{
	const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
	    "Accept");

	if (strcmp(path, "/api/report.json") == 0)
		return WEB_REPORT;
	if (strcmp(path, "/metrics") != 0)
		return WEB_PAGES;
	return accept != NULL &&
	    strstr(accept, "application/openmetrics-text") != NULL ?
	    WEB_OPENMETRICS : WEB_METRICS;
}

/* The response for a page, made anew unless it is fresh. */
static struct MHD_Response *
response_of(struct web *w, enum web_page page)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct MHD_Response *r = w->page[page].response;
	size_t n;
	char *text;

	if (r != NULL && now < w->page[page].made + FRESH)
		return r;
	if (r != NULL)
		MHD_destroy_response(r);
	w->page[page].response = NULL;
	if ((text = w->make(w->arg, page, &n)) == NULL)
		return NULL;
	r = MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_FREE);
	if (r == NULL) {
		free(text);
		return NULL;
	}
	MHD_add_response_header(r, "Content-Type", types[page]);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	w->page[page].response = r;
	w->page[page].made = now;
	return r;
}

static enum MHD_Result
refuse(struct MHD_Connection *c, unsigned status, const char *text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text),
	    (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result done;

	if (r == NULL)
		return MHD_NO;
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result
on_request(void *web, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *data, size_t *n,
    void **state)
{
	static int begun;
	struct MHD_Response *r;
	enum web_page page;

	(void)version;
	(void)data;
	/* The first call comes before the request's body, which is ignored. */
	if (*state == NULL) {
		*state = &begun;
		return MHD_YES;
	}
	if (*n > 0) {
		*n = 0;
		return MHD_YES;
	}
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD\n");
	if ((page = find_page(c, path)) == WEB_PAGES)
		return refuse(c, MHD_HTTP_NOT_FOUND,
		    "/metrics or /api/report.json\n");
	if ((r = response_of(web, page)) == NULL)
		return refuse(c, MHD_HTTP_INTERNAL_SERVER_ERROR,
		    "out of memory\n");
	return MHD_queue_response(c, MHD_HTTP_OK, r);
}

/* Messages about clients are not for the user. */
static void
ignore(void *arg, const char *format, va_list args)
{
	(void)arg;
	(void)format;
	(void)args;
}

struct place {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} addr;
	bool is_v6;
};

/* Parse "port", "address:port" or "[address]:port". */
static bool
scan_place(const char *text, struct place *p)
{
	const char *colon = strrchr(text, ':');
	const char *port = colon != NULL ? colon + 1 : text;
	char address[INET6_ADDRSTRLEN + 2] = "127.0.0.1", *end;
	unsigned long number = strtoul(port, &end, 10);
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;

	*p = (struct place){ .is_v6 = *text == '[' };
	if (end == port || *end != '\0' || number == 0 || number > 65535 ||
	    n >= sizeof address)
		return false;
	if (p->is_v6) {
		if (n < 3 || text[n - 1] != ']')
			return false;
		snprintf(address, sizeof address, "%.*s", (int)(n - 2),
		    text + 1);
		p->addr.v6.sin6_family = AF_INET6;
		p->addr.v6.sin6_port = htons((uint16_t)number);
		return inet_pton(AF_INET6, address, &p->addr.v6.sin6_addr) == 1;
	}
	if (n > 0)
		snprintf(address, sizeof address, "%.*s", (int)n, text);
	p->addr.v4.sin_family = AF_INET;
	p->addr.v4.sin_port = htons((uint16_t)number);
	return inet_pton(AF_INET, address, &p->addr.v4.sin_addr) == 1;
}

static struct MHD_Daemon *
start(struct web *w, const struct place *p)
{
	unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG |
	    (p->is_v6 ? MHD_USE_IPv6 : 0);

	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, w,
	    MHD_OPTION_EXTERNAL_LOGGER, ignore, NULL,
	    MHD_OPTION_SOCK_ADDR, &p->addr.any,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)WEB_CLIENTS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WEB_IDLE,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
	    MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
	    MHD_OPTION_END);
}

int
web_open(struct web *w, const char *where, char *why, size_t nwhy)
{
	const union MHD_DaemonInfo *info;
	struct place p;

	if (!scan_place(where, &p)) {
		snprintf(why, nwhy, "must be port, address:port or "
		    "[address]:port");
		return -1;
	}
	errno = 0;
	if ((w->daemon = start(w, &p)) == NULL) {
		snprintf(why, nwhy, "%s", errno != 0 ? strerror(errno) :
		    "cannot listen");
		return -1;
	}
	info = MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	w->fd = info->epoll_fd;
	return 0;
}

int64_t
web_ready(struct web *w)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(w->daemon);
	if (MHD_get_timeout(w->daemon, &ms) != MHD_YES)
		return -1;
	return (int64_t)(ms * NS_PER_MS);
}

void
web_close(struct web *w)
{
	for (int i = 0; i < WEB_PAGES; i++)
		if (w->page[i].response != NULL)
			MHD_destroy_response(w->page[i].response);
	MHD_stop_daemon(w->daemon);
}
