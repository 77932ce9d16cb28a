/*
 * A question to a port: connect, ask what is there, and put the answer in
 * words, as portid(1) tells them.  Nothing here waits: ask_go() goes as far as
 * it can, and says what poll(2) is to wait for.
 *
 *	connect -> shake -> send -> hear	https
 *	connect -> shake			tls
 *	connect ----------> send -> hear	http
 *	connect ------------------> hear	mysql
 */
#ifndef ASK_ASK_H
#define ASK_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

#define ASK_ANSWER_MAX	4096	/* bytes taken of an answer */
#define ASK_HOST_MAX	255
#define ASK_TEXT_MAX	128	/* bytes told of any text of the network */
#define ASK_INFO_MAX	(2 * ASK_TEXT_MAX + 32)

enum ask_service { ASK_NONE, ASK_HTTP, ASK_HTTPS, ASK_TLS, ASK_MYSQL,
    ASK_SERVICES };

enum ask_result { ASK_ANSWERED, ASK_TIMEOUT, ASK_FAILED };

struct ask {
	enum ask_service service;
	int fd;			/* to poll, for these events */
	short events;
	enum ask_result result;	/* of what is done, with its words */
	char info[ASK_INFO_MAX];
	size_t ninfo;

	/* Its own. */
	enum { ASK_CONNECT, ASK_SHAKE, ASK_SEND, ASK_HEAR } state;
	struct tlsclient *tls;
	char host[ASK_HOST_MAX + 1];
	bool host_is_name;
	char request[ASK_HOST_MAX + 128];
	size_t nrequest, sent;
	uint8_t answer[ASK_ANSWER_MAX];
	size_t nanswer;
};

/* "http"; and the service of this name, ASK_SERVICES where there is none. */
const char *ask_service_name(enum ask_service service);
enum ask_service ask_service_named(const char *name);

/*
 * Begin: connect to this port.  host[0..n) is asked for, where it can be a
 * host's name, else the address.  True when it is over already.
 */
bool ask_open(struct ask *a, enum ask_service service, const struct addr *addr,
    uint16_t port, const char *host, size_t n);

/* fd is ready, or its time is up (ask_late): true when it is over.  Then all
 * that it had is closed. */
bool ask_go(struct ask *a);
void ask_late(struct ask *a);

#endif
