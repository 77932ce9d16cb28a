/* A packet of any link type: two bytes of link type, one that says how much
 * longer it was on the wire, and the packet. */
#include "wire/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct packet pkt;
	struct facts f;

	if (n < 3)
		return 0;
	pkt = (struct packet){ .link = (uint32_t)(data[0] << 8 | data[1]),
	    .data = data + 3, .cap_len = (uint32_t)n - 3,
	    .wire_len = (uint32_t)n - 3 + data[2] };
	switch (decode_packet(&pkt, &f)) {
	case DECODE_TCP:
		decode_tcp_checksum(&f);
		if (f.data < data || f.data + f.data_len > data + n)
			__builtin_trap();
		/* FALLTHROUGH */
	case DECODE_ICMP:
		decode_ip_checksum(&f);
		break;
	default:
		break;
	}
	return 0;
}
