/*
 * Tables of other programs as records: CSV (RFC 4180, by libcsv) or TSV with a
 * header line becomes a stream of records of one kind, for a rec_reader.
 */
#ifndef REC_FOREIGN_H
#define REC_FOREIGN_H

#include <csv.h>
#include <stdbool.h>
#include <sys/types.h>

struct foreign {
	const char *kind;	/* of the records */
	struct csv_parser csv;
	char *out;		/* records; out[begin..len) are unread */
	size_t begin, len, cap;
	bool header;		/* the next row names the columns */
	bool row;		/* within a row: its kind is written */
	bool begun;		/* bytes of this file were read */
	int error;		/* errno of a callback */
};

/*
 * Read tables whose fields are separated by the byte between, as records of
 * kind.  Quotes have no meaning in TSV (between is a TAB), else that of CSV.
 * An empty field or "-" means no value.  Returns 0, or -1 with errno.
 */
int foreign_open(struct foreign *f, const char *kind, char between);
void foreign_close(struct foreign *f);

/*
 * Read records like read(2); after the end of a file, those of the next one.
 * Fails with EAGAIN if it needs more input, EBADMSG if the file ends within
 * quotes, EMSGSIZE if a field is longer than 4 MiB.
 */
ssize_t foreign_read(void *foreign, int fd, void *buf, size_t n);

#endif
