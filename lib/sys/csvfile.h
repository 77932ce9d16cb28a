/* Lists that people keep as CSV files, read a line at a time. */
#ifndef SYS_CSVFILE_H
#define SYS_CSVFILE_H

#include <stddef.h>

#define CSVFILE_FIELDS	8	/* of a line, at most */

/*
 * What to do with a line's n fields, which may be written to and are good
 * until it returns.  0, or -1 with the reason in why.
 */
typedef int csvfile_take(void *arg, char *const *field, unsigned n, char *why,
    size_t nwhy);

enum csvfile {
	CSVFILE_DONE,
	CSVFILE_UNREADABLE,	/* no such file, or reading it failed */
	CSVFILE_WRONG		/* a line is not as it should be */
};

/*
 * Give every line of the file that is not empty to take.  What went wrong is
 * in why: "file: reason" or "file:line: reason".
 */
enum csvfile csvfile_read(const char *name, csvfile_take *take, void *arg,
    char *why, size_t nwhy);

#endif
