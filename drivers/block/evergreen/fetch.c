// SPDX-License-Identifier: GPL-2.0
/*
 * The fetch table: misses, and the fetches that will end them.
 *
 * A fetch is a range of at most EVG_FETCH_MAX_BLOCKS absent blocks; no two
 * overlap, so no block is fetched twice at once.  A miss is a bio whose blocks
 * all lie in one fetch; it waits in that fetch's crowd, see wait.c.  It holds no
 * tag and no reference: the one that takes it off, under the lock, ends it or submits
 * it again.
 *
 *	evg_fetch_miss()   --> queued --(credit)--> sent --> gone
 *				 ^-------- hold -------|
 *
 * A fetch goes when all its blocks are present (FILL), when the helper says
 * FAIL, or when its waiters waited too long.  When the link or the helper is
 * lost, sent fetches are held: they go back to the queue under a new
 * generation.
 *
 * No lost wake-up: bits of the map are set, and waiters are added, under the
 * same lock, and a miss looks at the map again after taking it.
 *
 * No message is lost: a fetch is in the table before it is sent, and no more
 * are sent than the helper's socket can hold.
 */
#include <linux/ktime.h>
#include <linux/mempool.h>
#include <linux/slab.h>
#include "drill.h"
#include "fetch.h"
#include "trace.h"

#define EVG_FETCH_POOL	64

static struct kmem_cache *evg_fetch_cache;

int evg_fetch_init(void)
{
	int err;

	err = evg_wait_init();
	if (err)
		return err;
	evg_fetch_cache = KMEM_CACHE(evg_fetch, 0);
	if (evg_fetch_cache)
		return 0;
	evg_wait_exit();
	return -ENOMEM;
}

void evg_fetch_exit(void)
{
	kmem_cache_destroy(evg_fetch_cache);
	evg_wait_exit();
}

/**
 * evg_table_init() - make a table without fetches
 * @table: zeroed
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; evg_table_exit() is called in either case.
 */
int evg_table_init(struct evg_table *table)
{
	int class;

	table->root = RB_ROOT;
	for (class = 0; class < __EVG_CLASS_MAX; class++)
		INIT_LIST_HEAD(&table->queued[class]);
	INIT_LIST_HEAD(&table->sent);
	return mempool_init_slab_pool(&table->pool, EVG_FETCH_POOL, evg_fetch_cache) ?:
	       evg_wait_table_init(table);
}

/**
 * evg_table_exit() - free what init made; safe on a half of it
 * @table: empty, and nobody looks at it any more
 */
void evg_table_exit(struct evg_table *table)
{
	WARN_ON_ONCE(!RB_EMPTY_ROOT(&table->root));
	evg_wait_table_exit(table);
	mempool_exit(&table->pool);
}

/*
 * Who submits this bio.  What we submit again, because a page of the map was
 * loaded, nobody knows any more.
 */
static struct evg_who evg_fetch_who(const struct evg_disk *disk)
{
	const struct work_struct *work = current_work();
	struct evg_who who = {};

	if (work && (work == &disk->load_work || work == &disk->ready_work ||
		     work == &disk->repair.work))
		return who;
	who.pid = task_tgid_nr(current);
	strscpy(who.comm, current->comm, sizeof(who.comm));
	return who;
}

/* Remember a miss; that of a hasty one nobody needed. */
void evg_fetch_note(struct evg_disk *disk, const struct bio *bio,
		    const struct evg_who *who, enum evg_outcome outcome, u64 now_ns)
{
	const struct evg_miss miss = {
		.first		= evg_bio_first(bio),
		.count		= evg_bio_blocks(bio),
		.time_ns	= now_ns,
		.outcome	= outcome,
		.who		= *who,
	};

	lockdep_assert_held(&disk->lock);
	if (evg_wait_haste(bio) == EVG_PATIENT)
		evg_ledger_write(&disk->ledger, &miss);
}

/* The first fetch that ends after @block, or NULL. */
struct evg_fetch *evg_fetch_find(struct evg_table *table, u64 block)
{
	struct rb_node *node = table->root.rb_node;
	struct evg_fetch *fetch, *found = NULL;

