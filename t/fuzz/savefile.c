/*
 * Any bytes as a capture file, given in two pieces: no step uses more than
 * there is, and packets lie within the file, converted to cooked ones too.
 */
#include <stdlib.h>

#include "wire/cooked.h"
#include "wire/savefile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int ok)
{
	if (!ok)
		abort();
}

static void
check_packet(struct packet pkt, const uint8_t *data, size_t used)
{
	uint8_t head[COOKED_LEN], record[SAVEFILE_RECORD_LEN];

	check(pkt.data >= data && pkt.data + pkt.cap_len <= data + used);
	check(pkt.cap_len <= pkt.wire_len);
	check(pkt.cap_len <= SAVEFILE_PACKET_MAX);
	check(pkt.time_ns <= INT64_MAX);
	savefile_put_record(record, &pkt);
	if (cooked_convert(&pkt, head))
		check(pkt.cap_len >= COOKED_LEN &&
		    pkt.cap_len <= pkt.wire_len && pkt.data +
		    (pkt.cap_len - COOKED_LEN) <= data + used);
}

/* Parse data[at..len) as far as possible.  Returns where it stopped. */
static size_t
parse(struct savefile *sf, const uint8_t *data, size_t at, size_t len,
    enum savefile_step *step)
{
	struct packet pkt;
	size_t used;

	for (;;) {
		*step = savefile_next(sf, data + at, len - at, &used, &pkt);
		if (*step == SAVEFILE_DAMAGED)
			check(sf->error != NULL);
		if (*step == SAVEFILE_MORE)
			check(used > len - at && used <= SAVEFILE_BLOCK_MAX);
		if (*step == SAVEFILE_DAMAGED || *step == SAVEFILE_MORE)
			return at;
		check(used > 0 && used <= len - at);
		if (*step == SAVEFILE_PACKET)
			check_packet(pkt, data + at, used);
		at += used;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum savefile_step step;
	struct savefile sf;
	size_t at;

	savefile_init(&sf);
	at = parse(&sf, data, 0, size / 2, &step);
	if (step == SAVEFILE_MORE)
		parse(&sf, data, at, size, &step);
	savefile_free(&sf);
	return 0;
}
