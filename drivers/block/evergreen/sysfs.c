// SPDX-License-Identifier: GPL-2.0
/* /sys/block/evgN/evergreen/: one value a file. */
#include <linux/ktime.h>
#include <linux/sysfs.h>
#include "evg.h"

/**
 * evg_outage_ms() - how long the outage has lasted
 * @disk: the disk
 *
 * Context: no lock held.
 * Return: milliseconds, 0 when the link is up.
 */
u64 evg_outage_ms(struct evg_disk *disk)
{
	u64 since;

	spin_lock(&disk->lock);
	since = disk->link.outage_ns;
	spin_unlock(&disk->lock);
	return since ? div_u64(ktime_get_boottime_ns() - since, NSEC_PER_MSEC) : 0;
}

/**
 * evg_stats_sum() - all the counters
 * @disk: the disk
 * @stat: filled, by enum evg_stat
 *
 * Context: no lock held.
 */
void evg_stats_sum(struct evg_disk *disk, u64 *stat)
{
	const struct evg_hot_stats *hot;
	struct evg_stats slow;
	int cpu;

	spin_lock(&disk->lock);
	slow = disk->stats;
	stat[EVG_S_LEDGER] = disk->ledger.seq;
	stat[EVG_S_UNREAD] = disk->map.unreads;
	spin_unlock(&disk->lock);
	stat[EVG_S_FETCHES] = slow.fetches;
	stat[EVG_S_FILLED] = slow.filled_bytes;
	stat[EVG_S_INLINED] = slow.inlined_bytes;
	stat[EVG_S_FAILED] = slow.failed;
	stat[EVG_S_PARKED] = slow.parked;
	stat[EVG_S_EVICTED] = slow.evicted_bytes;
	stat[EVG_S_OUTAGES] = slow.outages;
	stat[EVG_S_WAIT_MAX_MS] = div_u64(slow.wait_max_ns, NSEC_PER_MSEC);
	stat[EVG_S_HITS] = 0;
	stat[EVG_S_HIT_BYTES] = 0;
	stat[EVG_S_MISSES] = 0;
	stat[EVG_S_IO_ERRORS] = 0;
	for_each_possible_cpu(cpu) {
		hot = per_cpu_ptr(disk->hot, cpu);
		stat[EVG_S_HITS] += READ_ONCE(hot->hits);
		stat[EVG_S_HIT_BYTES] += READ_ONCE(hot->hit_bytes);
		stat[EVG_S_MISSES] += READ_ONCE(hot->misses);
		stat[EVG_S_IO_ERRORS] += READ_ONCE(hot->io_errors);
	}
}

static struct evg_disk *evg_sysfs_disk(struct device *dev)
{
	return dev_to_disk(dev)->private_data;
}

static ssize_t evg_sysfs_show_stat(struct device *dev, char *buf, enum evg_stat which)
{
	u64 stat[EVG_S_MAX + 1];

	evg_stats_sum(evg_sysfs_disk(dev), stat);
	return sysfs_emit(buf, "%llu\n", stat[which]);
}

#define EVG_SYSFS_STAT(name, which)						\
	static ssize_t name##_show(struct device *dev,				\
				   struct device_attribute *attr, char *buf)	\
	{									\
		return evg_sysfs_show_stat(dev, buf, which);			\
	}									\
	static DEVICE_ATTR_RO(name)

EVG_SYSFS_STAT(hits, EVG_S_HITS);
EVG_SYSFS_STAT(hit_bytes, EVG_S_HIT_BYTES);
EVG_SYSFS_STAT(misses, EVG_S_MISSES);
EVG_SYSFS_STAT(fetches, EVG_S_FETCHES);
EVG_SYSFS_STAT(filled_bytes, EVG_S_FILLED);
EVG_SYSFS_STAT(inlined_bytes, EVG_S_INLINED);
EVG_SYSFS_STAT(failed, EVG_S_FAILED);
EVG_SYSFS_STAT(parked, EVG_S_PARKED);
EVG_SYSFS_STAT(outages, EVG_S_OUTAGES);
EVG_SYSFS_STAT(wait_max_ms, EVG_S_WAIT_MAX_MS);
EVG_SYSFS_STAT(io_errors, EVG_S_IO_ERRORS);
EVG_SYSFS_STAT(evicted_bytes, EVG_S_EVICTED);
EVG_SYSFS_STAT(ledger, EVG_S_LEDGER);
EVG_SYSFS_STAT(unread_pages, EVG_S_UNREAD);

