/*
 * timed - run a shell command and add a line to a file: its wall seconds, the
 * CPU seconds of all its processes, and the kilobytes of the largest one.
 *
 * The line goes to a file, so that the command may be part of a pipeline.
 */
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef __APPLE__
#define RSS_UNIT	1024	/* ru_maxrss counts bytes there */
#else
#define RSS_UNIT	1
#endif

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int
run(const char *command)
{
	int status;
	pid_t pid = fork();

	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		err(127, "/bin/sh");
	}
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
}

int
main(int argc, char **argv)
{
	struct rusage use;
	double start, wall;
	FILE *out;
	int status;

	if (argc != 3) {
		fprintf(stderr, "usage: timed file command\n");
		return 2;
	}
	start = now();
	status = run(argv[2]);
	wall = now() - start;
	getrusage(RUSAGE_CHILDREN, &use);
	if ((out = fopen(argv[1], "a")) == NULL)
		err(1, "%s", argv[1]);
	fprintf(out, "%.3f %.3f %ld\n", wall,
	    seconds(use.ru_utime) + seconds(use.ru_stime),
	    use.ru_maxrss / RSS_UNIT);
	if (fclose(out) != 0)
		err(1, "%s", argv[1]);
	return status;
}
