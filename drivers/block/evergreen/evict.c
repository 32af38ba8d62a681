// SPDX-License-Identifier: GPL-2.0
/*
 * Eviction, the mirror of a fill.  The order is:
 *	1. clear the bits		(who looks from now on misses)
 *	2. commit the map, twice	(neither slot on disk claims the blocks)
 *	3. turn the epoch		(no hit that saw the bits reads any more)
 *	4. tell the helper		(only now may it punch)
 * A crash before 4 costs nothing but fetching the blocks again; what a crash
 * after it finds claimed is there.  If the commit fails the helper is told so,
 * and punches nothing; the bytes stay and count as absent.
 *
 * Step 1 is done by the message's handler, 2 and 3 by the commit work, 4 by the
 * send work.  Until 4 the helper that evicts may not fill these blocks: it would
 * punch what it filled.  Another helper may, for the one that asked is told
 * nothing when it is not bound any more, and so does not punch.
 *
 * Misses on these blocks are like all others: they are fetched, and the helper
 * fills them after it has punched.  A fetch that the helper has, and has filled a
 * part of which is evicted now, is sent again: its FILLs may all have been said.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <net/sock.h>
#include "evg.h"

/**
 * evg_evict_init() - nothing is being evicted
 * @evict: zeroed
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; evg_evict_exit() is called in either case.
 */
int evg_evict_init(struct evg_evict *evict)
{
	evict->range = kvcalloc(EVG_EVICT_RANGES, sizeof(*evict->range), GFP_KERNEL);
	evict->answer = kvcalloc(EVG_EVICT_RANGES, sizeof(*evict->answer), GFP_KERNEL);
	return evict->range && evict->answer ? 0 : -ENOMEM;
}

/**
 * evg_evict_exit() - free what is left
 * @evict: no work looks at it any more
 */
void evg_evict_exit(struct evg_evict *evict)
{
	if (evict->sk)
		sock_put(evict->sk);
	kvfree(evict->range);
	kvfree(evict->answer);
	*evict = (struct evg_evict){};
}

/**
 * evg_evict_begin_locked() - step 1
 * @disk: the disk; its session is whose message this is
 * @range: they lie in the disk, and their pages of the map are loaded
 * @n: how many, at most EVG_EVICT_RANGES
 *
 * Context: evg_disk::lock held.
 * Return: 0, or -EBUSY: there is one under way.
 */
int evg_evict_begin_locked(struct evg_disk *disk, const struct evg_range *range,
			   u32 n)
{
	struct evg_evict *evict = &disk->evict;
	u32 i, cleared;

	lockdep_assert_held(&disk->lock);
	if (evict->state != EVG_EVICT_NONE)
		return -EBUSY;
	evg_fetch_recall_locked(disk, range, n);
	for (i = 0; i < n; i++) {
		cleared = evg_map_clear(&disk->map, range[i].first, range[i].count);
		disk->stats.evicted_bytes += (u64)cleared * EVG_BLOCK_SIZE;
		evict->range[i] = range[i];
	}
	evict->n = n;
	evict->error = 0;
	evict->state = EVG_EVICT_CLEARED;
	sock_hold(disk->session.sk);
	evict->sk = disk->session.sk;
	mod_delayed_work(disk->io_wq, &disk->commit_work, 0);
	return 0;
}

/**
 * evg_evict_overlaps_locked() - would this FILL be punched?
 * @disk: the disk; its session is who fills
 * @first: the first block
 * @n: how many
 *
 * Context: evg_disk::lock held.
 * Return: whether the helper that fills is evicting some of them.
 */
bool evg_evict_overlaps_locked(const struct evg_disk *disk, u64 first, u32 n)
{
	const struct evg_evict *evict = &disk->evict;
	const struct evg_range *range = evict->range;
	u32 i;

	lockdep_assert_held(&disk->lock);
	if (evict->state == EVG_EVICT_NONE || evict->sk != disk->session.sk)
		return false;
	for (i = 0; i < evict->n; i++, range++)
		if (first < range->first + range->count && range->first < first + n)
			return true;
	return false;
}

/**
 * evg_evict_is_begun() - is it for the commit to go on with step 2?
 * @disk: the disk
 *
 * Context: the commit work.
 * Return: whether bits were cleared, which a commit from now on will see.
 */
bool evg_evict_is_begun(struct evg_disk *disk)
{
	bool begun;

	spin_lock(&disk->lock);
	begun = disk->evict.state == EVG_EVICT_CLEARED;
	spin_unlock(&disk->lock);
	return begun;
}

/**
 * evg_evict_mark() - have the next commit write these pages, into their other slot
 * @disk: the disk
 *
 * Context: the commit work.
 */
void evg_evict_mark(struct evg_disk *disk)
{
	const struct evg_evict *evict = &disk->evict;
	u32 i;

	spin_lock(&disk->lock);
	for (i = 0; i < evict->n; i++)
		evg_map_mark(&disk->map, evict->range[i].first,
			     evict->range[i].count);
	spin_unlock(&disk->lock);
}

/**
 * evg_evict_saved() - step 3, when step 2 has ended
 * @disk: the disk
 * @err: how it ended
 *
 * Context: the commit work; may sleep, as long as reads of the cache take.
 */
void evg_evict_saved(struct evg_disk *disk, int err)
{
	if (!err)
		evg_epochs_turn(&disk->epochs);
	spin_lock(&disk->lock);
	disk->evict.error = err;
	disk->evict.state = EVG_EVICT_DONE;
	evg_fetch_kick_locked(disk);
	spin_unlock(&disk->lock);
}

/**
 * evg_evict_take_locked() - step 4: is there an answer to send?
 * @disk: the disk; its session is to be told
 * @msg: filled
 * @gone: set to a socket to put, or NULL
 *
 * From here on it is over: the answer may be read, and acted upon, before the
 * sender knows that it was sent.
 *
 * Context: evg_disk::lock held, by the send work.
 * Return: whether @msg is to be sent.
 */
bool evg_evict_take_locked(struct evg_disk *disk, struct evg_evict_msg *msg,
			   struct sock **gone)
{
	struct evg_evict *evict = &disk->evict;
	bool is_bound = evict->sk && evict->sk == disk->session.sk;

	lockdep_assert_held(&disk->lock);
	*gone = NULL;
	if (evict->state != EVG_EVICT_DONE)
		return false;
	*gone = evict->sk;
	evict->sk = NULL;
	evict->state = EVG_EVICT_NONE;
	swap(evict->range, evict->answer);
	*msg = (struct evg_evict_msg){ evict->answer, evict->n, evict->error };
	return is_bound;
}

/**
 * evg_evict_untake() - the answer could not be sent: do it again later
 * @disk: the disk
 * @to: who was to be told, its socket held
 * @msg: what
 *
 * A helper that evicts again before it was told forgoes the first answer.
 *
 * Context: the send work.
 */
void evg_evict_untake(struct evg_disk *disk, const struct evg_session *to,
		      const struct evg_evict_msg *msg)
{
	struct evg_evict *evict = &disk->evict;

	spin_lock(&disk->lock);
	if (evict->state == EVG_EVICT_NONE && disk->session.sk == to->sk) {
		swap(evict->range, evict->answer);
		evict->n = msg->n;
		evict->error = msg->error;
		evict->state = EVG_EVICT_DONE;
		sock_hold(to->sk);
		evict->sk = to->sk;
	}
	spin_unlock(&disk->lock);
}
