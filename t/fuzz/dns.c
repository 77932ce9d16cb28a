/* Any bytes as a name server's answer: nothing is read past its end. */
#include "wire/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint32_t ttl;

	(void)dns_ttl(data, n, &ttl);
	return 0;
}
