// SPDX-License-Identifier: GPL-2.0
/*
 * A disk's life: add, live, remove.
 *
 * Adding and removing wait for I/O, so both run from a work; the one who asked is
 * told by DONE.
 *
 * References: the registry has one from evg_disk_add() until removal is done,
 * the gendisk one until its last user is gone, and every handler that looks a
 * disk up, and every work that adds or removes one, has one while it runs.  The
 * struct goes with the last of them; the cache's files go with removal.
 *
 * A disk may be removed as soon as it is live, by somebody else than who adds it.
 * So to be live is the last thing that is done to it, and each of the two works
 * has an evg_op of its own.  A removal waits until the addition has told what it
 * has to tell, so that all the world sees one order:
 *
 *	the event ADD, DONE to who added it, events LINK,
 *	the event REMOVE, DONE to who removed it
 *
 * (but for a LINK, if a helper binds before it can know that there is a disk).
 * The event REMOVE is told while the number is taken still, or the event ADD of
 * the next disk of that number could come before it.  DONE says that the number
 * and the cache are free.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include "compat/compat.h"
#include "drill.h"

#define EVG_INDEX_MAX	((1U << 20) - 1)

static DEFINE_XARRAY_ALLOC(evg_disks);
static atomic_t evg_disks_left = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(evg_disks_gone);

/**
 * struct evg_op - an addition or a removal under way
 * @work: what does it
 * @disk: a reference
 * @requester: is sent DONE at the end; its net is held
 * @force: of a removal: though the disk is open
 */
struct evg_op {
	struct work_struct work;
	struct evg_disk *disk;
	struct evg_requester requester;
	bool force;
};

static struct evg_op *evg_op_begin(struct evg_disk *disk, work_func_t func,
				   const struct evg_requester *requester)
{
	struct evg_op *op = kzalloc(sizeof(*op), GFP_KERNEL);

	if (!op)
		return NULL;
	INIT_WORK(&op->work, func);
	kref_get(&disk->ref);
	op->disk = disk;
	op->requester = *requester;
	get_net(op->requester.net);
	return op;
}

static void evg_op_end(struct evg_op *op)
{
	put_net(op->requester.net);
	evg_disk_put(op->disk);
	kfree(op);
}

/* The rest of the last reference's work, which may have to sleep. */
static void evg_disk_free_work(struct work_struct *work)
{
	struct evg_disk *disk = container_of(work, struct evg_disk, free_work);

	WARN_ON_ONCE(!bio_list_empty(&disk->unloaded));
	if (disk->io_wq)
		destroy_workqueue(disk->io_wq);
	evg_table_exit(&disk->table);
	bioset_exit(&disk->miss_set);
	bioset_exit(&disk->hit_set);
	evg_epochs_exit(&disk->epochs);
	evg_heat_exit(&disk->heat);
	evg_map_exit(&disk->map);
	free_percpu(disk->hot);
	kvfree(disk->saving.page);
	evg_ledger_exit(&disk->ledger);
	evg_evict_exit(&disk->evict);
	put_user_ns(disk->owner);
	kfree(disk->source);
	kfree(disk->cache);
	kfree(disk);
	if (atomic_dec_and_test(&evg_disks_left))
		wake_up_all(&evg_disks_gone);
}

static void evg_disk_release(struct kref *ref)
{
	struct evg_disk *disk = container_of(ref, struct evg_disk, ref);

	queue_work(evg_ctl_wq, &disk->free_work);
}

/**
 * evg_disk_put() - give a reference back
 * @disk: the disk
 *
 * Context: any but an interrupt.
 */
void evg_disk_put(struct evg_disk *disk)
{
	kref_put(&disk->ref, evg_disk_release);
}

/**
 * evg_disk_wait_gone() - wait until every struct evg_disk is freed
 *
 * Context: module exit: nobody can add any.
 */
void evg_disk_wait_gone(void)
{
	wait_event(evg_disks_gone, !atomic_read(&evg_disks_left));
}

/**
 * evg_disk_get() - look a disk up
 * @index: the N of evgN
 *
 * Context: any but an interrupt.
 * Return: the disk, for evg_disk_put(), or NULL.
 */
struct evg_disk *evg_disk_get(u32 index)
{
	struct evg_disk *disk;

	xa_lock(&evg_disks);
	disk = xa_load(&evg_disks, index);
	if (disk)
		kref_get(&disk->ref);
	xa_unlock(&evg_disks);
	return disk;
}

/**
 * evg_disk_get_next() - walk over the disks
 * @index: 0 at first; moved on by each call
 *
 * Context: any but an interrupt.
 * Return: the next disk, for evg_disk_put(), or NULL.
 */
