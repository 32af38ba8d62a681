// SPDX-License-Identifier: GPL-2.0
/* fuzz-sources: userspace/lib/crc32c.c */
/* The headers of a cache, each with its checksum made right in half of the runs. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "../../userspace/lib/cache.c"
#include "edit.h"

static void make_header(struct evg_header *h)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, EVG_HEADER_MAGIC, sizeof(h->magic));
	h->version = htole32(EVG_FORMAT_VERSION);
	h->block_bytes = htole32(4096);
	h->image_bytes = htole64(40000 * 4096ULL);
	h->map_offset = htole64(EVG_MAP_OFFSET);
	h->samples = htole32(EVG_SAMPLES);
}

/* What is let through must be within what the rest of the code relies on. */
static void judge_opened(const struct cache *c)
{
	if (!c->image_bytes || c->image_bytes > EVG_IMAGE_MAX_BYTES ||
	    c->blocks != cache_padded(c->image_bytes) / 4096 ||
	    le32toh(c->header.samples) > EVG_SAMPLES)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct cache c = { .path = "fuzz" };
	struct evg_header slot[2];
	size_t bytes = sizeof(slot);
	uint8_t flags = input_byte(&in);
	int ret, i;

	make_header(&slot[0]);
	make_header(&slot[1]);
	slot[1].generation = htole64(flags & 8);
	if (flags & 2)
		bytes = input_u16(&in) % sizeof(slot);
	while (in.left)
		input_edit(&in, slot, sizeof(slot));
	for (i = 0; i < 2; i++)
		if (flags & (i ? 4 : 1))
			slot[i].crc = htole32(cache_header_crc(&slot[i]));
	c.map_fd = memfd_create("map", MFD_CLOEXEC);
	c.clean_fd = memfd_create("clean", MFD_CLOEXEC);
	if (c.map_fd < 0 || c.clean_fd < 0 ||
	    cache_pwrite(c.map_fd, slot, bytes, 0))
		abort();
	ret = read_header(&c);
	if (!ret) {
		judge_opened(&c);
		/* Sparse files of the right sizes, where they can be. */
		if (!ftruncate(c.map_fd, (off_t)cache_map_end(c.blocks)) &&
		    !ftruncate(c.clean_fd, (off_t)cache_padded(c.image_bytes)) &&
		    check_sizes(&c) && !c.data_offset)
			abort();
	} else if (!*cache_error()) {
		abort();
	}
	cache_close(&c);
	return 0;
}
