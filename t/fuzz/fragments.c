/*
 * Packets whose fragments are put together: three bytes of length and time each,
 * then an IP packet.  Whatever comes, the table stays within its bounds.
 */
#include <stdlib.h>

#include "wire/decode.h"
#include "wire/units.h"

#define MAX	3	/* datagrams */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Read all that the result promises. */
static void
check(const struct decoded *d, enum decode what)
{
	unsigned sum = 0;

	if (what > DECODE_ICMP)
		return;
	decode_ip_checksum(d);
	if (what == DECODE_ICMP)
		return;
	decode_tcp_checksum(d);
	for (uint32_t i = 0; i < d->data_len; i++)
		sum += d->data[i];
	if (d->data_len > d->tcp.len || sum > 255 * d->data_len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct datagrams f;
	struct decoded d;
	uint64_t now = 0;

	if (datagrams_open(&f, MAX, 1) < 0)
		return 0;
	while (n >= 3) {
		uint32_t len = data[0] < n - 3 ? data[0] : (uint32_t)n - 3;
		struct packet pkt = { .link = 101, .data = data + 3,
		    .cap_len = len, .wire_len = len + data[1] };

		now += data[2] * (NS_PER_S / 8);
		pkt.time_ns = now;
		check(&d, decode_packet(&pkt, true, &f, &d));
		if (f.nopen > MAX)
			abort();
		data += 3 + len;
		n -= 3 + len;
	}
	datagrams_end(&f);
	if (f.nopen != 0)
		abort();
	datagrams_close(&f);
	return 0;
}