struct evg_disk *evg_disk_get_next(unsigned long *index)
{
	struct evg_disk *disk;

	xa_lock(&evg_disks);
	disk = xa_find(&evg_disks, index, ULONG_MAX, XA_PRESENT);
	if (disk) {
		kref_get(&disk->ref);
		++*index;
	}
	xa_unlock(&evg_disks);
	return disk;
}

/**
 * evg_disk_each() - call a function for each disk
 * @each: called under the registry's lock: must not sleep
 * @arg: for @each
 *
 * Context: any but an interrupt.
 */
void evg_disk_each(void (*each)(struct evg_disk *disk, void *arg), void *arg)
{
	struct evg_disk *disk;
	unsigned long index;

	xa_lock(&evg_disks);
	xa_for_each(&evg_disks, index, disk)
		each(disk, arg);
	xa_unlock(&evg_disks);
}

/* What the cache lies on changes nothing of this but memory, see widen.c. */
static int evg_disk_make_gendisk(struct evg_disk *disk)
{
	const struct evg_limits limits = {
		.physical_block	= EVG_BLOCK_SIZE,
		.io_opt		= EVG_FETCH_MAX_BLOCKS * EVG_BLOCK_SIZE,
		.max_io		= SZ_1M,
		/* A worker reads a file; a device is read by the submitter. */
		.nowait		= !disk->store.bdev || bdev_nowait(disk->store.bdev),
		.dma_alignment	= disk->store.memory,
	};
	struct gendisk *gd = evg_compat_alloc_disk(&limits);

	if (IS_ERR(gd))
		return PTR_ERR(gd);
	snprintf(gd->disk_name, sizeof(gd->disk_name), "evg%u", disk->index);
	gd->fops = &evg_fops;
	gd->private_data = disk;
	disk->gd = gd;
	set_capacity(gd, disk->image_bytes >> SECTOR_SHIFT);
	set_disk_ro(gd, true);
	/* To read a partition table takes a helper; it comes after this. */
	set_bit(GD_SUPPRESS_PART_SCAN, &gd->state);
	return 0;
}

static int evg_disk_open_cache(struct evg_disk *disk, const char **why)
{
	struct evg_header *header;
	int err;

	header = kmalloc(sizeof(*header), GFP_KERNEL);
	if (!header)
		return -ENOMEM;
	err = evg_mapfile_read_header(disk->store.given_map, header, why);
	if (err)
		goto out;
	disk->image_bytes = le64_to_cpu(header->image_bytes);
	memcpy(disk->uuid, header->uuid, sizeof(disk->uuid));
	err = evg_map_init(&disk->map, DIV_ROUND_UP_ULL(disk->image_bytes,
							EVG_BLOCK_SIZE));
	if (!err)
		err = evg_heat_init(&disk->heat, disk->map.pages);
	if (!err)
		err = evg_store_open(disk, header, why);
out:
	kfree(header);
	return err;
}

static int evg_disk_start(struct evg_disk *disk, const char **why)
{
	int err;

	disk->io_wq = alloc_workqueue("evg%u_io", WQ_MEM_RECLAIM | WQ_UNBOUND |
				      WQ_FREEZABLE, 0, disk->index);
	if (!disk->io_wq)
		return -ENOMEM;
	err = evg_disk_open_cache(disk, why);
	if (!err)
		err = evg_disk_make_gendisk(disk);
	if (err)
		return err;

	kref_get(&disk->ref);		/* until evg_fops.free_disk */
	err = device_add_disk(NULL, disk->gd, evg_sysfs_groups);
	if (err) {
		put_disk(disk->gd);
		evg_disk_put(disk);	/* free_disk is for what was added */
		return err;
	}
	clear_bit(GD_SUPPRESS_PART_SCAN, &disk->gd->state);
	pr_info("evg%u: %llu bytes, cache %s\n", disk->index, disk->image_bytes,
		disk->cache ?: "unnamed");
	/* Nobody has waited for the link so far: grace begins now. */
	spin_lock(&disk->lock);
	evg_link_init(&disk->link, ktime_get_boottime_ns());
	disk->dead = false;
	WRITE_ONCE(disk->life, EVG_LIVE);
	spin_unlock(&disk->lock);
	return 0;
}

/*
 * The end of a disk that is in the registry.  It leaves the registry before its
 * files go, for evg_disk_register() looks at them, and forgets its net before
 * that, for who is not in the registry is not told of a net's end.  The module
 * may go after it.
 */
