// SPDX-License-Identifier: GPL-2.0
/*
 * How fetches end: FILL, FAIL, and FILL with the bytes inline.
 *
 * The callers in netlink.c have seen that the message comes from the bound
 * helper and under the present generation.
 */
#include <linux/highmem.h>
#include "fetch.h"
#include "trace.h"

static struct evg_fetch *evg_fetch_next(struct evg_fetch *fetch)
{
	struct rb_node *node = rb_next(&fetch->node);

	return node ? rb_entry(node, struct evg_fetch, node) : NULL;
}

/**
 * evg_fetch_filled_locked() - blocks are present: end what waited for them
 * @disk: the disk
 * @first: the first of the blocks
 * @n: how many
 *
 * Context: evg_disk::lock held.
 */
void evg_fetch_filled_locked(struct evg_disk *disk, u64 first, u32 n)
{
	struct evg_fetch *fetch = evg_fetch_find(&disk->table, first), *next;

	lockdep_assert_held(&disk->lock);
	for (; fetch && fetch->first < first + n; fetch = next) {
		next = evg_fetch_next(fetch);
		if (evg_map_is_present(&disk->map, fetch->first, fetch->count)) {
			evg_wait_take_all_locked(disk, fetch, &disk->table.ready);
			evg_fetch_free(disk, fetch);
		} else {
			evg_wait_wake_locked(disk, fetch);
		}
	}
	if (!list_empty(&disk->table.ready))
		queue_work(disk->io_wq, &disk->ready_work);
	evg_fetch_kick_locked(disk);
}

/*
 * What a reader is told.  Few words, for each means something to those above:
 * EAGAIN would have it read again for ever, ENOSPC have a file system allocate.
 */
static enum evg_failure evg_fetch_failure(int error)
{
	switch (error) {
	case -ENODATA:
		return EVG_FAIL_MEDIUM;
	case -ETIMEDOUT:
		return EVG_FAIL_TIMEOUT;
	case -ENOLINK:
		return EVG_FAIL_TRANSPORT;
	default:
		return EVG_FAIL_IO;
	}
}

/**
 * evg_fetch_fail() - the helper cannot get these blocks, though the link is up
 * @disk: the disk
 * @cookie: of the fetch
 * @error: a negative errno, for those who wait
 *
 * A read of a part of them asks again for that part alone: what is bad may be
 * another's.  It comes here again only if a longer fetch was there first again.
 *
 * Context: the caller has checked the session.
 * Return: 0, or -ENOENT when there is no such fetch (any more).
 */
int evg_fetch_fail(struct evg_disk *disk, u64 cookie, int error)
{
	struct evg_fetch *fetch;

	spin_lock(&disk->lock);
	fetch = evg_fetch_by_cookie(disk, cookie);
	if (fetch) {
		evg_wait_part_locked(disk, fetch);
		if (!list_empty(&disk->table.ready))
			queue_work(disk->io_wq, &disk->ready_work);
		evg_wait_fail_all_locked(disk, fetch, evg_fetch_failure(error));
		evg_fetch_free(disk, fetch);
		evg_fetch_kick_locked(disk);
		evg_linkctl_arm_locked(disk);
	}
	spin_unlock(&disk->lock);
	return fetch ? 0 : -ENOENT;
}

/* Copy to @bio from pieces that begin at byte @base of the disk. */
static void evg_fetch_copy(struct bio *bio, u64 base,
			   const struct evg_inline *piece)
{
	u64 at = (bio->bi_iter.bi_sector << SECTOR_SHIFT) - base;
	struct bvec_iter iter;
	struct bio_vec bv;

	bio_for_each_segment(bv, bio, iter) {
		void *to = bvec_kmap_local(&bv);
		u32 done, part;

		for (done = 0; done < bv.bv_len; done += part) {
			while (at >= piece->bytes)
				at -= (piece++)->bytes;
			part = min_t(u64, bv.bv_len - done, piece->bytes - at);
			memcpy(to + done, piece->data + at, part);
			at += part;
		}
		flush_dcache_page(bv.bv_page);
		kunmap_local(to);
	}
}

static void evg_fetch_serve(struct evg_disk *disk, struct list_head *served, u64 base,
			    const struct evg_inline *pieces)
{
	struct evg_wait *wait, *next;
	struct bio *bio;

	list_for_each_entry_safe(wait, next, served, list) {
		bio = wait->bio;
		evg_fetch_copy(bio, base, pieces);
		bio_end_io_acct(bio, wait->start);
		evg_wait_free(disk, wait);
		bio_endio(bio);
		cond_resched();
	}
}

/**
 * evg_fetch_inline() - serve a fetch with bytes that are not kept
 * @disk: the disk
 * @cookie: of the fetch
 * @pieces: its bytes, in order
 * @n: how many pieces
 *
 * The sender waits for the copies.  So of a large crowd some are served, and the
 * others look again, which asks for the blocks once more.
 *
 * Context: may sleep; the caller has checked the session.
 * Return: 0; -ENOENT when there is no such fetch (any more); -EMSGSIZE when
 *	the pieces are not the size of the fetch.
 */
int evg_fetch_inline(struct evg_disk *disk, u64 cookie,
		     const struct evg_inline *pieces, u32 n)
{
	struct evg_fetch *fetch;
	u64 bytes = 0, base;
	LIST_HEAD(served);
	LIST_HEAD(taken);
	u32 i;

	for (i = 0; i < n; i++)
		bytes += pieces[i].bytes;

	spin_lock(&disk->lock);
	fetch = evg_fetch_by_cookie(disk, cookie);
	if (!fetch || bytes != (u64)fetch->count * EVG_BLOCK_SIZE) {
		spin_unlock(&disk->lock);
		return fetch ? -EMSGSIZE : -ENOENT;
	}
	base = fetch->first * EVG_BLOCK_SIZE;
	disk->stats.inlined_bytes += bytes;
	evg_wait_take_all_locked(disk, fetch, &taken);
	evg_fetch_free(disk, fetch);
	evg_fetch_kick_locked(disk);
	if (evg_wait_pop_locked(&taken, &served)) {
		list_splice_tail_init(&taken, &disk->table.ready);
		queue_work(disk->io_wq, &disk->ready_work);
	}
	spin_unlock(&disk->lock);
	evg_fetch_serve(disk, &served, base, pieces);
	return 0;
}

/**
 * evg_fetch_ready_work() - look again at what was waiting
 * @work: evg_disk::ready_work
 *
 * Context: a worker.
 */
void evg_fetch_ready_work(struct work_struct *work)
{
	struct evg_disk *disk = container_of(work, struct evg_disk, ready_work);
	struct evg_wait *wait, *next;
	struct blk_plug plug;
	bool more;

	do {
		LIST_HEAD(ready);

		spin_lock(&disk->lock);
		more = evg_wait_pop_locked(&disk->table.ready, &ready);
		spin_unlock(&disk->lock);
		blk_start_plug(&plug);
		list_for_each_entry_safe(wait, next, &ready, list)
			evg_submit_waited(disk, wait);
		blk_finish_plug(&plug);
		cond_resched();
	} while (more);
}
