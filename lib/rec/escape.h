/* Escaping many bytes at a time, where the processor can; for rec/text. */
#ifndef REC_ESCAPE_H
#define REC_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Can this processor do it? */
bool escape_wide_works(void);

/*
 * Escape as text_escape() does, from *p on, as long as 64 bytes are there
 * before end.  Moves *p, always to a character's begin; returns the end of
 * what was written to out.
 */
char *escape_wide(char *out, const uint8_t **p, const uint8_t *end);

#endif
