/* Dropping the privilege that a program was started with. */
#ifndef SYS_PRIVILEGE_H
#define SYS_PRIVILEGE_H

#include <stddef.h>

/*
 * As root: look user up (NULL means "nobody"), change the root directory to
 * chroot_dir unless that is NULL, then become the user, with its groups, for
 * good.  As any other user: drop capabilities; a chroot_dir is an error, and so
 * is a user other than the caller.  Then follow the parent, if that is runpipe:
 * see parent_follow().  0, or -1 with the reason in err.
 */
int privilege_drop(const char *user, const char *chroot_dir, char *err,
    size_t errlen);

/*
 * The same for a program that never needed privilege: root becomes nobody, or
 * user 65534 if no user has that name.  Root that may not become anybody, as in a
 * container without that capability or in a user namespace without that user,
 * goes on without capabilities.
 */
int privilege_shed(char *err, size_t errlen);

#endif
