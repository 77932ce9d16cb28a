/* CSV files, read one line at a time, so that errors name their line. */
#ifndef SYS_CSVFILE_H
#define SYS_CSVFILE_H

#include <stddef.h>

#define CSVFILE_FIELDS	8	/* maximum in a line */

/*
 * Handle one line of n fields, which are writable and valid until it returns.
 * 0, or -1 with the reason in why.
 */
typedef int csvfile_row(void *arg, char *const *field, unsigned n, char *why,
    size_t nwhy);

enum csvfile {
	CSVFILE_DONE,
	CSVFILE_UNREADABLE,	/* opening or reading the file failed */
	CSVFILE_WRONG		/* a line is not valid */
};

/*
 * Call row for every line of the file that is not empty, up to the first that
 * is not valid.  An error is in why: "file: reason" or "file:line: reason".
 */
enum csvfile csvfile_read(const char *name, csvfile_row *row, void *arg,
    char *why, size_t nwhy);

#endif
