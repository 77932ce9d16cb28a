/* Packets from a network device, through libpcap. */
#ifndef CAPTURE_DEVICE_H
#define CAPTURE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/ifdrops.h"
#include "wire/savefile.h"

struct device_options {
	uint32_t snaplen;
	int buffer_bytes;	/* of the kernel's buffer */
	bool promisc;
	const char *filter;	/* a pcap-filter(7) expression, or NULL */
};

struct device {
	const char *name;
	struct pcap *pcap;
	bool nano;
	uint8_t *buf;		/* packets, each with its bytes after it */
	size_t cap, start, end;
	struct ifdrops ifdrops;
	char error[320];	/* after -1: "place: reason" */
};

struct device_counts {
	uint64_t received;	/* by the filter, dropped ones among them */
	uint64_t dropped;	/* by the kernel: the buffer was full */
	uint64_t ifdropped;	/* by the device or its driver */
};

/*
 * Begin to capture.  Packets come at the latest DEVICE_LATENCY_MS after they
 * were captured.  0, or -1 with d->error; a warning may be there after 0.
 */
#define DEVICE_LATENCY_MS	5
int device_open(struct device *d, const char *name,
    const struct device_options *opt);

/* LINKTYPE_ of its packets. */
uint32_t device_link(const struct device *d);

/* What to poll for reading before device_fill. */
int device_fd(const struct device *d);

/*
 * Within how many milliseconds device_fill is to be asked, ready or not;
 * -1: when it is ready.  libpcap wants that while a device is down, which
 * may or may not come back.
 */
int device_poll_ms(const struct device *d);

/*
 * Take what the kernel has, once device_next gave false; without waiting.
 * 0; -1 with d->error, now or after the packets that came before.
 */
int device_fill(struct device *d);

/* The next packet taken: true and *pkt, good until the next device_fill. */
bool device_next(struct device *d, struct packet *pkt);

void device_count(const struct device *d, struct device_counts *counts);

void device_close(struct device *d);

/*
 * Show each device that there is, the default first, until each gives false;
 * words tell what it is, or are "-".  0, or -1 with the reason in err.
 */
int device_list(bool (*each)(const char *name, bool is_up,
    const char *words), char *err, size_t errlen);

#endif
