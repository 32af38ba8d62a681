// SPDX-License-Identifier: GPL-2.0
/*
 * The fetch table: misses, and the fetches that will end them.
 *
 * A fetch is a range of at most EVG_FETCH_MAX_BLOCKS absent blocks; no two
 * overlap, so no block is fetched twice at once.  A miss is a bio whose blocks
 * all lie in one fetch, on that fetch's list of waiters.  It holds no tag and
 * no reference: whoever takes it off the list, under the lock, ends it or
 * submits it again.
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
	evg_fetch_cache = KMEM_CACHE(evg_fetch, 0);
	return evg_fetch_cache ? 0 : -ENOMEM;
}

void evg_fetch_exit(void)
{
	kmem_cache_destroy(evg_fetch_cache);
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
	INIT_LIST_HEAD(&table->age);
	for (class = 0; class < __EVG_CLASS_MAX; class++)
		INIT_LIST_HEAD(&table->queued[class]);
	INIT_LIST_HEAD(&table->sent);
	bio_list_init(&table->ready);
	return mempool_init_slab_pool(&table->pool, EVG_FETCH_POOL, evg_fetch_cache);
}

/**
 * evg_table_exit() - free what init made; safe on a half of it
 * @table: empty, and nobody looks at it any more
 */
void evg_table_exit(struct evg_table *table)
{
	WARN_ON_ONCE(!RB_EMPTY_ROOT(&table->root));
	WARN_ON_ONCE(!bio_list_empty(&table->ready));
	mempool_exit(&table->pool);
}

static bool evg_bio_is_hasty(const struct bio *bio)
{
	return bio->bi_opf & (REQ_RAHEAD | REQ_FAILFAST_MASK);
}

/*
 * Who submits this bio.  What we submit again, because a page of the map was
 * loaded or blocks came, nobody knows any more.
 */
static struct evg_who evg_fetch_who(const struct evg_disk *disk)
{
	const struct work_struct *work = current_work();
	struct evg_who who = {};

	if (work && (work == &disk->load_work || work == &disk->ready_work))
		return who;
	who.pid = task_tgid_nr(current);
	strscpy(who.comm, current->comm, sizeof(who.comm));
	return who;
}

/* Remember a miss; that of a hasty one nobody needed. */
static void evg_fetch_note(struct evg_disk *disk, const struct bio *bio,
			   const struct evg_who *who, enum evg_outcome outcome,
			   u64 now_ns)
{
	const struct evg_miss miss = {
		.first		= evg_bio_first(bio),
		.count		= evg_bio_blocks(bio),
		.time_ns	= now_ns,
		.outcome	= outcome,
		.who		= *who,
	};

	lockdep_assert_held(&disk->lock);
	if (!evg_bio_is_hasty(bio))
		evg_ledger_write(&disk->ledger, &miss);
}

/**
 * evg_fetch_note_waiting_locked() - the link is lost: remember who waits for it
 * @disk: the disk
 * @now_ns: the time
 *
 * Context: evg_disk::lock held.
 */
