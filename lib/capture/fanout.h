/* Packets of a device distributed to sockets: PACKET_FANOUT of packet(7). */
#ifndef CAPTURE_FANOUT_H
#define CAPTURE_FANOUT_H

#include <stdint.h>

/*
 * Join a packet socket to group id of at most n sockets, of which each gets the
 * packets of some connections, in both directions.  0, or -1 with errno:
 * ENOSPC if the group has n members, EINVAL if it is of another device or kind,
 * ENOSYS where the system has none.
 */
int fanout_join(int fd, uint32_t n, uint16_t id);

#endif
