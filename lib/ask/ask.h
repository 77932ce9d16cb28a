/*
 * Asks a TCP port which service it has: connects, sends a request, and puts
 * the answer into the words that portid(1) documents.  Nothing here blocks:
 * ask_step() goes as far as it can, and says what poll(2) is to wait for.
 *
 *	connect -> handshake -> send -> receive		https
 *	connect -> handshake				tls
 *	connect --------------> send -> receive		http
 *	connect ----------------------> receive		mysql
 */
#ifndef ASK_ASK_H
#define ASK_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

#define ASK_ANSWER_MAX	4096	/* bytes read of an answer */
#define ASK_HOST_MAX	255
#define ASK_TEXT_MAX	128	/* bytes used of a text from the network */
#define ASK_INFO_MAX	(2 * ASK_TEXT_MAX + 32)

enum ask_service { ASK_NONE, ASK_HTTP, ASK_HTTPS, ASK_TLS, ASK_MYSQL,
    ASK_SERVICES };

enum ask_result { ASK_ANSWERED, ASK_TIMEOUT, ASK_FAILED };

struct ask {
	enum ask_service service;
	int fd;			/* to poll, for these events */
	short events;
	enum ask_result result;	/* when it is over, with its words */
	char info[ASK_INFO_MAX];
	size_t ninfo;
	/* ns of each phase, 0 if it did not end: to connect; of the handshake;
	 * to the first byte of the answer. */
	uint64_t connect, tls_took, wait;
	bool has_days;
	int days;		/* until the certificate expires */

	/* Private. */
	uint64_t phase;		/* when the current one began, monotonic ns */
	enum { ASK_CONNECT, ASK_HANDSHAKE, ASK_SEND, ASK_RECEIVE } state;
	struct tlsclient *tls;
	char host[ASK_HOST_MAX + 1];
	bool host_is_name;
	char request[ASK_HOST_MAX + 128];
	size_t nrequest, sent;
	uint8_t answer[ASK_ANSWER_MAX];
	size_t nanswer;
};

/* "http" and so on; and the reverse, ASK_SERVICES for an unknown name. */
const char *ask_service_name(enum ask_service service);
enum ask_service ask_service_named(const char *name);

/*
 * Begin: connect to this port.  The request names host[0..n) if that can be a
 * host name, else the address.  Returns true if it is over already.
 */
bool ask_open(struct ask *a, enum ask_service service, const struct addr *addr,
    uint16_t port, const char *host, size_t n);

/* fd is ready: go on.  Returns true when it is over; fd is closed then. */
bool ask_step(struct ask *a);

/* It took too long: it is over, with what came so far if that is an answer. */
void ask_time_out(struct ask *a);

#endif
