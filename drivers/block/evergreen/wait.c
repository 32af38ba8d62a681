// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting: who waits for a fetch, since when, and until when.
 *
 * A read that waits has a struct evg_wait from its miss until it is looked at
 * again or fails.  So each has its own deadline, however old the fetch is that
 * it joined, its own line in the ledger, and is in flight for iostat meanwhile.
 *
 *	evg_wait_add_locked() --> crowd --> ready  --> evg_fetch_ready_work()
 *				   |
 *				   +------> failed --> evg_wait_expire()
 *
 * What is done under the lock is bounded, whatever waits.  A fetch's crowd moves
 * as a whole, by one splice; evg_table::age finds the longest wait of all.  Who
 * must be touched one by one - to be ended, to be written to the ledger - is in
 * batches, between which the lock is free.  Anything may come between two
 * batches, and need not be feared:
 *
 *  - Each batch judges by what is so under its own hold of the lock.  A link that
 *    returns between two ends the failing: who is left waits on, as who is new.
 *  - A wait on ready or failed belongs to whom pops it.  Nobody else looks at it
 *    but through @news, which the popping takes it off, under the lock.
 *  - Whatever leaves work behind arms tick_work or queues ready_work under the
 *    same hold; each of them ends by seeing, under the lock, that nothing is left.
 *
 * Failing has a work of its own, tick_work, on a queue where nothing waits for
 * I/O: a cache that hangs does not prolong anybody's wait.
 */
#include <linux/ktime.h>
#include <linux/slab.h>
#include "fetch.h"
#include "trace.h"

#define EVG_WAIT_POOL	64
#define EVG_WAIT_BATCH	64	/* moved in one hold of the lock */

static struct kmem_cache *evg_wait_cache;

int evg_wait_init(void)
{
	evg_wait_cache = KMEM_CACHE(evg_wait, 0);
	return evg_wait_cache ? 0 : -ENOMEM;
}

void evg_wait_exit(void)
{
	kmem_cache_destroy(evg_wait_cache);
}

/**
 * evg_wait_table_init() - make the part of a table that waits need
 * @table: zeroed
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; evg_wait_table_exit() is called in either case.
 */
int evg_wait_table_init(struct evg_table *table)
{
	int i;

	for (i = 0; i < __EVG_HASTES; i++)
		table->age[i] = RB_ROOT_CACHED;
	for (i = 0; i < __EVG_FAILURES; i++)
		INIT_LIST_HEAD(&table->failed[i]);
	INIT_LIST_HEAD(&table->ready);
	INIT_LIST_HEAD(&table->unnoted);
	INIT_LIST_HEAD(&table->to_note);
	return mempool_init_slab_pool(&table->wait_pool, EVG_WAIT_POOL,
				      evg_wait_cache);
}

/**
 * evg_wait_table_exit() - free what init made; safe on a half of it
 * @table: nobody waits
 */
void evg_wait_table_exit(struct evg_table *table)
{
	int i;

	for (i = 0; i < __EVG_FAILURES; i++)
		WARN_ON_ONCE(table->failed[i].next && !list_empty(&table->failed[i]));
	WARN_ON_ONCE(table->ready.next && !list_empty(&table->ready));
	mempool_exit(&table->wait_pool);
}

/**
 * evg_wait_alloc() - a wait for a read that may have to
 * @disk: the disk
 * @bio: the read
 * @entry: who and when
 *
 * Context: may sleep.
 * Return: the wait, for evg_wait_add_locked() or evg_wait_free().
 */
struct evg_wait *evg_wait_alloc(struct evg_disk *disk, struct bio *bio,
				const struct evg_entry *entry)
{
	struct evg_wait *wait = mempool_alloc(&disk->table.wait_pool, GFP_NOIO);

	wait->bio = bio;
	wait->entry = *entry;
	INIT_LIST_HEAD(&wait->news);
	return wait;
}

/**
 * evg_wait_free() - it is over
 * @disk: the disk
 * @wait: on no list, or NULL
 */
void evg_wait_free(struct evg_disk *disk, struct evg_wait *wait)
{
	if (wait)
		mempool_free(wait, &disk->table.wait_pool);
}

