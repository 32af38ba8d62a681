// SPDX-License-Identifier: GPL-2.0
/* Processes, by the numbers that who asks knows them by. */
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include "evg.h"

/**
 * evg_who_pid() - the number of a process in the present one's pid namespace
 * @pid: its number in the first one
 * @seen_ns: when it had that number, of CLOCK_BOOTTIME
 *
 * No reference was kept, for then the last misses would keep processes' numbers
 * and namespaces.  So the number may be another process's by now; but that one
 * began after @seen_ns.
 *
 * Context: a system call of who asks.
 * Return: the number; 0 when that namespace does not show the process, or, but for
 *	the first namespace, when it has ended.
 */
u32 evg_who_pid(u32 pid, u64 seen_ns)
{
	struct pid_namespace *reader = task_active_pid_ns(current);
	struct task_struct *task;
	struct pid *found;
	u32 nr = 0;

	if (reader == &init_pid_ns)
		return pid;
	rcu_read_lock();
	found = find_pid_ns(pid, &init_pid_ns);
	task = pid_task(found, PIDTYPE_TGID);
	if (task && task->start_boottime <= seen_ns)
		nr = pid_nr_ns(found, reader);
	rcu_read_unlock();
	return nr;
}
