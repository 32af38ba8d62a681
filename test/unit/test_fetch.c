// SPDX-License-Identifier: GPL-2.0
/* evg-sources: drivers/block/evergreen/ledger.c drivers/block/evergreen/map.c */
/*
 * The fetch table, those who wait, and what the link does to them, on a clock and
 * with works that the test moves: who may wait, until when exactly, what the helper
 * is asked for, and what becomes of its credits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static _Bool is_locked;
static unsigned int steps, max_steps;	/* under the lock, in one hold of it */

#define LIST_STEP()	(steps += is_locked)

#include "kernel/block.h"

static u64 clock_ns;
static void (*before_lock)(void);	/* what another CPU does before we get it */
static struct task_struct task = { "reader" };
static u32 task_pid;
static int in_flight;

#define current			(&task)
#define task_tgid_nr(t)		task_pid
#define current_work()		((const struct work_struct *)NULL)
#define ktime_get_boottime_ns()	clock_ns

static void spin_lock(spinlock_t *lock)
{
	void (*before)(void) = before_lock;

	(void)lock;
	assert_false(is_locked);
	before_lock = NULL;
	if (before)
		before();
	is_locked = true;
}

static void spin_unlock(spinlock_t *lock)
{
	(void)lock;
	assert_true(is_locked);
	is_locked = false;
	if (steps > max_steps)
		max_steps = steps;
	steps = 0;
}

#define KMEM_CACHE(type, flags)	((struct kmem_cache *)calloc(1, sizeof(struct kmem_cache)))
#define kmem_cache_destroy(c)	free(c)

static int mempool_init_slab_pool(mempool_t *pool, int n, struct kmem_cache *cache)
{
	(void)n;
	(void)cache;
	pool->bytes = 512;
	return 0;
}

static void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	(void)gfp;
	assert_false(is_locked);
	return malloc(pool->bytes);
}

#define mempool_free(p, pool)	free(p)
#define mempool_exit(pool)	((void)(pool))

static unsigned long bio_start_io_acct(struct bio *bio)
{
	(void)bio;
	in_flight++;
	return 1;
}

static void bio_end_io_acct(struct bio *bio, unsigned long start)
{
	(void)bio;
	assert_int_equal(start, 1);
	in_flight--;
}

static void queue_at(struct work_struct *work, u64 due_ns)
{
	work->pending = true;
	work->due_ns = due_ns;
}

#define queue_work(wq, work)	queue_at(work, clock_ns)

static void queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
			       unsigned long delay)
{
	(void)wq;
	if (!work->work.pending)
		queue_at(&work->work, clock_ns + delay * NSEC_PER_JIFFY);
}

static void mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
			     unsigned long delay)
{
	(void)wq;
	queue_at(&work->work, clock_ns + delay * NSEC_PER_JIFFY);
}

static void bio_endio(struct bio *bio);

#define EVG_TRACE_H
#define trace_evg_miss(...)	((void)0)
#define trace_evg_park(...)	((void)0)
#define trace_evg_fail(...)	((void)0)
#define trace_evg_fetch(...)	((void)0)
#define trace_evg_link(...)	((void)0)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "../../drivers/block/evergreen/link.c"
#include "../../drivers/block/evergreen/wait.c"
#include "../../drivers/block/evergreen/fetch.c"
#include "../../drivers/block/evergreen/fetch_send.c"
#include "../../drivers/block/evergreen/fetch_end.c"
#include "../../drivers/block/evergreen/linkctl.c"
#pragma GCC diagnostic pop

#define SECOND		1000000000ULL
#define MS		1000000ULL
#define GRACE		(6 * SECOND)
#define DETECT		(2 * SECOND)
#define START		(1000 * SECOND)
#define TICK		(2 * NSEC_PER_JIFFY)	/* a tick may be so late */
#define BLOCKS		100000

/* A read, and what became of it. */
struct read {
	struct bio bio;
	bool ended;
	int status;
	u64 at_ns;
};

enum { READS = 100200, SENT = 110000 };

static struct evg_disk disk;
static struct evg_hot_stats hot;
static struct sock helper, other;
static struct read reads[READS];
static unsigned int n_reads;
static struct evg_fetch_msg sent[SENT];
static unsigned int n_sent;
static int send_error;

