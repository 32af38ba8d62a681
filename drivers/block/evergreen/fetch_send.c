// SPDX-License-Identifier: GPL-2.0
/*
 * Sending: what the helper is told, and how fast.
 *
 * Each FETCH takes a credit of the window that the helper granted, which is
 * below what its socket's buffer holds, so that none can be lost there.  A
 * credit comes back when its fetch ends.  Those of a generation that is over
 * come back when the helper proves the link again: it must have read everything
 * before that.
 */
#include <linux/ktime.h>
#include <net/sock.h>
#include "fetch.h"
#include "trace.h"

#define EVG_SEND_RETRY_MIN	(HZ / 100 + 1)
#define EVG_SEND_RETRY_MAX	HZ
#define EVG_SEND_SHARE		4	/* one fetch in so many is readahead's */

/*
 * Demand goes before readahead, but not for ever: a read through the page cache,
 * though a program waits for it, comes as readahead.  While both are queued, one in
 * EVG_SEND_SHARE is readahead's, and says that it is as urgent as demand.
 *
 * So the Kth of readahead's queue goes out after at most EVG_SEND_SHARE * K
 * fetches, whatever demand there is; and demand keeps three quarters of the link.
 */
static struct evg_fetch *evg_fetch_choose(struct evg_table *table, u8 *class)
{
	struct list_head *queued = table->queued;
	struct evg_fetch *demand, *ahead;

	demand = list_first_entry_or_null(&queued[EVG_CLASS_DEMAND],
					  struct evg_fetch, list);
	ahead = list_first_entry_or_null(&queued[EVG_CLASS_READAHEAD],
					 struct evg_fetch, list);
	*class = demand ? EVG_CLASS_DEMAND : EVG_CLASS_READAHEAD;
	if (demand && (!ahead || ++table->passed < EVG_SEND_SHARE))
		return demand;
	table->passed = 0;
	return ahead;
}

/* Choose the next fetch to send and book its credit. */
static bool evg_fetch_pick_locked(struct evg_disk *disk, struct evg_fetch_msg *msg)
{
	struct evg_table *table = &disk->table;
	struct evg_fetch *fetch;
	u8 class;

	lockdep_assert_held(&disk->lock);
	if (!evg_link_is_up(disk->link.state))
		return false;
	if (!disk->session.sk || disk->session.used >= disk->session.window)
		return false;
	fetch = evg_fetch_choose(table, &class);
	if (!fetch)
		return false;

	fetch->cookie = ++table->cookie;
	fetch->sent_ns = ktime_get_boottime_ns();
	list_move_tail(&fetch->list, &table->sent);
	disk->session.used++;
	disk->stats.fetches++;
	evg_linkctl_arm_locked(disk);
	*msg = (struct evg_fetch_msg){
		.cookie		= fetch->cookie,
		.first		= fetch->first,
		.count		= fetch->count,
		.generation	= disk->generation,
		.class		= class,
		.unreadable	= fetch->unreadable,
	};
	return true;
}

/* It could not be sent: put it back where it was, if it is still wanted. */
static void evg_fetch_unpick(struct evg_disk *disk, u64 cookie)
{
	struct evg_fetch *fetch;

	spin_lock(&disk->lock);
	fetch = evg_fetch_by_cookie(disk, cookie);
	if (fetch) {
		fetch->cookie = 0;
		/* Not of a helper that was bound meanwhile: it has none yet. */
		if (disk->session.used)
			disk->session.used--;
		list_move(&fetch->list, &disk->table.queued[fetch->class]);
		if (!evg_wait_is_wanted(fetch))
			evg_fetch_free(disk, fetch);
	}
	disk->stats.fetches--;
	spin_unlock(&disk->lock);
}

static bool evg_fetch_lies_in(const struct evg_fetch *fetch,
			      const struct evg_range *range, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (fetch->first < range[i].first + range[i].count &&
		    range[i].first < fetch->first + fetch->count)
			return true;
	return false;
}

static bool evg_fetch_is_begun(const struct evg_disk *disk,
			       const struct evg_fetch *fetch)
{
	u32 run;

	return evg_map_run(&disk->map, fetch->first, fetch->count, &run) !=
	       EVG_ABSENT || run < fetch->count;
}

/**
 * evg_fetch_recall_locked() - blocks that the helper has filled go again
 * @disk: the disk
 * @range: where they lie; they have not gone yet
 * @n: how many ranges
 *
 * A fetch ends when all its blocks are present at once.  Of one that was filled in
 * part the helper need not fill that part again, so it is sent once more, or
 * forgotten if nobody waits for it.  Its credit is free: the helper has read it, or
 * else filled ahead, and then a full socket delays the next ones.
 *
 * Context: evg_disk::lock held.
 */
void evg_fetch_recall_locked(struct evg_disk *disk, const struct evg_range *range,
			     u32 n)
{
	struct evg_fetch *fetch, *next;

	lockdep_assert_held(&disk->lock);
	list_for_each_entry_safe(fetch, next, &disk->table.sent, list) {
		if (!evg_fetch_is_begun(disk, fetch) ||
		    !evg_fetch_lies_in(fetch, range, n))
			continue;
		if (evg_wait_is_wanted(fetch))
			evg_fetch_requeue_locked(disk, fetch);
		else
			evg_fetch_free(disk, fetch);
	}
	evg_fetch_kick_locked(disk);
}

