/*
 * Command lines: one table a program, from which come parsing, the usage that
 * -h prints, and through that the completion files of the shells.
 */
#ifndef STAGE_OPTION_H
#define STAGE_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "rec/table.h"

/* An option's argument is required, but one named "[x]" may be left out. */
struct opt {
	int letter;		/* OPT_LONG and up: a long name alone */
	const char *name;	/* the long name, without its dashes */
	const char *arg;	/* what the usage calls its argument, or NULL */
	const char *help;	/* a line that stands by itself */
};

#define OPT_LONG	256

/* What a program accepts.  Rows are in the order of the usage. */
struct command {
	const char *prog;
	const char *operands;	/* as the usage prints them: "[file ...]" */
	const struct opt *opts;	/* ended by a row of zeros */
	const char *notes;	/* lines after the options, or NULL */
	const enum rec_kind *writes;	/* ended by REC_count; NULL: none */
	const char *const *topics;	/* of -D, ended by NULL; or NULL */
	bool verbatim;		/* operands are a command line: what follows the
				 * first is no option of this program */
};

/* The options that several programs have, worded once. */
#define OPT_COLUMNS	{ 'F', "columns", NULL, "list the columns written" }
#define OPT_HELP	{ 'h', "help", NULL, "print this help" }
#define OPT_PASS	{ 'p', "pass", NULL, "pass along everything read" }
#define OPT_SHARE_LETTER	(OPT_LONG + 100)
#define OPT_SHARE	{ OPT_SHARE_LETTER, "share", "i/n", \
	"use only connections of share i of n" }
#define OPT_VERSION	{ 'V', "version", NULL, "print the version" }

/*
 * The next option of argv, -1 after the last: its letter, with optarg and
 * optind as getopt_long(3) sets them.  -F, -h and -V are handled here and end
 * the program; so does wrong usage.
 */
int opt_next(const struct command *cmd, int argc, char **argv);

/*
 * Report wrong usage in the form of printf(3), with a hint to --help, and end
 * the program with status 2.
 */
void opt_wrong(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/*
 * The argument of option c: seconds, more than 0 and at most max, as ns; or a
 * whole number from min to max.  Anything else is wrong usage.
 */
uint64_t opt_seconds(int c, const char *text, double max);
uint32_t opt_number(int c, const char *text, uint32_t min, uint32_t max);

/* Parse "a/b", two decimal numbers.  False if it is anything else. */
bool opt_pair(const char *text, uint32_t pair[2]);

#endif
