/* A frame of any link type: two bytes of link type, one byte for how many more
 * were on the wire, and the frame. */
#include "wire/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct packet pkt;
	struct decoded d;

	if (n < 3)
		return 0;
	pkt = (struct packet){ .link = (uint32_t)(data[0] << 8 | data[1]),
	    .data = data + 3, .cap_len = (uint32_t)n - 3,
	    .wire_len = (uint32_t)n - 3 + data[2] };
	switch (decode_packet(&pkt, true, NULL, &d)) {
	case DECODE_TCP:
		decode_tcp_checksum(&d);
		if (d.data < data || d.data + d.data_len > data + n)
			__builtin_trap();
		/* FALLTHROUGH */
	case DECODE_ICMP:
		decode_ip_checksum(&d);
		break;
	default:
		break;
	}
	return 0;
}