static void evg_disk_forget(struct evg_op *op, int err, const char *why)
{
	struct evg_disk *disk = op->disk;

	spin_lock(&disk->lock);
	disk->net = NULL;
	spin_unlock(&disk->lock);
	xa_erase(&evg_disks, disk->index);
	evg_store_close(disk);
	evg_netlink_send_done(disk, &op->requester, err, why);
	evg_disk_put(disk);
	evg_op_end(op);
	module_put(THIS_MODULE);
}

static void evg_disk_add_work(struct work_struct *work)
{
	struct evg_op *op = container_of(work, struct evg_op, work);
	const char *why = NULL;
	int err;

	err = evg_disk_start(op->disk, &why);
	if (err) {
		evg_disk_forget(op, err, why);
		return;
	}
	evg_netlink_event(op->disk, EVG_CMD_ADD, 0);
	evg_netlink_send_done(op->disk, &op->requester, 0, NULL);
	complete_all(&op->disk->added);
	evg_op_end(op);
}

/* Fail what waits and whatever comes: nothing waits for the link any more. */
static void evg_disk_kill_misses(struct evg_disk *disk)
{
	spin_lock(&disk->lock);
	disk->dead = true;
	evg_fetch_hold_locked(disk);
	spin_unlock(&disk->lock);
	evg_wait_expire(disk);
}

static void evg_disk_stop(struct evg_disk *disk, bool force)
{
	/*
	 * Misses first: del_gendisk() syncs before it marks the disk dead, and
	 * must not wait for them, nor for a scan that waits for them under
	 * open_mutex.  Forced, the disk is dead before that.
	 */
	evg_disk_kill_misses(disk);
	evg_drill_end(disk);
	cancel_work_sync(&disk->scan_work);
	if (force)
		blk_mark_disk_dead(disk->gd);
	del_gendisk(disk->gd);

	/*
	 * No bio comes any more but from the works, and no eviction.  The last
	 * commit ends one that is under way; then no hit is.
	 */
	evg_linkctl_drop_session(disk);
	flush_work(&disk->load_work);
	flush_work(&disk->ready_work);
	flush_work(&disk->repair.work);
	cancel_delayed_work_sync(&disk->tick_work);
	cancel_delayed_work_sync(&disk->send_work);
	cancel_work_sync(&disk->unbind_work);
	mod_delayed_work(disk->io_wq, &disk->commit_work, 0);
	flush_delayed_work(&disk->commit_work);
	evg_evict_exit(&disk->evict);
	evg_epochs_close(&disk->epochs);
	/* Hits may have failed since; dead, it submits nothing any more. */
	flush_work(&disk->repair.work);
	put_disk(disk->gd);
}

static void evg_disk_remove_work(struct work_struct *work)
{
	struct evg_op *op = container_of(work, struct evg_op, work);
	struct evg_disk *disk = op->disk;

	/* That work runs, for the disk is live, and waits for nobody. */
	wait_for_completion(&disk->added);
	evg_disk_stop(disk, op->force);
	pr_info("evg%u: removed\n", disk->index);
	evg_netlink_event(disk, EVG_CMD_REMOVE, 0);
	evg_disk_forget(op, 0, NULL);
}

/**
 * evg_disk_remove() - begin to remove a disk
 * @disk: the disk
 * @force: though it is open
 * @requester: is sent DONE at the end, if this returns 0
 * @why: set when a person can do something about it
 *
 * Whether it is open, evg_disk::opens tells under the lock: gendisk::open_mutex,
 * for which a handler would have to wait, may be held for as long as a read takes.
 *
 * Context: may sleep for memory.
 * Return: 0 or -errno.
 */
int evg_disk_remove(struct evg_disk *disk, bool force,
		    const struct evg_requester *requester, const char **why)
{
	struct evg_op *op = evg_op_begin(disk, evg_disk_remove_work, requester);

	if (!op) {
		*why = "out of memory";
		return -ENOMEM;
	}
	op->force = force;
	*why = NULL;
	spin_lock(&disk->lock);
	if (disk->life != EVG_LIVE)
		*why = "the disk is being added or removed; wait";
	else if (disk->opens && !force)
		*why = "the disk is in use; unmount it, or use force";
	else
		WRITE_ONCE(disk->life, EVG_REMOVING);
	spin_unlock(&disk->lock);
	if (*why) {
		evg_op_end(op);
		return -EBUSY;
	}
	queue_work(evg_ctl_wq, &op->work);
	return 0;
}