struct workqueue_struct *evg_wq;

/* What the rest of the module does. */
static void read_ended(struct bio *bio, int status)
{
	struct read *r = container_of(bio, struct read, bio);

	assert_false(is_locked);
	assert_false(r->ended);
	r->ended = true;
	r->status = status;
	r->at_ns = clock_ns;
}

static void bio_endio(struct bio *bio)
{
	read_ended(bio, BLK_STS_OK);
}

void evg_bio_fail(struct bio *bio, blk_status_t status)
{
	read_ended(bio, status);
}

void evg_submit_waited(struct evg_disk *d, struct evg_wait *wait)
{
	struct evg_entry entry = wait->entry;
	struct bio *bio = wait->bio;
	u32 n;

	bio_end_io_acct(bio, wait->start);
	evg_wait_free(d, wait);
	/* A front that is there is cut off. */
	while (evg_map_run(&d->map, evg_bio_first(bio), evg_bio_blocks(bio), &n) ==
	       EVG_CLEAN) {
		bio->bi_iter.bi_sector += n * 8;
		bio->bi_iter.bi_size -= n * EVG_BLOCK_SIZE;
		if (!bio->bi_iter.bi_size) {
			read_ended(bio, BLK_STS_OK);
			return;
		}
	}
	assert_true(evg_fetch_miss(d, bio, &entry));
}

int evg_netlink_send_fetch(struct evg_disk *d, const struct evg_session *to,
			   const struct evg_fetch_msg *msg)
{
	(void)d;
	(void)to;
	assert_false(is_locked);
	if (!send_error) {
		assert_true(n_sent < SENT);
		sent[n_sent++] = *msg;
	}
	return send_error;
}

int evg_netlink_send_evict(struct evg_disk *d, const struct evg_session *to,
			   const struct evg_evict_msg *msg)
{
	(void)d;
	(void)to;
	(void)msg;
	return 0;
}

int evg_netlink_send_link(struct evg_disk *d, const struct evg_session *to,
			  u32 generation, enum evg_link_state state)
{
	(void)d;
	(void)to;
	(void)generation;
	(void)state;
	return send_error;
}

void evg_netlink_send_stop(struct evg_disk *d, const struct evg_session *to)
{
	(void)d;
	(void)to;
}

void evg_netlink_event(struct evg_disk *d, enum evg_cmd cmd, enum evg_link_event cause)
{
	(void)d;
	(void)cmd;
	(void)cause;
	assert_false(is_locked);
}

bool evg_evict_take_locked(struct evg_disk *d, struct evg_evict_msg *msg, struct sock **gone)
{
	(void)d;
	(void)msg;
	*gone = NULL;
	return false;
}

void evg_evict_untake(struct evg_disk *d, const struct evg_session *to,
		      const struct evg_evict_msg *msg)
{
	(void)d;
	(void)to;
	(void)msg;
}

bool evg_power_must_wait(const struct bio *bio)
{
	(void)bio;
	return false;
}

void evg_power_wait(void)
{
}

bool evg_store_is(const struct evg_store *store, const struct file *clean,
		  const struct file *map)
{
	(void)store;
	(void)clean;
	(void)map;
	return true;
}

void evg_drill_released_locked(struct evg_disk *d, const struct netlink_notify *gone)
{
	(void)d;
	(void)gone;
}

void evg_disk_each(void (*each)(struct evg_disk *d, void *arg), void *arg)
{
	each(&disk, arg);
}

/* Works run when they are due; time moves on from one to the next. */
static struct work_struct *next_work(u64 until_ns)
{
	struct work_struct *all[] = {
		&disk.ready_work, &disk.send_work.work, &disk.tick_work.work,
		&disk.unbind_work,
	}, *best = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i]->pending && all[i]->due_ns <= until_ns &&
		    (!best || all[i]->due_ns < best->due_ns))
			best = all[i];
	return best;
}

static void run_until(u64 until_ns)
{
	struct work_struct *work;
	unsigned int runs = 0;

	while ((work = next_work(until_ns))) {
		assert_true(runs++ < 1000000);
		clock_ns = max(clock_ns, work->due_ns);
		work->pending = false;
		work->run(work);
	}
	clock_ns = max(clock_ns, until_ns);
}

