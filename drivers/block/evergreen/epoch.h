/* SPDX-License-Identifier: GPL-2.0 */
/* Who may be reading the cache, so that eviction can wait for the last of them. */
#ifndef EVG_EPOCH_H
#define EVG_EPOCH_H

#include <linux/completion.h>
#include <linux/percpu-refcount.h>

/**
 * struct evg_epoch - reads that began in the same time
 * @ref: one for each of them
 * @drained: the last one has ended, after @ref was killed
 */
struct evg_epoch {
	struct percpu_ref ref;
	struct completion drained;
};

/**
 * struct evg_epochs - the two epochs of a disk; see epoch.c
 * @epoch: the present one and the other
 * @now: which is the present one
 */
struct evg_epochs {
	struct evg_epoch epoch[2];
	u32 now;
};

int evg_epochs_init(struct evg_epochs *epochs);
void evg_epochs_exit(struct evg_epochs *epochs);
void evg_epochs_turn(struct evg_epochs *epochs);
void evg_epochs_close(struct evg_epochs *epochs);

/**
 * evg_epoch_enter() - before the map is looked at for a read
 * @epochs: the disk's
 *
 * Context: any, no lock; evg_epochs_close() was not called.
 * Return: the epoch, for evg_epoch_leave() when the read has ended, or at once
 *	when it is no hit.
 */
static inline struct evg_epoch *evg_epoch_enter(struct evg_epochs *epochs)
{
	struct evg_epoch *epoch;
	u32 now;

	for (;;) {
		now = READ_ONCE(epochs->now);
		epoch = &epochs->epoch[now];
		if (likely(percpu_ref_tryget_live(&epoch->ref))) {
			/*
			 * If this ref was revived, see what is now: pairs with
			 * the grace period of percpu_ref_kill(), before that.
			 */
			smp_rmb();
			/* Pairs with the release in evg_epochs_turn(). */
			if (likely(smp_load_acquire(&epochs->now) == now))
				return epoch;
			percpu_ref_put(&epoch->ref);
		}
		cpu_relax();
	}
}

static inline void evg_epoch_leave(struct evg_epoch *epoch)
{
	percpu_ref_put(&epoch->ref);
}

#endif /* EVG_EPOCH_H */