static ssize_t saving_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	static const char * const name[] = {
		[EVG_SAVING_OK]		= "ok",
		[EVG_SAVING_RETRYING]	= "retrying",
		[EVG_SAVING_STOPPED]	= "stopped",
	};
	struct evg_disk *disk = evg_sysfs_disk(dev);

	return sysfs_emit(buf, "%s\n", name[READ_ONCE(disk->saving.state)]);
}
static DEVICE_ATTR_RO(saving);

static ssize_t link_state_show(struct device *dev, struct device_attribute *attr,
			       char *buf)
{
	struct evg_disk *disk = evg_sysfs_disk(dev);
	enum evg_link_state state;

	spin_lock(&disk->lock);
	state = disk->link.state;
	spin_unlock(&disk->lock);
	return sysfs_emit(buf, "%s\n", evg_link_state_name(state));
}
static DEVICE_ATTR_RO(link_state);

static ssize_t evg_sysfs_emit_seconds(char *buf, u64 ms)
{
	u32 rest;
	u64 seconds = div_u64_rem(ms, MSEC_PER_SEC, &rest);

	return sysfs_emit(buf, "%llu.%03u\n", seconds, rest);
}

static ssize_t grace_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct evg_disk *disk = evg_sysfs_disk(dev);
	u64 ns;

	spin_lock(&disk->lock);
	ns = disk->config.grace_ns;
	spin_unlock(&disk->lock);
	if (ns == EVG_NS_INF)
		return sysfs_emit(buf, "inf\n");
	return evg_sysfs_emit_seconds(buf, div_u64(ns, NSEC_PER_MSEC));
}
static DEVICE_ATTR_RO(grace);

static ssize_t detect_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct evg_disk *disk = evg_sysfs_disk(dev);
	u64 ns;

	spin_lock(&disk->lock);
	ns = disk->config.detect_ns;
	spin_unlock(&disk->lock);
	return evg_sysfs_emit_seconds(buf, div_u64(ns, NSEC_PER_MSEC));
}
static DEVICE_ATTR_RO(detect);

static ssize_t outage_seconds_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	return evg_sysfs_emit_seconds(buf, evg_outage_ms(evg_sysfs_disk(dev)));
}
static DEVICE_ATTR_RO(outage_seconds);

static ssize_t helper_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct evg_disk *disk = evg_sysfs_disk(dev);
	u64 since_ns;
	u32 pid;

	spin_lock(&disk->lock);
	pid = disk->session.pid;
	since_ns = disk->session.since_ns;
	spin_unlock(&disk->lock);
	if (!pid)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "%u\n", evg_who_pid(pid, since_ns));
}
static DEVICE_ATTR_RO(helper);

static struct attribute *evg_sysfs_attrs[] = {
	&dev_attr_link_state.attr,
	&dev_attr_grace.attr,
	&dev_attr_detect.attr,
	&dev_attr_outage_seconds.attr,
	&dev_attr_helper.attr,
	&dev_attr_hits.attr,
	&dev_attr_hit_bytes.attr,
	&dev_attr_misses.attr,
	&dev_attr_fetches.attr,
	&dev_attr_filled_bytes.attr,
	&dev_attr_inlined_bytes.attr,
	&dev_attr_failed.attr,
	&dev_attr_parked.attr,
	&dev_attr_outages.attr,
	&dev_attr_wait_max_ms.attr,
	&dev_attr_io_errors.attr,
	&dev_attr_evicted_bytes.attr,
	&dev_attr_ledger.attr,
	&dev_attr_unread_pages.attr,
	&dev_attr_saving.attr,
	NULL,
};

static const struct attribute_group evg_sysfs_group = {
	.name	= "evergreen",
	.attrs	= evg_sysfs_attrs,
};

const struct attribute_group *evg_sysfs_groups[] = {
	&evg_sysfs_group,
	NULL,
};
