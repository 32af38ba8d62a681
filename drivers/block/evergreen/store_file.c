// SPDX-License-Identifier: GPL-2.0
/*
 * The cache in a file: a hit is a direct read by a worker on the submitter's
 * CPU.  Not by the submitter itself: its stack may be deep, and it may hold a
 * transaction of another file system.
 *
 * Each CPU has a lane: a lockless list and a work that empties it.  The
 * one that makes the list non-empty queues the work, so nothing on it is forgotten; the
 * work takes the whole list at once, under one plug.
 */
#include <linux/llist.h>
#include <linux/mempool.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include "compat/compat.h"
#include "evg.h"

struct evg_lane {
	struct llist_head list;
	struct work_struct work;
};

/**
 * struct evg_file_io - a hit under way
 * @iocb: of the read; file systems look at it after its completion was called,
 *	hence @refs
 * @bio: the bio that is served
 * @disk: the disk
 * @epoch: to be left
 * @node: in a lane
 * @start: for the disk's statistics
 * @done: what the read returned
 * @refs: one for the submission, one for the completion
 */
struct evg_file_io {
	struct kiocb iocb;
	struct bio *bio;
	struct evg_disk *disk;
	struct evg_epoch *epoch;
	struct llist_node node;
	unsigned long start;
	long done;
	atomic_t refs;
};

static struct kmem_cache *evg_file_cache;

int evg_store_file_init(void)
{
	evg_file_cache = KMEM_CACHE(evg_file_io, 0);
	return evg_file_cache ? 0 : -ENOMEM;
}

void evg_store_file_exit(void)
{
	kmem_cache_destroy(evg_file_cache);
}

static void evg_store_file_put(struct evg_file_io *io)
{
	struct evg_epoch *epoch = io->epoch;
	struct evg_disk *disk = io->disk;
	struct bio *bio = io->bio;
	bool failed;

	if (!atomic_dec_and_test(&io->refs))
		return;
	/* Short: somebody truncated the file under us. */
	failed = io->done != bio->bi_iter.bi_size;
	bio_end_io_acct(bio, io->start);
	mempool_free(io, &disk->store.io_pool);
	if (unlikely(failed))
		evg_repair_hit(disk, bio);
	else
		bio_endio(bio);
	evg_epoch_leave(epoch);
}

static void evg_store_file_done(struct kiocb *iocb, long done)
{
	struct evg_file_io *io = container_of(iocb, struct evg_file_io, iocb);

	io->done = done;
	evg_store_file_put(io);
}

static void evg_store_file_submit(struct evg_file_io *io)
{
	struct file *file = io->disk->store.clean;
	struct bio *bio = io->bio;
	struct bvec_iter at;
	struct iov_iter iter;
	struct bio_vec bv;
	unsigned int n = 0;
	ssize_t ret;

	bio_for_each_bvec(bv, bio, at)
		n++;
	iov_iter_bvec(&iter, ITER_DEST,
		      __bvec_iter_bvec(bio->bi_io_vec, bio->bi_iter), n,
		      bio->bi_iter.bi_size);
	iter.iov_offset = evg_compat_bvec_offset(&bio->bi_iter);

	io->iocb = (struct kiocb){
		.ki_filp	= file,
		.ki_pos		= io->disk->store.data_offset +
				  ((loff_t)bio->bi_iter.bi_sector << SECTOR_SHIFT),
		.ki_complete	= evg_store_file_done,
		.ki_flags	= IOCB_DIRECT,
		.ki_ioprio	= bio->bi_ioprio,
	};
	atomic_set(&io->refs, 2);
	ret = file->f_op->read_iter(&io->iocb, &iter);
	if (ret != -EIOCBQUEUED)
		evg_store_file_done(&io->iocb, ret);
	evg_store_file_put(io);
}

static void evg_store_file_work(struct work_struct *work)
{
	struct evg_lane *lane = container_of(work, struct evg_lane, work);
	unsigned int noio = memalloc_noio_save();
	struct evg_file_io *io, *next;
	struct llist_node *list;
	struct blk_plug plug;

	blk_start_plug(&plug);
	list = llist_reverse_order(llist_del_all(&lane->list));
	llist_for_each_entry_safe(io, next, list, node)
		evg_store_file_submit(io);
	blk_finish_plug(&plug);
	memalloc_noio_restore(noio);
}

static void evg_store_file_read(struct evg_disk *disk, struct bio *bio,
				struct evg_epoch *epoch, unsigned long start)
{
	gfp_t gfp = bio->bi_opf & REQ_NOWAIT ? GFP_NOWAIT : GFP_NOIO;
	struct evg_file_io *io = mempool_alloc(&disk->store.io_pool, gfp);
	struct evg_lane *lane;
	int cpu;

	if (unlikely(!io)) {
		evg_store_would_block(bio, epoch, start);
		return;
	}
	io->bio = bio;
	io->disk = disk;
	io->epoch = epoch;
	io->start = start;
	evg_store_count_hit(disk, bio);

	/* Nothing in here sleeps with PREEMPT_RT: a work queue's locks are raw. */
	cpu = get_cpu();
	lane = per_cpu_ptr(disk->store.lane, cpu);
	if (llist_add(&io->node, &lane->list))
		queue_work_on(cpu, disk->store.lane_wq, &lane->work);
	put_cpu();
}

/* Safe on what evg_store_file_open() made half of. */
static void evg_store_file_close(struct evg_disk *disk)
{
	struct evg_store *store = &disk->store;

	/* The last read may have ended before its work returned: this waits. */
	if (store->lane_wq)
		destroy_workqueue(store->lane_wq);
	free_percpu(store->lane);
	mempool_exit(&store->io_pool);
}

static int evg_store_file_flush(struct evg_disk *disk)
{
	return vfs_fsync(disk->store.clean, 1);
}

static const struct evg_store_ops evg_store_file_ops = {
	.flush	= evg_store_file_flush,
	.read	= evg_store_file_read,
	.exit	= evg_store_file_close,
};

/**
 * evg_store_file_open() - make the lanes, and what hits take
 * @disk: the disk
 *
 * The lanes' queue is bound to the CPU, so that a hit stays where it was
 * submitted, and of normal priority, so that a submitter of many is not preempted
 * by each; it is frozen with the tasks, so that no file system is read after they
 * rest.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int evg_store_file_open(struct evg_disk *disk)
{
	struct evg_store *store = &disk->store;
	struct evg_lane *lane;
	int cpu;

	store->ops = &evg_store_file_ops;
	if (mempool_init_slab_pool(&store->io_pool, BIO_POOL_SIZE, evg_file_cache))
		return -ENOMEM;
	store->lane = alloc_percpu(struct evg_lane);
	store->lane_wq = alloc_workqueue("evg%u_lane", WQ_MEM_RECLAIM |
					 WQ_FREEZABLE | EVG_WQ_PERCPU, 0,
					 disk->index);
	if (!store->lane || !store->lane_wq)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		lane = per_cpu_ptr(store->lane, cpu);
		init_llist_head(&lane->list);
		INIT_WORK(&lane->work, evg_store_file_work);
	}
	return 0;
}
