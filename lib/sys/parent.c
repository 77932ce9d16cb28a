#include "sys/parent.h"

#ifdef __linux__

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

void
parent_follow(void)
{
	const char *text = getenv(PARENT_ENV);
	pid_t job = text != NULL ? (pid_t)atoi(text) : 0;

	if (job <= 0)
		return;
	if (getppid() == job)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have ended before that. */
	if (kill(job, 0) < 0 && errno == ESRCH)
		raise(SIGKILL);
}

#else

void
parent_follow(void)
{
}

#endif
