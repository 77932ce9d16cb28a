/* A stream of records: every field of every record is parsed as every type. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rec/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
read_all(struct rec *rec)
{
	for (enum rec_col c = rec_kind_first(rec->kind);
	    c < rec_kind_end(rec->kind); c++) {
		char scratch[REC_PAIR_MAX];
		size_t len;

		if (rec->at[c] == 0)
			continue;
		rec_has(rec, c);
		rec_u32(rec, c);
		rec_ns(rec, c);
		rec_addr(rec, c);
		rec_flags(rec, c);
		rec_pair(rec, c, rec_kind_first(rec->kind), scratch, &len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rec_reader r;
	enum rec_step step;
	int fd = memfd_create("fuzz", 0), got;

	if (fd < 0 || write(fd, data, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) != 0 || rec_reader_open(&r) < 0)
		abort();
	rec_need(&r, pkt_seq);
	rec_reader_file(&r, fd);
	do {
		got = rec_fill(&r);
		while ((step = rec_next(&r)) != REC_MORE)
			if (step == REC_LINE && r.rec.kind < REC_KINDS)
				read_all(&r.rec);
	} while (got > 0);
	rec_reader_close(&r);
	close(fd);
	return 0;
}
