#include "capture/ifdrops.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t
sum(const struct ifdrops *d)
{
	uint64_t total = 0;

	for (int i = 0; i < 2; i++) {
		char text[32];
		ssize_t n = pread(d->fd[i], text, sizeof(text) - 1, 0);

		if (n > 0) {
			text[n] = '\0';
			total += strtoull(text, NULL, 10);
		}
	}
	return total;
}

void
ifdrops_open(struct ifdrops *d, const char *device)
{
	static const char *const counters[] = {
		"rx_missed_errors", "rx_fifo_errors"
	};

	for (int i = 0; i < 2; i++) {
		char path[128];

		snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s",
		    device, counters[i]);
		d->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
	d->before = sum(d);
}

uint64_t
ifdrops_read(const struct ifdrops *d)
{
	uint64_t now = sum(d);

	return now > d->before ? now - d->before : 0;
}
