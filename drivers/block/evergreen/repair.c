// SPDX-License-Identifier: GPL-2.0
/*
 * Repair: a hit that the cache cannot serve becomes a miss.
 *
 * A read of several blocks is done again block by block, so that only what is bad
 * goes.  The claim of that is cleared and the bio submitted again: it misses, and
 * what the server sends is written over the bad sector, which is when a drive
 * replaces it.
 *
 * This needs none of an eviction's order (evict.c): nobody punches, and what is
 * written there are the bytes that were there.  So who reads these blocks as a
 * hit meanwhile, or by a map on disk that claims them still, gets the right bytes
 * or the error, which leads here.  A claim that a FILL makes between the failure
 * and the clearing is lost; that costs a fetch.
 *
 * It ends: FETCH says that the blocks were unreadable, and the helper passes on
 * what it wrote in vain once.
 *
 * While the link cannot serve, the read fails and the claim stays: the trouble
 * may pass, and what the map has lost is gone until the link is back.
 */
#include "evg.h"

/**
 * evg_repair_hit() - the store could not read what the map claims
 * @disk: the disk
 * @bio: as it was given to the store
 *
 * Context: any, interrupts too; the bio's epoch is left after this, so that a
 *	turn of the epochs finds the work queued.
 */
void evg_repair_hit(struct evg_disk *disk, struct bio *bio)
{
	struct evg_repair *repair = &disk->repair;
	unsigned long flags;

	this_cpu_inc(disk->hot->io_errors);
	bio = evg_widen_undo(bio);
	spin_lock_irqsave(&repair->lock, flags);
	bio_list_add(&repair->bios, bio);
	spin_unlock_irqrestore(&repair->lock, flags);
	queue_work(disk->io_wq, &repair->work);
}

/* Can the link serve it?  Then a single block is absent from now on. */
static bool evg_repair_forget(struct evg_disk *disk, const struct bio *bio)
{
	bool can;

	spin_lock(&disk->lock);
	can = !disk->dead && disk->session.sk && evg_link_is_up(disk->link.state);
	if (can && evg_bio_blocks(bio) == 1) {
		evg_map_clear(&disk->map, evg_bio_first(bio), 1);
		queue_delayed_work(disk->io_wq, &disk->commit_work,
				   EVG_COMMIT_INTERVAL);
	}
	spin_unlock(&disk->lock);
	return can;
}

static void evg_repair_bio(struct evg_disk *disk, struct bio *bio)
{
	struct bio_list again = BIO_EMPTY_LIST;

	if (!evg_repair_forget(disk, bio)) {
		bio->bi_status = BLK_STS_IOERR;
		bio_endio(bio);
		return;
	}
	/* This work may wait, though the reader may not. */
	bio->bi_opf &= ~REQ_NOWAIT;
	/* A front that was cut for a hit waits for no outage's end, see submit.c. */
	if (bio->bi_pool == &disk->hit_set)
		bio->bi_opf |= REQ_FAILFAST_DRIVER;
	/* Each moves on before the next is split off. */
	while (evg_bio_blocks(bio) > 1) {
		bio_list_add(&again, evg_submit_split(bio, 1, &disk->miss_set));
		evg_submit_again(disk, &again);
	}
	bio_list_add(&again, bio);
	evg_submit_again(disk, &again);
}

static void evg_repair_work(struct work_struct *work)
{
	struct evg_repair *repair = container_of(work, struct evg_repair, work);
	struct evg_disk *disk = container_of(repair, struct evg_disk, repair);
	struct bio_list bios;
	struct bio *bio;

	spin_lock_irq(&repair->lock);
	bios = repair->bios;
	bio_list_init(&repair->bios);
	spin_unlock_irq(&repair->lock);
	while ((bio = bio_list_pop(&bios))) {
		evg_repair_bio(disk, bio);
		cond_resched();
	}
}

/**
 * evg_repair_init() - nothing is broken yet
 * @repair: of a disk
 *
 * Context: any.
 */
void evg_repair_init(struct evg_repair *repair)
{
	spin_lock_init(&repair->lock);
	bio_list_init(&repair->bios);
	INIT_WORK(&repair->work, evg_repair_work);
}
