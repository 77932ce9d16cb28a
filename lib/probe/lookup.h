/*
 * Names to addresses, and the list of hosts opened again, by processes of
 * their own: getaddrinfo(3) waits, and needs files that a program in its
 * sandbox has not.  They end when the program does.
 */
#ifndef PROBE_LOOKUP_H
#define PROBE_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "probe/socket.h"

#define LOOKUP_HELPERS	4	/* so many names may take their time at once */
#define LOOKUP_MAX	255	/* bytes of one */
#define LOOKUP_WAITING_MAX 64	/* asked for and not answered */

struct lookup {
	int fd;			/* to poll for reading */
	unsigned waiting;
	bool ended;		/* the helpers have: no answer will come */
};

struct lookup_answer {
	uint64_t id;		/* as it was asked */
	bool found;
	struct peer peer;
	char why[96];		/* when not found */
	int file;		/* the list, opened; -1: another answer, or
				 * not found */
};

/* Start the helpers; they keep the path of the list, which may be NULL.  0, or
 * -1 with errno. */
int lookup_open(struct lookup *n, const char *list);

/* Ask for the address of a name; family 4, 6, or 0 for any.  False when too
 * many are waiting. */
bool lookup_ask(struct lookup *n, uint64_t id, int family, const char *name);

/* Ask for the list; its answer has that id. */
bool lookup_ask_list(struct lookup *n, uint64_t id);

/* An answer; false when there is none now. */
bool lookup_next(struct lookup *n, struct lookup_answer *a);

#endif
