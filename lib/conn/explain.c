#include "conn/explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "wire/units.h"

void
explain_line(const struct explain *e, unsigned topic, const char *format, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	e->line(e->arg, topic, text);
}

void
explain_packet_line(const struct explain *e, unsigned topic, uint64_t time,
    const struct endpoint *src, const struct endpoint *dst,
    const char *format, ...)
{
	char text[300], from[ENDPOINT_TEXT_MAX], to[ENDPOINT_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	endpoint_fmt(from, src);
	endpoint_fmt(to, dst);
	explain_line(e, topic, "%" PRIu64 ".%09" PRIu64 " %s > %s: %s",
	    time / NS_PER_S, time % NS_PER_S, from, to, text);
}
