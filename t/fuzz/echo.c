/* Any bytes as an echo, the payload of a UDP probe, or an error's quote. */
#include <stdlib.h>

#include "wire/echo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct echo e;

	for (int v6 = 0; v6 < 2; v6++)
		if (echo_parse(view_of(data, n), v6, &e) &&
		    (n < ECHO_HEADER || e.has_cookie !=
		    (n >= ECHO_HEADER + ECHO_BALANCE + ECHO_COOKIE)))
			abort();
	if (echo_parse_datagram(view_of(data, n), &e) && n < ECHO_DATAGRAM)
		abort();
	return 0;
}
