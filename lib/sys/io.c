#include "sys/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIPE_BYTES	(1 << 20)

int
io_write_all(int fd, const void *buf, size_t n)
{
	const uint8_t *p = buf;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done >= 0) {
			p += done;
			n -= (size_t)done;
		} else if (errno == EAGAIN) {
			struct pollfd one = { .fd = fd, .events = POLLOUT };

			poll(&one, 1, -1);
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

void
io_open_standard(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY :
			    O_RDONLY);
}

void
io_widen_pipe(int fd)
{
#ifdef F_SETPIPE_SZ
	int keep = errno;

	fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
	errno = keep;
#else
	(void)fd;
#endif
}

bool
io_is_file(int fd)
{
	struct stat sb;

	return fstat(fd, &sb) == 0 && S_ISREG(sb.st_mode);
}

void
io_raise_file_limit(void)
{
	struct rlimit many;

	if (getrlimit(RLIMIT_NOFILE, &many) < 0)
		return;
	many.rlim_cur = many.rlim_max;
	setrlimit(RLIMIT_NOFILE, &many);
}
