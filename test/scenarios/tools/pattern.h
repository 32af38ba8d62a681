/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Image contents that say where they come from: every 8 bytes hold the
 * image's number (16 bits) and their own offset (48 bits), little-endian.
 * Image 0 is what nbdkit's pattern plugin serves: the offset, big-endian.
 */
#ifndef EVG_TEST_PATTERN_H
#define EVG_TEST_PATTERN_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>

static inline uint64_t pattern_word(unsigned int image, uint64_t offset)
{
	if (!image)
		return htobe64(offset);
	return htole64((uint64_t)image << 48 | offset);
}

static inline void pattern_fill(unsigned int image, uint64_t offset, void *to,
				size_t bytes)
{
	uint64_t *word = to;
	size_t i;

	for (i = 0; i < bytes / 8; i++)
		word[i] = pattern_word(image, offset + i * 8);
}

#endif
