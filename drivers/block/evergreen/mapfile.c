// SPDX-License-Identifier: GPL-2.0
/*
 * The map on disk.  See evergreen_format.h for the format.
 *
 * Loading is lazy: a bio whose page of the map is not in memory waits for
 * load_work, so attaching costs the same for any size of disk.
 *
 * A commit goes in this order, for some pages at a time:
 *	1. copy the changed pages		(what they claim is in the cache)
 *	2. flush the cache's data		(what they claim is durable)
 *	3. write each page to its older slot
 *	4. flush the map
 * A crash before 4 leaves each page's newer slot as it was, or torn in its
 * older one; either way the map claims only what was durable.  Bits that are
 * set or cleared after 1 are not so in the copy and make the page changed again.
 * An eviction has its pages committed twice, so that both slots know of it.
 */
#include <linux/bitmap.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "evg.h"
#include "compat/compat.h"

#define EVG_MAP_ANY_DIRTY	0xaaaaaaaaaaaaaaaaULL

static u32 evg_mapfile_crc(const struct evg_disk *disk,
			   const struct evg_map_page *page)
{
	u32 crc = evg_compat_crc32c(~0U, disk->uuid, sizeof(disk->uuid));

	return ~evg_compat_crc32c(crc, page, offsetof(struct evg_map_page, crc));
}

static loff_t evg_mapfile_offset(u32 index, u64 generation)
{
	return EVG_MAP_OFFSET +
		((loff_t)index * 2 + (generation & 1)) * EVG_MAP_PAGE_BYTES;
}

static bool evg_mapfile_is_header(const struct evg_header *header)
{
	return !memcmp(header->magic, EVG_HEADER_MAGIC, sizeof(header->magic)) &&
	       le32_to_cpu(header->crc) ==
	       ~evg_compat_crc32c(~0U, header, offsetof(struct evg_header, crc));
}

/* Where nothing is written nothing is claimed, and so no mark is needed. */
static const char *evg_mapfile_judge_header(const struct evg_header *header,
					    bool writable)
{
	u64 bytes = le64_to_cpu(header->image_bytes);
	u32 version = le32_to_cpu(header->version);
	u32 flags = le32_to_cpu(header->flags);

	if (memcmp(header->magic, EVG_HEADER_MAGIC, sizeof(header->magic)))
		return "map is not the map of an evergreen cache";
	if (version == 1 && writable)
		return "the cache has format 1; attach it with evergreend, which converts it";
	if (version != 1 && version != EVG_FORMAT_VERSION)
		return "the cache has an unknown format; update the driver or remove the cache";
	if (!evg_mapfile_is_header(header))
		return "the checksum of the map's header is wrong; the cache is damaged, remove it";
	if (le32_to_cpu(header->block_bytes) != EVG_BLOCK_SIZE ||
	    le64_to_cpu(header->map_offset) != EVG_MAP_OFFSET ||
	    flags & ~EVG_HEADER_IN_USE)
		return "the cache uses unknown features; update the driver or remove the cache";
	if (bytes < SECTOR_SIZE || bytes > EVG_IMAGE_MAX_BYTES)
		return "the image's size is out of range, 512 bytes to 1 PiB";
	/* Before the first claim, or a copy made from now on would be believed. */
	if (writable && !header->data_offset && !(flags & EVG_HEADER_IN_USE))
		return "the cache is not marked as in use; attach it with evergreend";
	return NULL;
}

/**
 * evg_mapfile_read_header() - read and validate a cache's header
 * @file: the map
 * @header: filled
 * @why: set when a person can mend what is wrong
 *
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int evg_mapfile_read_header(struct file *file, struct evg_header *header,
			    const char **why)
{
	struct evg_header *slot;
	loff_t pos = 0;
	ssize_t got;
	int best;

	slot = kmalloc(2 * sizeof(*slot), GFP_KERNEL);
	if (!slot)
		return -ENOMEM;
	got = kernel_read(file, slot, 2 * sizeof(*slot), &pos);
	if (got == 2 * sizeof(*slot)) {
		best = evg_mapfile_is_header(&slot[1]) &&
		       (!evg_mapfile_is_header(&slot[0]) ||
			le64_to_cpu(slot[1].generation) >
			le64_to_cpu(slot[0].generation));
		memcpy(header, &slot[best], sizeof(*header));
		*why = evg_mapfile_judge_header(header, file->f_mode & FMODE_WRITE);
	} else if (got >= 0) {
		*why = "map is too short to hold a header; the cache is damaged, remove it";
	}
	kfree(slot);
	if (got < 0)
		return got;
	return *why ? -EINVAL : 0;
}

static bool evg_mapfile_is_valid(const struct evg_disk *disk, u32 index,
				 const struct evg_map_page *page)
{
	return le32_to_cpu(page->magic) == EVG_MAP_MAGIC &&
	       le64_to_cpu(page->index) == index && page->generation &&
	       le32_to_cpu(page->crc) == evg_mapfile_crc(disk, page);
}

/* Claims that this format does not know, or beyond the end of the disk. */
static bool evg_mapfile_is_sane(const struct evg_disk *disk, u32 index,
				const struct evg_map_page *page)
{
	u64 blocks = disk->map.blocks - (u64)index * EVG_MAP_BLOCKS;
	u32 i;

	for (i = 0; i < EVG_MAP_WORDS; i++) {
		u64 word = le64_to_cpu(page->words[i]);

		if (word & EVG_MAP_ANY_DIRTY)
			return false;
		if (i * 32ULL >= blocks ? word : i * 32ULL + 32 > blocks &&
		    word >> (2 * (blocks - i * 32ULL)))
			return false;
	}
	return true;
}

