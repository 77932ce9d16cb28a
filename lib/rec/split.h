/* Finding the end of a line and its fields, 64 bytes at a time. */
#ifndef REC_SPLIT_H
#define REC_SPLIT_H

#include "rec/read.h"

#define SPLIT_PADDING	64	/* readable bytes before from and after to */

/*
 * Split the line that starts at from: set r->start[i] to the offset of field i,
 * and start[nfields] to one past the newline, as if a TAB stood there.  Returns
 * the newline, or NULL if there is none before to.  If a line has more than
 * REC_FIELDS_MAX fields, nfields is larger and the rest is not split.
 */
const char *split_line(const char *from, const char *to, struct rec *r);

#endif
