// SPDX-License-Identifier: GPL-2.0
/* fuzz-sources: userspace/lib/crc32c.c userspace/lib/cache.c userspace/lib/cache_use.c drivers/block/evergreen/map.c */
/*
 * The map and the header as the module reads them, beside what userspace makes
 * of the same bytes: the module never claims a block that userspace does not,
 * what it commits it reads back, and what was evicted nothing claims, whichever
 * copy of a page is lost.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "mapfile_shim.h"
#include "../../drivers/block/evergreen/mapfile.c"
#undef min
#include "../../userspace/lib/cache_map.c"
#include "edit.h"

enum { BLOCKS = EVG_MAP_BLOCKS + 70, PAGES = 2, BYTES = EVG_MAP_OFFSET + PAGES * 2 * 4096 };

static u8 disk_bytes[BYTES];
static struct file file = { disk_bytes, BYTES, FMODE_WRITE };
static struct evg_hot hot;
static u8 claimed[BLOCKS];

static int claim(uint64_t first, uint64_t count, void *arg)
{
	(void)arg;
	memset(claimed + first, 1, count);
	return 0;
}

static void read_in_userspace(void)
{
	struct cache c = { .path = "fuzz", .clean_fd = -1, .blocks = BLOCKS };

	memset(claimed, 0, sizeof(claimed));
	c.map_fd = memfd_create("map", MFD_CLOEXEC);
	if (c.map_fd < 0 || cache_pwrite(c.map_fd, disk_bytes, BYTES, 0) ||
	    cache_each_present(&c, 0, BLOCKS, claim, NULL))
		abort();
	close(c.map_fd);
}

static u64 count_present_in(struct evg_disk *disk, bool compare)
{
	u64 block, n = 0;
	u32 run;

	for (block = 0; block < BLOCKS; block++) {
		unsigned int state = evg_map_run(&disk->map, block, 1, &run);

		if (state != EVG_ABSENT && state != EVG_CLEAN)
			abort();
		if (compare && state == EVG_CLEAN && !claimed[block])
			abort();
		n += state == EVG_CLEAN;
	}
	return n;
}

static void open_disk(struct evg_disk *disk)
{
	u32 i;

	memset(disk, 0, sizeof(*disk));
	disk->store.map = &file;
	disk->store.clean = &file;
	disk->store.ops = &shim_ops;
	disk->hot = &hot;
	hot.io_errors = 0;
	if (evg_map_init(&disk->map, BLOCKS))
		abort();
	for (i = 0; i < PAGES; i++)
		evg_mapfile_load(disk, i);
}

/*
 * Set some, commit, load anew: all of it is there.  But for a page that was
 * damaged: its old slot may outlive one commit.
 */
static void fill_and_reload(struct evg_disk *disk, u32 first, u32 n)
{
	bool damaged = hot.io_errors;
	u64 present;

	if (evg_map_prepare(&disk->map, first, n))
		abort();
	evg_map_set_clean(&disk->map, first, n);
	present = count_present_in(disk, false);
	evg_mapfile_commit_work(&disk->commit_work.work);
	evg_map_exit(&disk->map);
	open_disk(disk);
	present -= count_present_in(disk, false);
	if (!damaged && (present || !evg_map_is_present(&disk->map, first, n)))
		abort();
}

static void evict_and_damage(struct evg_disk *disk, u32 first, u32 n)
{
	static u8 saved[BYTES];
	struct evg_map_page *page = (void *)(disk_bytes + EVG_MAP_OFFSET);
	u32 slot, block, run;

	evg_map_clear(&disk->map, first, n);
	shim_evict.begun = true;
	shim_evict.first = first;
	shim_evict.n = n;
	shim_evict.error = 1;
	evg_mapfile_commit_work(&disk->commit_work.work);
	shim_evict.begun = false;
	if (shim_evict.error)
		abort();
	memcpy(saved, disk_bytes, BYTES);
	for (slot = 0; slot <= 2 * PAGES; slot++) {
		evg_map_exit(&disk->map);
		memcpy(disk_bytes, saved, BYTES);
		if (slot < 2 * PAGES)
			page[slot].crc ^= 1;
		open_disk(disk);
		for (block = first; block < first + n; block++)
			if (evg_map_run(&disk->map, block, 1, &run) != EVG_ABSENT)
				abort();
	}
}

static void seal(struct evg_disk *disk, u32 index, struct evg_map_page *page)
{
	page->magic = cpu_to_le32(EVG_MAP_MAGIC);
	page->index = cpu_to_le64(index);
	page->generation &= cpu_to_le64(~0ULL >> 1);
	page->crc = cpu_to_le32(evg_mapfile_crc(disk, page));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct evg_disk disk;
	struct input in = { data, size };
	struct evg_header header;
	const char *why = NULL;
	u32 first, n, slot;

	memset(disk_bytes, 0, sizeof(disk_bytes));
	memset(disk.uuid, 0, sizeof(disk.uuid));
	first = input_u16(&in) % BLOCKS;
	n = 1 + input_byte(&in) % 64;
	n = n > BLOCKS - first ? BLOCKS - first : n;
	while (in.left) {
		u8 how = input_byte(&in);
		struct evg_map_page *page = (void *)(disk_bytes + EVG_MAP_OFFSET);

		slot = how % (2 * PAGES);
		if (how & 0x80)
			input_edit(&in, disk_bytes, EVG_MAP_OFFSET);
		else
			input_edit(&in, page + slot, sizeof(*page));
		if (how & 0x40)
			seal(&disk, slot / 2, page + slot);
	}
	if (!evg_mapfile_read_header(&file, &header, &why) != !why)
		abort();
	read_in_userspace();
	open_disk(&disk);
	count_present_in(&disk, true);
	fill_and_reload(&disk, first, n);
	evict_and_damage(&disk, first, n);
	evg_map_exit(&disk.map);
	return 0;
}
