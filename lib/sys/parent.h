/*
 * Programs that do not outlive the one that started them: the stages of
 * runpipe(1).  Linux only; elsewhere they end with their pipes.
 */
#ifndef SYS_PARENT_H
#define SYS_PARENT_H

/* The process id of the runpipe that started this program, in the environment. */
#define PARENT_ENV	"RUNPIPE"

/*
 * If runpipe started this program: end, by SIGKILL, when runpipe does.  Runpipe
 * has asked the kernel for that, but the kernel forgets it when a process
 * changes its user, or executes a file that has capabilities: so call this
 * after either.  If runpipe has ended already, this program does, too.
 */
void parent_follow(void);

#endif