static void settle(void)
{
	run_until(clock_ns);
}

static void pass(u64 ns)
{
	run_until(clock_ns + ns);
}

static void bind_helper(struct sock *sk, u32 window)
{
	const struct evg_bind bind = { .session = { .sk = sk, .window = window } };
	enum evg_link_state state;
	u32 generation;

	assert_int_equal(evg_linkctl_bind(&disk, &bind, &generation, &state), 0);
	assert_int_equal(state, EVG_LINK_OFFLINE);
}

static void says(struct sock *sk, enum evg_link_event event)
{
	evg_linkctl_report(&disk, event, sk, disk.generation, NULL);
	settle();
}

static void prove(void)
{
	says(&helper, EVG_EV_PROBED);
	says(&helper, EVG_EV_PROVED);
	assert_int_equal(disk.link.state, EVG_LINK_ONLINE);
}

static struct read *read_blocks(u64 first, u32 n, blk_opf_t opf)
{
	struct read *r = &reads[n_reads++];

	assert_true(n_reads <= READS);
	memset(r, 0, sizeof(*r));
	r->bio.bi_opf = opf;
	r->bio.bi_iter.bi_sector = first * 8;
	r->bio.bi_iter.bi_size = n * EVG_BLOCK_SIZE;
	assert_true(evg_fetch_miss(&disk, &r->bio, NULL));
	settle();
	return r;
}

static void fill(u64 first, u32 n)
{
	assert_int_equal(evg_map_prepare(&disk.map, first, n), 0);
	spin_lock(&disk.lock);
	evg_map_set_clean(&disk.map, first, n);
	evg_fetch_filled_locked(&disk, first, n);
	spin_unlock(&disk.lock);
	says(&helper, EVG_EV_FILLED);
}

static void fail_fetch(u64 cookie, int error)
{
	assert_int_equal(evg_fetch_fail(&disk, cookie, error), 0);
	says(&helper, EVG_EV_ALIVE);
}

static void expect_failed(const struct read *r, int status, u64 waited_ns, u64 since_ns)
{
	assert_true(r->ended);
	assert_int_equal(r->status, status);
	assert_true(r->at_ns >= since_ns + waited_ns);
	assert_in_range(r->at_ns, since_ns + waited_ns, since_ns + waited_ns + TICK);
}

static int set_up(void **state)
{
	u32 i;

	(void)state;
	memset(&disk, 0, sizeof(disk));
	memset(&hot, 0, sizeof(hot));
	clock_ns = START;
	n_reads = 0;
	n_sent = 0;
	send_error = 0;
	in_flight = 0;
	task_pid = 1;
	memset(&helper, 0, sizeof(helper));
	memset(&other, 0, sizeof(other));
	disk.hot = &hot;
	disk.life = EVG_LIVE;
	disk.scanned = true;
	disk.tick_ns = EVG_NS_INF;
	disk.config = (struct evg_link_config){ GRACE, DETECT };
	evg_link_init(&disk.link, clock_ns);
	disk.ready_work.run = evg_fetch_ready_work;
	disk.send_work.work.run = evg_fetch_send_work;
	disk.tick_work.work.run = evg_linkctl_tick_work;
	disk.unbind_work.run = evg_linkctl_unbind_work;
	assert_int_equal(evg_ledger_init(&disk.ledger), 0);
	assert_int_equal(evg_map_init(&disk.map, BLOCKS), 0);
	for (i = 0; i < disk.map.pages; i++)
		evg_map_install(&disk.map, i, NULL);
	assert_int_equal(evg_table_init(&disk.table), 0);
	bind_helper(&helper, 16);
	prove();
	return 0;
}

/* Whatever was left is failed by the disk's end, and every credit is back. */
static int tear_down(void **state)
{
	unsigned int i;

	(void)state;
	spin_lock(&disk.lock);
	disk.dead = true;
	evg_fetch_hold_locked(&disk);
	spin_unlock(&disk.lock);
	evg_wait_expire(&disk);
	evg_fetch_ready_work(&disk.ready_work);
	evg_wait_expire(&disk);
	for (i = 0; i < n_reads; i++)
		assert_true(reads[i].ended);
	assert_int_equal(disk.stats.parked, 0);
	assert_int_equal(in_flight, 0);
	assert_true(RB_EMPTY_ROOT(&disk.table.root));
	evg_table_exit(&disk.table);
	evg_map_exit(&disk.map);
	evg_ledger_exit(&disk.ledger);
	return 0;
}

