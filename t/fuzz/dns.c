/* An answer of a name server: no byte behind it is read. */
#include "wire/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint32_t ttl;

	(void)dns_ttl(data, n, &ttl);
	return 0;
}
