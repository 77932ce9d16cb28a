/* Descriptors: whole writes, wide pipes. */
#ifndef SYS_IO_H
#define SYS_IO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Write all n bytes; 0, or -1 with errno.  EINTR is retried, and a
 * descriptor that would block is waited for.
 */
int io_write_all(int fd, const void *buf, size_t n);

/* Ask the system for a 1 MiB pipe; not being a pipe is no error. */
void io_widen_pipe(int fd);

/* Is it a regular file?  What is not may be live, and ends when it wants. */
bool io_is_file(int fd);

/* Allow as many open files as this process may ever have. */
void io_raise_file_limit(void);

#endif
