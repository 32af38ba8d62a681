/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, found by the probes in Kbuild.
 *
 * shim			upstream	until
 * evg_compat_alloc_disk  v6.9, limits are given at allocation	6.1 is dropped
 * evg_compat_open	  v6.5, open takes the gendisk		6.1 is dropped
 * evg_compat_crc32c	  v6.15, __crc32c_le is gone		6.12 is dropped
 */
#ifndef EVG_COMPAT_H
#define EVG_COMPAT_H

#include <linux/blkdev.h>
#include <linux/crc32.h>
#if !EVG_HAVE_CRC32C_LE
#include <linux/crc32c.h>
#endif

/**
 * struct evg_limits - the limits of a disk, all in bytes
 * @logical_block: the smallest read
 * @physical_block: the best smallest read
 * @io_opt: readahead is sized by it
 * @max_io: the largest bio that the core should make
 * @dma_alignment: of memory, a mask
 */
struct evg_limits {
	u32 logical_block;
	u32 physical_block;
	u32 io_opt;
	u32 max_io;
	u32 dma_alignment;
};

struct gendisk *evg_compat_alloc_disk(const struct evg_limits *limits);

/* In submit.c; evg_compat_open() calls it with what the kernel passes. */
int evg_open(struct gendisk *gd);

#if EVG_HAVE_OPEN_GENDISK
int evg_compat_open(struct gendisk *gd, blk_mode_t mode);
#else
int evg_compat_open(struct block_device *bdev, fmode_t mode);
#endif

static inline u32 evg_compat_crc32c(u32 crc, const void *data, size_t bytes)
{
#if EVG_HAVE_CRC32C_LE
	return __crc32c_le(crc, data, bytes);
#else
	return crc32c(crc, data, bytes);
#endif
}

#endif /* EVG_COMPAT_H */
