/* One input of pcapsrc: a device or a file, and the packet at its head. */
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
	bool ended;		/* nothing follows head */
	bool is_pcap;		/* a file as tcpdump writes it, not pcapng */
	bool live;		/* its packets come as they are captured */
	struct packet head;
	uint64_t packets;	/* read from a file, before the filter */
	struct packetfilter *filter;	/* for files; NULL: all packets */
	const struct packetfilter_program *program;	/* the one used last */
	const char *error;	/* why it has ended, if not at its end */
};

/* Link types that inputs have: none so far, one, or several. */
struct links {
	uint32_t link;		/* the first */
	bool any, several;
};

void links_add(struct links *l, uint32_t link);

/* 0, or -1 with s->error. */
int source_open_device(struct source *s, const char *name,
    const struct device_options *opt);
int source_open_file(struct source *s, const char *path,
    struct packetfilter *filter);

const char *source_name(const struct source *s);

/*
 * Which link types it has, as far as can be seen before the first packet is
 * taken: in the headers; for pcapng, which may describe an interface
 * anywhere, in the first 64 MiB of a file or what a pipe gives at once.
 * patient: wait for the first packet of a pipe for ever, else for a second.
 * False where that was not enough to know any.
 */
bool source_look(struct source *s, bool patient, struct links *links);

/* What to poll for reading before source_fill. */
int source_fd(const struct source *s);

/*
 * Read once, when there is no head; the head is the first packet that came
 * and passes the filter, if any did.
 */
void source_fill(struct source *s);

/* To the packet after head: among those already read, else there is none. */
void source_advance(struct source *s);

/* Close.  -1 with s->error when something failed that was not yet told. */
int source_close(struct source *s);

#endif