	while (node) {
		fetch = rb_entry(node, struct evg_fetch, node);
		if (fetch->first + fetch->count > block) {
			found = fetch;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

static bool evg_fetch_less(struct rb_node *node, const struct rb_node *parent)
{
	return rb_entry(node, struct evg_fetch, node)->first <
	       rb_entry(parent, struct evg_fetch, node)->first;
}

static void evg_fetch_insert(struct evg_table *table, struct evg_fetch *fetch)
{
	rb_add(&fetch->node, &table->root, evg_fetch_less);
	list_add_tail(&fetch->list, &table->queued[fetch->class]);
}

/* Nobody waits for it, and it goes. */
void evg_fetch_free(struct evg_disk *disk, struct evg_fetch *fetch)
{
	lockdep_assert_held(&disk->lock);
	if (fetch->cookie && disk->session.used)
		disk->session.used--;
	rb_erase(&fetch->node, &disk->table.root);
	list_del(&fetch->list);
	mempool_free(fetch, &disk->table.pool);
}

/*
 * Works are queued under the lock while the disk is not dead, so that removal,
 * which sets dead under it, knows that none comes after those it flushes.
 */
void evg_fetch_kick_locked(struct evg_disk *disk)
{
	lockdep_assert_held(&disk->lock);
	if (!disk->dead)
		queue_delayed_work(evg_wq, &disk->send_work, 0);
}

static u32 evg_fetch_reach_locked(struct evg_table *table, u64 first, u32 n)
{
	struct evg_fetch *fetch = evg_fetch_find(table, first);

	if (!fetch)
		return min_t(u32, n, EVG_FETCH_MAX_BLOCKS);
	if (fetch->first <= first)
		return min_t(u64, n, fetch->first + fetch->count - first);
	n = min_t(u64, n, fetch->first - first);
	return min_t(u32, n, EVG_FETCH_MAX_BLOCKS);
}

/**
 * evg_fetch_reach() - how many blocks one fetch would serve
 * @disk: the disk
 * @first: the first of the blocks, all absent
 * @n: how many
 *
 * Context: may not hold evg_disk::lock.
 * Return: 1 to @n; true only until the lock is released, so a hint.
 */
u32 evg_fetch_reach(struct evg_disk *disk, u64 first, u32 n)
{
	spin_lock(&disk->lock);
	n = evg_fetch_reach_locked(&disk->table, first, n);
	spin_unlock(&disk->lock);
	return n;
}

/* The fetch that a miss of these blocks belongs to, or NULL. */
static struct evg_fetch *evg_fetch_over(struct evg_table *table, u64 first)
{
	struct evg_fetch *fetch = evg_fetch_find(table, first);

	return fetch && fetch->first <= first ? fetch : NULL;
}

static struct evg_fetch *evg_fetch_begin(struct evg_disk *disk, struct evg_fetch *fetch,
					 const struct bio *bio)
{
	int haste;

	*fetch = (struct evg_fetch){
		.first	= evg_bio_first(bio),
		.count	= evg_bio_blocks(bio),
		.class	= __EVG_CLASS_MAX - 1,
	};
	for (haste = 0; haste < __EVG_HASTES; haste++)
		INIT_LIST_HEAD(&fetch->crowd[haste].waits);
	evg_fetch_insert(&disk->table, fetch);
	return fetch;
}

/* A miss of this class waits, too: it is asked for as its most urgent one is. */
static void evg_fetch_hurry(struct evg_disk *disk, struct evg_fetch *fetch,
			    const struct bio *bio)
{
	u8 class = bio->bi_opf & REQ_RAHEAD ? EVG_CLASS_READAHEAD :
					      EVG_CLASS_DEMAND;

	if (class >= fetch->class)
		return;
	fetch->class = class;
	if (!fetch->cookie)
		list_move_tail(&fetch->list, &disk->table.queued[class]);
}

/* What a miss comes to. */
enum evg_fate {
	EVG_FATE_WAITS,
	EVG_FATE_PARKED,	/* the same, while the link is down */
	EVG_FATE_FAILS,
	EVG_FATE_IS_GONE,	/* fails: its disk is being removed */
	EVG_FATE_AGAIN,		/* the map or the table moved */
	EVG_FATE_GATE,		/* the machine goes to sleep */
};

static enum evg_fate evg_fetch_judge_locked(struct evg_disk *disk, const struct bio *bio,
					    const struct evg_who *who, u64 now_ns)
{
	bool hasty = evg_wait_haste(bio) == EVG_HASTY;
	u64 first = evg_bio_first(bio);
	u32 n = evg_bio_blocks(bio), run;

	lockdep_assert_held(&disk->lock);
	if (disk->dead)
		return EVG_FATE_IS_GONE;
	if (!hasty && evg_power_must_wait(bio))
		return EVG_FATE_GATE;
	if (evg_map_run(&disk->map, first, n, &run) != EVG_ABSENT || run < n ||
	    evg_fetch_reach_locked(&disk->table, first, n) < n)
		return EVG_FATE_AGAIN;
	if (evg_drill_is_on(disk, bio)) {
		evg_fetch_note(disk, bio, who, EVG_OUTCOME_DRILLED, now_ns);
		return EVG_FATE_FAILS;
	}
	switch (evg_link_miss(&disk->link, hasty, now_ns, &disk->config)) {
	case EVG_MISS_FETCH:
		return EVG_FATE_WAITS;
	case EVG_MISS_PARK:
		return EVG_FATE_PARKED;
	default:
		evg_fetch_note(disk, bio, who, EVG_OUTCOME_FAILED, now_ns);
		return EVG_FATE_FAILS;
	}
}

static void evg_fetch_miss_fails(struct evg_disk *disk, struct bio *bio,
				 blk_status_t status)
{
	/* It came and went, for iostat as for who reads. */
	bio_end_io_acct(bio, bio_start_io_acct(bio));
	trace_evg_fail(disk, bio, status);
	evg_bio_fail(bio, status);
}

/* Both are allocated; whichever is used is NULL then. */
static void evg_fetch_join_locked(struct evg_disk *disk, struct evg_wait **wait,
				  struct evg_fetch **spare, bool parked, u64 now_ns)
{
	struct bio *bio = (*wait)->bio;
	struct evg_fetch *fetch = evg_fetch_over(&disk->table, evg_bio_first(bio));

	lockdep_assert_held(&disk->lock);
	if (!fetch) {
		fetch = evg_fetch_begin(disk, *spare, bio);
		*spare = NULL;
	}
	trace_evg_miss(disk, bio);
	if (parked) {
		trace_evg_park(disk, bio);
		evg_fetch_note(disk, bio, &(*wait)->entry.who, EVG_OUTCOME_WAITED, now_ns);
	}
	evg_wait_add_locked(disk, fetch, *wait, parked);
	*wait = NULL;
	evg_fetch_hurry(disk, fetch, bio);
	if (current_work() == &disk->repair.work)
		fetch->unreadable = true;
	evg_linkctl_arm_locked(disk);
	if (!parked)
		evg_fetch_kick_locked(disk);
}

/* Returns whether there is what the miss needs, now or after the lock was free. */
static bool evg_fetch_has_memory(struct evg_disk *disk, const struct bio *bio,
				 const struct evg_wait *wait,
				 const struct evg_fetch *spare)
{
	return wait && (spare || evg_fetch_over(&disk->table, evg_bio_first(bio)));
}

/**
 * evg_fetch_miss() - a read of absent blocks: wait for a fetch, or fail
 * @disk: the disk
 * @bio: its blocks were all absent when the caller looked
 * @entry: who and since when, of one that has waited before; NULL: the present
 *	task, now
 *
 * Memory is for those who wait: it is allocated when that is known, and then all
 * is looked at again.
 *
 * Context: may sleep; no lock held.
 * Return: true when the bio was taken care of; false when the table or the map
 *	moved, or the machine slept meanwhile, so that it must be looked at again.
 */
bool evg_fetch_miss(struct evg_disk *disk, struct bio *bio,
		    const struct evg_entry *entry)
{
	struct evg_entry own = { .who = entry ? entry->who : evg_fetch_who(disk) };
	struct evg_fetch *spare = NULL;
	struct evg_wait *wait = NULL;
	enum evg_fate fate;
	u64 now_ns;

	if (entry)
		own.since_ns = entry->since_ns;
	for (;;) {
		spin_lock(&disk->lock);
		/*
		 * Not before: while this CPU waited, another one may have begun
		 * an outage.
		 */
		now_ns = ktime_get_boottime_ns();
		if (!own.since_ns)
			own.since_ns = now_ns;
		fate = evg_fetch_judge_locked(disk, bio, &own.who, now_ns);
		if (fate > EVG_FATE_PARKED ||
		    evg_fetch_has_memory(disk, bio, wait, spare))
			break;
		spin_unlock(&disk->lock);
		if (wait)
			spare = mempool_alloc(&disk->table.pool, GFP_NOIO);
		else
			wait = evg_wait_alloc(disk, bio, &own);
	}
	if (fate <= EVG_FATE_PARKED)
		evg_fetch_join_locked(disk, &wait, &spare, fate == EVG_FATE_PARKED, now_ns);
	if (fate <= EVG_FATE_IS_GONE)
		this_cpu_inc(disk->hot->misses);
	if (fate == EVG_FATE_FAILS || fate == EVG_FATE_IS_GONE)
		disk->stats.failed++;
	spin_unlock(&disk->lock);

	evg_wait_free(disk, wait);
	if (spare)
		mempool_free(spare, &disk->table.pool);
	if (fate == EVG_FATE_FAILS)
		evg_fetch_miss_fails(disk, bio, BLK_STS_TRANSPORT);
	if (fate == EVG_FATE_IS_GONE)
		evg_fetch_miss_fails(disk, bio, BLK_STS_OFFLINE);
	if (fate == EVG_FATE_GATE)
		evg_power_wait();
	return fate < EVG_FATE_AGAIN;
}

struct evg_fetch *evg_fetch_by_cookie(struct evg_disk *disk, u64 cookie)
{
	struct evg_fetch *fetch;

	lockdep_assert_held(&disk->lock);
	list_for_each_entry(fetch, &disk->table.sent, list)
		if (fetch->cookie == cookie)
			return fetch;
	return NULL;
}

/**
 * evg_fetch_hold_locked() - take back what was sent
 * @disk: the disk
 *
 * What nobody waits for any more is forgotten.
 *
 * Context: evg_disk::lock held.
 */
void evg_fetch_hold_locked(struct evg_disk *disk)
{
	struct evg_fetch *fetch, *prev;

	lockdep_assert_held(&disk->lock);
	/*
	 * The window bounds how many.  Backwards and to the front, so
	 * that the oldest is sent first again.
	 */
	list_for_each_entry_safe_reverse(fetch, prev, &disk->table.sent, list) {
		fetch->cookie = 0;
		list_move(&fetch->list, &disk->table.queued[fetch->class]);
		if (!evg_wait_is_wanted(fetch))
			evg_fetch_free(disk, fetch);
	}
}

/**
 * evg_fetch_requeue_locked() - ask once more for what was sent
 * @disk: the disk
 * @fetch: was sent, and its credit is free
 *
 * Context: evg_disk::lock held.
 */
void evg_fetch_requeue_locked(struct evg_disk *disk, struct evg_fetch *fetch)
{
	lockdep_assert_held(&disk->lock);
	fetch->cookie = 0;
	if (disk->session.used)
		disk->session.used--;
	list_move_tail(&fetch->list, &disk->table.queued[fetch->class]);
	evg_fetch_kick_locked(disk);
}

/**
 * evg_fetch_quiet_since_locked() - since when the helper owes an answer
 * @disk: the disk
 *
 * Context: evg_disk::lock held.
 * Return: a time, or EVG_NS_INF when nothing is outstanding.
 */
u64 evg_fetch_quiet_since_locked(struct evg_disk *disk)
{
	const struct evg_fetch *oldest;

	lockdep_assert_held(&disk->lock);
	oldest = list_first_entry_or_null(&disk->table.sent, struct evg_fetch, list);
	return oldest ? max(oldest->sent_ns, disk->table.progress_ns) : EVG_NS_INF;
}
