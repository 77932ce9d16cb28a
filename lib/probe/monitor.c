#include "probe/monitor.h"

#include <sys/epoll.h>

#include "wire/units.h"

#define SLACK	(10 * NS_PER_MS)	/* within which late packets catch up */

bool
monitor_may_send(const struct monitor *m, uint64_t now)
{
	return now + SLACK >= m->pace_next;
}

uint64_t
monitor_may_send_at(const struct monitor *m)
{
	return m->pace_next > SLACK ? m->pace_next - SLACK : 0;
}

void
monitor_sent(struct monitor *m, uint64_t now)
{
	m->pace_next = (m->pace_next > now ? m->pace_next : now) +
	    NS_PER_S / m->rate;
}

int
monitor_watch(struct monitor *m, int fd, void *what, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = what };

	return epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &ev);
}
