#include "conn/explain.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_SIZE	400
#define TEXT_SIZE	300	/* of a line about a packet */

void
explain_line(const struct explain *e, unsigned topic, const char *format, ...)
{
	char text[LINE_SIZE];
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
	char text[TEXT_SIZE], from[ENDPOINT_TEXT_MAX], to[ENDPOINT_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	endpoint_fmt(from, src);
	endpoint_fmt(to, dst);
	explain_line(e, topic, NS_FORMAT " %s > %s: %s", NS_ARGS(time), from,
	    to, text);
}
