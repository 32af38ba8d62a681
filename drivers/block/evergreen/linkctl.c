// SPDX-License-Identifier: GPL-2.0
/*
 * The effects of the link state machine: who may wait, when to look again,
 * who is told.  Nothing else assigns evg_disk::link.
 *
 * The bound: a miss waits at most detect + grace.  It is parked while OFFLINE
 * or RECOVERING, until grace after the outage began; or its fetch is with the
 * helper, which is declared lost after detect without progress; and if a helper
 * makes progress but never on this fetch, its own deadline ends it, see wait.c.
 * All three are seen to by tick_work, whatever the helper does.
 */
#include <linux/ktime.h>
#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include "drill.h"
#include "trace.h"

/**
 * evg_linkctl_arm_locked() - have tick_work run when time matters next
 * @disk: the disk
 *
 * Context: evg_disk::lock held.
 */
void evg_linkctl_arm_locked(struct evg_disk *disk)
{
	u64 quiet = evg_fetch_quiet_since_locked(disk);
	u64 now_ns = ktime_get_boottime_ns();
	unsigned long delay = 0;
	u64 due;

	lockdep_assert_held(&disk->lock);
	if (disk->dead)
		return;
	due = evg_wait_due_locked(disk, now_ns);
	if (disk->stats.parked || quiet != EVG_NS_INF)
		due = min(due, evg_link_due(&disk->link, quiet, &disk->config));
	if (due == EVG_NS_INF || due >= disk->tick_ns)
		return;
	/* One jiffy more: the last tick must not come too early to act. */
	if (due > now_ns)
		delay = nsecs_to_jiffies(due - now_ns) + 1;
	/*
	 * The timer wheel may be late by an eighth, which is seconds when a grace
	 * is a minute; so come closer in steps, each tick arms the next.
	 */
	if (delay > HZ)
		delay -= delay / 8;
	disk->tick_ns = min(due, now_ns + jiffies_to_nsecs(delay));
	mod_delayed_work(evg_wq, &disk->tick_work, delay);
}

/* What follows from a step, but for what needs the lock to be free. */
static void evg_linkctl_act_locked(struct evg_disk *disk, u32 actions)
{
	lockdep_assert_held(&disk->lock);
	if (actions & EVG_LINK_HOLD) {
		disk->generation++;
		evg_fetch_hold_locked(disk);
		disk->session.tell = true;
	}
	if (actions & EVG_LINK_SEND) {
		/*
		 * Proof came under this generation, so the helper has read that
		 * it began, and every older FETCH before that: its buffer is
		 * empty.
		 */
		if (disk->link.state == EVG_LINK_ONLINE && list_empty(&disk->table.sent))
			disk->session.used = 0;
	}
	if (actions & EVG_LINK_NOTIFY)
		disk->session.tell = true;
}

static void evg_linkctl_notify(struct evg_disk *disk, enum evg_link_event event,
			       enum evg_link_state from, enum evg_link_state to)
{
	trace_evg_link(disk, from, to, event);
	/* A helper may say what it likes as often as it likes. */
	if (__ratelimit(&disk->log))
		pr_info("evg%u: link is %s (%s)\n", disk->index,
			evg_link_state_name(to), evg_link_event_name(event));
	evg_netlink_event(disk, EVG_CMD_LINK, event);
}

/**
 * evg_linkctl_check_locked() - may a helper's word change the disk?
 * @disk: the disk
 * @by: the socket it came from
 * @generation: which it speaks of
 *
 * Context: evg_disk::lock held; true only as long as it is.
 * Return: 0; -ENODEV: the disk is going; -EPERM: another helper is bound, or
 * none; -ESTALE: the link was lost since.
 */
int evg_linkctl_check_locked(const struct evg_disk *disk, const struct sock *by,
			     u32 generation)
{
	lockdep_assert_held(&disk->lock);
	if (disk->dead)
		return -ENODEV;
	if (!disk->session.sk || disk->session.sk != by)
		return -EPERM;
	return disk->generation == generation ? 0 : -ESTALE;
}

