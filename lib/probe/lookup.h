/*
 * Resolves host names to addresses, and opens the list of hosts again, in a
 * helper process: both need files that a program in its sandbox cannot open,
 * and the answers of name servers are not for a process with our sockets.
 * (names/resolver is the other way round, from addresses to names.)  c-ares
 * works on all names at once, so a slow server delays its own names only.  The
 * helper ends when the program does.
 */
#ifndef PROBE_LOOKUP_H
#define PROBE_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "probe/probesock.h"

#define LOOKUP_MAX	255	/* bytes of a name */
#define LOOKUP_ADDRS_MAX 64	/* used of one name */
#define LOOKUP_WAITING_MAX 1024	/* names without an answer yet */

struct lookup {
	int fd;			/* to poll for reading */
	unsigned waiting;
	bool ended;		/* the helper has: no answer will come */
};

struct lookup_answer {
	uint64_t id;		/* of the question */
	unsigned n;		/* addresses; 0: not found */
	struct peer peer[LOOKUP_ADDRS_MAX];	/* the preferred one last, as
						 * connvitals chose it */
	uint32_t ttl;		/* seconds */
	char why[96];		/* if not found */
	int file;		/* the list, opened; else -1 */
};

/* Start the helper.  list is the path of the list, or NULL if it has none.
 * Returns 0, or -1 with errno. */
int lookup_open(struct lookup *l, const char *list);

/* Ask for the addresses of a name; family is 4, 6, or 0 for any.  False if too
 * many questions are waiting: try again soon. */
bool lookup_ask(struct lookup *l, uint64_t id, int family, const char *name);

/* Ask for the list to be opened.  False with errno if that is impossible. */
bool lookup_ask_list(struct lookup *l, uint64_t id);

/* Receive an answer.  False if there is none now. */
bool lookup_next(struct lookup *l, struct lookup_answer *a);

#endif
