// SPDX-License-Identifier: GPL-2.0
/*
 * Widening: the disk has sectors of 512 bytes whatever the cache lies on.  A hit
 * that the cache's device or file system cannot read as it is (because of
 * sectors of 4096 bytes, for example) reads the whole block into a page of ours.
 */
#include "evg.h"

/**
 * struct evg_wide - a hit under way
 * @store: whose pools these are of
 * @bio: the bio that is served, of a single block
 * @page: the block
 * @wide: reads it; last, for the bio set
 */
struct evg_wide {
	struct evg_store *store;
	struct bio *bio;
	struct page *page;
	struct bio wide;
};

/**
 * evg_widen_open() - make what wide hits take
 * @store: its align is known
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; evg_widen_close() is called in either case.
 */
int evg_widen_open(struct evg_store *store)
{
	if (!store->align)
		return 0;
	return mempool_init_page_pool(&store->wide_pages, BIO_POOL_SIZE, 0) ?:
	       bioset_init(&store->wide_set, BIO_POOL_SIZE,
			   offsetof(struct evg_wide, wide), BIOSET_NEED_BVECS);
}

/**
 * evg_widen_close() - free it again; safe on what was never made
 * @store: no read is under way
 *
 * Context: may sleep.
 */
void evg_widen_close(struct evg_store *store)
{
	bioset_exit(&store->wide_set);
	mempool_exit(&store->wide_pages);
}

/* Can the store read the bio as it is, up to sector @end? */
static bool evg_widen_fits(const struct evg_store *store, const struct bio *bio,
			   sector_t end)
{
	unsigned int odd = bio->bi_iter.bi_sector << SECTOR_SHIFT;
	u32 left = (end - bio->bi_iter.bi_sector) << SECTOR_SHIFT, part;
	struct bvec_iter at;
	struct bio_vec bv;

	bio_for_each_bvec(bv, bio, at) {
		part = min(bv.bv_len, left);
		if (!part)
			break;
		odd |= bv.bv_offset | part;
		left -= part;
	}
	return !(odd & store->align);
}

/**
 * evg_widen_reach() - how many blocks of a bio can be read in one
 * @store: the store
 * @bio: the bio
 * @n: how many from its first are of interest
 *
 * Context: any.
 * Return: 1 to @n; they fit, or it is one.
 */
u32 evg_widen_reach(const struct evg_store *store, const struct bio *bio, u32 n)
{
	sector_t last = (sector_t)(evg_bio_first(bio) + n - 1) << EVG_SECTOR_SHIFT;
	sector_t end = last + (1U << EVG_SECTOR_SHIFT);

	if (evg_widen_fits(store, bio, min(end, bio_end_sector(bio))))
		return n;
	/* Perhaps it is only its end. */
	return n > 1 && evg_widen_fits(store, bio, last) ? n - 1 : 1;
}

/**
 * evg_widen_must() - must this hit read more than it wants?
 * @store: the store
 * @bio: the bio, as evg_widen_reach() cut it
 *
 * Context: any.
 * Return: whether it does not fit.
 */
bool evg_widen_must(const struct evg_store *store, const struct bio *bio)
{
	return !evg_widen_fits(store, bio, bio_end_sector(bio));
}

static struct bio *evg_widen_free(struct evg_wide *wide)
{
	struct bio *bio = wide->bio;

	mempool_free(wide->page, &wide->store->wide_pages);
	bio_put(&wide->wide);
	return bio;
}

static void evg_widen_end(struct bio *bio)
{
	struct evg_wide *wide = container_of(bio, struct evg_wide, wide);
	struct bio *to = wide->bio;
	const char *from = page_address(wide->page);
	struct bvec_iter at;
	struct bio_vec bv;

	from += (to->bi_iter.bi_sector << SECTOR_SHIFT) % EVG_BLOCK_SIZE;
	bio_for_each_segment(bv, to, at) {
		memcpy_to_bvec(&bv, from);
		from += bv.bv_len;
	}
	bio_endio(evg_widen_free(wide));
}

/**
 * evg_widen_undo() - a hit could not be read: give up what was made for it
 * @bio: as it was given to the store, wide or not
 *
 * A wide bio ends well or here.
 *
 * Context: any.
 * Return: the bio that is to be served.
 */
struct bio *evg_widen_undo(struct bio *bio)
{
	if (bio->bi_end_io != evg_widen_end)
		return bio;
	return evg_widen_free(container_of(bio, struct evg_wide, wide));
}

/**
 * evg_widen_read() - serve a hit by reading all of its block
 * @disk: the disk
 * @bio: of a single block
 * @epoch: left when it ends
 *
 * Who waits for the pools waits for hits, as for the store's others.
 *
 * Context: the submitter's, who may wait.
 */
void evg_widen_read(struct evg_disk *disk, struct bio *bio,
		    struct evg_epoch *epoch)
{
	struct evg_store *store = &disk->store;
	struct evg_wide *wide;
	struct bio *read;

	/* Not by submit_bio(): the last block may end beyond the disk. */
	read = bio_alloc_bioset(bio->bi_bdev, 1, bio->bi_opf, GFP_NOIO,
				&store->wide_set);
	wide = container_of(read, struct evg_wide, wide);
	wide->bio = bio;
	wide->store = store;
	wide->page = mempool_alloc(&store->wide_pages, GFP_NOIO);
	read->bi_iter.bi_sector = evg_bio_first(bio) << EVG_SECTOR_SHIFT;
	read->bi_end_io = evg_widen_end;
	__bio_add_page(read, wide->page, EVG_BLOCK_SIZE, 0);
	store->ops->read(disk, read, epoch, bio_start_io_acct(bio));
}
