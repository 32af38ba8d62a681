// SPDX-License-Identifier: GPL-2.0
#include "zeroes.h"

#include <string.h>

void zeroes_init(struct zeroes *z)
{
	memset(z, 0, sizeof(*z));
}

bool zeroes_ask(struct zeroes *z, uint64_t block)
{
	uint64_t number = block / ZEROES_WINDOW_BLOCKS + 1;
	struct zeroes_window *w = &z->window[number % ZEROES_WINDOWS];

	if (w->number == number)
		return false;
	memset(w, 0, sizeof(*w));
	w->number = number;
	return true;
}

static bool is_zero(const struct zeroes *z, uint64_t block)
{
	uint64_t number = block / ZEROES_WINDOW_BLOCKS + 1;
	const struct zeroes_window *w = &z->window[number % ZEROES_WINDOWS];
	uint64_t i = block % ZEROES_WINDOW_BLOCKS;

	return w->number == number && w->zero[i / 64] >> (i % 64) & 1;
}

void zeroes_add(struct zeroes *z, uint64_t offset, uint64_t bytes)
{
	uint64_t block = offset / 4096 + !!(offset % 4096);
	uint64_t end = (offset + bytes) / 4096;

	for (; block < end; block++) {
		uint64_t number = block / ZEROES_WINDOW_BLOCKS + 1;
		uint64_t i = block % ZEROES_WINDOW_BLOCKS;
		struct zeroes_window *w = &z->window[number % ZEROES_WINDOWS];

		if (w->number == number)
			w->zero[i / 64] |= 1ULL << (i % 64);
		else
			block += ZEROES_WINDOW_BLOCKS - 1 - i;
	}
}

uint32_t zeroes_run(const struct zeroes *z, uint64_t first, uint32_t count,
		    bool *zero)
{
	uint32_t n = 1;

	*zero = is_zero(z, first);
	while (n < count && is_zero(z, first + n) == *zero)
		n++;
	return n;
}