enum evg_haste evg_wait_haste(const struct bio *bio)
{
	return bio->bi_opf & (REQ_RAHEAD | REQ_FAILFAST_MASK) ? EVG_HASTY :
								EVG_PATIENT;
}

/* Of a crowd that is not empty. */
static struct evg_wait *evg_wait_first(const struct evg_crowd *crowd)
{
	return list_first_entry(&crowd->waits, struct evg_wait, list);
}

static bool evg_wait_less(struct rb_node *node, const struct rb_node *parent)
{
	return evg_wait_first(rb_entry(node, struct evg_crowd, age))->entry.since_ns <
	       evg_wait_first(rb_entry(parent, struct evg_crowd, age))->entry.since_ns;
}

/* Off the tree before its first wait changes, and back if there is one still. */
static void evg_wait_lift(struct evg_disk *disk, struct evg_fetch *fetch,
			  enum evg_haste haste)
{
	if (fetch->crowd[haste].n)
		rb_erase_cached(&fetch->crowd[haste].age, &disk->table.age[haste]);
}

static void evg_wait_put_back(struct evg_disk *disk, struct evg_fetch *fetch,
			      enum evg_haste haste)
{
	if (fetch->crowd[haste].n)
		rb_add_cached(&fetch->crowd[haste].age, &disk->table.age[haste],
			      evg_wait_less);
}

/**
 * evg_wait_add_locked() - a read waits from now on
 * @disk: the disk
 * @fetch: what it waits for
 * @wait: with its bio and entry
 * @noted: it is in the ledger already
 *
 * Context: evg_disk::lock held.
 */
void evg_wait_add_locked(struct evg_disk *disk, struct evg_fetch *fetch,
			 struct evg_wait *wait, bool noted)
{
	enum evg_haste haste = evg_wait_haste(wait->bio);
	struct evg_crowd *crowd = &fetch->crowd[haste];
	struct evg_wait *before;
	bool first;

	lockdep_assert_held(&disk->lock);
	wait->start = bio_start_io_acct(wait->bio);
	if (haste == EVG_PATIENT && !noted)
		list_add_tail(&wait->news, &disk->table.unnoted);
	disk->stats.parked++;
	/* Behind all, but for those who came while this one looked again. */
	list_for_each_entry_reverse(before, &crowd->waits, list)
		if (before->entry.since_ns <= wait->entry.since_ns)
			break;
	first = list_entry_is_head(before, &crowd->waits, list);
	if (first)
		evg_wait_lift(disk, fetch, haste);
	list_add(&wait->list, &before->list);
	crowd->n++;
	if (first)
		evg_wait_put_back(disk, fetch, haste);
}

/**
 * evg_wait_is_wanted() - does anybody wait for this fetch?
 * @fetch: the fetch
 *
 * Context: evg_disk::lock held.
 * Return: whether somebody does.
 */
bool evg_wait_is_wanted(const struct evg_fetch *fetch)
{
	return fetch->crowd[EVG_PATIENT].n || fetch->crowd[EVG_HASTY].n;
}

/* The first of a crowd, or all of it, wait no more. */
static void evg_wait_left(struct evg_disk *disk, struct evg_crowd *crowd, u32 n,
			  u64 now_ns)
{
	u64 waited = evg_ns_since(evg_wait_first(crowd)->entry.since_ns, now_ns);

	disk->stats.wait_max_ns = max(disk->stats.wait_max_ns, waited);
	disk->stats.parked -= n;
	crowd->n -= n;
}

static void evg_wait_take(struct evg_disk *disk, struct evg_fetch *fetch,
			  enum evg_haste haste, struct list_head *to, u64 now_ns)
{
	struct evg_crowd *crowd = &fetch->crowd[haste];

	if (!crowd->n)
		return;
	evg_wait_lift(disk, fetch, haste);
	evg_wait_left(disk, crowd, crowd->n, now_ns);
	list_splice_tail_init(&crowd->waits, to);
}

static void evg_wait_fail(struct evg_disk *disk, struct evg_fetch *fetch,
			  enum evg_haste haste, enum evg_failure why, u64 now_ns)
{
	disk->stats.failed += fetch->crowd[haste].n;
	evg_wait_take(disk, fetch, haste, &disk->table.failed[why], now_ns);
}

