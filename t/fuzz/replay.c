/* Feed files to a fuzzer's input, as a fuzzer would: replay FILE ... */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Exactly as large as the input, so that a read past it is noticed. */
static uint8_t *
read_file(const char *name, size_t *n)
{
	FILE *f = fopen(name, "rb");
	uint8_t *data;
	long size;

	if (f == NULL || fseek(f, 0, SEEK_END) < 0 || (size = ftell(f)) < 0)
		err(1, "%s", name);
	rewind(f);
	*n = (size_t)size;
	if ((data = malloc(*n + (*n == 0))) == NULL)
		err(1, NULL);
	if (fread(data, 1, *n, f) != *n)
		err(1, "%s", name);
	fclose(f);
	return data;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t n;
		uint8_t *data = read_file(argv[i], &n);

		LLVMFuzzerTestOneInput(data, n);
		free(data);
	}
	return 0;
}
