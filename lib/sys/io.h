/* Descriptors: complete writes, wide pipes, limits. */
#ifndef SYS_IO_H
#define SYS_IO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Write all n bytes.  0, or -1 with errno.  Retries after EINTR and waits for a
 * descriptor that would block.
 */
int io_write_all(int fd, const void *buf, size_t n);

/* Enlarge the pipe to 1 MiB if possible; does nothing if fd is not a pipe. */
void io_widen_pipe(int fd);

/*
 * Open /dev/null, the wrong way round, as each of the standard descriptors that
 * is closed: so that no file takes its number, and its use is an error.
 */
void io_open_standard(void);

/* Is it a regular file?  Anything else may be live. */
bool io_is_file(int fd);

/* Raise the limit of open files to its hard limit. */
void io_raise_file_limit(void);

#endif
