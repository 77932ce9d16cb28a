/*
 * Tables of other programs as records: CSV (RFC 4180, by libcsv) or TSV with
 * a header line become a stream of one kind, which a rec_reader reads.
 */
#ifndef REC_FOREIGN_H
#define REC_FOREIGN_H

#include <csv.h>
#include <stdbool.h>
#include <sys/types.h>

struct foreign {
	const char *kind;	/* of the records */
	struct csv_parser csv;
	char *out;		/* records made; out[begin..len) not yet read */
	size_t begin, len, cap;
	bool header;		/* the next row names the columns */
	bool row;		/* in a row: its kind is written */
	bool begun;		/* bytes came of this file */
	int error;		/* errno of what went wrong in a callback */
};

/*
 * Rows between the byte between, as records of kind.  In TSV (between is a
 * TAB) quotes mean nothing, else they are CSV's.  An empty field and "-" are
 * no value.  0, or -1 with errno.
 */
int foreign_open(struct foreign *f, const char *kind, char between);
void foreign_close(struct foreign *f);

/* As read(2), of records; after the end of a file, of the next one.  EAGAIN
 * when more must come first, EBADMSG when the end is inside quotes, EMSGSIZE
 * for a field of more than 4 MiB. */
ssize_t foreign_read(void *foreign, int fd, void *buf, size_t n);

#endif
