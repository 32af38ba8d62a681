// SPDX-License-Identifier: GPL-2.0
/*
 * The machine goes to sleep, and wakes up.
 *
 * Its tasks must come to rest first, and one that waits for a miss does not: its
 * helper is frozen, too.  So, from the notification on,
 *
 *	1. a new miss waits where its task can be frozen: the gate;
 *	2. the misses that are with a sound link get their answers, for as long as
 *	   EVG_POWER_DRAIN_MS;
 *	3. who waits still is refused: EVG_EV_SUSPEND.
 *
 * Awake again the gate opens, the link must be proved again, and grace begins
 * again: EVG_EV_RESUME.  The notification of that comes when tasks run already;
 * devices are told before, so there is one here.
 *
 * No miss is lost between gate and refusal: the gate is closed before any disk's
 * lock is taken for step 2, and a miss looks at it under that lock.  So either it
 * sees the gate closed, or it waits already when step 2 and 3 look.
 *
 * A task in the gate may hold folios locked that another one waits for, which
 * then is not at rest: the kernel gives up the suspend after 20 seconds.  Nothing
 * is lost by that.  A program that hibernates the machine by itself runs between
 * the notifications; should it miss, it would wait for itself.  So the gate opens
 * after EVG_POWER_GATE_MS whatever comes.
 */
#include <linux/delay.h>
#include <linux/platform_device.h>
#include <linux/suspend.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "evg.h"

#define EVG_POWER_DRAIN_MS	2000
#define EVG_POWER_GATE_MS	30000

static DECLARE_WAIT_QUEUE_HEAD(evg_power_gate);
static bool evg_power_closed;

/**
 * evg_power_must_wait() - is the gate closed for this miss?
 * @bio: a miss of the current task; a hasty one never waits, see the caller
 *
 * Kernel threads are not frozen by this.
 *
 * Context: evg_disk::lock of its disk held, see above.
 * Return: whether to call evg_power_wait() and look at the bio again.
 */
bool evg_power_must_wait(const struct bio *bio)
{
	return unlikely(READ_ONCE(evg_power_closed)) &&
	       !(current->flags & PF_KTHREAD) &&
	       !(bio->bi_opf & REQ_NOWAIT);
}

/**
 * evg_power_wait() - wait for the gate to open, frozen if need be
 *
 * The task may hold locks of others, as one that waits for the server of a
 * network file system.
 *
 * Context: may sleep; no lock of ours held.
 */
void evg_power_wait(void)
{
	wait_event_state(evg_power_gate, !READ_ONCE(evg_power_closed),
			 (TASK_UNINTERRUPTIBLE | TASK_FREEZABLE_UNSAFE));
}

/*
 * May waiting help those who wait?  A bio that a worker submits again passes the
 * gate, for its task waits already and cannot be frozen; it may become a miss
 * only then.  It is on a list, or with the work that took it off, or parked.
 */
static bool evg_power_is_answering(struct evg_disk *disk)
{
	bool answering;

	spin_lock(&disk->lock);
	answering = evg_link_is_up(disk->link.state) &&
		    (disk->stats.parked || work_busy(&disk->load_work) ||
		     work_busy(&disk->ready_work) ||
		     work_busy(&disk->repair.work));
	spin_unlock(&disk->lock);
	return answering;
}

static void evg_power_drain(void)
{
	unsigned long end = jiffies + msecs_to_jiffies(EVG_POWER_DRAIN_MS);
	unsigned long index = 0;
	struct evg_disk *disk;

	while ((disk = evg_disk_get_next(&index))) {
		while (evg_power_is_answering(disk) && time_before(jiffies, end))
			msleep(20);
		evg_disk_put(disk);
	}
}

static void evg_power_tell(enum evg_link_event event)
{
	unsigned long index = 0;
	struct evg_disk *disk;

	while ((disk = evg_disk_get_next(&index))) {
		evg_linkctl_event(disk, event);
		evg_disk_put(disk);
	}
}

static void evg_power_open(struct work_struct *unused)
{
	WRITE_ONCE(evg_power_closed, false);
	wake_up_all(&evg_power_gate);
}

static DECLARE_DELAYED_WORK(evg_power_enough, evg_power_open);

static void evg_power_fall_asleep(void)
{
	WRITE_ONCE(evg_power_closed, true);
	mod_delayed_work(evg_ctl_wq, &evg_power_enough,
			 msecs_to_jiffies(EVG_POWER_GATE_MS));
	evg_power_drain();
	evg_power_tell(EVG_EV_SUSPEND);
}

static void evg_power_wake(void)
{
	cancel_delayed_work_sync(&evg_power_enough);
	evg_power_tell(EVG_EV_RESUME);
	evg_power_open(NULL);
}

static int evg_power_notified(struct notifier_block *nb, unsigned long event,
			      void *arg)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
		evg_power_fall_asleep();
		return NOTIFY_OK;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		/* News if the machine did not get as far as its devices. */
		evg_power_wake();
		return NOTIFY_OK;
	default:
		return NOTIFY_DONE;
	}
}

static struct notifier_block evg_power_notifier = {
	.notifier_call = evg_power_notified,
};

static void evg_power_complete(struct device *dev)
{
	evg_power_wake();
}

static const struct dev_pm_ops evg_power_ops = {
	.complete = evg_power_complete,
};

static struct platform_driver evg_power_driver = {
	.driver = {
		.name	= "evergreen",
		.pm	= &evg_power_ops,
	},
};

static struct platform_device *evg_power_device;

int evg_power_init(void)
{
	int err;

	err = platform_driver_register(&evg_power_driver);
	if (err)
		return err;
	evg_power_device = platform_device_register_simple("evergreen",
							   PLATFORM_DEVID_NONE,
							   NULL, 0);
	err = PTR_ERR_OR_ZERO(evg_power_device);
	if (err)
		goto err_driver;
	err = register_pm_notifier(&evg_power_notifier);
	if (err)
		goto err_device;
	return 0;

err_device:
	platform_device_unregister(evg_power_device);
err_driver:
	platform_driver_unregister(&evg_power_driver);
	return err;
}

void evg_power_exit(void)
{
	unregister_pm_notifier(&evg_power_notifier);
	cancel_delayed_work_sync(&evg_power_enough);
	platform_device_unregister(evg_power_device);
	platform_driver_unregister(&evg_power_driver);
}