/**
 * evg_wait_take_all_locked() - all who wait for a fetch have what they want
 * @disk: the disk
 * @fetch: the fetch
 * @to: evg_table::ready, for which the caller queues ready_work, or his own
 *
 * Context: evg_disk::lock held.
 */
void evg_wait_take_all_locked(struct evg_disk *disk, struct evg_fetch *fetch,
			      struct list_head *to)
{
	u64 now_ns = ktime_get_boottime_ns();

	lockdep_assert_held(&disk->lock);
	evg_wait_take(disk, fetch, EVG_PATIENT, to, now_ns);
	evg_wait_take(disk, fetch, EVG_HASTY, to, now_ns);
}

/**
 * evg_wait_fail_all_locked() - all who wait for a fetch shall fail
 * @disk: the disk
 * @fetch: the fetch
 * @why: what they are told
 *
 * Context: evg_disk::lock held; the caller arms tick_work.
 */
void evg_wait_fail_all_locked(struct evg_disk *disk, struct evg_fetch *fetch,
			      enum evg_failure why)
{
	u64 now_ns = ktime_get_boottime_ns();

	lockdep_assert_held(&disk->lock);
	evg_wait_fail(disk, fetch, EVG_PATIENT, why, now_ns);
	evg_wait_fail(disk, fetch, EVG_HASTY, why, now_ns);
}

static void evg_wait_wake_some(struct evg_disk *disk, struct evg_fetch *fetch,
			       enum evg_haste haste, u64 now_ns)
{
	struct evg_crowd *crowd = &fetch->crowd[haste];
	struct evg_wait *wait, *next;

	evg_wait_lift(disk, fetch, haste);
	list_for_each_entry_safe(wait, next, &crowd->waits, list) {
		if (!evg_map_is_present(&disk->map, evg_bio_first(wait->bio),
					evg_bio_blocks(wait->bio)))
			continue;
		evg_wait_left(disk, crowd, 1, now_ns);
		list_move_tail(&wait->list, &disk->table.ready);
	}
	evg_wait_put_back(disk, fetch, haste);
}

/**
 * evg_wait_wake_locked() - a part of a fetch is present: who waits for no more?
 * @disk: the disk
 * @fetch: the fetch
 *
 * Of a large crowd all shall look again for themselves; who must, waits on.
 *
 * Context: evg_disk::lock held; the caller queues ready_work.
 */
void evg_wait_wake_locked(struct evg_disk *disk, struct evg_fetch *fetch)
{
	u64 now_ns = ktime_get_boottime_ns();
	enum evg_haste haste;

	lockdep_assert_held(&disk->lock);
	for (haste = 0; haste < __EVG_HASTES; haste++) {
		if (fetch->crowd[haste].n > EVG_WAIT_BATCH)
			evg_wait_take(disk, fetch, haste, &disk->table.ready, now_ns);
		else
			evg_wait_wake_some(disk, fetch, haste, now_ns);
	}
}

/**
 * evg_wait_part_locked() - a fetch fails: who wants a part of it looks again
 * @disk: the disk
 * @fetch: the fetch
 *
 * Of a large crowd nobody.  Each keeps its deadline.
 *
 * Context: evg_disk::lock held; the caller queues ready_work.
 */
void evg_wait_part_locked(struct evg_disk *disk, struct evg_fetch *fetch)
{
	u64 now_ns = ktime_get_boottime_ns();
	struct evg_wait *wait, *next;
	struct evg_crowd *crowd;
	enum evg_haste haste;

	lockdep_assert_held(&disk->lock);
	for (haste = 0; haste < __EVG_HASTES; haste++) {
		crowd = &fetch->crowd[haste];
		if (crowd->n > EVG_WAIT_BATCH)
			continue;
		evg_wait_lift(disk, fetch, haste);
		list_for_each_entry_safe(wait, next, &crowd->waits, list) {
			if (evg_bio_blocks(wait->bio) == fetch->count)
				continue;
			evg_wait_left(disk, crowd, 1, now_ns);
			list_move_tail(&wait->list, &disk->table.ready);
		}
		evg_wait_put_back(disk, fetch, haste);
	}
}

