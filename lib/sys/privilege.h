/* Giving up what a program was started with. */
#ifndef SYS_PRIVILEGE_H
#define SYS_PRIVILEGE_H

#include <stddef.h>

/*
 * For a program started by root: look user up (NULL is "nobody"), enter
 * chroot_dir where it is not NULL, become the user with its groups for good.
 * For another: chroot_dir is an error, a user too unless it is oneself.
 * 0, or -1 with the reason in err.
 */
int privilege_drop(const char *user, const char *chroot_dir, char *err,
    size_t errlen);

#endif
