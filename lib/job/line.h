/*
 * The command line of a job: stages, which are programs with their arguments,
 * separated by words.
 *
 *	|	the stage before writes to the stage after
 *	;	it does not
 *	N>|K	descriptor N of this stage leads to the input of stage K, too
 *	N>&M	descriptor N of this stage becomes what M is
 */
#ifndef JOB_LINE_H
#define JOB_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define JOB_STAGES_MAX		64
#define JOB_REDIRECTS_MAX	8	/* of a stage */
#define JOB_FD_MAX		9	/* descriptors have one digit, as in a shell */

struct job_redirect {
	const char *word;
	int fd;			/* of the stage */
	unsigned long to_stage;	/* whose input it leads to, from 1; or 0: */
	unsigned long copy_of;	/* the descriptor that it copies */
};

struct job_stage {
	char **argv;		/* ended by NULL */
	bool piped;		/* its output leads to the next stage */
	struct job_redirect redirects[JOB_REDIRECTS_MAX];
	size_t nredirects;
};

struct job_line {
	struct job_stage stages[JOB_STAGES_MAX];
	size_t n;
};

/*
 * Parse words, ended by NULL; they are changed and become the stages' argv.
 * Descriptors lead to later stages only, so a job has no circle; every stage but
 * the first must have one that leads to it.  0, or -1 with the reason in err.
 */
int job_line_parse(struct job_line *line, char **words, char *err,
    size_t errlen);

#endif