/**
 * evg_wait_pop_locked() - take a batch of those that are to be ended
 * @from: evg_table::ready, or one of evg_table::failed
 * @to: the caller's own
 *
 * Context: evg_disk::lock held.
 * Return: whether there are more.
 */
bool evg_wait_pop_locked(struct list_head *from, struct list_head *to)
{
	struct evg_wait *wait, *next;
	u32 n = EVG_WAIT_BATCH;

	list_for_each_entry_safe(wait, next, from, list) {
		if (!n--)
			return true;
		list_del_init(&wait->news);
		list_move_tail(&wait->list, to);
	}
	return false;
}

/**
 * evg_wait_note_all_locked() - the link is lost: remember who waits for it
 * @disk: the disk
 *
 * Context: evg_disk::lock held; the caller arms tick_work, which does it.
 */
void evg_wait_note_all_locked(struct evg_disk *disk)
{
	lockdep_assert_held(&disk->lock);
	list_splice_tail_init(&disk->table.unnoted, &disk->table.to_note);
}

static bool evg_wait_note_one(struct evg_disk *disk, u64 now_ns)
{
	struct evg_wait *wait;

	wait = list_first_entry_or_null(&disk->table.to_note, struct evg_wait, news);
	if (!wait)
		return false;
	list_del_init(&wait->news);
	evg_fetch_note(disk, wait->bio, &wait->entry.who, EVG_OUTCOME_WAITED, now_ns);
	return true;
}

static struct evg_fetch *evg_wait_oldest(const struct evg_disk *disk,
					 enum evg_haste haste)
{
	struct rb_node *node = rb_first_cached(&disk->table.age[haste]);

	return node ? rb_entry(node, struct evg_fetch, crowd[haste].age) : NULL;
}

/* Until when may this one wait, whatever the link does? */
static u64 evg_wait_deadline(const struct evg_disk *disk, const struct evg_wait *wait)
{
	if (disk->config.grace_ns == EVG_NS_INF)
		return EVG_NS_INF;
	return wait->entry.since_ns + disk->config.detect_ns + disk->config.grace_ns;
}

/* May those who are hasty, or those who are not, wait at all? */
static bool evg_wait_is_allowed(const struct evg_disk *disk, enum evg_haste haste,
				u64 now_ns)
{
	return !disk->dead && evg_link_miss(&disk->link, haste == EVG_HASTY, now_ns,
					    &disk->config) != EVG_MISS_FAIL;
}

/*
 * One has waited for detect + grace, and fails.  This bounds a wait whatever the
 * helper does: it may say that all is well and fill other blocks.  The fetch is
 * asked for once more if others wait for it, and forgotten if not; but not if the
 * helper has shown no sign of life since it was sent: it may not have read it, so
 * its credit is not free, and it stands for the silence that makes LOST.
 */
static void evg_wait_fail_late(struct evg_disk *disk, struct evg_fetch *fetch,
			       enum evg_haste haste, struct evg_wait *wait, u64 now_ns)
{
	evg_wait_lift(disk, fetch, haste);
	evg_wait_left(disk, &fetch->crowd[haste], 1, now_ns);
	list_move_tail(&wait->list, &disk->table.failed[EVG_FAIL_LATE]);
	evg_wait_put_back(disk, fetch, haste);
	disk->stats.failed++;
	if (fetch->cookie && disk->table.progress_ns > fetch->sent_ns)
		evg_fetch_requeue_locked(disk, fetch);
}

/* Those who have waited longest: is it enough? */
static bool evg_wait_end_some(struct evg_disk *disk, enum evg_haste haste, u64 now_ns)
{
	struct evg_fetch *fetch = evg_wait_oldest(disk, haste);
	struct evg_wait *wait;

	if (!fetch)
		return false;
	wait = evg_wait_first(&fetch->crowd[haste]);
	if (!evg_wait_is_allowed(disk, haste, now_ns))
		evg_wait_fail(disk, fetch, haste,
			      disk->dead ? EVG_FAIL_GONE : EVG_FAIL_LINK, now_ns);
	else if (evg_wait_deadline(disk, wait) <= now_ns)
		evg_wait_fail_late(disk, fetch, haste, wait, now_ns);
	else
		return false;
	/* One that was sent stands for the data that is coming. */
	if (!fetch->cookie && !evg_wait_is_wanted(fetch))
		evg_fetch_free(disk, fetch);
	return true;
}

