// SPDX-License-Identifier: GPL-2.0
/*
 * The store: where the cache's bytes are.  By what the person gave as
 * CLEAN_FD it is a block device or a file; see the two store_*.c.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include "evg.h"
#include "trace.h"

/**
 * evg_store_count_hit() - count and trace a hit, and warm what it reads
 * @disk: the disk
 * @bio: the bio, as it came
 *
 * Context: any.
 */
void evg_store_count_hit(struct evg_disk *disk, const struct bio *bio)
{
	u64 first = evg_bio_first(bio);
	u32 n = evg_bio_blocks(bio);

	this_cpu_inc(disk->hot->hits);
	this_cpu_add(disk->hot->hit_bytes, bio->bi_iter.bi_size);
	evg_heat_touch(&disk->heat, first, n, this_cpu_read(disk->hot->end),
		       this_cpu_read(disk->hot->hits));
	this_cpu_write(disk->hot->end, first + n);
	trace_evg_hit(disk, bio);
}

/**
 * evg_store_would_block() - there is no memory for a hit that shall not wait for it
 * @bio: the bio, with REQ_NOWAIT; is ended
 * @epoch: is left
 * @start: of its accounting
 *
 * Context: any.
 */
void evg_store_would_block(struct bio *bio, struct evg_epoch *epoch,
			   unsigned long start)
{
	bio_end_io_acct(bio, start);
	bio_wouldblock_error(bio);
	evg_epoch_leave(epoch);
}

/*
 * An open file of our own: the person's may change its flags any time, and take
 * its errors.  This worker may open it, as the person could who opened the given
 * one.
 */
static struct file *evg_store_open_own(const struct file *given, int flags)
{
	return dentry_open(&given->f_path, flags | O_LARGEFILE | O_NOATIME,
			   current_cred());
}

/* Set how reads must be aligned.  False: in a way that no block is. */
static bool evg_store_set_align(struct evg_store *store, u32 memory, u32 place)
{
	u32 align = max(memory, place);

	store->memory = min_t(u32, memory, SECTOR_SIZE) - 1;
	store->align = align > SECTOR_SIZE ? align - 1 : 0;
	return align <= EVG_BLOCK_SIZE;
}

static u64 evg_store_padded_bytes(const struct evg_disk *disk)
{
	return disk->map.blocks * EVG_BLOCK_SIZE;
}

static int evg_store_open_bdev(struct evg_disk *disk, u64 data_offset,
			       const char **why)
{
	struct evg_store *store = &disk->store;
	u64 map_end = EVG_MAP_OFFSET + (u64)disk->map.pages * 2 * EVG_MAP_PAGE_BYTES;

	store->bdev = I_BDEV(store->given->f_mapping->host);
	store->clean = get_file(store->given);
	if (store->bdev->bd_disk->fops == &evg_fops) {
		*why = "an evergreen disk cannot be the cache of another";
		return -EINVAL;
	}
	if (file_inode(store->given_map)->i_rdev != file_inode(store->given)->i_rdev ||
	    data_offset < map_end || data_offset % EVG_DATA_ALIGN) {
		*why = "the header does not fit a block device; make the cache again";
		return -EINVAL;
	}
	if (data_offset + evg_store_padded_bytes(disk) > bdev_nr_bytes(store->bdev)) {
		*why = "the cache's block device is smaller than the image";
		return -EINVAL;
	}
	if (!evg_store_set_align(store, bdev_dma_alignment(store->bdev) + 1,
				 bdev_logical_block_size(store->bdev))) {
		*why = "the cache's device has blocks larger than 4096 bytes";
		return -EINVAL;
	}
	return evg_store_bdev_open(disk);
}

/*
 * Where the file system does not say how direct reads must be aligned, whole
 * blocks are right for all.
 */
static int evg_store_align_file(struct evg_store *store, const char **why)
{
	struct kstat stat;
	int err = vfs_getattr(&store->clean->f_path, &stat, STATX_DIOALIGN,
			      AT_STATX_DONT_SYNC);

	if (err || !(stat.result_mask & STATX_DIOALIGN))
		stat.dio_mem_align = stat.dio_offset_align = EVG_BLOCK_SIZE;
	if (!stat.dio_mem_align || !stat.dio_offset_align) {
		*why = "the cache's file has no direct I/O: it is encrypted, or the file system journals data; use another directory";
		return -EINVAL;
	}
	if (evg_store_set_align(store, stat.dio_mem_align, stat.dio_offset_align))
		return 0;
	*why = "the cache's file system reads in blocks larger than 4096 bytes";
	return -EINVAL;
}

