// SPDX-License-Identifier: GPL-2.0
/* fuzz-sources: userspace/lib/crc32c.c userspace/lib/cache.c userspace/lib/cache_use.c */
/* The map as userspace reads it: counts, runs and findings must agree. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "../../userspace/lib/cache_map.c"
#include "edit.h"

enum { BLOCKS = EVG_MAP_BLOCKS + 100, PAGES = 2 };

static struct cache cache = { .path = "fuzz", .clean_fd = -1, .blocks = BLOCKS };
static FILE *null;

struct seen {
	uint64_t end;		/* of the last run */
	uint64_t blocks;
};

static int saw_run(uint64_t first, uint64_t count, void *arg)
{
	struct seen *seen = arg;

	if (!count || first < seen->end || first + count > BLOCKS)
		abort();
	seen->end = first + count + 1;	/* runs that touch would be one */
	seen->blocks += count;
	return 0;
}

static void seal(struct evg_map_page *page, uint64_t index, uint64_t generation)
{
	page->magic = htole32(EVG_MAP_MAGIC);
	page->index = htole64(index);
	page->generation = htole64(generation);
	page->crc = htole32(crc32c(crc32c(0, cache.header.uuid, 16), page,
				   offsetof(struct evg_map_page, crc)));
}

/* Which slot, whether it is sealed before and after the edit, the edit. */
static void put_slot(struct input *in)
{
	static struct evg_map_page page;
	uint8_t how = input_byte(in);
	uint64_t index = (how & 15) % PAGES;
	uint64_t slot = 2 * index + (how >> 4 & 1);

	memset(&page, 0, sizeof(page));
	if (how & 0x20)
		seal(&page, index, 1 + (how >> 4 & 1));
	input_edit(in, &page, sizeof(page));
	if (how & 0x40)
		seal(&page, index, input_byte(in));
	if (cache_pwrite(cache.map_fd, &page, sizeof(page),
			 EVG_MAP_OFFSET + slot * sizeof(page)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct cache_count count;
	struct seen seen = { 0 };
	int findings;

	if (!null)
		null = fopen("/dev/null", "w");
	cache.map_fd = memfd_create("map", MFD_CLOEXEC);
	if (!null || cache.map_fd < 0 ||
	    ftruncate(cache.map_fd, (off_t)cache_map_end(BLOCKS)))
		abort();
	while (in.left)
		put_slot(&in);
	findings = check_map(&cache, null);
	if (findings < 0 || cache_count(&cache, &count) ||
	    cache_each_present(&cache, 0, BLOCKS, saw_run, &seen))
		abort();
	if (count.pages > PAGES || count.torn + count.damaged > count.pages ||
	    seen.blocks > count.present ||
	    (!findings && seen.blocks != count.present))
		abort();
	close(cache.map_fd);
	return 0;
}