static void a_miss_is_fetched_once_and_wakes_all(void **state)
{
	struct read *a, *b;

	(void)state;
	a = read_blocks(10, 8, 0);
	b = read_blocks(12, 2, 0);
	assert_int_equal(n_sent, 1);
	assert_int_equal(disk.stats.parked, 2);
	assert_int_equal(in_flight, 2);
	fill(10, 8);
	assert_true(a->ended && !a->status && b->ended && !b->status);
	assert_int_equal(disk.session.used, 0);
}

static void part_of_a_fetch_wakes_who_waits_for_no_more(void **state)
{
	struct read *a, *b, *crowd;
	int i;

	(void)state;
	a = read_blocks(0, 32, 0);
	b = read_blocks(4, 2, 0);
	fill(0, 8);
	assert_true(b->ended && !a->ended);
	/* The same for more than are asked one by one. */
	crowd = &reads[n_reads];
	for (i = 0; i < 1000; i++)
		read_blocks(8 + i % 24, 1, i % 3 ? 0 : REQ_RAHEAD);
	fill(8, 12);
	for (i = 0; i < 1000; i++)
		assert_int_equal(crowd[i].ended, i % 24 < 12);
	fill(20, 12);
	for (i = 0; i < 1000; i++)
		assert_true(crowd[i].ended && !crowd[i].status);
	assert_true(a->ended && !a->status);
	assert_int_equal(n_sent, 1);
}

static void what_came_meanwhile_is_looked_at_again(void **state)
{
	struct read *r = &reads[n_reads++];

	(void)state;
	memset(r, 0, sizeof(*r));
	r->bio.bi_iter.bi_size = EVG_BLOCK_SIZE;
	fill(0, 1);
	/* It looked before that, and found nothing. */
	assert_false(evg_fetch_miss(&disk, &r->bio, NULL));
	r->bio.bi_iter.bi_sector = 8;
	r->bio.bi_iter.bi_size = 8 * EVG_BLOCK_SIZE;
	read_blocks(4, 1, 0);
	/* A part of it lies in another fetch. */
	assert_false(evg_fetch_miss(&disk, &r->bio, NULL));
	assert_int_equal(disk.stats.parked, 1);
	r->ended = true;
}

static void nobody_fails_before_his_bound_and_nobody_waits_past_it(void **state)
{
	struct read *first, *joins, *last, *silent;
	u64 begun = clock_ns;

	(void)state;
	/* The helper says that all is well, and answers nothing. */
	first = read_blocks(0, 1, 0);
	while (clock_ns < begun + 5 * SECOND) {
		pass(SECOND / 2);
		says(&helper, EVG_EV_ALIVE);
	}
	joins = read_blocks(0, 1, 0);
	while (clock_ns < begun + GRACE + DETECT - SECOND / 2) {
		pass(SECOND / 2);
		says(&helper, EVG_EV_ALIVE);
	}
	assert_false(first->ended);
	last = read_blocks(0, 1, REQ_RAHEAD);
	while (clock_ns < begun + 20 * SECOND) {
		pass(SECOND / 2);
		says(&helper, EVG_EV_ALIVE);
	}
	expect_failed(first, BLK_STS_TIMEOUT, GRACE + DETECT, begun);
	expect_failed(joins, BLK_STS_TIMEOUT, GRACE + DETECT, begun + 5 * SECOND);
	expect_failed(last, BLK_STS_TIMEOUT, GRACE + DETECT,
		      begun + GRACE + DETECT - SECOND / 2);
	/* Others are answered, this one is not. */
	begun = clock_ns;
	silent = read_blocks(64, 1, 0);
	while (clock_ns < begun + 20 * SECOND) {
		read_blocks(1000 + clock_ns / MS % 60000, 1, 0);
		fill(sent[n_sent - 1].first, sent[n_sent - 1].count);
		pass(SECOND / 10);
	}
	expect_failed(silent, BLK_STS_TIMEOUT, GRACE + DETECT, begun);
}

