// SPDX-License-Identifier: GPL-2.0
/*
 * Scans for partitions.
 *
 * The core reads a partition table under gendisk::open_mutex, for which who
 * opens or closes the disk waits, and sync(2), and so a suspend.  A read that
 * waited there for a lost link would hold them all, for as long as grace is.  So
 * a scan never waits for the link:
 *
 *	1. While the link is down, one that has not even the first block is refused
 *	   before it begins: evg_scan_begin_locked().  The partitions that are there
 *	   stay.
 *	2. The misses of one under way are hasty, as readahead: they fail when the
 *	   link is not sound, or stops being: evg_scan_mark().
 *	3. Who could not read the table then, gets it when the link comes:
 *	   evg_scan_work().  This is the first scan of most disks.
 *
 * Whose bio is a scan's: the core scans in the open() that finds
 * GD_NEED_PART_SCAN set, in the task that opens, before it returns.  From then on
 * evg_disk::scanner is of no use, and goes with the next open or close; the core's
 * own, which asks for a scan, closes before it returns to userspace.
 */
#include <linux/xarray.h>
#include "evg.h"

#define EVG_SCAN_BLOCKS	8U	/* where a table begins: an MBR, or a GPT as a whole */

/**
 * evg_scan_begin_locked() - the disk is opened: may the core scan it, if it wants?
 * @disk: the disk
 *
 * What may be in the map's page that is not loaded, is seen when it is read.
 *
 * Context: gendisk::open_mutex and evg_disk::lock held.
 * Return: 0, or -ENOLINK when a scan could read nothing.
 */
int evg_scan_begin_locked(struct evg_disk *disk)
{
	bool scans = test_bit(GD_NEED_PART_SCAN, &disk->gd->state);
	u32 n;

	lockdep_assert_held(&disk->gd->open_mutex);
	lockdep_assert_held(&disk->lock);
	if (scans && disk->link.state != EVG_LINK_ONLINE &&
	    evg_map_run(&disk->map, 0, 1, &n) == EVG_ABSENT)
		return -ENOLINK;
	WRITE_ONCE(disk->scanner, scans ? current : NULL);
	/* How it ends, nobody tells us: look when the link comes next. */
	if (scans)
		disk->scanned = false;
	return 0;
}

/* Have the table's blocks fetched while nobody waits for open_mutex. */
static void evg_scan_fetch(struct evg_disk *disk)
{
	u32 i, n = min_t(u64, disk->image_bytes / EVG_BLOCK_SIZE, EVG_SCAN_BLOCKS);
	struct bio_vec vec[EVG_SCAN_BLOCKS];
	struct page *page;
	struct bio bio;

	page = alloc_page(GFP_KERNEL);
	if (!page)
		return;
	bio_init(&bio, disk->gd->part0, vec, EVG_SCAN_BLOCKS,
		 REQ_OP_READ | REQ_FAILFAST_TRANSPORT);
	/* All into one page: what they say is read again, from the cache. */
	for (i = 0; i < n; i++)
		__bio_add_page(&bio, page, EVG_BLOCK_SIZE, 0);
	if (n)
		submit_bio_wait(&bio);
	bio_uninit(&bio);
	put_page(page);
}

static int evg_scan(struct evg_disk *disk)
{
	struct gendisk *gd = disk->gd;
	unsigned long first = 1;
	int err = 0;

	mutex_lock(&gd->open_mutex);
	/* If there are any, somebody has scanned; they may be in use. */
	if (!xa_find(&gd->part_tbl, &first, ULONG_MAX, XA_PRESENT)) {
		WRITE_ONCE(disk->scanner, current);
		err = bdev_disk_changed(gd, false);
		WRITE_ONCE(disk->scanner, NULL);
	}
	mutex_unlock(&gd->open_mutex);
	return err;
}

/**
 * evg_scan_work() - the link came: read the partition table, tell udev
 * @work: evg_disk::scan_work
 *
 * If the link is lost meanwhile, its return is the next occasion.
 *
 * Context: a worker.
 */
void evg_scan_work(struct work_struct *work)
{
	struct evg_disk *disk = container_of(work, struct evg_disk, scan_work);

	evg_scan_fetch(disk);
	if (evg_scan(disk))
		return;
	spin_lock(&disk->lock);
	disk->scanned = true;
	spin_unlock(&disk->lock);
	kobject_uevent(&disk_to_dev(disk->gd)->kobj, KOBJ_CHANGE);
}
