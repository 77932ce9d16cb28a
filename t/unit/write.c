/* What 'make asan' checks of every record: a field for each column. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "rec/write.h"

static struct rec_writer w;

static void
print(const char *why)
{
	fputs(why, stderr);
}

/* A 'count' record of n fields. */
static void
put_fields(unsigned n)
{
	rec_begin(&w, REC_count);
	while (n-- > 0)
		rec_put_num(&w, n);
}

/* Return what rec_check() reports, "" if nothing.  It runs in its own process,
 * which must abort if there is a report, and only then. */
static const char *
complaint(void)
{
	static char text[200];
	int pipe_of[2], status;
	pid_t child;
	ssize_t n;

	if (pipe(pipe_of) < 0 || (child = fork()) < 0)
		abort();
	if (child == 0) {
		dup2(pipe_of[1], STDERR_FILENO);
		w.wrong = print;
		rec_check(&w);
		_exit(0);
	}
	close(pipe_of[1]);
	n = read(pipe_of[0], text, sizeof text - 1);
	close(pipe_of[0]);
	text[n > 0 ? n : 0] = '\0';
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) == (n > 0));
	return text;
}

static void
check_numbers(void)
{
	put_fields(4);
	CHECK_TEXT(complaint(), "");
	rec_end(&w);
	put_fields(3);
	CHECK_TEXT(complaint(),
	    "a 'count' record has 3 fields, its header 4 columns");
	rec_put_none(&w);
	rec_end(&w);
	put_fields(5);
	CHECK_TEXT(complaint(),
	    "a 'count' record has 5 fields, its header 4 columns");
	w.len = 0;
	rec_begin(&w, REC_count);
	CHECK_TEXT(complaint(),
	    "a 'count' record has 0 fields, its header 4 columns");
}

/* The header in force decides, not the table; text is escaped. */
static void
check_chosen(void)
{
	static const enum rec_col cols[] = { pkt_src, pkt_data };
	static const char *const more[] = { "colour" };

	CHECK(rec_choose(&w, REC_pkt, cols, 2) == 0);
	CHECK(rec_choose_more(&w, REC_pkt, more, 1) == 0);
	rec_begin(&w, REC_pkt);
	rec_put_word(&w, "::1");
	rec_put_text(&w, "\t\n", 2);
	CHECK_TEXT(complaint(),
	    "a 'pkt' record has 2 fields, its header 3 columns");
	rec_put_word(&w, "red");
	CHECK_TEXT(complaint(), "");
	rec_end(&w);
}

/* A line that was read is not checked. */
static void
check_passed(void)
{
	w.len = 0;
	rec_pass(&w, REC_count, "#count\ttime", "count\t1", 7);
	rec_add(&w, "count\t1\t2", 9);
	CHECK_TEXT(complaint(), "");
	rec_end(&w);
}

/* A record that the buffer cannot hold is written in pieces, unchecked. */
static void
check_long(void)
{
	char *text = calloc(1, 200000);

	rec_begin(&w, REC_count);
	for (int i = 0; text != NULL && i < 6; i++)
		rec_put_text(&w, text, 200000);
	CHECK_TEXT(complaint(), "");
	free(text);
}

int
main(void)
{
	int null = open("/dev/null", O_WRONLY);

	if (null < 0 || rec_writer_open(&w, null) < 0)
		abort();
	check_numbers();
	check_chosen();
	check_passed();
	check_long();
	rec_writer_close(&w);
	return check_failures != 0;
}
