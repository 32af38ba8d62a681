// SPDX-License-Identifier: GPL-2.0
/* CRC32C, the standard one: reflected, initial value and final xor all ones. */
#include <pthread.h>

#include "cache.h"

static uint32_t table[256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void table_make(void)
{
	uint32_t byte, crc;
	int bit;

	for (byte = 0; byte < 256; byte++) {
		crc = byte;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78U : crc >> 1;
		table[byte] = crc;
	}
}

/* CRC of DATA after what gave CRC; the first call passes 0. */
uint32_t crc32c(uint32_t crc, const void *data, size_t bytes)
{
	const uint8_t *byte = data;

	pthread_once(&table_once, table_make);
	crc = ~crc;
	while (bytes--)
		crc = crc >> 8 ^ table[(crc ^ *byte++) & 0xff];
	return ~crc;
}
