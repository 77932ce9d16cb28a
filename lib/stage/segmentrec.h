/* Writing 'pkt' and 'icmp' records of what a packet was decoded to. */
#ifndef STAGE_SEGMENTREC_H
#define STAGE_SEGMENTREC_H

#include "rec/write.h"
#include "wire/decode.h"

/* The text of a combination of flags, after a TAB. */
struct flags_text {
	char p[11];
	uint8_t n;
};

struct segmentrec {
	struct rec_writer *out;
	uint32_t data_max;	/* bytes of the column data */
	enum rec_col extra[REC_COLS];	/* columns after the usual ones */
	unsigned nextra;
	uint64_t second;	/* of the last packet, as text after a TAB */
	size_t nsecond;
	char second_text[1 + NUM_TEXT_MAX + NUM_PADDING];
	struct flags_text flags[0x200];	/* of each combination */
};

/* Write to out, without extra columns. */
void segmentrec_open(struct segmentrec *sr, struct rec_writer *out);

/* Is column c, from ttl on, one of those written? */
bool segmentrec_has(const struct segmentrec *sr, enum rec_col c);

/* Write column c, too, from now on, unless it is written already.  0, or -1
 * with errno. */
int segmentrec_add(struct segmentrec *sr, enum rec_col c);

/*
 * Write the record of a packet captured at time_ns, which was decoded as what:
 * DECODE_TCP or DECODE_ICMP.  The first with a tag adds the column tags.  0, or
 * -1 with errno.
 */
int segmentrec_put(struct segmentrec *sr, enum decode what, uint64_t time_ns,
    const struct decoded *d);

/* Write the text of the column tags to out, which has room for
 * SEGMENTREC_TAGS_MAX bytes.  Returns its length, 0 without a tag. */
#define SEGMENTREC_TAGS_MAX	(ENCAPS_MAX * 32)
size_t segmentrec_tags(char *out, const struct encaps *e);

#endif
