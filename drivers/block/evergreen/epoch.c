// SPDX-License-Identifier: GPL-2.0
/*
 * Epochs: to wait until nobody reads what was there before.
 *
 * A read enters the present epoch, then looks at the map; if it is a hit it
 * leaves when it has ended.  Who makes blocks absent, and wants to know when no
 * hit that saw them present reads them any more, clears their bits, then turns:
 * makes the other epoch the present one, and waits until the old one is empty.
 *
 * A hit that saw a bit before it was cleared is in the epoch that is waited for:
 *
 *  - It is in the epoch that was the present one when it looked at
 *    evg_epochs::now for the second time; its look at the map came after that
 *    (acquire), so bits that were cleared before a turn are absent to all who
 *    saw that turn (release).  Hence it had not seen this turn, and its epoch is
 *    this turn's old one, or that of a turn before.
 *  - It is not of a turn before: that one would still be waiting for it, and
 *    turns are made one at a time.
 *  - It is counted: its get succeeded on a ref that was alive, and
 *    percpu_ref_kill() lets an RCU grace period pass before it sums.
 *
 * The second look is needed: between the first and the get, turns may be made,
 * and the get then succeeds on the ref of an epoch that is over and was revived.
 * It was revived after the grace period of its kill, and that began after
 * evg_epochs::now had changed: so the second look sees the change (smp_rmb()),
 * and the read begins anew.
 */
#include <linux/gfp.h>
#include "epoch.h"

static void evg_epoch_drained(struct percpu_ref *ref)
{
	complete(&container_of(ref, struct evg_epoch, ref)->drained);
}

/**
 * evg_epochs_init() - make the epochs, empty
 * @epochs: zeroed
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; evg_epochs_exit() is called in either case.
 */
int evg_epochs_init(struct evg_epochs *epochs)
{
	int i, err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(epochs->epoch); i++) {
		init_completion(&epochs->epoch[i].drained);
		err = percpu_ref_init(&epochs->epoch[i].ref, evg_epoch_drained,
				      PERCPU_REF_ALLOW_REINIT, GFP_KERNEL);
	}
	return err;
}

/**
 * evg_epochs_exit() - free what init made; safe on a half of it
 * @epochs: nobody is in one
 */
void evg_epochs_exit(struct evg_epochs *epochs)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(epochs->epoch); i++)
		percpu_ref_exit(&epochs->epoch[i].ref);
}

/**
 * evg_epochs_turn() - wait for all who may have seen the map as it was
 * @epochs: the disk's
 *
 * Context: may sleep, as long as reads of the cache take; one call at a time.
 */
void evg_epochs_turn(struct evg_epochs *epochs)
{
	struct evg_epoch *old = &epochs->epoch[epochs->now];

	reinit_completion(&old->drained);
	/* Pairs with the acquire in evg_epoch_enter(). */
	smp_store_release(&epochs->now, !epochs->now);
	percpu_ref_kill(&old->ref);
	wait_for_completion(&old->drained);
	percpu_ref_reinit(&old->ref);
}

/**
 * evg_epochs_close() - wait for all, for good
 * @epochs: nobody enters any more, and nobody turns
 *
 * Context: may sleep, as long as reads of the cache take.
 */
void evg_epochs_close(struct evg_epochs *epochs)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(epochs->epoch); i++) {
		reinit_completion(&epochs->epoch[i].drained);
		percpu_ref_kill(&epochs->epoch[i].ref);
	}
	for (i = 0; i < ARRAY_SIZE(epochs->epoch); i++)
		wait_for_completion(&epochs->epoch[i].drained);
}
