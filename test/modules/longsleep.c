// SPDX-License-Identifier: GPL-2.0
/*
 * A machine that sleeps for hours in no time: while this is loaded, "mem" in
 * /sys/power/state puts everything to rest, sets the real-time clock on, and
 * wakes up.  The kernel finds by that clock how long it has slept.
 */
#include <linux/module.h>
#include <linux/suspend.h>
#include <asm/x86_init.h>

static unsigned int seconds = 8 * 3600;
module_param(seconds, uint, 0644);
MODULE_PARM_DESC(seconds, "how long the machine sleeps (default 8 hours)");

static int longsleep_enter(suspend_state_t state)
{
	struct timespec64 time;

	x86_platform.get_wallclock(&time);
	time.tv_sec += seconds;
	return x86_platform.set_wallclock(&time);
}

static const struct platform_suspend_ops longsleep_ops = {
	.valid	= suspend_valid_only_mem,
	.enter	= longsleep_enter,
};

static int __init longsleep_init(void)
{
	suspend_set_ops(&longsleep_ops);
	return 0;
}

static void __exit longsleep_exit(void)
{
	suspend_set_ops(NULL);
}

module_init(longsleep_init);
module_exit(longsleep_exit);
MODULE_DESCRIPTION("A sleep of hours, for tests");
MODULE_LICENSE("GPL");
