// SPDX-License-Identifier: GPL-2.0
/*
 * The front end: split a read where presence changes; a hit goes to the store,
 * a miss to the fetch table.
 *
 * A bio is looked at again whenever something changed.  Its submitter does that by
 * submitting it again; a worker by itself, for what waited was counted, throttled,
 * traced and marked when it came.
 *
 * MEMORY, when there is none but the pools':
 *
 *  - Each disk has its own, so what is parked on one disk, or waits for a slow
 *    cache, holds nothing that another one needs; neither does it where one
 *    evergreen disk lies below the cache of another.
 *  - Who waits for evg_disk::hit_set, or for a pool of evg_store,
 *    waits for hits, which end when the cache answers: a front that is cut for a
 *    hit is read in the same epoch, so it becomes a miss only if the cache cannot
 *    be read, and then never waits out an outage, see repair.c.  What misses hold
 *    comes from evg_disk::miss_set and evg_table::pool.
 *  - One call splits at most once, so no set can run dry upon itself: what a call
 *    allocated moves on before the rest of the bio, which goes to the end of the
 *    submitter's list.
 */
#include "evg.h"
#include "compat/compat.h"
#include "drill.h"
#include "trace.h"

/**
 * evg_bio_fail() - end a bio that could not be served, quietly
 * @bio: the bio
 * @status: why
 *
 * One line in the log tells of an outage; a line for each read of it would
 * tell no more.
 *
 * Context: no lock held.
 */
void evg_bio_fail(struct bio *bio, blk_status_t status)
{
	bio_set_flag(bio, BIO_QUIET);
	bio->bi_status = status;
	bio_endio(bio);
}

/**
 * evg_submit_split() - cut a bio
 * @bio: the rest from now on
 * @n: after so many blocks from its first
 * @set: for the front
 *
 * Context: may sleep; what is returned is submitted before anything else is cut.
 * Return: the front.
 */
struct bio *evg_submit_split(struct bio *bio, u32 n, struct bio_set *set)
{
	sector_t end = (sector_t)(evg_bio_first(bio) + n) << EVG_SECTOR_SHIFT;
	struct bio *front;

	front = bio_split(bio, end - bio->bi_iter.bi_sector, GFP_NOIO, set);
	bio_chain(front, bio);
	return front;
}

/* All but a hit.  Returns the rest, if it was split. */
static struct bio *evg_submit_slow(struct evg_disk *disk, struct bio *bio,
				   unsigned int state, u32 n,
				   const struct evg_entry *entry)
{
	struct bio *rest = NULL;

	evg_scan_mark(disk, bio);
	if (state == EVG_ABSENT)
		n = evg_fetch_reach(disk, evg_bio_first(bio), n);
	if (n < evg_bio_blocks(bio)) {
		rest = bio;
		bio = evg_submit_split(rest, n, &disk->miss_set);
	}

	switch (state) {
	case EVG_ABSENT:
		if (!evg_fetch_miss(disk, bio, entry))
			submit_bio_noacct(bio);
		break;
	case EVG_UNKNOWN:
		evg_mapfile_want(disk, bio);
		break;
	default:
		evg_bio_fail(bio, BLK_STS_IOERR);
	}
	return rest;
}

/* Can all of it be read as it is?  Then in the epoch in which it was seen present. */
static bool evg_submit_fits(const struct evg_disk *disk, const struct bio *bio)
{
	return likely(!disk->store.align) || !evg_widen_must(&disk->store, bio);
}

/*
 * Serve a bio, or a front of it; returns the rest.  A hit passes in any case.  Who
 * asks that it shall not block (REQ_NOWAIT) is told that a miss would; then it comes
 * again, from a thread that may wait.
 */
static struct bio *evg_submit_read(struct evg_disk *disk, struct bio *bio,
				   const struct evg_entry *entry)
{
	struct evg_epoch *epoch = evg_epoch_enter(&disk->epochs);
	u32 blocks = evg_bio_blocks(bio);
	struct bio *front;
	unsigned int state;
	u32 n;

	state = evg_map_run(&disk->map, evg_bio_first(bio), blocks, &n);
	if (likely(state == EVG_CLEAN && n == blocks) && evg_submit_fits(disk, bio)) {
		disk->store.ops->read(disk, bio, epoch, bio_start_io_acct(bio));
		return NULL;
	}
	if (bio->bi_opf & REQ_NOWAIT) {
		evg_epoch_leave(epoch);
		bio_wouldblock_error(bio);
		return NULL;
	}
	if (state == EVG_CLEAN) {
		if (disk->store.align)
			n = evg_widen_reach(&disk->store, bio, n);
		front = n < blocks ? evg_submit_split(bio, n, &disk->hit_set) : bio;
		if (evg_submit_fits(disk, front))
			disk->store.ops->read(disk, front, epoch,
					      bio_start_io_acct(front));
		else
			evg_widen_read(disk, front, epoch);
		return n < blocks ? bio : NULL;
	}
	/* Nothing below may keep an eviction waiting. */
	evg_epoch_leave(epoch);
	return evg_submit_slow(disk, bio, state, n, entry);
}

