/* Finding a line's end and its fields, 64 bytes at a time. */
#ifndef REC_SPLIT_H
#define REC_SPLIT_H

#include "rec/read.h"

#define SPLIT_PADDING	64	/* readable bytes before from and behind to */

/*
 * Split the line that starts at from: r->start[i] is the offset of field i,
 * start[nfields] one past the newline's place, as if another TAB stood there.
 * Returns the newline, or NULL when none comes before to.  Of a line with
 * more than REC_FIELDS_MAX fields the rest is not split, and nfields is
 * larger than that.
 */
const char *split_line(const char *from, const char *to, struct rec *r);

#endif
