// SPDX-License-Identifier: GPL-2.0
#include "draw.h"

#include <err.h>
#include <stdlib.h>

void *need(void *memory)
{
	if (!memory)
		errx(1, "out of memory");
	return memory;
}

FILE *open_or_die(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (!file)
		err(1, "cannot open %s", path);
	return file;
}

/* xorshift64* */
static uint64_t random_state = 0x9e3779b97f4a7c15ull;

double random_fraction(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (double)((random_state * 0x2545f4914f6cdd1dull) >> 11) / (1ull << 53);
}

uint32_t random_below(uint32_t n)
{
	return (uint32_t)(random_fraction() * n);
}

double *zipf_sums(uint32_t n)
{
	double *sums = need(calloc(n, sizeof(*sums))), sum = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		sum += 1.0 / (i + 1);
		sums[i] = sum;
	}
	return sums;
}

uint32_t zipf_draw(const double *sums, uint32_t n)
{
	double at = random_fraction() * sums[n - 1];
	uint32_t low = 0, high = n - 1;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (sums[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