/* Returns whether there may be more to do. */
static bool evg_wait_sweep_locked(struct evg_disk *disk, u64 now_ns)
{
	u32 n;

	lockdep_assert_held(&disk->lock);
	for (n = EVG_WAIT_BATCH; n; n--)
		if (!evg_wait_note_one(disk, now_ns) &&
		    !evg_wait_end_some(disk, EVG_HASTY, now_ns) &&
		    !evg_wait_end_some(disk, EVG_PATIENT, now_ns))
			return false;
	return true;
}

/**
 * evg_wait_due_locked() - when evg_wait_expire() has something to do
 * @disk: the disk
 * @now_ns: the time
 *
 * Context: evg_disk::lock held.
 * Return: a time, EVG_NS_INF for never; not when the link's state or grace end
 *	a wait later: see evg_link_due().
 */
u64 evg_wait_due_locked(const struct evg_disk *disk, u64 now_ns)
{
	const struct evg_table *table = &disk->table;
	const struct evg_fetch *fetch;
	u64 due = EVG_NS_INF;
	int i;

	lockdep_assert_held(&disk->lock);
	if (!list_empty(&table->to_note))
		return now_ns;
	for (i = 0; i < __EVG_FAILURES; i++)
		if (!list_empty(&table->failed[i]))
			return now_ns;
	for (i = 0; i < __EVG_HASTES; i++) {
		fetch = evg_wait_oldest(disk, i);
		if (!fetch)
			continue;
		if (!evg_wait_is_allowed(disk, i, now_ns))
			return now_ns;
		due = min(due, evg_wait_deadline(disk, evg_wait_first(&fetch->crowd[i])));
	}
	return due;
}

static void evg_wait_end_failed(struct evg_disk *disk, struct list_head *failed,
				enum evg_failure why)
{
	static const blk_status_t status[] = {
		/* XFS takes other words for the end of the device. */
		[EVG_FAIL_LINK]		= BLK_STS_TRANSPORT,
		[EVG_FAIL_LATE]		= BLK_STS_TIMEOUT,
		[EVG_FAIL_GONE]		= BLK_STS_OFFLINE,
		[EVG_FAIL_IO]		= BLK_STS_IOERR,
		[EVG_FAIL_MEDIUM]	= BLK_STS_MEDIUM,
		[EVG_FAIL_TIMEOUT]	= BLK_STS_TIMEOUT,
		[EVG_FAIL_TRANSPORT]	= BLK_STS_TRANSPORT,
	};
	struct evg_wait *wait, *next;
	struct bio *bio;

	list_for_each_entry_safe(wait, next, failed, list) {
		bio = wait->bio;
		bio_end_io_acct(bio, wait->start);
		evg_wait_free(disk, wait);
		trace_evg_fail(disk, bio, status[why]);
		evg_bio_fail(bio, status[why]);
	}
}

/**
 * evg_wait_expire() - fail those who may wait no longer
 * @disk: the disk
 *
 * Context: a work that may run as long as it takes to end them; may sleep.
 */
void evg_wait_expire(struct evg_disk *disk)
{
	struct list_head failed[__EVG_FAILURES];
	bool more;
	int i;

	do {
		for (i = 0; i < __EVG_FAILURES; i++)
			INIT_LIST_HEAD(&failed[i]);
		spin_lock(&disk->lock);
		more = evg_wait_sweep_locked(disk, ktime_get_boottime_ns());
		for (i = 0; i < __EVG_FAILURES; i++)
			more |= evg_wait_pop_locked(&disk->table.failed[i], &failed[i]);
		if (!more) {
			disk->tick_ns = EVG_NS_INF;
			evg_linkctl_arm_locked(disk);
		}
		spin_unlock(&disk->lock);
		for (i = 0; i < __EVG_FAILURES; i++)
			evg_wait_end_failed(disk, &failed[i], i);
		cond_resched();
	} while (more);
}
