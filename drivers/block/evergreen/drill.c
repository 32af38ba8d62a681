// SPDX-License-Identifier: GPL-2.0
/*
 * Drills: what the processes of one cgroup would meet if the link were lost now.
 *
 * Their reads are marked where they are submitted, for only there it is known
 * whose they are; the mark (REQ_DRV) goes with a bio through splits, and when it
 * is looked at again.  A marked miss fails as in an outage without grace,
 * while the drill lasts; a hit is a hit.
 *
 * Submitters look at evg_disk::drill under RCU alone.  Who takes it away, under
 * evg_disk::lock, frees it after a grace period, and only then puts the cgroup.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/sock.h>
#include "drill.h"

/**
 * struct evg_drill - a drill that is on
 * @cgroup: of the processes that it is for, and its descendants
 * @sk: the socket of who began it, held; the drill ends with it
 * @net: of @sk
 * @portid: of @sk
 * @rcu: to free it
 */
struct evg_drill {
	struct cgroup *cgroup;
	struct sock *sk;
	struct net *net;
	u32 portid;
	struct rcu_head rcu;
};

static void evg_drill_free(struct rcu_head *rcu)
{
	struct evg_drill *drill = container_of(rcu, struct evg_drill, rcu);

	cgroup_put(drill->cgroup);
	sock_put(drill->sk);
	kfree(drill);
}

/**
 * evg_drill_exit() - wait until no drill's end is under way
 *
 * Context: module exit: there is no disk any more.
 */
void evg_drill_exit(void)
{
	rcu_barrier();
}

/**
 * evg_drill_begin() - from now on misses of a cgroup's processes fail
 * @disk: the disk
 * @fd: a directory of cgroup2, open in this process
 * @sk: the drill ends when it closes
 * @portid: of @sk
 *
 * Context: may sleep.
 * Return: 0; -EBADF: @fd is none; -EBUSY: there is a drill; -ENODEV: the disk
 *	is going; -ENOMEM.
 */
int evg_drill_begin(struct evg_disk *disk, int fd, struct sock *sk, u32 portid)
{
	struct evg_drill *drill;
	int err = 0;

	drill = kzalloc(sizeof(*drill), GFP_KERNEL);
	if (!drill)
		return -ENOMEM;
	drill->cgroup = cgroup_get_from_fd(fd);
	if (IS_ERR(drill->cgroup)) {
		err = PTR_ERR(drill->cgroup);
		kfree(drill);
		return err;
	}
	sock_hold(sk);
	drill->sk = sk;
	drill->net = sock_net(sk);
	drill->portid = portid;

	spin_lock(&disk->lock);
	if (disk->dead)
		err = -ENODEV;
	else if (rcu_access_pointer(disk->drill))
		err = -EBUSY;
	else
		rcu_assign_pointer(disk->drill, drill);
	spin_unlock(&disk->lock);
	if (err)
		evg_drill_free(&drill->rcu);
	return err;
}

static void evg_drill_end_locked(struct evg_disk *disk)
{
	struct evg_drill *drill;

	drill = rcu_replace_pointer(disk->drill, NULL, lockdep_is_held(&disk->lock));
	if (drill)
		call_rcu(&drill->rcu, evg_drill_free);
}

/**
 * evg_drill_end() - no drill any more, if there was any
 * @disk: the disk
 *
 * Context: any but an interrupt.
 */
void evg_drill_end(struct evg_disk *disk)
{
	spin_lock(&disk->lock);
	evg_drill_end_locked(disk);
	spin_unlock(&disk->lock);
}

/**
 * evg_drill_released_locked() - a netlink socket closed: was it the drill's?
 * @disk: the disk
 * @gone: what the notifier was told
 *
 * Context: evg_disk::lock held.
 */
void evg_drill_released_locked(struct evg_disk *disk, const struct netlink_notify *gone)
{
	const struct evg_drill *drill;

	drill = rcu_dereference_protected(disk->drill, lockdep_is_held(&disk->lock));
	/* As for a helper's: the port may belong to a newer socket by now. */
	if (drill && drill->portid == gone->portid &&
	    net_eq(drill->net, gone->net) && sock_flag(drill->sk, SOCK_DEAD))
		evg_drill_end_locked(disk);
}

/**
 * evg_drill_mark_slow() - mark a bio if its submitter is being drilled
 * @disk: the disk
 * @bio: the bio
 *
 * Context: the submitter's.
 */
void evg_drill_mark_slow(struct evg_disk *disk, struct bio *bio)
{
	const struct evg_drill *drill;

	rcu_read_lock();
	drill = rcu_dereference(disk->drill);
	if (drill && task_under_cgroup_hierarchy(current, drill->cgroup))
		bio->bi_opf |= REQ_DRV;
	rcu_read_unlock();
}