/* Who joined asks once more when the first has given up. */
static void a_fetch_that_is_late_is_asked_for_once_more(void **state)
{
	struct read *joins;

	(void)state;
	read_blocks(0, 1, 0);
	pass(SECOND);
	says(&helper, EVG_EV_ALIVE);
	joins = read_blocks(0, 1, 0);
	while (clock_ns < START + GRACE + DETECT + TICK) {
		pass(SECOND / 4);
		says(&helper, EVG_EV_ALIVE);
	}
	assert_int_equal(n_sent, 2);
	assert_int_equal(sent[1].first, 0);
	assert_true(sent[1].cookie != sent[0].cookie);
	assert_int_equal(disk.session.used, 1);
	fill(0, 1);
	assert_true(joins->ended && !joins->status);
	assert_int_equal(disk.session.used, 0);
}

/* A read that gives up while the helper is silent does not hide the silence. */
static void silence_is_seen_though_a_read_gives_up(void **state)
{
	struct read *queued;
	unsigned int i;

	(void)state;
	for (i = 0; i < 16; i++)
		read_blocks(100 + 64 * i, 1, 0);
	queued = read_blocks(0, 1, 0);
	for (i = 0; i < 15; i++) {
		pass(SECOND / 2);
		says(&helper, EVG_EV_ALIVE);
	}
	for (i = 0; i < 16; i++)
		fill(100 + 64 * i, 1);
	assert_int_equal(sent[n_sent - 1].first, 0);
	pass(SECOND);
	expect_failed(queued, BLK_STS_TIMEOUT, GRACE + DETECT, START);
	assert_int_equal(disk.session.used, 1);
	assert_int_equal(n_sent, 17);
	pass(DETECT);
	assert_int_equal(disk.link.state, EVG_LINK_OFFLINE);
}

static void an_outage_has_one_grace(void **state)
{
	struct read *sent_one, *parked, *late, *hasty, *fast;
	u64 lost;

	(void)state;
	sent_one = read_blocks(0, 1, 0);
	hasty = read_blocks(1000, 1, REQ_RAHEAD);
	fast = read_blocks(2000, 1, 1 /* REQ_FAILFAST_DEV */);
	pass(SECOND / 2);
	lost = clock_ns;
	says(&helper, EVG_EV_LOST);
	assert_true(hasty->ended && hasty->status == BLK_STS_TRANSPORT);
	assert_true(fast->ended && fast->status == BLK_STS_TRANSPORT);
	hasty = read_blocks(3000, 1, REQ_RAHEAD);
	fast = read_blocks(3001, 1, 2 /* REQ_FAILFAST_TRANSPORT */);
	assert_true(hasty->ended && hasty->status == BLK_STS_TRANSPORT);
	assert_true(fast->ended && fast->status == BLK_STS_TRANSPORT);
	pass(GRACE - SECOND);
	/* Bouncing does not prolong it. */
	says(&helper, EVG_EV_PROBED);
	says(&helper, EVG_EV_LOST);
	parked = read_blocks(4000, 1, 0);
	assert_int_equal(disk.stats.parked, 2);
	pass(3 * SECOND);
	expect_failed(sent_one, BLK_STS_TRANSPORT, GRACE, lost);
	expect_failed(parked, BLK_STS_TRANSPORT, GRACE, lost);
	late = read_blocks(5000, 1, 0);
	expect_failed(late, BLK_STS_TRANSPORT, 0, clock_ns);
	assert_int_equal(disk.stats.failed, 7);
	assert_int_equal(n_sent, 3);
}

/* Found by the clock alone: detect, then grace. */
static void silence_is_an_outage(void **state)
{
	struct read *r = read_blocks(0, 1, 0), *second;

	(void)state;
	pass(DETECT / 2 + TICK);
	assert_int_equal(disk.link.state, EVG_LINK_SUSPECT);
	second = read_blocks(1, 1, 0);
	pass(DETECT / 2);
	assert_int_equal(disk.link.state, EVG_LINK_OFFLINE);
	pass(GRACE + SECOND);
	assert_in_range(r->at_ns, START + GRACE + DETECT, START + GRACE + DETECT + 2 * TICK);
	assert_in_range(second->at_ns, START + GRACE + DETECT, START + GRACE + DETECT + 2 * TICK);
}

