#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A worker that floods its log: prints lines of 100 bytes as fast as it can.
 * Usage: flood MIB BYTES-A-WRITE
 */
int main(int argc, char **argv)
{
	long left, chunk;
	char *lines;

	if (argc != 3)
		return 2;
	left = strtol(argv[1], NULL, 10) * 1024 * 1024;
	chunk = strtol(argv[2], NULL, 10);
	lines = chunk > 0 ? malloc((size_t)chunk) : NULL;
	if (!lines)
		return 2;
	memset(lines, 'x', (size_t)chunk);
	for (long i = 99; i < chunk; i += 100)
		lines[i] = '\n';
	for (; left > 0; left -= chunk)
		if (write(STDOUT_FILENO, lines, (size_t)chunk) != chunk)
			break;
	free(lines);
	return left > 0 ? 1 : 0;
}
