/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, found by the probes in Kbuild.
 *
 * shim			upstream	until
 * evg_compat_alloc_disk  v6.9, limits are given at allocation	6.1 is dropped
 * evg_compat_open	  v6.5, open takes the gendisk		6.1 is dropped
 * evg_compat_release	  v6.5, release takes no mode		6.1 is dropped
 * evg_compat_pre_doit    v6.2, it takes genl_split_ops	6.1 is dropped
 * evg_compat_crc32c	  v6.15, __crc32c_le is gone		6.12 is dropped
 * EVG_WQ_PERCPU	  v6.17, in later 6.12 too		6.1 is dropped
 * evg_compat_bvec_offset v7.3, bi_bvec_done is bi_offset	6.12 is dropped
 */
#ifndef EVG_COMPAT_H
#define EVG_COMPAT_H

#include <linux/blkdev.h>
#include <linux/crc32.h>
#include <linux/workqueue.h>
#if !EVG_HAVE_CRC32C_LE
#include <linux/crc32c.h>
#endif

/**
 * struct evg_limits - the limits of a disk, all in bytes; sectors have 512
 * @physical_block: the best smallest read
 * @io_opt: readahead is sized by it
 * @max_io: the largest bio that the core should make
 * @dma_alignment: of memory, a mask
 * @nowait: a read that shall not block may come
 */
struct evg_limits {
	u32 physical_block;
	u32 io_opt;
	u32 max_io;
	u32 dma_alignment;
	bool nowait;
};

struct gendisk *evg_compat_alloc_disk(const struct evg_limits *limits);

/* In submit.c; the two below call them with what the kernel passes. */
int evg_open(struct gendisk *gd);
void evg_release(struct gendisk *gd);

#if EVG_HAVE_OPEN_GENDISK
int evg_compat_open(struct gendisk *gd, blk_mode_t mode);
void evg_compat_release(struct gendisk *gd);
#else
int evg_compat_open(struct block_device *bdev, fmode_t mode);
void evg_compat_release(struct gendisk *gd, fmode_t mode);
#endif

struct genl_info;
struct sk_buff;

/* In netlink.c; the two below call them with what an operation's table says. */
int evg_netlink_begin(u8 flags, struct sk_buff *skb, struct genl_info *info);
void evg_netlink_end(struct genl_info *info);

#if EVG_HAVE_GENL_SPLIT_OPS
struct genl_split_ops;
int evg_compat_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info);
void evg_compat_post_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
			  struct genl_info *info);
#else
struct genl_ops;
int evg_compat_pre_doit(const struct genl_ops *ops, struct sk_buff *skb,
			struct genl_info *info);
void evg_compat_post_doit(const struct genl_ops *ops, struct sk_buff *skb,
			  struct genl_info *info);
#endif

/* For a queue whose work runs on the CPU that queued it: said by a flag, or by none. */
#if EVG_HAVE_WQ_PERCPU
#define EVG_WQ_PERCPU	WQ_PERCPU
#else
#define EVG_WQ_PERCPU	0
#endif

/* How many bytes of the first of a bio's bvecs are done. */
static inline unsigned int evg_compat_bvec_offset(const struct bvec_iter *at)
{
#if EVG_HAVE_BVEC_OFFSET
	return at->bi_offset;
#else
	return at->bi_bvec_done;
#endif
}

static inline u32 evg_compat_crc32c(u32 crc, const void *data, size_t bytes)
{
#if EVG_HAVE_CRC32C_LE
	return __crc32c_le(crc, data, bytes);
#else
	return crc32c(crc, data, bytes);
#endif
}

#endif /* EVG_COMPAT_H */
