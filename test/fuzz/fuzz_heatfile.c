// SPDX-License-Identifier: GPL-2.0
/* fuzz-sources: userspace/evergreend/heatfile.c userspace/lib/crc32c.c */
/* A file of heat whose checksum is right, whatever else is in it. */
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "heatfile.h"

static const uint8_t uuid[16] = "0123456789abcde";

/* So that more than the checksum is looked at. */
static void mend(uint8_t *file, size_t size)
{
	struct heatfile_header *h = (void *)file;
	size_t head = offsetof(struct heatfile_header, crc);
	uint32_t crc;

	if (size < sizeof(*h))
		return;
	memcpy(h->magic, "EVG-HEAT", 8);
	memcpy(h->uuid, uuid, sizeof(uuid));
	crc = crc32c(0, file, head);
	crc = crc32c(crc, file + sizeof(*h), size - sizeof(*h));
	h->crc = htole32(crc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t blocks = 3 * EVG_MAP_BLOCKS + 5;
	struct heatfile h = { 0 };
	uint8_t *file;
	size_t i;

	/* Few inputs are as long as a page: the last byte is repeated. */
	size_t bytes = size && data[0] & 1 ? sizeof(struct heatfile_header) +
		(data[0] >> 1 & 3) * sizeof(struct heatfile_page) : size;

	file = malloc(bytes + 1);
	if (!file)
		abort();
	for (i = 0; i < bytes; i++)
		file[i] = i + 1 < size ? data[i + 1] : size ? data[size - 1] : 0;
	mend(file, bytes);
	if (!heatfile_parse(&h, file, bytes, uuid, blocks)) {
		for (i = 0; i < h.pages; i++)
			if (le64toh(h.image->page[i].index) > 3 ||
			    (i && le64toh(h.image->page[i].index) <=
			     le64toh(h.image->page[i - 1].index)))
				abort();
		heatfile_halve(&h);
		heatfile_seal(&h, uuid);
	} else if (h.pages) {
		abort();
	}
	heatfile_free(&h);
	free(file);
	return 0;
}
