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

/* Move the waiters whose blocks are all present now to the ready list. */
static void evg_fetch_wake(struct evg_disk *disk, struct evg_fetch *fetch)
{
	struct bio_list waiters = fetch->waiters, still;
	struct bio *bio;

	bio_list_init(&still);
	while ((bio = bio_list_pop(&waiters))) {
		if (evg_map_is_present(&disk->map, evg_bio_first(bio),
				       evg_bio_blocks(bio))) {
			bio_list_add(&disk->table.ready, bio);
			disk->stats.parked--;
		} else {
			bio_list_add(&still, bio);
		}
	}
	fetch->waiters = still;
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
			evg_fetch_take(disk, fetch, &disk->table.ready);
			evg_fetch_free(disk, fetch);
		} else {
			evg_fetch_wake(disk, fetch);
			if (bio_list_empty(&fetch->waiters))
				list_del_init(&fetch->age);
		}
	}
	if (!bio_list_empty(&disk->table.ready))
		queue_work(disk->io_wq, &disk->ready_work);
	evg_fetch_kick_locked(disk);
}

/**
 * evg_fetch_fail() - the helper cannot get these blocks, though the link is up
 * @disk: the disk
 * @cookie: of the fetch
 * @error: a negative errno, for those who wait
 *
 * Context: may sleep; the caller has checked the session.
 * Return: 0, or -ENOENT when there is no such fetch (any more).
 */
int evg_fetch_fail(struct evg_disk *disk, u64 cookie, int error)
{
	struct bio_list doomed = BIO_EMPTY_LIST;
	struct evg_fetch *fetch;
	struct bio *bio;

	spin_lock(&disk->lock);
	fetch = evg_fetch_by_cookie(disk, cookie);
	if (!fetch) {
		spin_unlock(&disk->lock);
		return -ENOENT;
	}
	evg_fetch_take(disk, fetch, &doomed);
	disk->stats.failed += bio_list_size(&doomed);
	evg_fetch_free(disk, fetch);
	evg_fetch_kick_locked(disk);
	spin_unlock(&disk->lock);

	while ((bio = bio_list_pop(&doomed))) {
		trace_evg_fail(disk, bio, errno_to_blk_status(error));
		evg_bio_fail(bio, errno_to_blk_status(error));
	}
	return 0;
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

/**
 * evg_fetch_inline() - serve a fetch with bytes that are not kept
 * @disk: the disk
 * @cookie: of the fetch
 * @pieces: its bytes, in order
 * @n: how many pieces
 *
 * Context: may sleep; the caller has checked the session.
 * Return: 0; -ENOENT when there is no such fetch (any more); -EMSGSIZE when
 *	the pieces are not the size of the fetch.
 */
int evg_fetch_inline(struct evg_disk *disk, u64 cookie,
		     const struct evg_inline *pieces, u32 n)
{
	struct bio_list served = BIO_EMPTY_LIST;
	struct evg_fetch *fetch;
	struct bio *bio;
	u64 bytes = 0, base;
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
	evg_fetch_take(disk, fetch, &served);
	evg_fetch_free(disk, fetch);
	evg_fetch_kick_locked(disk);
	spin_unlock(&disk->lock);

	while ((bio = bio_list_pop(&served))) {
		evg_fetch_copy(bio, base, pieces);
		bio_endio(bio);
	}
	return 0;
}

/**
 * evg_fetch_ready_work() - submit again what was waiting
 * @work: evg_disk::ready_work
 *
 * Context: a worker.
 */
void evg_fetch_ready_work(struct work_struct *work)
{
	struct evg_disk *disk = container_of(work, struct evg_disk, ready_work);
	struct bio_list bios;

	spin_lock(&disk->lock);
	bios = disk->table.ready;
	bio_list_init(&disk->table.ready);
	spin_unlock(&disk->lock);
	evg_submit_again(disk, &bios);
}
