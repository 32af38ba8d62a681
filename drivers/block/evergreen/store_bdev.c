// SPDX-License-Identifier: GPL-2.0
/*
 * The cache on a block device: a hit is remapped to it in the submitter's
 * context, as dm-linear does.
 */
#include "evg.h"

/**
 * struct evg_remap - a hit under way
 * @disk: the disk
 * @epoch: to be left
 * @bio: the bio that is served
 * @start: for the disk's statistics
 * @clone: what went to the cache; last, for the bio set
 */
struct evg_remap {
	struct evg_disk *disk;
	struct evg_epoch *epoch;
	struct bio *bio;
	unsigned long start;
	struct bio clone;
};

static void evg_store_bdev_end(struct bio *clone)
{
	struct evg_remap *remap = container_of(clone, struct evg_remap, clone);
	struct evg_epoch *epoch = remap->epoch;
	struct evg_disk *disk = remap->disk;
	struct bio *bio = remap->bio;
	blk_status_t status = clone->bi_status;

	bio_end_io_acct(bio, remap->start);
	bio_put(clone);
	if (unlikely(status == BLK_STS_AGAIN))
		bio_wouldblock_error(bio);
	else if (unlikely(status))
		evg_repair_hit(disk, bio);
	else
		bio_endio(bio);
	evg_epoch_leave(epoch);
}

static void evg_store_bdev_read(struct evg_disk *disk, struct bio *bio,
				struct evg_epoch *epoch, unsigned long start)
{
	gfp_t gfp = bio->bi_opf & REQ_NOWAIT ? GFP_NOWAIT : GFP_NOIO;
	struct evg_remap *remap;
	struct bio *clone;

	/* From a pool that one bio of the same submitter cannot empty twice. */
	clone = bio_alloc_clone(disk->store.bdev, bio, gfp, &disk->store.remap_set);
	if (unlikely(!clone)) {
		evg_store_would_block(bio, epoch, start);
		return;
	}
	clone->bi_iter.bi_sector += disk->store.data_offset >> SECTOR_SHIFT;
	clone->bi_end_io = evg_store_bdev_end;
	clone->bi_opf &= ~REQ_DRV;	/* the mark of a drill, see drill.c */
	remap = container_of(clone, struct evg_remap, clone);
	remap->disk = disk;
	remap->epoch = epoch;
	remap->bio = bio;
	remap->start = start;
	evg_store_count_hit(disk, bio);
	submit_bio_noacct(clone);
}

static void evg_store_bdev_exit(struct evg_disk *disk)
{
	bioset_exit(&disk->store.remap_set);
}

/*
 * What the helper wrote went past the page cache, so there is nothing to wait for,
 * and no error to take but the flush's: the page cache's is that of the map, which
 * is on the same device.
 */
static int evg_store_bdev_flush(struct evg_disk *disk)
{
	return blkdev_issue_flush(disk->store.bdev);
}

static const struct evg_store_ops evg_store_bdev_ops = {
	.flush	= evg_store_bdev_flush,
	.read	= evg_store_bdev_read,
	.exit	= evg_store_bdev_exit,
};

/**
 * evg_store_bdev_open() - make what hits take
 * @disk: the disk
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int evg_store_bdev_open(struct evg_disk *disk)
{
	disk->store.ops = &evg_store_bdev_ops;
	return bioset_init(&disk->store.remap_set, BIO_POOL_SIZE,
			   offsetof(struct evg_remap, clone),
			   BIOSET_PERCPU_CACHE);
}
