/* Reports as 'stat' records, which merge: stat/restore reads them. */
#ifndef STAT_STORE_H
#define STAT_STORE_H

#include "rec/write.h"
#include "stat/rows.h"

#define STORE_COMMA	"\\x2c"	/* one in a text that is in a key */

/* Write all of a report; false without memory. */
bool store_report(struct rec_writer *w, const struct report *r,
    const struct layout *l);

#endif