static void evg_submit_bio(struct bio *bio)
{
	struct evg_disk *disk = bio->bi_bdev->bd_disk->private_data;
	unsigned int align = queue_logical_block_size(disk->gd->queue) - 1;
	struct bio *rest;

	if (unlikely(bio_op(bio) != REQ_OP_READ)) {
		evg_bio_fail(bio, BLK_STS_NOTSUPP);
		return;
	}
	if (unlikely(!bio_sectors(bio))) {
		bio_endio(bio);
		return;
	}
	/* Neither kernel checks this for a driver that takes bios. */
	if (unlikely(((bio->bi_iter.bi_sector << SECTOR_SHIFT) |
		      bio->bi_iter.bi_size) & align)) {
		evg_bio_fail(bio, BLK_STS_IOERR);
		return;
	}
	trace_evg_read(disk, bio);
	evg_drill_mark(disk, bio);
	rest = evg_submit_read(disk, bio, NULL);
	if (rest)
		submit_bio_noacct(rest);
}

static void evg_submit_rest(struct evg_disk *disk, struct bio *bio,
			    const struct evg_entry *entry)
{
	while (bio)
		bio = evg_submit_read(disk, bio, entry);
}

/**
 * evg_submit_again() - submit bios that waited for something
 * @disk: their disk
 * @bios: emptied
 *
 * Context: a worker; may sleep.
 */
void evg_submit_again(struct evg_disk *disk, struct bio_list *bios)
{
	struct blk_plug plug;
	struct bio *bio;

	blk_start_plug(&plug);
	while ((bio = bio_list_pop(bios))) {
		evg_submit_rest(disk, bio, NULL);
		cond_resched();
	}
	blk_finish_plug(&plug);
}

/**
 * evg_submit_waited() - submit a read that waited for a fetch
 * @disk: its disk
 * @wait: of it; is freed
 *
 * Context: a worker; may sleep.
 */
void evg_submit_waited(struct evg_disk *disk, struct evg_wait *wait)
{
	struct evg_epoch *epoch = evg_epoch_enter(&disk->epochs);
	struct evg_entry entry = wait->entry;
	unsigned long start = wait->start;
	struct bio *bio = wait->bio;
	u32 blocks = evg_bio_blocks(bio), n;

	evg_wait_free(disk, wait);
	if (evg_map_run(&disk->map, evg_bio_first(bio), blocks, &n) == EVG_CLEAN &&
	    n == blocks && evg_submit_fits(disk, bio)) {
		disk->store.ops->read(disk, bio, epoch, start);
		return;
	}
	/*
	 * Blocks were evicted since, or are still missing, or must be read by
	 * parts; only then it counts twice.
	 */
	evg_epoch_leave(epoch);
	bio_end_io_acct(bio, start);
	evg_submit_rest(disk, bio, &entry);
}

/**
 * evg_open() - somebody opens the disk or a partition of it
 * @gd: the disk
 *
 * Context: gendisk::open_mutex held.
 * Return: 0; -ENXIO: it is being added or removed; -ENOLINK: to scan it.
 */
int evg_open(struct gendisk *gd)
{
	struct evg_disk *disk = gd->private_data;
	int err = -ENXIO;

	lockdep_assert_held(&gd->open_mutex);
	/* Removal looks at both under the lock: who comes later is refused. */
	spin_lock(&disk->lock);
	if (disk->life == EVG_LIVE)
		err = evg_scan_begin_locked(disk);
	if (!err)
		disk->opens++;
	spin_unlock(&disk->lock);
	return err;
}

/**
 * evg_release() - somebody who opened the disk or a partition of it closes it
 * @gd: the disk
 *
 * Context: gendisk::open_mutex held.
 */
void evg_release(struct gendisk *gd)
{
	struct evg_disk *disk = gd->private_data;

	lockdep_assert_held(&gd->open_mutex);
	WRITE_ONCE(disk->scanner, NULL);
	spin_lock(&disk->lock);
	disk->opens--;
	spin_unlock(&disk->lock);
}

static int evg_set_read_only(struct block_device *bdev, bool read_only)
{
	return read_only ? 0 : -EROFS;
}

static void evg_free_disk(struct gendisk *gd)
{
	evg_disk_put(gd->private_data);
}

const struct block_device_operations evg_fops = {
	.owner		= THIS_MODULE,
	.submit_bio	= evg_submit_bio,
	.open		= evg_compat_open,
	.release	= evg_compat_release,
	.set_read_only	= evg_set_read_only,
	.free_disk	= evg_free_disk,
};
