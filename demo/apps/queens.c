// SPDX-License-Identifier: GPL-2.0
/* Count the ways to put N queens on a board: something to compile and run. */
#include <stdio.h>
#include <stdlib.h>

static unsigned long place(unsigned int all, unsigned int columns,
			   unsigned int left, unsigned int right)
{
	unsigned int free_squares = all & ~(columns | left | right);
	unsigned long ways = 0;

	if (columns == all)
		return 1;
	while (free_squares) {
		unsigned int bit = free_squares & -free_squares;

		free_squares ^= bit;
		ways += place(all, columns | bit, (left | bit) << 1,
			      (right | bit) >> 1);
	}
	return ways;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 8;

	if (n < 1 || n > 16) {
		fprintf(stderr, "usage: queens N, from 1 to 16\n");
		return 2;
	}
	printf("%d queens: %lu ways\n", n, place((1U << n) - 1, 0, 0, 0));
	return 0;
}