/*
 * One event.  What follows for those who wait is tick_work's, which is armed for
 * now if there is any: whose message this is shall not wait for them.
 *
 * With @by, whose word it is: he may have been replaced, or the link
 * lost, since he was checked; then nothing happens.  The same goes for the end
 * of a helper's socket when the next helper is bound already.
 */
static void evg_linkctl_step(struct evg_disk *disk, enum evg_link_event event,
			     const struct sock *by, u32 generation,
			     const char *proof)
{
	enum evg_link_state from, to;
	u64 now_ns, quiet;
	u32 actions;

	spin_lock(&disk->lock);
	/* Not before: while this CPU waited, another one may have begun an outage. */
	now_ns = ktime_get_boottime_ns();
	if (disk->dead || (event == EVG_EV_UNBOUND && disk->session.sk) ||
	    (by && evg_linkctl_check_locked(disk, by, generation))) {
		spin_unlock(&disk->lock);
		return;
	}
	if (proof)
		strscpy(disk->proof, proof, sizeof(disk->proof));
	if (event == EVG_EV_FILLED || event == EVG_EV_ALIVE)
		disk->table.progress_ns = now_ns;
	quiet = evg_fetch_quiet_since_locked(disk);
	quiet = evg_ns_since(quiet, now_ns);
	from = disk->link.state;
	actions = evg_link_step(&disk->link, event, now_ns, quiet, &disk->config);
	to = disk->link.state;
	if (evg_link_is_up(from) && !evg_link_is_up(to)) {
		disk->stats.outages++;
		evg_wait_note_all_locked(disk);
	}
	evg_linkctl_act_locked(disk, actions);
	/* Only now can somebody who probes the disk expect an answer. */
	if (to == EVG_LINK_ONLINE && from != to && !disk->scanned)
		queue_work(evg_ctl_wq, &disk->scan_work);
	evg_linkctl_arm_locked(disk);
	if (actions & (EVG_LINK_HOLD | EVG_LINK_SEND | EVG_LINK_NOTIFY))
		evg_fetch_kick_locked(disk);
	if (by || event == EVG_EV_BOUND)
		evg_fetch_heard_locked(disk);
	spin_unlock(&disk->lock);

	if (actions & EVG_LINK_NOTIFY)
		evg_linkctl_notify(disk, event, from, to);
}

/**
 * evg_linkctl_event() - something happened to the link
 * @disk: the disk
 * @event: what
 *
 * Context: may sleep; no lock held.
 */
void evg_linkctl_event(struct evg_disk *disk, enum evg_link_event event)
{
	evg_linkctl_step(disk, event, NULL, 0, NULL);
}

/**
 * evg_linkctl_report() - the helper says what happened to the link
 * @disk: the disk
 * @event: what
 * @by: the helper's socket
 * @generation: which it spoke of
 * @proof: how it has proved the image, or NULL
 *
 * Context: may sleep; no lock held.
 */
void evg_linkctl_report(struct evg_disk *disk, enum evg_link_event event,
			const struct sock *by, u32 generation, const char *proof)
{
	evg_linkctl_step(disk, event, by, generation, proof);
}

/**
 * evg_linkctl_tick_work() - time passed
 * @work: evg_disk::tick_work
 *
 * Context: a worker.
 */
void evg_linkctl_tick_work(struct work_struct *work)
{
	struct evg_disk *disk = container_of(to_delayed_work(work),
					     struct evg_disk, tick_work);

	evg_linkctl_event(disk, EVG_EV_TICK);
	evg_wait_expire(disk);
}

/* Let go of the helper's socket; the caller puts what is returned. */
static struct sock *evg_linkctl_unbind_locked(struct evg_disk *disk)
{
	struct sock *sk = disk->session.sk;

	lockdep_assert_held(&disk->lock);
	disk->session = (struct evg_session){};
	disk->proof[0] = '\0';
	return sk;
}

/**
 * evg_linkctl_unbind_work() - the helper's socket closed
 * @work: evg_disk::unbind_work
 *
 * Context: a worker.
 */
