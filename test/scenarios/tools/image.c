// SPDX-License-Identifier: GPL-2.0
/* Write the test image NUMBER, BYTES long, to standard output. */
#include <stdio.h>
#include <stdlib.h>

#include "pattern.h"

int main(int argc, char **argv)
{
	static uint64_t buffer[8192];
	unsigned long long bytes, at;
	unsigned int image;
	size_t n;

	if (argc != 3) {
		fprintf(stderr, "usage: image NUMBER BYTES\n");
		return 2;
	}
	image = strtoul(argv[1], NULL, 0);
	bytes = strtoull(argv[2], NULL, 0);
	for (at = 0; at < bytes; at += n) {
		n = sizeof(buffer);
		if (n > bytes - at)
			n = bytes - at;
		pattern_fill(image, at, buffer, sizeof(buffer));
		if (fwrite(buffer, 1, n, stdout) != n) {
			perror("image: cannot write");
			return 1;
		}
	}
	if (fflush(stdout)) {
		perror("image: cannot write");
		return 1;
	}
	return 0;
}
