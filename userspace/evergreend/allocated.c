// SPDX-License-Identifier: GPL-2.0
/*
 * Asked by FIEMAP, for it tells of room that was allocated and never written,
 * too.  A file system without it tells of data and holes.
 */
#define _GNU_SOURCE
#include "allocated.h"

#include <errno.h>
#include <linux/evergreen.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	BLOCK	= EVG_BLOCK_SIZE,
	EXTENTS	= 64,			/* asked for at a time */
};

struct extents {
	struct fiemap head;
	struct fiemap_extent extent[EXTENTS];
};

/* What one call tells of bytes [start, end), which is a part of it at least. */
struct found {
	uint64_t from[EXTENTS];
	uint64_t to[EXTENTS];
	uint32_t n;
	uint64_t next;			/* where to ask on; END: no more */
};

static int find_data(int fd, uint64_t start, uint64_t end, struct found *found)
{
	off_t data = lseek(fd, (off_t)start, SEEK_DATA), hole;

	found->next = end;
	if (data < 0)
		return errno == ENXIO ? 0 : -errno;
	if ((uint64_t)data >= end)
		return 0;
	hole = lseek(fd, data, SEEK_HOLE);
	if (hole < 0)
		return -errno;
	found->from[0] = (uint64_t)data;
	found->to[0] = (uint64_t)hole;
	found->n = 1;
	if ((uint64_t)hole < end)
		found->next = (uint64_t)hole;
	return 0;
}

static int find(int fd, uint64_t start, uint64_t end, struct found *found)
{
	struct extents x = {
		.head = {
			.fm_start = start,
			.fm_length = end - start,
			.fm_extent_count = EXTENTS,
		},
	};
	const struct fiemap_extent *e = x.extent;
	uint32_t i;

	memset(found, 0, sizeof(*found));
	if (ioctl(fd, FS_IOC_FIEMAP, &x)) {
		if (errno == EOPNOTSUPP || errno == ENOTTY)
			return find_data(fd, start, end, found);
		return -errno;
	}
	found->next = end;
	for (i = 0; i < x.head.fm_mapped_extents; i++, e++) {
		found->from[i] = e->fe_logical;
		found->to[i] = e->fe_logical + e->fe_length;
	}
	found->n = i;
	if (i == EXTENTS && found->to[i - 1] < end)
		found->next = found->to[i - 1];
	return 0;
}

uint64_t allocated_next(int fd, uint64_t block)
{
	const uint64_t end = INT64_MAX - BLOCK + 1;
	struct found found;

	if (find(fd, block * BLOCK, end, &found) || !found.n)
		return UINT64_MAX;
	return found.from[0] > block * BLOCK ? found.from[0] / BLOCK : block;
}

/* One extent's blocks in [first, first + count). */
static void count_extent(uint64_t from, uint64_t to, uint64_t first,
			 uint32_t count, uint8_t *regions)
{
	uint64_t block = from / BLOCK, end = (to + BLOCK - 1) / BLOCK;

	if (block < first)
		block = first;
	if (end > first + count)
		end = first + count;
	for (; block < end; block++)
		regions[(block - first) / EVG_REGION_BLOCKS]++;
}

int allocated_count(int fd, uint64_t first, uint32_t count, uint8_t *regions)
{
	uint64_t at = first * BLOCK, end = (first + count) * BLOCK;
	struct found found;
	uint32_t i;
	int ret;

	memset(regions, 0, (count + EVG_REGION_BLOCKS - 1) / EVG_REGION_BLOCKS);
	for (; at < end; at = found.next) {
		ret = find(fd, at, end, &found);
		if (ret)
			return ret;
		for (i = 0; i < found.n; i++)
			count_extent(found.from[i], found.to[i], first, count,
				     regions);
	}
	return 0;
}
