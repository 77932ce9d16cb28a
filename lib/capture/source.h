/* An input of pcapsrc: a device or a file, and the packet at its head. */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/device.h"
#include "filter/packetfilter.h"
#include "capture/capfile.h"

struct source {
	bool is_device;
	union {
		struct device device;
		struct capfile file;
	};
	bool has_head;		/* head is the next packet */
	bool ended;		/* no packet follows head */
	bool is_pcap;		/* a pcap file that could be copied as it is */
	bool live;		/* packets arrive as they are captured */
	bool denied;		/* opening the device needs more privilege */
	struct packet head;
	uint64_t packets;	/* read from the file, before the filter */
	struct packetfilter *filter;	/* for files; NULL: all packets */
	const struct packetfilter_program *program;	/* the one used last */
	const char *error;	/* why it ended, unless at its end */
};

/* The link types of all inputs: none yet, one, or several. */
struct source_links {
	uint32_t link;		/* the first */
	bool any, several;
};

/* Open an input; follow: a file that may grow.  0, or -1 with s->error. */
int source_open_device(struct source *s, const char *name,
    const struct device_options *opt);
int source_open_file(struct source *s, const char *path, bool follow,
    struct packetfilter *filter);

const char *source_name(const struct source *s);

/*
 * Find the link types of an input before its first packet is used, and add them
 * to links: from the header; for pcapng, which may describe an interface at any
 * place, from the first 64 MiB of a file or what a pipe delivers at once.
 * patient: wait for the first packet of a pipe without limit, else one second.
 * False if no link type was found.
 */
bool source_look(struct source *s, bool patient, struct source_links *links);

/* The descriptor to poll for input before source_fill(); -1 for a file that is
 * followed: only source_poll_ms() applies to it. */
int source_fd(const struct source *s);

/* The interval in ms at which to call source_fill() even if the descriptor is
 * not ready; -1 if that is not needed. */
int source_poll_ms(const struct source *s);

/*
 * Read once, when there is no head.  The first packet that matches the filter,
 * if any, becomes the head.
 */
void source_fill(struct source *s);

/* Make the next packet that was already read the head, if there is one. */
void source_advance(struct source *s);

/* Close.  0, or -1 with s->error for an error that was not yet reported. */
int source_close(struct source *s);

#endif
