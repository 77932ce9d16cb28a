/* Packets captured from a network device, by libpcap. */
#ifndef CAPTURE_DEVICE_H
#define CAPTURE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/ifdrops.h"
#include "wire/savefile.h"

struct device_options {
	uint32_t snaplen;
	int buffer_bytes;	/* size of the kernel's buffer */
	bool promisc;
	const char *filter;	/* a pcap-filter(7) expression, or NULL */
	uint32_t members;	/* of the group that shares its packets, or 0 */
	uint16_t group;
};

struct device {
	const char *name;
	struct pcap *pcap;
	bool nano;
	uint64_t since;		/* packets with a stamp before are others' */
	uint8_t *buf;		/* packets, each followed by its bytes; owned */
	size_t cap, start, end;
	struct ifdrops ifdrops;
	bool denied;		/* opening it needs more privilege */
	char error[320];	/* after -1: "place: reason" */
};

struct device_counts {
	uint64_t received;	/* matched the filter, including dropped */
	uint64_t dropped;	/* by the kernel, as its buffer was full */
	uint64_t ifdropped;	/* by the device or its driver */
};

/*
 * Start to capture.  Packets can be read at most DEVICE_LATENCY_MS after they
 * were captured.  0, with a warning in d->error unless that is empty; or -1
 * with d->error and d->denied.
 */
#define DEVICE_LATENCY_MS	5
int device_open(struct device *d, const char *name,
    const struct device_options *opt);

/* The LINKTYPE_ of its packets. */
uint32_t device_link(const struct device *d);

/* The descriptor to poll for input before device_fill(). */
int device_fd(const struct device *d);

/*
 * The interval in ms at which device_fill() must be called even if the
 * descriptor is not ready; -1 if that is not needed.  libpcap requires it while
 * a device is down, which may come back.
 */
int device_poll_ms(const struct device *d);

/*
 * Read what the kernel has captured, after device_next() returned false.  Does
 * not wait.  0; -1 with d->error, at once or after the packets before the
 * error.
 */
int device_fill(struct device *d);

/* The next packet that was read, valid until device_fill(); false if none. */
bool device_next(struct device *d, struct packet *pkt);

void device_count(const struct device *d, struct device_counts *counts);

void device_close(struct device *d);

/*
 * Call each for every device, the default one first, until it returns false.
 * words describe the device, or are "-".  0, or -1 with the reason in err.
 */
int device_list(bool (*each)(const char *name, bool is_up,
    const char *words), char *err, size_t errlen);

#endif