static void evg_disk_init(struct evg_disk *disk, const struct evg_add *add)
{
	kref_init(&disk->ref);
	spin_lock_init(&disk->lock);
	init_completion(&disk->added);
	disk->dead = true;
	ratelimit_state_init(&disk->log, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
	INIT_WORK(&disk->free_work, evg_disk_free_work);
	INIT_WORK(&disk->scan_work, evg_scan_work);
	INIT_WORK(&disk->load_work, evg_mapfile_load_work);
	INIT_WORK(&disk->ready_work, evg_fetch_ready_work);
	INIT_WORK(&disk->unbind_work, evg_linkctl_unbind_work);
	INIT_DELAYED_WORK(&disk->send_work, evg_fetch_send_work);
	INIT_DELAYED_WORK(&disk->tick_work, evg_linkctl_tick_work);
	INIT_DELAYED_WORK(&disk->commit_work, evg_mapfile_commit_work);
	evg_repair_init(&disk->repair);
	bio_list_init(&disk->unloaded);
	evg_link_init(&disk->link, 0);
	disk->tick_ns = EVG_NS_INF;
	disk->saving.read_at = jiffies;
	disk->config.grace_ns = add->grace_ms == EVG_GRACE_INF ? EVG_NS_INF :
				(u64)add->grace_ms * NSEC_PER_MSEC;
	disk->config.detect_ns = (u64)add->detect_ms * NSEC_PER_MSEC;
	disk->source = add->source;
	disk->cache = add->cache;
	disk->store.given = add->clean;
	disk->store.given_map = add->map;
	disk->net = add->requester.net;
	disk->owner = get_user_ns(disk->net->user_ns);
}

/* Put it into the registry, unless another disk has the same cache. */
static int evg_disk_register(struct evg_disk *disk, s64 index)
{
	struct xa_limit limit = XA_LIMIT(0, EVG_INDEX_MAX);
	struct evg_disk *other;
	unsigned long i;
	int err;

	if (index > EVG_INDEX_MAX)
		return -ERANGE;
	if (index >= 0)
		limit = XA_LIMIT(index, index);
	err = xa_alloc(&evg_disks, &disk->index, disk, limit, GFP_KERNEL);
	if (err)
		return err == -EBUSY && index >= 0 ? -EEXIST : err;

	/* Of two that come at once, each is in before it looks for the other. */
	xa_lock(&evg_disks);
	xa_for_each(&evg_disks, i, other)
		if (other != disk && (evg_store_has(&other->store, disk->store.given) ||
				      evg_store_has(&other->store, disk->store.given_map)))
			err = -ETXTBSY;
	if (err)
		__xa_erase(&evg_disks, disk->index);
	xa_unlock(&evg_disks);
	return err;
}

static int evg_disk_make_parts(struct evg_disk *disk)
{
	disk->hot = alloc_percpu(struct evg_hot_stats);
	disk->saving.page = kvcalloc(EVG_COMMIT_BATCH, sizeof(*disk->saving.page),
				     GFP_KERNEL);
	if (!disk->hot || !disk->saving.page)
		return -ENOMEM;
	return evg_ledger_init(&disk->ledger) ?: evg_evict_init(&disk->evict) ?:
	       evg_epochs_init(&disk->epochs) ?: evg_table_init(&disk->table) ?:
	       bioset_init(&disk->hit_set, BIO_POOL_SIZE, 0, 0) ?:
	       bioset_init(&disk->miss_set, BIO_POOL_SIZE, 0, 0);
}

/**
 * evg_disk_add() - begin to add a disk
 * @add: what it is made of; its files and strings are taken in any case
 * @index: the N of evgN, or -1 for the first that is free
 * @got: set to the N
 *
 * The requester is sent DONE at the end, if this returns 0.
 *
 * Context: may sleep, not for long.
 * Return: 0; -EEXIST: the index is taken; -ETXTBSY: the cache is another
 *	disk's; -ERANGE; -ENOMEM.
 */
int evg_disk_add(const struct evg_add *add, s64 index, u32 *got)
{
	struct evg_disk *disk;
	struct evg_op *op;
	int err;

	disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	if (!disk) {
		fput(add->clean);
		fput(add->map);
		kfree(add->source);
		kfree(add->cache);
		return -ENOMEM;
	}
	evg_disk_init(disk, add);
	atomic_inc(&evg_disks_left);
	op = evg_op_begin(disk, evg_disk_add_work, &add->requester);
	err = op ? evg_disk_make_parts(disk) : -ENOMEM;
	if (!err)
		err = evg_disk_register(disk, index);
	if (err) {
		if (op)
			evg_op_end(op);
		evg_store_close(disk);
		evg_disk_put(disk);
		return err;
	}
	*got = disk->index;
	/* This handler runs in the module, whose exit waits for it. */
	__module_get(THIS_MODULE);
	queue_work(evg_ctl_wq, &op->work);
	return 0;
}