/* What there is to say now. */
enum evg_news {
	EVG_NEWS_NONE,
	EVG_NEWS_LINK,
	EVG_NEWS_EVICT,
	EVG_NEWS_FETCH,
};

/**
 * struct evg_letter - what the helper is told next
 * @to: the session, its socket held
 * @news: what of
 * @state: the link's
 * @generation: the present one
 * @evict: of EVG_NEWS_EVICT
 * @fetch: of EVG_NEWS_FETCH
 */
struct evg_letter {
	struct evg_session to;
	enum evg_news news;
	enum evg_link_state state;
	u32 generation;
	struct evg_evict_msg evict;
	struct evg_fetch_msg fetch;
};

static void evg_fetch_next_letter(struct evg_disk *disk, struct evg_letter *letter)
{
	struct sock *gone = NULL;

	spin_lock(&disk->lock);
	if (letter->news != EVG_NEWS_NONE)
		disk->table.send_late = 0;	/* the last one was taken */
	letter->to = disk->session;
	letter->state = disk->link.state;
	letter->generation = disk->generation;
	letter->news = EVG_NEWS_NONE;
	if (disk->session.sk && disk->session.tell) {
		disk->session.tell = false;
		letter->news = EVG_NEWS_LINK;
	} else if (evg_evict_take_locked(disk, &letter->evict, &gone)) {
		letter->news = EVG_NEWS_EVICT;
	} else if (evg_fetch_pick_locked(disk, &letter->fetch)) {
		letter->news = EVG_NEWS_FETCH;
	}
	if (letter->news != EVG_NEWS_NONE)
		sock_hold(letter->to.sk);
	spin_unlock(&disk->lock);
	if (gone)
		sock_put(gone);
}

/* It could not be sent: do as if it had not been tried. */
static void evg_fetch_unsend(struct evg_disk *disk, const struct evg_letter *letter)
{
	switch (letter->news) {
	case EVG_NEWS_NONE:
		return;
	case EVG_NEWS_LINK:
		spin_lock(&disk->lock);
		disk->session.tell = true;
		spin_unlock(&disk->lock);
		return;
	case EVG_NEWS_EVICT:
		evg_evict_untake(disk, &letter->to, &letter->evict);
		return;
	case EVG_NEWS_FETCH:
		evg_fetch_unpick(disk, letter->fetch.cookie);
		return;
	}
}

static int evg_fetch_send(struct evg_disk *disk, const struct evg_letter *letter)
{
	switch (letter->news) {
	case EVG_NEWS_NONE:
		return 0;
	case EVG_NEWS_LINK:
		return evg_netlink_send_link(disk, &letter->to, letter->generation,
					     letter->state);
	case EVG_NEWS_EVICT:
		return evg_netlink_send_evict(disk, &letter->to, &letter->evict);
	case EVG_NEWS_FETCH:
		trace_evg_fetch(disk, &letter->fetch);
		return evg_netlink_send_fetch(disk, &letter->to, &letter->fetch);
	}
	return 0;
}

/*
 * Its buffer is full, or there is no memory, or it is gone, which has an event of
 * its own.  Nothing tells the sender that a socket was read; so it looks again,
 * more and more seldom, and at once when the helper says anything: then it reads.
 */
static void evg_fetch_send_later(struct evg_disk *disk)
{
	unsigned long *late = &disk->table.send_late;

	spin_lock(&disk->lock);
	*late = clamp(2 * *late, (unsigned long)EVG_SEND_RETRY_MIN,
		      (unsigned long)EVG_SEND_RETRY_MAX);
	if (!disk->dead)
		queue_delayed_work(evg_wq, &disk->send_work, *late);
	spin_unlock(&disk->lock);
}

/**
 * evg_fetch_heard_locked() - the helper said something, so it reads its socket; or
 *	there is another one
 * @disk: the disk
 *
 * Context: evg_disk::lock held.
 */
void evg_fetch_heard_locked(struct evg_disk *disk)
{
	lockdep_assert_held(&disk->lock);
	if (!disk->table.send_late || disk->dead)
		return;
	disk->table.send_late = 0;
	mod_delayed_work(evg_wq, &disk->send_work, 0);
}

/**
 * evg_fetch_send_work() - tell the helper what is new: the link, what was
 *	evicted, then fetches
 * @work: evg_disk::send_work
 *
 * Context: a worker.
 */
void evg_fetch_send_work(struct work_struct *work)
{
	struct evg_disk *disk = container_of(to_delayed_work(work),
					     struct evg_disk, send_work);
	struct evg_letter letter = { .news = EVG_NEWS_NONE };
	int err;

	do {
		evg_fetch_next_letter(disk, &letter);
		err = evg_fetch_send(disk, &letter);
		if (err)
			evg_fetch_unsend(disk, &letter);
		if (letter.news != EVG_NEWS_NONE)
			sock_put(letter.to.sk);
	} while (!err && letter.news != EVG_NEWS_NONE);

	if (err)
		evg_fetch_send_later(disk);
}
