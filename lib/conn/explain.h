/*
 * Explanations: why a machine decided as it did, for -D.  The machine formats a
 * line, the program prints it.  Nothing is formatted unless it was asked for.
 */
#ifndef CONN_EXPLAIN_H
#define CONN_EXPLAIN_H

#include <stdint.h>

#include "wire/addr.h"

/* All zeros: nothing is explained. */
struct explain {
	unsigned topics;	/* bit n: topic n of the machine is wanted */
	void (*line)(void *arg, unsigned topic, const char *text);
	void *arg;
};

/* Is this topic wanted?  For explanations that take work to put together. */
#define explains(e, topic)						\
	__builtin_expect((e)->topics >> (topic) & 1, 0)

/* Explain in the form of printf(3).  The text holds no byte of the network. */
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

void explain_line(const struct explain *e, unsigned topic, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void explain_packet_line(const struct explain *e, unsigned topic,
    uint64_t time, const struct endpoint *src, const struct endpoint *dst,
    const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
