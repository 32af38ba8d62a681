// SPDX-License-Identifier: GPL-2.0
/*
 * Evergreen: a disk that is streamed over the network, kept in a local cache,
 * and goes on when the network does not.
 */
#include <linux/module.h>
#include "drill.h"

/*
 * What waits for a disk's cache is in that disk's own queues: evg_disk::io_wq,
 * and evg_store::lane_wq when the cache is a file.
 *
 * evg_wq: timers, sending, the end of a helper.  Nothing on it waits for I/O, so
 *	one rescuer serves all disks.
 * evg_ctl_wq: adding and removing disks.  Memory reclaim never waits for it.
 */
struct workqueue_struct *evg_wq;
struct workqueue_struct *evg_ctl_wq;

static int __init evg_wq_init(void)
{
	evg_wq = alloc_workqueue("evg", WQ_MEM_RECLAIM | WQ_UNBOUND |
				 WQ_FREEZABLE, 0);
	evg_ctl_wq = alloc_workqueue("evg_ctl", WQ_UNBOUND, 0);
	return evg_wq && evg_ctl_wq ? 0 : -ENOMEM;
}

static void evg_wq_exit(void)
{
	if (evg_ctl_wq)
		destroy_workqueue(evg_ctl_wq);
	if (evg_wq)
		destroy_workqueue(evg_wq);
}

static int __init evg_init(void)
{
	int err;

	err = evg_wq_init();
	if (err)
		goto err_wq;
	err = evg_fetch_init();
	if (err)
		goto err_wq;
	err = evg_store_file_init();
	if (err)
		goto err_fetch;
	err = evg_linkctl_init();
	if (err)
		goto err_file;
	err = evg_power_init();
	if (err)
		goto err_linkctl;
	err = evg_netlink_init();
	if (err)
		goto err_power;
	return 0;

err_power:
	evg_power_exit();
err_linkctl:
	evg_linkctl_exit();
err_file:
	evg_store_file_exit();
err_fetch:
	evg_fetch_exit();
err_wq:
	evg_wq_exit();
	return err;
}

static void __exit evg_exit(void)
{
	/* No disk is attached: each pins the module. */
	evg_netlink_exit();
	evg_power_exit();
	evg_linkctl_exit();
	evg_disk_wait_gone();
	evg_drill_exit();
	evg_wq_exit();
	evg_store_file_exit();
	evg_fetch_exit();
}

module_init(evg_init);
module_exit(evg_exit);
MODULE_DESCRIPTION("Streamed block device with a persistent cache");
MODULE_LICENSE("GPL");
MODULE_ALIAS("net-pf-16-proto-16-family-" EVG_GENL_NAME);
