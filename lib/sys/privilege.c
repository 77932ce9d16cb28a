#include "sys/privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "sys/parent.h"

#define NOBODY	65534	/* where no user has that name */

struct why {
	char *text;
	size_t len;
};

static int
failed(struct why *why, const char *what, const char *reason)
{
	snprintf(why->text, why->len, "%s: %s", what, reason);
	return -1;
}

/* A file may carry capabilities of its own (setcap), whoever runs it. */
static int
drop_capabilities(struct why *why)
{
#ifdef __linux__
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { .effective = 0 } };

	if (syscall(SYS_capset, &head, none) < 0)
		return failed(why, "capset", strerror(errno));
#else
	(void)why;
#endif
	return 0;
}

static int
enter(const char *dir, struct why *why)
{
	if (chdir(dir) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return failed(why, dir, strerror(errno));
	return 0;
}

static int
become(const char *name, const struct passwd *pw, struct why *why)
{
	if (setgid(pw->pw_gid) < 0 || setuid(pw->pw_uid) < 0)
		return failed(why, name, strerror(errno));
	if (pw->pw_uid != 0 && setuid(0) == 0)
		return failed(why, name, "could become root again");
	return 0;
}

/* No program that is executed later gets a capability back, either. */
static void
clear_bounding_set(void)
{
#ifdef __linux__
	for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0;)
		cap++;
#endif
}

static int
drop_root(const char *name, const char *chroot_dir, struct why *why)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL)
		return failed(why, name, errno ? strerror(errno) :
		    "no such user");
	/* Before chroot(2) hides /etc/group. */
	if (initgroups(name, pw->pw_gid) < 0)
		return failed(why, name, strerror(errno));
	if (chroot_dir != NULL && enter(chroot_dir, why) < 0)
		return -1;
	if (become(name, pw, why) < 0)
		return -1;
	return pw->pw_uid == 0 ? 0 : drop_capabilities(why);
}

static bool
is_caller(const char *name)
{
	const struct passwd *pw = getpwnam(name);

	return pw != NULL && pw->pw_uid == geteuid();
}

static int
drop(const char *user, const char *chroot_dir, struct why *why)
{
	clear_bounding_set();
	if (geteuid() == 0)
		return drop_root(user != NULL ? user : "nobody", chroot_dir,
		    why);
	if (chroot_dir != NULL)
		return failed(why, chroot_dir, "only root can change root");
	if (user != NULL && !is_caller(user))
		return failed(why, user, "only root can become another user");
	return drop_capabilities(why);
}

int
privilege_drop(const char *user, const char *chroot_dir, char *err,
    size_t errlen)
{
	struct why why = { err, errlen };
	int r = drop(user, chroot_dir, &why);

	parent_follow();
	return r;
}

static bool
can_become(uid_t uid)
{
	return seteuid(uid) == 0 && seteuid(0) == 0;
}

static int
become_nobody(struct why *why)
{
	struct passwd unknown = { .pw_uid = NOBODY, .pw_gid = NOBODY };
	const struct passwd *pw = getpwnam("nobody");

	if (pw == NULL)
		pw = &unknown;
	if (!can_become(pw->pw_uid))
		return 0;
	if (setgroups(1, &pw->pw_gid) < 0)
		return failed(why, "nobody", strerror(errno));
	return become("nobody", pw, why);
}

int
privilege_shed(char *err, size_t errlen)
{
	struct why why = { err, errlen };
	int r = 0;

	clear_bounding_set();
	if (geteuid() == 0)
		r = become_nobody(&why);
	if (r == 0)
		r = drop_capabilities(&why);
	parent_follow();
	return r;
}
