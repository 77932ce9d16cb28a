/*
 * A web server for the running totals (HTTP/1.1 by libmicrohttpd), for a program
 * with other work to do: nothing here blocks.  What is asked for again within a
 * second is not made again, so that many clients cost as much as one; a client
 * that reads slowly costs a descriptor, and is cut off after WEB_IDLE seconds.
 */
#ifndef STAT_WEB_H
#define STAT_WEB_H

#include <stddef.h>
#include <stdint.h>

#define WEB_CLIENTS_MAX	64
#define WEB_IDLE	10	/* seconds */

enum web_page { WEB_REPORT, WEB_METRICS, WEB_OPENMETRICS, WEB_PAGES };

struct web {
	/* Makes a page: n bytes that the server frees, or NULL without memory. */
	char *(*make)(void *arg, enum web_page page, size_t *n);
	void *arg;

	void *daemon;
	int fd;			/* readable when web_ready() is due */
	struct {
		void *response;
		uint64_t made;	/* CLOCK_MONOTONIC */
	} page[WEB_PAGES];
};

/*
 * Listen at "port", on the loopback interface, or "address:port"; an IPv6
 * address is in brackets.  make and arg are set.  0, or -1 with the reason in
 * why.
 */
int web_open(struct web *w, const char *where, char *why, size_t nwhy);

/* Receive and answer what is there.  Returns how many ns may pass until the next
 * call although fd is not readable; negative: any time. */
int64_t web_ready(struct web *w);

void web_close(struct web *w);

#endif
