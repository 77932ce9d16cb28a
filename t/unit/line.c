/* The command line of a job. */
#include <string.h>

#include "check.h"
#include "job/line.h"

static struct job_line line;
static char err[160];

static int
parse(const char *text)
{
	static char copy[1000], *words[200];
	size_t n = 0;

	strcpy(copy, text);
	for (char *w = strtok(copy, " "); w != NULL; w = strtok(NULL, " "))
		words[n++] = w;
	words[n] = NULL;
	err[0] = '\0';
	return job_line_parse(&line, words, err, sizeof err);
}

static void
check_stages(void)
{
	CHECK_NUM(parse("a b | c ; d"), -1);
	CHECK_TEXT(err, "nothing leads to stage 3");
	CHECK_NUM(parse("a -x 2>|3 3>|3 | b 1>&2 3> ; d"), 0);
	CHECK_NUM(line.n, 3);
	CHECK_TEXT(line.stages[0].argv[1], "-x");
	CHECK(line.stages[0].argv[2] == NULL);
	CHECK(line.stages[0].piped && !line.stages[1].piped);
	CHECK_NUM(line.stages[0].nredirects, 2);
	CHECK_NUM(line.stages[0].redirects[1].fd, 3);
	CHECK_NUM(line.stages[0].redirects[1].to_stage, 3);
	CHECK_NUM(line.stages[1].redirects[0].copy_of, 2);
	CHECK_TEXT(line.stages[1].argv[1], "3>");
}

static void
check_wrong(void)
{
	static const char *const wrong[] = {
		"", "no program",
		"a |", "stage 2 has no program",
		"| a", "stage 1 has no program",
		"a | | b", "stage 2 has no program",
		"a | b 3>|2", "3>|2: must lead to a stage after 2",
		"a 3>|1 | b", "3>|1: must lead to a stage after 1",
		"a 3>|0 | b", "3>|0: must lead to a stage after 1",
		"a 3>|3 | b", "3>|3: there are 2 stages",
		"a 3>|99999999999999999999 | b",
		"3>|99999999999999999999: there are 2 stages",
		"a 3>&10", "3>&10: descriptors are 0 to 9",
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i += 2) {
		CHECK_NUM(parse(wrong[i]), -1);
		CHECK_TEXT(err, wrong[i + 1]);
	}
}

int
main(void)
{
	check_stages();
	check_wrong();
	return check_failures > 0;
}