/* The slot that counts, or NULL; *damaged: it cannot be taken as it is. */
static struct evg_map_page *evg_mapfile_choose(const struct evg_disk *disk,
					       u32 index,
					       struct evg_map_page *slot,
					       bool *damaged)
{
	struct evg_map_page *best = NULL;
	int i;

	for (i = 0; i < 2; i++) {
		if (!evg_mapfile_is_valid(disk, index, &slot[i]))
			continue;
		if (!best || le64_to_cpu(slot[i].generation) >
			     le64_to_cpu(best->generation))
			best = &slot[i];
	}
	if (best)
		*damaged = !evg_mapfile_is_sane(disk, index, best);
	else
		*damaged = memchr_inv(slot, 0, 2 * sizeof(*slot));
	return best;
}

/*
 * A page that cannot be read, or that is damaged in both slots, is empty: its
 * blocks are fetched again.  One that makes no sense is, too, but keeps its
 * generation, or what is written next would count less than it.
 */
static void evg_mapfile_load(struct evg_disk *disk, u32 index)
{
	struct evg_map_page *slot, *best = NULL, *page = NULL;
	loff_t pos = evg_mapfile_offset(index, 0);
	bool damaged = false;
	ssize_t got;

	slot = kzalloc(2 * sizeof(*slot), GFP_NOIO | __GFP_NOFAIL);
	got = kernel_read(disk->store.map, slot, 2 * sizeof(*slot), &pos);
	if (got > 0)
		best = evg_mapfile_choose(disk, index, slot, &damaged);
	if (best) {
		page = (struct evg_map_page *)__get_free_page(GFP_NOIO | __GFP_NOFAIL);
		memcpy(page, best, sizeof(*page));
		if (damaged)
			memset(page->words, 0, sizeof(page->words));
		evg_heat_prepare(&disk->heat, (u64)index * EVG_MAP_BLOCKS, 1);
	}
	if (got < 0 || damaged) {
		this_cpu_inc(disk->hot->io_errors);
		pr_warn("evg%u: page %u of the map is damaged (%zd); its blocks are fetched again\n",
			disk->index, index, got);
	}
	evg_map_install(&disk->map, index, page);
	kfree(slot);
}

/**
 * evg_mapfile_load_work() - load the pages that bios wait for
 * @work: evg_disk::load_work
 *
 * Context: a worker.
 */
void evg_mapfile_load_work(struct work_struct *work)
{
	struct evg_disk *disk = container_of(work, struct evg_disk, load_work);
	unsigned int noio = memalloc_noio_save();
	struct bio_list bios;
	struct bio *bio;
	u32 wish;

	spin_lock(&disk->lock);
	bios = disk->unloaded;
	bio_list_init(&disk->unloaded);
	wish = disk->wish;
	disk->wish = 0;
	spin_unlock(&disk->lock);

	if (wish && !evg_map_is_loaded(&disk->map, wish - 1))
		evg_mapfile_load(disk, wish - 1);
	bio_list_for_each(bio, &bios) {
		u32 index = evg_bio_first(bio) / EVG_MAP_BLOCKS;

		if (!evg_map_is_loaded(&disk->map, index))
			evg_mapfile_load(disk, index);
	}
	memalloc_noio_restore(noio);
	evg_submit_again(disk, &bios);
}

/**
 * evg_mapfile_want() - have the page that tells of a bio loaded
 * @disk: the disk
 * @bio: submitted again when that is done
 *
 * Context: no lock held.
 */
void evg_mapfile_want(struct evg_disk *disk, struct bio *bio)
{
	spin_lock(&disk->lock);
	bio_list_add(&disk->unloaded, bio);
	queue_work(disk->io_wq, &disk->load_work);
	spin_unlock(&disk->lock);
}

