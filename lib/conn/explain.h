/*
 * Explanations, for -D: why a state machine decided as it did.  The machine
 * formats a line, the program prints it.  Topics that the user did not ask for
 * cost a test of a bit.
 */
#ifndef CONN_EXPLAIN_H
#define CONN_EXPLAIN_H

#include <inttypes.h>

#include "wire/addr.h"
#include "wire/units.h"

/* All zeros: explain nothing. */
struct explain {
	unsigned topics;	/* bit n: explain topic n of the machine */
	void (*line)(void *arg, unsigned topic, const char *text);
	void *arg;
};

/* Should this topic be explained?  For explanations that take work to make. */
#define explains(e, topic)						\
	__builtin_expect((e)->topics >> (topic) & 1, 0)

/*
 * Explain in the form of printf(3), in less than 400 bytes.  The arguments must
 * hold no byte of a packet: the line is printed as it is.
 */
#define explain(e, topic, ...)						\
	do {								\
		if (explains(e, topic))					\
			explain_line(e, topic, __VA_ARGS__);		\
	} while (0)

/* The same about a packet from src to dst at time ns: "TIME SRC > DST: ...". */
#define explain_packet(e, topic, time, src, dst, ...)			\
	do {								\
		if (explains(e, topic))					\
			explain_packet_line(e, topic, time, src, dst,	\
			    __VA_ARGS__);				\
	} while (0)

/* Nanoseconds as seconds: explain(e, topic, "at " NS_FORMAT, NS_ARGS(ns)). */
#define NS_FORMAT	"%" PRIu64 ".%09" PRIu64
#define NS_ARGS(ns)	(uint64_t)(ns) / NS_PER_S, (uint64_t)(ns) % NS_PER_S

void explain_line(const struct explain *e, unsigned topic, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void explain_packet_line(const struct explain *e, unsigned topic,
    uint64_t time, const struct endpoint *src, const struct endpoint *dst,
    const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