static void detect_works_without_grace_and_with_grace_for_ever(void **state)
{
	struct read *r;

	(void)state;
	disk.config.grace_ns = EVG_NS_INF;
	r = read_blocks(0, 1, 0);
	pass(DETECT + TICK);
	assert_int_equal(disk.link.state, EVG_LINK_OFFLINE);
	pass(100000 * SECOND);
	assert_false(r->ended);
	disk.config.grace_ns = 0;
	says(&helper, EVG_EV_LOST);
	assert_true(r->ended && r->status == BLK_STS_TRANSPORT);
}

static struct read *raced;

static void another_cpu_loses_the_link(void)
{
	clock_ns += SECOND;
	evg_linkctl_event(&disk, EVG_EV_LOST);
}

/* Between the look at the clock and the lock, an outage begins. */
static void a_clock_read_too_soon_fails_nobody(void **state)
{
	(void)state;
	before_lock = another_cpu_loses_the_link;
	raced = read_blocks(0, 1, 0);
	settle();
	assert_false(raced->ended);
	pass(GRACE - SECOND / 10);
	assert_false(raced->ended);
	prove();
	/* The same where an event waits for the lock. */
	before_lock = another_cpu_loses_the_link;
	evg_linkctl_event(&disk, EVG_EV_TICK);
	settle();
	assert_false(raced->ended);
}

static void credits_come_back(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 40; i++)
		read_blocks(100 * i, 1, 0);
	assert_int_equal(n_sent, 16);
	assert_int_equal(disk.session.used, 16);
	/* by FAIL, more often than the window is wide */
	for (i = 0; i < 20; i++)
		fail_fetch(sent[i].cookie, -EIO);
	assert_int_equal(n_sent, 36);
	assert_int_equal(disk.session.used, 16);
	assert_int_equal(reads[19].status, BLK_STS_IOERR);
	/* by an outage with all of them outstanding */
	says(&helper, EVG_EV_LOST);
	pass(SECOND);
	assert_int_equal(n_sent, 36);
	prove();
	assert_int_equal(n_sent, 52);
	assert_int_equal(sent[36].first, sent[20].first);
	assert_int_equal(disk.session.used, 16);
	/* by FILL */
	for (i = 36; i < 56; i++)
		fill(sent[i].first, sent[i].count);
	assert_int_equal(n_sent, 56);
	assert_int_equal(disk.session.used, 0);
	assert_int_equal(disk.stats.fetches, 56);
}

/* Nothing is believed of another socket, or of a generation that is over. */
static void only_the_bound_one_is_believed(void **state)
{
	u32 old = disk.generation;

	(void)state;
	evg_linkctl_report(&disk, EVG_EV_LOST, &other, disk.generation, NULL);
	assert_int_equal(disk.link.state, EVG_LINK_ONLINE);
	says(&helper, EVG_EV_LOST);
	assert_int_equal(disk.generation, old + 1);
	evg_linkctl_report(&disk, EVG_EV_PROBED, &helper, old, NULL);
	assert_int_equal(disk.link.state, EVG_LINK_OFFLINE);
	spin_lock(&disk.lock);
	assert_int_equal(evg_linkctl_check_locked(&disk, &other, disk.generation), -EPERM);
	assert_int_equal(evg_linkctl_check_locked(&disk, &helper, old), -ESTALE);
	assert_int_equal(evg_linkctl_check_locked(&disk, &helper, disk.generation), 0);
	spin_unlock(&disk.lock);
}

