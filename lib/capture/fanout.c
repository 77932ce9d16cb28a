#include "capture/fanout.h"

#include <errno.h>

#ifdef __linux__

#include <sys/socket.h>

/* Of linux/if_packet.h, which may be older than the kernel. */
#define FANOUT		18	/* PACKET_FANOUT */
#define FANOUT_HASH	0	/* the same of both directions */

int
fanout_join(int fd, uint32_t n, uint16_t id)
{
	const uint32_t how[] = { (uint32_t)FANOUT_HASH << 16 | id, n };

	if (setsockopt(fd, SOL_PACKET, FANOUT, how, sizeof how) == 0)
		return 0;
	/* Before Linux 5.10 there is no limit. */
	return errno != EINVAL ? -1 :
	    setsockopt(fd, SOL_PACKET, FANOUT, how, sizeof *how);
}

#else

int
fanout_join(int fd, uint32_t n, uint16_t id)
{
	(void)fd, (void)n, (void)id;
	errno = ENOSYS;
	return -1;
}

#endif
