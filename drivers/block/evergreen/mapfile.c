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
 *
 * So each valid slot may be believed by itself, the older one too: nothing is
 * punched that it claims, and the bytes of an image do not change.
 *
 * READS THAT FAIL.  Of a page one of whose slots is valid, the other one does not
 * matter: the next commit writes it.  Else, if a slot cannot be read, nobody knows
 * what it claims, nor of which generation it is: the page is unread.  Its blocks
 * are absent, to be fetched and filled as all others, but it is neither written nor
 * evicted from until it is read after all, which is tried now and then; then
 * what it claims is added to what was filled.
 *
 * WRITES THAT FAIL.  What was written of a page is not believed until 4 has
 * succeeded; until then it is written again, into the same slot.  So an error of 3,
 * or of the map's own pages in 4, is tried again.  A flush that fails may have
 * dropped bytes that were written any time before, and a later one says nothing of
 * them.  So what was filled and is not saved yet is absent again, and nothing is
 * written any more until the disk is added again: a FILL may still come whose bytes
 * were written, and dropped, before.
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

/* What lies beyond the file's end is zeros, as is a slot that cannot be read. */
static int evg_mapfile_read_slot(const struct evg_disk *disk, loff_t pos,
				 struct evg_map_page *slot)
{
	size_t had = 0;
	ssize_t got;

	memset(slot, 0, sizeof(*slot));
	do {
		got = kernel_read(disk->store.map, (u8 *)slot + had,
				  sizeof(*slot) - had, &pos);
		if (got < 0) {
			memset(slot, 0, sizeof(*slot));
			return got;
		}
		had += got;
	} while (got && had < sizeof(*slot));
	return 0;
}

/* The slot that counts, or NULL. */
static struct evg_map_page *evg_mapfile_choose(const struct evg_disk *disk,
					       u32 index,
					       struct evg_map_page *slot)
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
	return best;
}

/*
 * Fill @page with what the disk has.  A page that is damaged in both slots is
 * empty: its blocks are fetched again.  One that makes no sense is, too, but keeps
 * its generation, or what is written next would count less than it.
 *
 * Return: 0; 1: it was never written; -EUCLEAN: it is damaged; -EIO: it is unread.
 */
static int evg_mapfile_read_page(const struct evg_disk *disk, u32 index,
				 struct evg_map_page *page)
{
	struct evg_map_page *slot, *best;
	int err[2], i, ret = 0;

	slot = kmalloc(2 * sizeof(*slot), GFP_NOIO | __GFP_NOFAIL);
	for (i = 0; i < 2; i++)
		err[i] = evg_mapfile_read_slot(disk, evg_mapfile_offset(index, i),
					       &slot[i]);
	best = evg_mapfile_choose(disk, index, slot);
	if (best) {
		memcpy(page, best, sizeof(*page));
		if (!evg_mapfile_is_sane(disk, index, best)) {
			memset(page->words, 0, sizeof(page->words));
			ret = -EUCLEAN;
		}
	} else {
		memset(page, 0, sizeof(*page));
		page->index = cpu_to_le64(index);
		page->magic = cpu_to_le32(EVG_MAP_MAGIC);
		if (err[0] || err[1])
			ret = -EIO;
		else
			ret = memchr_inv(slot, 0, 2 * sizeof(*slot)) ? -EUCLEAN : 1;
	}
	kfree(slot);
	return ret;
}

static void evg_mapfile_say(struct evg_disk *disk, u32 index, int err)
{
	this_cpu_inc(disk->hot->io_errors);
	pr_warn_ratelimited("evg%u: page %u of the map %s\n", disk->index, index,
			    err == -EUCLEAN ?
			    "is damaged; its blocks are fetched again" :
			    "cannot be read; its blocks count as absent until it can");
}

/*
 * A page that is damaged is one of its own, too, not the empty one that all share:
 * an eviction writes it, over what is there.
 */