/* Demand without end does not starve readahead: one in four is its own. */
static void readahead_has_a_share(void **state)
{
	unsigned int i, k, next = 10000, seen = 0;

	(void)state;
	for (i = 0; i < 32; i++)
		read_blocks(next += 64, 1, 0);
	for (k = 1; k <= 8; k++)
		read_blocks(1000 + 64 * k, 32, REQ_RAHEAD);
	k = n_sent;
	for (i = 0; seen < 8; i++) {
		assert_true(i < 1000);
		fill(sent[i].first, sent[i].count);
		read_blocks(next += 64, 1, 0);
		for (; k < n_sent; k++) {
			if (sent[k].first >= 10000)
				continue;
			seen++;
			assert_int_equal(sent[k].first, 1000 + 64 * seen);
			assert_int_equal(sent[k].class, EVG_CLASS_DEMAND);
			/* The Kth goes out as the 4Kth at the latest. */
			assert_true(k - 15 <= 4 * seen);
			/* And demand keeps what is not readahead's. */
			assert_true(k - 15 >= 4 * seen);
		}
	}
}

static void a_full_socket_is_not_polled(void **state)
{
	unsigned int i;
	u64 begun;

	(void)state;
	send_error = -EAGAIN;
	read_blocks(0, 1, 0);
	begun = clock_ns;
	for (i = 0; disk.send_work.work.pending && clock_ns < begun + SECOND; i++)
		run_until(disk.send_work.work.due_ns);
	assert_in_range(i, 3, 12);
	assert_int_equal(disk.session.used, 0);
	/* It says something, so it reads. */
	send_error = 0;
	says(&helper, EVG_EV_ALIVE);
	assert_int_equal(n_sent, 1);
	assert_int_equal(disk.table.send_late, 0);
}

static void a_failure_has_few_words(void **state)
{
	static const struct {
		int error;
		int status;
	} words[] = {
		{ -EIO, BLK_STS_IOERR }, { -EAGAIN, BLK_STS_IOERR },
		{ -ENOSPC, BLK_STS_IOERR }, { -EOPNOTSUPP, BLK_STS_IOERR },
		{ -ENODEV, BLK_STS_IOERR }, { 0, BLK_STS_IOERR },
		{ -ENODATA, BLK_STS_MEDIUM }, { -ETIMEDOUT, BLK_STS_TIMEOUT },
		{ -ENOLINK, BLK_STS_TRANSPORT },
	};
	struct read *r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		r = read_blocks(10 * i, 1, 0);
		fail_fetch(sent[n_sent - 1].cookie, words[i].error);
		assert_true(r->ended);
		assert_int_equal(r->status, words[i].status);
	}
	assert_int_equal(disk.stats.failed, ARRAY_SIZE(words));
}

static void each_who_waits_is_remembered_by_name(void **state)
{
	struct evg_miss miss[8];
	u32 n;

	(void)state;
	task_pid = 7;
	read_blocks(0, 4, 0);
	task_pid = 8;
	read_blocks(2, 1, 0);
	read_blocks(500, 1, REQ_RAHEAD);
	task_pid = 9;
	read_blocks(900, 1, 0);
	fill(900, 1);
	says(&helper, EVG_EV_LOST);
	task_pid = 10;
	read_blocks(700, 1, 0);
	pass(GRACE);
	read_blocks(800, 1, 0);
	n = evg_ledger_read(&disk.ledger, 0, miss, 8);
	assert_int_equal(n, 4);
	assert_int_equal(miss[0].who.pid, 7);
	assert_int_equal(miss[0].count, 4);
	assert_int_equal(miss[1].who.pid, 8);
	assert_int_equal(miss[1].first, 2);
	assert_int_equal(miss[1].count, 1);
	assert_int_equal(miss[1].outcome, EVG_OUTCOME_WAITED);
	assert_int_equal(miss[2].who.pid, 10);
	assert_int_equal(miss[2].outcome, EVG_OUTCOME_WAITED);
	assert_int_equal(miss[3].outcome, EVG_OUTCOME_FAILED);
}

/* Its blocks came and went again: it has waited since it came all the same. */
static void who_waits_once_more_has_waited(void **state)
{
	struct read *r;

	(void)state;
	r = read_blocks(0, 1, 0);
	pass(DETECT / 4);
	assert_int_equal(evg_map_prepare(&disk.map, 0, 1), 0);
	spin_lock(&disk.lock);
	evg_map_set_clean(&disk.map, 0, 1);
	evg_fetch_filled_locked(&disk, 0, 1);
	evg_map_clear(&disk.map, 0, 1);
	spin_unlock(&disk.lock);
	read_blocks(0, 1, 0);
	settle();
	while (clock_ns < START + GRACE + DETECT + SECOND) {
		says(&helper, EVG_EV_ALIVE);
		pass(SECOND / 2);
	}
	expect_failed(r, BLK_STS_TIMEOUT, GRACE + DETECT, START);
}