/**
 * evg_mapfile_wish() - have a page of the map loaded for a message that needs it
 * @disk: the disk
 * @index: which page
 * @urgent: it is the helper's; his wish replaces one that is not granted yet,
 *	and whose asks again; others' do not, or anybody could keep him waiting
 *
 * Context: no lock held.
 */
void evg_mapfile_wish(struct evg_disk *disk, u32 index, bool urgent)
{
	spin_lock(&disk->lock);
	if (!disk->dead && (urgent || !disk->wish)) {
		disk->wish = index + 1;
		queue_work(disk->io_wq, &disk->load_work);
	}
	spin_unlock(&disk->lock);
}

/* Step 1: copy up to a batch of changed pages, from page *index on. */
static u32 evg_mapfile_snapshot(struct evg_disk *disk, u32 *index)
{
	struct evg_map *map = &disk->map;
	u32 n;

	for (n = 0; n < EVG_COMMIT_BATCH; n++) {
		spin_lock(&disk->lock);
		*index = find_next_bit(map->dirty, map->pages, *index);
		if (*index < map->pages) {
			__clear_bit(*index, map->dirty);
			memcpy(&disk->commit_page[n], map->page[*index],
			       sizeof(disk->commit_page[n]));
		}
		spin_unlock(&disk->lock);
		if (*index >= map->pages)
			break;
	}
	return n;
}

/* Step 3. */
static int evg_mapfile_write(struct evg_disk *disk, struct evg_map_page *page)
{
	u64 generation = le64_to_cpu(page->generation) + 1;
	loff_t pos = evg_mapfile_offset(le64_to_cpu(page->index), generation);
	ssize_t put;

	page->generation = cpu_to_le64(generation);
	page->crc = cpu_to_le32(evg_mapfile_crc(disk, page));
	put = kernel_write(disk->store.map, page, sizeof(*page), &pos);
	if (put < 0)
		return put;
	return put == sizeof(*page) ? 0 : -EIO;
}

/* After step 4 the pages in memory have the generation that is on disk. */
static void evg_mapfile_settle(struct evg_disk *disk, u32 n, int err)
{
	u32 i, index;

	spin_lock(&disk->lock);
	for (i = 0; i < n; i++) {
		index = le64_to_cpu(disk->commit_page[i].index);
		if (err)
			__set_bit(index, disk->map.dirty);
		else
			disk->map.page[index]->generation =
				disk->commit_page[i].generation;
	}
	spin_unlock(&disk->lock);
}

static int evg_mapfile_commit_batch(struct evg_disk *disk, u32 n)
{
	int err;
	u32 i;

	err = vfs_fsync(disk->store.clean, 1);
	if (err) {
		/*
		 * The error is told once; a later success would say nothing of
		 * these blocks.  So nothing is claimed from now on.
		 */
		disk->commit_broken = true;
		return err;
	}
	for (i = 0; i < n && !err; i++)
		err = evg_mapfile_write(disk, &disk->commit_page[i]);
	if (!err)
		err = vfs_fsync(disk->store.map, 1);
	evg_mapfile_settle(disk, n, err);
	return err;
}

static int evg_mapfile_commit(struct evg_disk *disk)
{
	u32 index = 0, n;
	int err = 0;

	while (!err && !disk->commit_broken) {
		n = evg_mapfile_snapshot(disk, &index);
		if (!n)
			return 0;
		err = evg_mapfile_commit_batch(disk, n);
	}
	return err;
}

/**
 * evg_mapfile_commit_work() - make the map on disk as the one in memory
 * @work: evg_disk::commit_work
 *
 * Context: a worker; nobody else commits.
 */
void evg_mapfile_commit_work(struct work_struct *work)
{
	struct evg_disk *disk = container_of(to_delayed_work(work),
					     struct evg_disk, commit_work);
	unsigned int noio = memalloc_noio_save();
	bool evict = evg_evict_is_begun(disk);
	int err;

	err = evg_mapfile_commit(disk);
	if (evict && !err) {
		evg_evict_mark(disk);
		err = evg_mapfile_commit(disk);
	}
	memalloc_noio_restore(noio);
	if (evict)
		evg_evict_saved(disk, disk->commit_broken ? -EIO : err);
	if (!err)
		return;

	this_cpu_inc(disk->hot->io_errors);
	pr_err_ratelimited("evg%u: the map cannot be saved (%d); what is fetched now will be fetched again\n",
			   disk->index, err);
	if (!disk->commit_broken && !READ_ONCE(disk->dead))
		queue_delayed_work(disk->io_wq, &disk->commit_work,
				   EVG_COMMIT_INTERVAL);
}
