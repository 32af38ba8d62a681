// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <net/genetlink.h>
#include "compat.h"

/**
 * evg_compat_alloc_disk() - allocate a gendisk that takes bios
 * @limits: its limits
 *
 * Context: may sleep.
 * Return: the disk or an ERR_PTR.
 */
#if EVG_HAVE_LIMITS_AT_ALLOC
struct gendisk *evg_compat_alloc_disk(const struct evg_limits *limits)
{
	struct queue_limits lim = {
		.physical_block_size	= limits->physical_block,
		.io_min			= limits->physical_block,
		.io_opt			= limits->io_opt,
		.max_hw_sectors		= limits->max_io >> SECTOR_SHIFT,
		.max_segments		= USHRT_MAX,
		.max_segment_size	= UINT_MAX,
		.dma_alignment		= limits->dma_alignment,
		.features		= BLK_FEAT_IO_STAT |
					  (limits->nowait ? BLK_FEAT_NOWAIT : 0),
	};

	return blk_alloc_disk(&lim, NUMA_NO_NODE);
}
#else
struct gendisk *evg_compat_alloc_disk(const struct evg_limits *limits)
{
	struct gendisk *gd = blk_alloc_disk(NUMA_NO_NODE);
	struct request_queue *q;

	if (!gd)
		return ERR_PTR(-ENOMEM);
	q = gd->queue;
	blk_queue_physical_block_size(q, limits->physical_block);
	blk_queue_io_min(q, limits->physical_block);
	blk_queue_io_opt(q, limits->io_opt);
	blk_queue_max_hw_sectors(q, limits->max_io >> SECTOR_SHIFT);
	blk_queue_max_segments(q, USHRT_MAX);
	blk_queue_max_segment_size(q, UINT_MAX);
	blk_queue_dma_alignment(q, limits->dma_alignment);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	blk_queue_flag_set(QUEUE_FLAG_IO_STAT, q);
	if (limits->nowait)
		blk_queue_flag_set(QUEUE_FLAG_NOWAIT, q);
	return gd;
}
#endif

#if EVG_HAVE_OPEN_GENDISK
int evg_compat_open(struct gendisk *gd, blk_mode_t mode)
{
	return evg_open(gd);
}

void evg_compat_release(struct gendisk *gd)
{
	evg_release(gd);
}
#else
int evg_compat_open(struct block_device *bdev, fmode_t mode)
{
	return evg_open(bdev->bd_disk);
}

void evg_compat_release(struct gendisk *gd, fmode_t mode)
{
	evg_release(gd);
}
#endif

#if EVG_HAVE_GENL_SPLIT_OPS
int evg_compat_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info)
{
	return evg_netlink_begin(ops->internal_flags, skb, info);
}

void evg_compat_post_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
			  struct genl_info *info)
{
	evg_netlink_end(info);
}
#else
int evg_compat_pre_doit(const struct genl_ops *ops, struct sk_buff *skb,
			struct genl_info *info)
{
	return evg_netlink_begin(ops->internal_flags, skb, info);
}

void evg_compat_post_doit(const struct genl_ops *ops, struct sk_buff *skb,
			  struct genl_info *info)
{
	evg_netlink_end(info);
}
#endif