/* Bytes that are not kept are copied to some of a crowd for each message. */
static void a_crowd_is_served_inline_by_and_by(void **state)
{
	static char block[EVG_BLOCK_SIZE];
	const struct evg_inline piece = { block, sizeof(block) };
	unsigned int i, n = 0, ended = 0;

	(void)state;
	for (i = 0; i < 150; i++)
		read_blocks(5, 1, 0);
	while (ended < 150) {
		assert_true(n < n_sent);
		assert_int_equal(evg_fetch_inline(&disk, sent[n++].cookie, &piece, 1), 0);
		says(&helper, EVG_EV_FILLED);
		for (i = ended; i < 150 && reads[i].ended; i++)
			assert_int_equal(reads[i].status, BLK_STS_OK);
		assert_in_range(i - ended, 1, 64);
		ended = i;
	}
	assert_int_equal(n_sent, 3);
	assert_int_equal(evg_fetch_inline(&disk, sent[2].cookie, &piece, 1), -ENOENT);
	read_blocks(6, 2, 0);
	assert_int_equal(evg_fetch_inline(&disk, sent[3].cookie, &piece, 1), -EMSGSIZE);
}

/* What is done in one hold of the lock does not grow with what waits. */
static void the_lock_is_held_for_a_bounded_time(void **state)
{
	enum { PARKED = 100000, FETCHES = 2000 };
	unsigned int i;

	(void)state;
	says(&helper, EVG_EV_LOST);
	for (i = 0; i < PARKED - 20000; i++) {
		task_pid = i % 100;
		read_blocks(i * 7919ULL % FETCHES * 40, 1, 0);
	}
	/* and many for one fetch, which comes in parts */
	for (; i < PARKED; i++)
		read_blocks(90000 + i % 16, 16 - i % 16, 0);
	assert_int_equal(disk.stats.parked, PARKED);
	max_steps = 0;
	prove();
	says(&helper, EVG_EV_LOST);
	prove();
	assert_true(max_steps < 200);
	fill(90000, 8);
	fill(90008, 8);
	assert_int_equal(disk.stats.parked, PARKED - 20000);
	assert_int_equal(disk.stats.failed, 0);
	fail_fetch(sent[n_sent - 1].cookie, -EIO);
	says(&helper, EVG_EV_LOST);
	pass(GRACE + DETECT);
	assert_int_equal(disk.stats.parked, 0);
	for (i = 0; i < PARKED; i++)
		assert_true(reads[i].ended);
	print_message("# figure: most list operations in one hold of the lock, 100000 parked: %u\n",
		      max_steps);
	assert_true(max_steps < 600);
}

int main(void)
{
#define test(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		test(a_miss_is_fetched_once_and_wakes_all),
		test(part_of_a_fetch_wakes_who_waits_for_no_more),
		test(what_came_meanwhile_is_looked_at_again),
		test(nobody_fails_before_his_bound_and_nobody_waits_past_it),
		test(a_fetch_that_is_late_is_asked_for_once_more),
		test(silence_is_seen_though_a_read_gives_up),
		test(an_outage_has_one_grace),
		test(silence_is_an_outage),
		test(detect_works_without_grace_and_with_grace_for_ever),
		test(a_clock_read_too_soon_fails_nobody),
		test(credits_come_back),
		test(only_the_bound_one_is_believed),
		test(readahead_has_a_share),
		test(a_full_socket_is_not_polled),
		test(a_failure_has_few_words),
		test(each_who_waits_is_remembered_by_name),
		test(who_waits_once_more_has_waited),
		test(a_crowd_is_served_inline_by_and_by),
		test(the_lock_is_held_for_a_bounded_time),
	};
#undef test
	int status;

	assert_int_equal(evg_fetch_init(), 0);
	status = cmocka_run_group_tests(tests, NULL, NULL);
	evg_fetch_exit();
	return status;
}
