/*
 * The stream that pcapsrc writes: the packets of all inputs, merged and sorted
 * by time, until a limit or a signal, in a replay at their pace.  A single pcap
 * file to which no option applies is copied byte by byte.
 */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/merge.h"
#include "capture/outfile.h"
#include "capture/window.h"

#define STREAM_NEVER	UINT64_MAX

/* The fields above the line are set by the caller, the others are zeros. */
struct stream {
	struct merge in;	/* of which all sources are open */
	bool devices;		/* some of them are devices */
	uint64_t count;		/* at most that many packets, or NEVER */
	uint64_t limit_ns;	/* of time: the machine's if there are devices,
				 * else of the capture; or NEVER */
	double speed;		/* of the replay of files; 0: none */
	bool has_window;	/* window_ns is set, else it depends */
	uint64_t window_ns;	/* packets are sorted within */
	uint32_t snaplen;	/* packets are cut to it */
	/* The stream's clock is now, by the packets, or by the machine's clock
	 * if there are devices: returns when to call again. */
	uint64_t (*tick)(uint64_t now);
	void (*counts)(void);	/* a signal asks for the counts */
	void (*ended)(const char *why);	/* an input, before its end */
	/* ----- */
	struct outfile out;
	struct window window;
	uint64_t now;		/* the stream's clock */
	uint64_t tick_ns;	/* when tick() is due */
	uint64_t first_ns;	/* time of the first packet, or NEVER */
	uint64_t begun_ns;	/* when it was replayed */
	uint64_t end_ns;	/* packets after that are omitted, or NEVER */
	uint64_t last_ns;	/* time of the packet written last */
	uint64_t unsorted;	/* packets with a time before that */
	bool held;		/* with its header: the input may be no
				 * capture at all */
	bool broken;		/* an input ended before its end */
	bool done;
	int error;		/* an errno: memory, or the output, failed */
};

/*
 * Write the stream to fd.  If as_is, its input is copied if it is a single pcap
 * file.  0, or -1 with errno.
 */
int stream_run(struct stream *s, int fd, bool as_is);

#endif