void evg_linkctl_unbind_work(struct work_struct *work)
{
	struct evg_disk *disk = container_of(work, struct evg_disk, unbind_work);
	struct sock *sk = NULL;

	spin_lock(&disk->lock);
	if (disk->session.sk && sock_flag(disk->session.sk, SOCK_DEAD))
		sk = evg_linkctl_unbind_locked(disk);
	spin_unlock(&disk->lock);
	if (!sk)
		return;
	sock_put(sk);
	evg_linkctl_event(disk, EVG_EV_UNBOUND);
}

/**
 * evg_linkctl_drop_session() - the disk goes: tell its helper to stop
 * @disk: the disk, dead
 *
 * Context: may sleep.
 */
void evg_linkctl_drop_session(struct evg_disk *disk)
{
	struct evg_session old;

	spin_lock(&disk->lock);
	old = disk->session;
	evg_linkctl_unbind_locked(disk);
	spin_unlock(&disk->lock);
	if (!old.sk)
		return;
	evg_netlink_send_stop(disk, &old);
	sock_put(old.sk);
}

/**
 * evg_linkctl_bind() - a helper takes the disk
 * @disk: the disk
 * @bind: what it comes with
 * @generation: set to the first that the new helper uses
 * @state: set to the link's state
 *
 * Context: may sleep.
 * Return: 0; -EBUSY when another is bound; -EXDEV when it would write another
 *	cache than this disk reads; -ENODEV when the disk is going.
 */
int evg_linkctl_bind(struct evg_disk *disk, const struct evg_bind *bind,
		     u32 *generation, enum evg_link_state *state)
{
	const struct evg_session *session = &bind->session;
	struct evg_session old;
	int err = 0;

	sock_hold(session->sk);
	spin_lock(&disk->lock);
	old = disk->session;
	if (disk->dead || disk->life != EVG_LIVE)
		err = -ENODEV;
	else if (!evg_store_is(&disk->store, bind->clean, bind->map))
		err = -EXDEV;	/* live, so its files are open, see disk.c */
	else if (old.sk && old.sk != session->sk && !bind->force &&
		 !sock_flag(old.sk, SOCK_DEAD))
		err = -EBUSY;
	else
		disk->session = *session;
	if (!err)
		disk->proof[0] = '\0';
	spin_unlock(&disk->lock);
	if (err) {
		sock_put(session->sk);
		return err;
	}

	if (old.sk) {
		if (old.sk != session->sk)
			evg_netlink_send_stop(disk, &old);
		sock_put(old.sk);
	}
	evg_linkctl_event(disk, EVG_EV_BOUND);
	spin_lock(&disk->lock);
	*generation = disk->generation;
	*state = disk->link.state;
	spin_unlock(&disk->lock);
	return 0;
}

static void evg_linkctl_look(struct evg_disk *disk, void *arg)
{
	const struct netlink_notify *gone = arg;
	struct sock *sk;

	spin_lock(&disk->lock);
	sk = disk->session.sk;
	/*
	 * The port may belong to a newer socket by now; that ours is dead is
	 * what counts.
	 */
	if (sk && disk->session.portid == gone->portid &&
	    net_eq(disk->session.net, gone->net) && sock_flag(sk, SOCK_DEAD))
		queue_work(evg_wq, &disk->unbind_work);
	evg_drill_released_locked(disk, gone);
	spin_unlock(&disk->lock);
}

static int evg_linkctl_released(struct notifier_block *nb, unsigned long event,
				void *arg)
{
	struct netlink_notify *gone = arg;

	if (event == NETLINK_URELEASE && gone->protocol == NETLINK_GENERIC)
		evg_disk_each(evg_linkctl_look, gone);
	return NOTIFY_DONE;
}

static struct notifier_block evg_linkctl_netlink = {
	.notifier_call = evg_linkctl_released,
};

/* The end of a helper's socket is the end of the helper. */
int evg_linkctl_init(void)
{
	return netlink_register_notifier(&evg_linkctl_netlink);
}

void evg_linkctl_exit(void)
{
	netlink_unregister_notifier(&evg_linkctl_netlink);
}
