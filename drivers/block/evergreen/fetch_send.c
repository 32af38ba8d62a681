// SPDX-License-Identifier: GPL-2.0
/*
 * Sending: what the helper is told, and how fast.
 *
 * Each FETCH takes a credit of the window that the helper granted, which is
 * below what its socket's buffer holds, so that none can be lost there.  A
 * credit comes back when its fetch ends.  Those of a generation that is over
 * come back when the helper proves the link anew: it must have read everything
 * before that.
 */
#include <linux/ktime.h>
#include <net/sock.h>
#include "fetch.h"
#include "trace.h"

#define EVG_SEND_RETRY	(HZ / 100)

/* Choose the next fetch to send and book its credit. */
static bool evg_fetch_pick_locked(struct evg_disk *disk, struct evg_fetch_msg *msg)
{
	struct evg_table *table = &disk->table;
	struct evg_fetch *fetch = NULL;
	int class;

	lockdep_assert_held(&disk->lock);
	if (!evg_link_is_up(disk->link.state))
		return false;
	if (!disk->session.sk || disk->session.used >= disk->session.window)
		return false;
	for (class = 0; class < __EVG_CLASS_MAX && !fetch; class++)
		fetch = list_first_entry_or_null(&table->queued[class],
						 struct evg_fetch, list);
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
		.class		= fetch->class,
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
		disk->session.used--;
		list_move(&fetch->list, &disk->table.queued[fetch->class]);
	}
	disk->stats.fetches--;
	spin_unlock(&disk->lock);
}

/**
 * evg_fetch_send_work() - tell the helper what is new: the link, then fetches
 * @work: evg_disk::send_work
 *
 * Context: a worker.
 */
void evg_fetch_send_work(struct work_struct *work)
{
	struct evg_disk *disk = container_of(to_delayed_work(work),
					     struct evg_disk, send_work);
	struct evg_session to;
	struct evg_fetch_msg msg;
	enum evg_link_state state;
	u32 generation;
	bool tell, fetch;
	int err = 0;

	do {
		spin_lock(&disk->lock);
		tell = disk->session.sk && disk->session.tell;
		fetch = !tell && evg_fetch_pick_locked(disk, &msg);
		to = disk->session;
		state = disk->link.state;
		generation = disk->generation;
		if (tell || fetch)
			sock_hold(to.sk);
		if (tell)
			disk->session.tell = false;
		spin_unlock(&disk->lock);

		if (tell) {
			err = evg_netlink_send_link(disk, &to, generation, state);
			if (err) {
				spin_lock(&disk->lock);
				disk->session.tell = true;
				spin_unlock(&disk->lock);
			}
		} else if (fetch) {
			trace_evg_fetch(disk, &msg);
			err = evg_netlink_send_fetch(disk, &to, &msg);
			if (err)
				evg_fetch_unpick(disk, msg.cookie);
		}
		if (tell || fetch)
			sock_put(to.sk);
	} while (!err && (tell || fetch));

	/* Its buffer is full, or it is gone; the latter has an event of its own. */
	if (err)
		queue_delayed_work(evg_io_wq, &disk->send_work, EVG_SEND_RETRY);
}

