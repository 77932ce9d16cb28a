/* Write reports as stat records, which stat/restore reads to merge them. */
#ifndef STAT_STORE_H
#define STAT_STORE_H

#include "rec/write.h"
#include "stat/report.h"
#include "stat/rows.h"

#define STORE_COMMA	"\\x2c"	/* stands for ',' in a text of a key */

/* Write a report; false without memory. */
bool store_report(struct rec_writer *w, const struct report *r,
    const struct layout *l);

#endif
