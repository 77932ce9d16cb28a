/* Escaping many bytes at a time; for rec/text. */
#ifndef REC_ESCAPE_H
#define REC_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Escape p[0..size) as text_escape() does, but for "-"; returns how much was
 * written to out, which has room for 4 * size bytes. */
size_t escape_any(char *out, const uint8_t *p, size_t size);

/* The same, faster, where the processor can. */
bool escape_wide_works(void);
size_t escape_wide(char *out, const uint8_t *p, size_t size);

#endif
