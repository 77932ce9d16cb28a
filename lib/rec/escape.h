/* Escaping many bytes at a time, for rec/text. */
#ifndef REC_ESCAPE_H
#define REC_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Escape p[0..size) as text_escape() does, except for "-".  out has room for
 * 4 * size bytes.  Returns the bytes written. */
size_t escape_any(char *out, const uint8_t *p, size_t size);

/* The same, faster, on processors for which the first function is true. */
bool escape_wide_works(void);
size_t escape_wide(char *out, const uint8_t *p, size_t size);

#endif
