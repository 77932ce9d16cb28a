#include "conn/explain.h"

#include <stdarg.h>
#include <stdio.h>

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
