/* Packets of a device shared out to several sockets: packet(7), PACKET_FANOUT. */
#ifndef CAPTURE_FANOUT_H
#define CAPTURE_FANOUT_H

#include <stdint.h>

/*
 * Join a packet socket to group id of at most n sockets, of which each gets the
 * packets of some connections, both directions of them.  0, or -1 with errno:
 * ENOSPC if the group has n members, EINVAL if it is of another device or kind,
 * ENOSYS where the system has none.
 */
int fanout_join(int fd, uint32_t n, uint16_t id);

#endif
