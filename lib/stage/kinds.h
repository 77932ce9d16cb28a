/* The kinds of the records read, for a message about one that did not come. */
#ifndef STAGE_KINDS_H
#define STAGE_KINDS_H

#include <stdbool.h>

#include "rec/read.h"

/*
 * Report that no records of this kind came, and which kinds did.  False,
 * without a report, if only count records came: a capture without TCP gives no
 * others.
 */
bool kinds_report_missing(const struct rec_reader *in, const char *kind);

#endif
