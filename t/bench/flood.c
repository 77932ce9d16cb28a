/*
 * flood N: a SYN flood of N different clients within a second, as records.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	uint32_t n = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;

	if (n == 0)
		errx(2, "usage: flood clients");
	puts("#pkt\ttime\tsrc\tsport\tdst\tdport\tflags\tseq\tack\twin\tlen\t"
	    "tsval\ttsecr\topts");
	for (uint32_t i = 0; i < n; i++)
		printf("pkt\t1700000000.%09u\t%u.%u.%u.%u\t%u\t192.0.2.1\t80\t"
		    "S\t%u\t0\t1024\t0\t-\t-\t-\n",
		    (unsigned)((uint64_t)i * 999999999 / n), 11 + (i >> 24),
		    i >> 16 & 255, i >> 8 & 255, i & 255, 1024 + i % 60000,
		    i * 7919);
	if (fflush(stdout) == EOF)
		err(1, "standard output");
	return 0;
}