void evg_fetch_note_waiting_locked(struct evg_disk *disk, u64 now_ns)
{
	const struct evg_fetch *fetch;
	const struct bio *bio;

	lockdep_assert_held(&disk->lock);
	list_for_each_entry(fetch, &disk->table.age, age)
		bio_list_for_each(bio, &fetch->waiters)
			evg_fetch_note(disk, bio, &fetch->who, EVG_OUTCOME_WAITED,
				       now_ns);
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

void evg_fetch_free(struct evg_disk *disk, struct evg_fetch *fetch)
{
	lockdep_assert_held(&disk->lock);
	if (fetch->cookie && disk->session.used)
		disk->session.used--;
	rb_erase(&fetch->node, &disk->table.root);
	list_del(&fetch->list);
	list_del(&fetch->age);
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

static void evg_fetch_add_waiter(struct evg_disk *disk, struct evg_fetch *fetch,
				 struct bio *bio, const struct evg_who *who,
				 u64 now_ns)
{
	u8 class = bio->bi_opf & REQ_RAHEAD ? EVG_CLASS_READAHEAD :
					      EVG_CLASS_DEMAND;

	if (bio_list_empty(&fetch->waiters)) {
		fetch->since_ns = now_ns;
		list_add_tail(&fetch->age, &disk->table.age);
	}
	bio_list_add(&fetch->waiters, bio);
	disk->stats.parked++;
	if (!fetch->who.pid && !evg_bio_is_hasty(bio))
		fetch->who = *who;
	if (class < fetch->class) {
		fetch->class = class;
		if (!fetch->cookie)
			list_move_tail(&fetch->list, &disk->table.queued[class]);
	}
}

/* Take a fetch's waiters off, for the caller to end or to submit again. */
void evg_fetch_take(struct evg_disk *disk, struct evg_fetch *fetch,
		    struct bio_list *to)
{
	u64 waited = ktime_get_boottime_ns() - fetch->since_ns;

	if (bio_list_empty(&fetch->waiters))
		return;
	disk->stats.wait_max_ns = max(disk->stats.wait_max_ns, waited);
	disk->stats.parked -= bio_list_size(&fetch->waiters);
	bio_list_merge(to, &fetch->waiters);
	bio_list_init(&fetch->waiters);
	list_del_init(&fetch->age);
}

/* It was no miss yet. */
static void evg_fetch_again(struct evg_disk *disk, struct evg_fetch *spare)
{
	this_cpu_dec(disk->hot->misses);
	mempool_free(spare, &disk->table.pool);
}

/**
 * evg_fetch_miss() - a read of absent blocks: wait for a fetch, or fail
 * @disk: the disk
 * @bio: its blocks were all absent when the caller looked
 *
 * Context: may sleep; no lock held.
 * Return: true when the bio was taken care of; false when the table or the map
 *	moved, or the machine slept meanwhile, so that it must be looked at again.
 */
bool evg_fetch_miss(struct evg_disk *disk, struct bio *bio)
{
	struct evg_fetch *spare = mempool_alloc(&disk->table.pool, GFP_NOIO);
	blk_status_t status = BLK_STS_TRANSPORT;
	enum evg_link_verdict verdict;
	u64 first = evg_bio_first(bio);
	u32 n = evg_bio_blocks(bio), run;
	struct evg_who who = evg_fetch_who(disk);
	struct evg_fetch *fetch;
	u64 now_ns;

	this_cpu_inc(disk->hot->misses);
	spin_lock(&disk->lock);
	/* Not before: while this CPU waited, another one may have begun an outage. */
	now_ns = ktime_get_boottime_ns();
	if (disk->dead) {
		status = BLK_STS_OFFLINE;
		goto fail;
	}
	if (evg_power_must_wait(bio) && !evg_bio_is_hasty(bio)) {
		spin_unlock(&disk->lock);
		evg_fetch_again(disk, spare);
		evg_power_wait();
		return false;
	}
	if (evg_map_run(&disk->map, first, n, &run) != EVG_ABSENT || run < n ||
	    evg_fetch_reach_locked(&disk->table, first, n) < n) {
		spin_unlock(&disk->lock);
		evg_fetch_again(disk, spare);
		return false;
	}
	if (evg_drill_is_on(disk, bio)) {
		evg_fetch_note(disk, bio, &who, EVG_OUTCOME_DRILLED, now_ns);
		goto fail;
	}
	verdict = evg_link_miss(&disk->link, evg_bio_is_hasty(bio), now_ns,
				&disk->config);
	if (verdict == EVG_MISS_FAIL) {
		evg_fetch_note(disk, bio, &who, EVG_OUTCOME_FAILED, now_ns);
		goto fail;
	}

	fetch = evg_fetch_find(&disk->table, first);
	if (!fetch || fetch->first > first) {
		fetch = spare;
		spare = NULL;
		*fetch = (struct evg_fetch){
			.first	= first,
			.count	= n,
			.class	= __EVG_CLASS_MAX - 1,
		};
		INIT_LIST_HEAD(&fetch->age);
		evg_fetch_insert(&disk->table, fetch);
	}
	trace_evg_miss(disk, bio);
	if (verdict == EVG_MISS_PARK) {
		trace_evg_park(disk, bio);
		evg_fetch_note(disk, bio, &who, EVG_OUTCOME_WAITED, now_ns);
	}
	evg_fetch_add_waiter(disk, fetch, bio, &who, now_ns);
	evg_linkctl_arm_locked(disk);
	if (verdict == EVG_MISS_FETCH)
		evg_fetch_kick_locked(disk);
	spin_unlock(&disk->lock);

	if (spare)
		mempool_free(spare, &disk->table.pool);
	return true;

fail:
	disk->stats.failed++;
	spin_unlock(&disk->lock);
	mempool_free(spare, &disk->table.pool);
	trace_evg_fail(disk, bio, status);
	evg_bio_fail(bio, status);
	return true;
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
	/* Backwards and to the front, so that the oldest is sent first again. */
	list_for_each_entry_safe_reverse(fetch, prev, &disk->table.sent, list) {
		fetch->cookie = 0;
		list_move(&fetch->list, &disk->table.queued[fetch->class]);
		if (bio_list_empty(&fetch->waiters))
			evg_fetch_free(disk, fetch);
	}
}

/**
 * evg_fetch_reap_locked() - take off those who shall not wait
 * @disk: the disk
 * @hasty_only: readahead and failfast, else all
 * @doomed: they are added here, for the caller to end
 *
 * A fetch that nobody waits for goes, unless it was sent: then it stands for
 * the data that is coming.
 *
 * Context: evg_disk::lock held.
 */
void evg_fetch_reap_locked(struct evg_disk *disk, bool hasty_only,
			   struct bio_list *doomed)
{
	struct evg_fetch *fetch, *next;
	struct bio_list all;
	struct bio *bio;

	lockdep_assert_held(&disk->lock);
	list_for_each_entry_safe(fetch, next, &disk->table.age, age) {
		bio_list_init(&all);
		if (hasty_only) {
			all = fetch->waiters;
			bio_list_init(&fetch->waiters);
			while ((bio = bio_list_pop(&all))) {
				if (!evg_bio_is_hasty(bio)) {
					bio_list_add(&fetch->waiters, bio);
					continue;
				}
				bio_list_add(doomed, bio);
				disk->stats.parked--;
				disk->stats.failed++;
			}
		} else {
			evg_fetch_take(disk, fetch, &all);
			disk->stats.failed += bio_list_size(&all);
			bio_list_merge(doomed, &all);
		}
		if (!bio_list_empty(&fetch->waiters))
			continue;
		list_del_init(&fetch->age);
		if (!fetch->cookie)
			evg_fetch_free(disk, fetch);
	}
}

/**
 * evg_fetch_expire_locked() - take off those who waited detect + grace
 * @disk: the disk
 * @now_ns: the time
 * @doomed: they are added here, for the caller to end
 *
 * This bounds a wait whatever the helper does: it may say that all is well and
 * fill other blocks.  The fetch goes too, so that the next miss asks anew; but
 * not one that the helper has shown no sign of life since: it may not have read
 * it, so its credit is not free, and it stands for the silence that makes LOST.
 *
 * Context: evg_disk::lock held.
 */
void evg_fetch_expire_locked(struct evg_disk *disk, u64 now_ns,
			     struct bio_list *doomed)
{
	u64 bound = disk->config.detect_ns + disk->config.grace_ns;
	struct evg_fetch *fetch, *next;
	struct bio_list late;

	lockdep_assert_held(&disk->lock);
	if (disk->config.grace_ns == EVG_NS_INF)
		return;
	list_for_each_entry_safe(fetch, next, &disk->table.age, age) {
		if (evg_ns_since(fetch->since_ns, now_ns) < bound)
			break;
		bio_list_init(&late);
		evg_fetch_take(disk, fetch, &late);
		disk->stats.failed += bio_list_size(&late);
		bio_list_merge(doomed, &late);
		if (fetch->cookie && disk->table.progress_ns <= fetch->sent_ns)
			continue;
		evg_fetch_free(disk, fetch);
		evg_fetch_kick_locked(disk);
	}
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

/**
 * evg_fetch_oldest_wait_locked() - since when the longest waiter has waited
 * @disk: the disk
 *
 * Context: evg_disk::lock held.
 * Return: a time, or EVG_NS_INF when nobody waits.
 */
u64 evg_fetch_oldest_wait_locked(struct evg_disk *disk)
{
	const struct evg_fetch *oldest;

	lockdep_assert_held(&disk->lock);
	oldest = list_first_entry_or_null(&disk->table.age, struct evg_fetch, age);
	return oldest ? oldest->since_ns : EVG_NS_INF;
}