static void evg_mapfile_load(struct evg_disk *disk, u32 index)
{
	struct evg_map_page *page;
	int ret;

	page = (struct evg_map_page *)__get_free_page(GFP_NOIO | __GFP_NOFAIL);
	ret = evg_mapfile_read_page(disk, index, page);
	if (ret > 0) {
		free_page((unsigned long)page);
		evg_map_install(&disk->map, index, NULL);
		return;
	}
	if (ret < 0)
		evg_mapfile_say(disk, index, ret);
	evg_heat_prepare(&disk->heat, (u64)index * EVG_MAP_BLOCKS, 1);
	if (ret == -EIO) {
		spin_lock(&disk->lock);
		evg_map_set_unread(&disk->map, index);
		if (!disk->dead)
			queue_delayed_work(disk->io_wq, &disk->commit_work,
					   EVG_COMMIT_INTERVAL);
		spin_unlock(&disk->lock);
	}
	evg_map_install(&disk->map, index, page);
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

/* How long to wait after so many tries in a row. */
static unsigned long evg_mapfile_pause(u32 *tries)
{
	unsigned long pause = EVG_COMMIT_INTERVAL << *tries;

	if (pause >= EVG_COMMIT_PAUSE_MAX)
		return EVG_COMMIT_PAUSE_MAX;
	++*tries;
	return pause;
}

/* Can it be read now?  Then it claims what was filled and what it claimed. */
static bool evg_mapfile_read_again(struct evg_disk *disk, u32 index,
				   struct evg_map_page *page)
{
	u64 first = (u64)index * EVG_MAP_BLOCKS;
	int ret = evg_mapfile_read_page(disk, index, page);

	if (ret == -EIO)
		return false;
	if (ret == -EUCLEAN)
		evg_mapfile_say(disk, index, ret);
	spin_lock(&disk->lock);
	evg_map_merge(&disk->map, index, page);
	evg_fetch_filled_locked(disk, first,
				min_t(u64, disk->map.blocks - first, EVG_MAP_BLOCKS));
	spin_unlock(&disk->lock);
	pr_info_ratelimited("evg%u: page %u of the map is read after all\n",
			    disk->index, index);
	return true;
}

static void evg_mapfile_read_unread(struct evg_disk *disk)
{
	struct evg_saving *saving = &disk->saving;
	struct evg_map *map = &disk->map;
	u32 index = 0;

	if (!READ_ONCE(map->unreads) || time_before(jiffies, saving->read_at))
		return;
	for (;; index++) {
		spin_lock(&disk->lock);
		index = find_next_bit(map->unread, map->pages, index);
		spin_unlock(&disk->lock);
		/* They are on one device: what fails for one may take long. */
		if (index >= map->pages ||
		    !evg_mapfile_read_again(disk, index, saving->page))
			break;
	}
	if (!READ_ONCE(map->unreads))
		saving->read_tries = 0;
	saving->read_at = jiffies + evg_mapfile_pause(&saving->read_tries);
}

/* Step 1: copy up to a batch of changed pages, from page *index on. */
static u32 evg_mapfile_snapshot(struct evg_disk *disk, u32 *index)
{
	struct evg_map *map = &disk->map;
	u32 n;

	for (n = 0; n < EVG_COMMIT_BATCH; n++) {
		spin_lock(&disk->lock);
		*index = evg_map_next_dirty(map, *index);
		if (*index < map->pages) {
			__clear_bit(*index, map->dirty);
			memcpy(&disk->saving.page[n], map->page[*index],
			       sizeof(disk->saving.page[n]));
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
		index = le64_to_cpu(disk->saving.page[i].index);
		if (err)
			__set_bit(index, disk->map.dirty);
		else
			disk->map.page[index]->generation =
				disk->saving.page[i].generation;
	}
	spin_unlock(&disk->lock);
}

/*
 * Step 4.  The first call waits for the map's own pages and takes their error,
 * which no other may take: nobody else has this open file.
 */
static int evg_mapfile_flush(struct evg_disk *disk, bool *stopped)
{
	int err = file_write_and_wait_range(disk->store.map, 0, LLONG_MAX);

	if (err)
		return err;
	err = vfs_fsync(disk->store.map, 1);
	*stopped = err;
	return err;
}

static int evg_mapfile_commit_batch(struct evg_disk *disk, u32 n, bool *stopped)
{
	int err;
	u32 i;

	err = disk->store.ops->flush(disk);
	*stopped = err;
	for (i = 0; i < n && !err; i++)
		err = evg_mapfile_write(disk, &disk->saving.page[i]);
	if (!err)
		err = evg_mapfile_flush(disk, stopped);
	evg_mapfile_settle(disk, n, err);
	return err;
}

static int evg_mapfile_commit(struct evg_disk *disk, bool *stopped)
{
	u32 index = 0, n;
	int err = 0;

	if (evg_store_is_read_only(&disk->store))
		return 0;
	while (!err) {
		n = evg_mapfile_snapshot(disk, &index);
		if (!n)
			return 0;
		err = evg_mapfile_commit_batch(disk, n, stopped);
	}
	return err;
}

/* A flush has failed: only what is saved can be relied on. */
static void evg_mapfile_forget(struct evg_disk *disk)
{
	struct evg_map_page *page = disk->saving.page;
	u32 index = 0;

	for (;; index++) {
		spin_lock(&disk->lock);
		index = evg_map_next_dirty(&disk->map, index);
		spin_unlock(&disk->lock);
		if (index >= disk->map.pages)
			return;
		evg_mapfile_read_page(disk, index, page);
		spin_lock(&disk->lock);
		evg_map_keep(&disk->map, index, page);
		spin_unlock(&disk->lock);
	}
}

/* Show how it went, and log what has changed. */
static void evg_mapfile_note(struct evg_disk *disk, int err, bool stopped)
{
	enum evg_saving_state was = disk->saving.state, now = EVG_SAVING_OK;

	if (err) {
		this_cpu_inc(disk->hot->io_errors);
		now = stopped ? EVG_SAVING_STOPPED : EVG_SAVING_RETRYING;
	}
	if (now == was)
		return;
	spin_lock(&disk->lock);
	WRITE_ONCE(disk->saving.state, now);
	spin_unlock(&disk->lock);
	if (now == EVG_SAVING_OK)
		pr_info("evg%u: the map is saved again\n", disk->index);
	else if (now == EVG_SAVING_RETRYING)
		pr_err_ratelimited("evg%u: the map cannot be saved (%d), which is tried again; what is fetched meanwhile may have to be fetched again\n",
				   disk->index, err);
	else
		pr_err("evg%u: the cache cannot be flushed (%d); what is fetched now will be fetched again: look after its device, then detach and attach\n",
		       disk->index, err);
}

/* A commit, and for an eviction a second one. */
static int evg_mapfile_save(struct evg_disk *disk, bool evict)
{
	bool stopped = disk->saving.state == EVG_SAVING_STOPPED;
	int err;

	if (stopped)
		return -EIO;
	err = evg_mapfile_commit(disk, &stopped);
	if (evict && !err) {
		evg_evict_mark(disk);
		err = evg_mapfile_commit(disk, &stopped);
	}
	if (stopped)
		evg_mapfile_forget(disk);
	evg_mapfile_note(disk, err, stopped);
	return err;
}

/* When is there something to do that no FILL asks for? */
static void evg_mapfile_save_later(struct evg_disk *disk)
{
	struct evg_saving *saving = &disk->saving;
	unsigned long pause = EVG_COMMIT_INTERVAL;

	spin_lock(&disk->lock);
	if (saving->state == EVG_SAVING_RETRYING)
		pause = evg_mapfile_pause(&saving->tries);
	else
		saving->tries = 0;
	if (!disk->dead && saving->state != EVG_SAVING_STOPPED &&
	    (saving->state == EVG_SAVING_RETRYING || disk->map.unreads))
		queue_delayed_work(disk->io_wq, &disk->commit_work, pause);
	spin_unlock(&disk->lock);
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

	if (!evict)
		evg_mapfile_read_unread(disk);
	err = evg_mapfile_save(disk, evict);
	memalloc_noio_restore(noio);
	if (evict)
		evg_evict_saved(disk, err);
	evg_mapfile_save_later(disk);
}
