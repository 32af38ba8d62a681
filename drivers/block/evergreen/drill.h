/* SPDX-License-Identifier: GPL-2.0 */
/* A drill: misses of one cgroup's processes fail, whatever the link does. */
#ifndef EVG_DRILL_H
#define EVG_DRILL_H

#include "evg.h"

struct netlink_notify;

void evg_drill_exit(void);
int evg_drill_begin(struct evg_disk *disk, int fd, struct sock *sk, u32 portid);
void evg_drill_end(struct evg_disk *disk);
void evg_drill_released_locked(struct evg_disk *disk, const struct netlink_notify *gone);
void evg_drill_mark_slow(struct evg_disk *disk, struct bio *bio);

/**
 * evg_drill_mark() - mark a bio if its submitter is being drilled
 * @disk: the disk
 * @bio: the bio, just submitted
 *
 * Context: any; no lock.
 */
static inline void evg_drill_mark(struct evg_disk *disk, struct bio *bio)
{
	if (unlikely(rcu_access_pointer(disk->drill)))
		evg_drill_mark_slow(disk, bio);
}

/**
 * evg_drill_is_on() - must this miss fail?
 * @disk: the disk
 * @bio: the bio
 *
 * Another driver above may use the mark for itself; without a drill it means
 * nothing.
 *
 * Return: whether it is marked while a drill is on.
 */
static inline bool evg_drill_is_on(const struct evg_disk *disk, const struct bio *bio)
{
	return unlikely(bio->bi_opf & REQ_DRV) && rcu_access_pointer(disk->drill);
}

#endif /* EVG_DRILL_H */