static int evg_store_open_file(struct evg_disk *disk, u64 data_offset,
			       const char **why)
{
	struct evg_store *store = &disk->store;
	struct file *file;

	if (data_offset) {
		*why = "the header is of a block device's cache; make the cache again";
		return -EINVAL;
	}
	if (i_size_read(file_inode(store->given)) != evg_store_padded_bytes(disk)) {
		*why = "clean has not the size that map says; the cache is damaged, remove it";
		return -EINVAL;
	}
	file = evg_store_open_own(store->given, O_RDONLY | O_DIRECT);
	if (IS_ERR(file)) {
		*why = "the cache is on a file system without direct I/O; use ext4 or xfs";
		return PTR_ERR(file);
	}
	store->clean = file;
	return evg_store_align_file(store, why) ?: evg_store_file_open(disk);
}

/**
 * evg_store_open() - take the cache into use
 * @disk: has store.given and store.given_map, and its map made
 * @header: validated
 * @why: set when it fails for a reason that a person can mend
 *
 * Context: may sleep.
 * Return: 0 or -errno; evg_store_close() is called in either case.
 */
int evg_store_open(struct evg_disk *disk, const struct evg_header *header,
		   const char **why)
{
	umode_t mode = file_inode(disk->store.given)->i_mode;
	u64 data_offset = le64_to_cpu(header->data_offset);
	struct file *map;
	int err = -EINVAL;

	map = evg_store_open_own(disk->store.given_map,
				 disk->store.given_map->f_mode & FMODE_WRITE ?
				 O_RDWR : O_RDONLY);
	if (IS_ERR(map)) {
		*why = "map cannot be opened once more";
		return PTR_ERR(map);
	}
	disk->store.map = map;
	disk->store.data_offset = data_offset;
	if (S_ISBLK(mode))
		err = evg_store_open_bdev(disk, data_offset, why);
	else if (S_ISREG(mode))
		err = evg_store_open_file(disk, data_offset, why);
	else
		*why = "the cache is neither a regular file nor a block device";
	return err ?: evg_widen_open(&disk->store);
}

/* One inode for all nodes of a block device. */
static const struct inode *evg_store_inode(const struct file *file)
{
	return file->f_mapping->host;
}

/**
 * evg_store_has() - is a file one of this cache?
 * @store: the cache
 * @file: any file
 *
 * Context: the cache is not being closed.
 * Return: whether it is its data or its map.
 */
bool evg_store_has(const struct evg_store *store, const struct file *file)
{
	const struct inode *inode = evg_store_inode(file);

	return (store->given && evg_store_inode(store->given) == inode) ||
	       (store->given_map && evg_store_inode(store->given_map) == inode);
}

/**
 * evg_store_is() - are these the two files of this cache?
 * @store: the cache
 * @clean: what would be written as its data
 * @map: what would be prepared as its map
 *
 * Context: the cache is not being closed.
 * Return: whether what is written there is what is read here.
 */
bool evg_store_is(const struct evg_store *store, const struct file *clean,
		  const struct file *map)
{
	return evg_store_inode(clean) == evg_store_inode(store->given) &&
	       evg_store_inode(map) == evg_store_inode(store->given_map);
}

/**
 * evg_store_is_read_only() - was the cache given for reading only?
 * @store: open
 *
 * Context: any.
 * Return: whether nothing is kept.
 */
bool evg_store_is_read_only(const struct evg_store *store)
{
	return !(store->map->f_mode & FMODE_WRITE);
}

/**
 * evg_store_close() - let go of the cache; safe on one half opened
 * @disk: no I/O is under way
 *
 * Context: may sleep.
 */
void evg_store_close(struct evg_disk *disk)
{
	struct evg_store *store = &disk->store;

	if (store->ops)
		store->ops->exit(disk);
	evg_widen_close(store);
	if (store->clean)
		fput(store->clean);
	if (store->map)
		fput(store->map);
	if (store->given)
		fput(store->given);
	if (store->given_map)
		fput(store->given_map);
	*store = (struct evg_store){};
}
