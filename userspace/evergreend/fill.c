// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "fill.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keep.h"

enum {
	BLOCK		= 4096,
	STEP_BLOCKS	= 256,		/* space is allocated by the MiB, */
	DENSE_BLOCKS	= 64,		/* where so much of it is written */
	STEP_SLOTS	= 4096,
	STEP_SHIFT	= 16,
	RESERVED_SLOTS	= 256,
};

const uint8_t fill_zeroes[PLAN_READ_MAX * BLOCK]
	__attribute__((__aligned__(4096)));

/* A step of the data plus 1, shifted, and how many of its blocks were written,
 * up to those that had the rest allocated; and pages of the map, plus 1, that
 * are allocated.  A hint, so losing one is fine.
 */
static atomic_ullong written[STEP_SLOTS];
static atomic_ullong reserved[RESERVED_SLOTS];

static int write_all(int fd, const uint8_t *buf, size_t bytes, uint64_t offset)
{
	ssize_t n;

	while (bytes) {
		n = pwrite(fd, buf, bytes, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		if (n % BLOCK && (size_t)n != bytes)
			return -ENOSPC;
		buf += n;
		offset += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* Do these blocks make the step dense? */
static bool becomes_dense(uint64_t step, uint64_t blocks)
{
	atomic_ullong *slot = &written[step % STEP_SLOTS];
	uint64_t old = atomic_load(slot), had = 0;

	if (old >> STEP_SHIFT == step + 1)
		had = old & ((1 << STEP_SHIFT) - 1);
	if (had >= DENSE_BLOCKS)
		return false;
	atomic_store(slot, (step + 1) << STEP_SHIFT | (had + blocks));
	return had + blocks >= DENSE_BLOCKS;
}

/* Allocate whole steps where much is written, so that the file system does it
 * seldom there; a few blocks here and there take no more room than they need.
 * No room for a step is no reason to do without the blocks.
 */
static void allocate_ahead(const struct cache *c, uint64_t first,
			   uint32_t count)
{
	uint64_t step = first / STEP_BLOCKS, last = first + count;
	uint64_t start, end, from, to;

	for (; step * STEP_BLOCKS < last; step++) {
		start = step * STEP_BLOCKS;
		end = start + STEP_BLOCKS < c->blocks ? start + STEP_BLOCKS :
							c->blocks;
		from = first > start ? first : start;
		to = last < end ? last : end;
		if (becomes_dense(step, to - from))
			fallocate(c->clean_fd, FALLOC_FL_KEEP_SIZE,
				  (off_t)(start * BLOCK),
				  (off_t)((end - start) * BLOCK));
	}
}

/* Room for what the map will say of these blocks: when the file system is full
 * the kernel must still be able to write the map.
 */
static int reserve_map(const struct cache *c, uint64_t first, uint32_t count)
{
	const off_t pair = 2 * EVG_MAP_PAGE_BYTES;
	uint64_t page = first / EVG_MAP_BLOCKS;

	for (; page * EVG_MAP_BLOCKS < first + count; page++) {
		atomic_ullong *slot = &reserved[page % RESERVED_SLOTS];

		if (atomic_load(slot) == page + 1)
			continue;
		if (!fallocate(c->map_fd, FALLOC_FL_KEEP_SIZE,
			       EVG_MAP_OFFSET + (off_t)page * pair, pair))
			atomic_store(slot, page + 1);
		else if (errno == ENOSPC || errno == EDQUOT)
			return -errno;
	}
	return 0;
}

/* What was never written reads as zeroes; the rest is punched. */
static int write_zeroes(const struct cache *c, uint64_t first, uint32_t count)
{
	off_t start = (off_t)(first * BLOCK), bytes = (off_t)count * BLOCK;
	off_t data;

	if (!c->is_bdev) {
		data = lseek(c->clean_fd, start, SEEK_DATA);
		if (data >= start + bytes || (data < 0 && errno == ENXIO))
			return 0;
		if (!fallocate(c->clean_fd,
			       FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			       start, bytes))
			return 0;
	}
	return write_all(c->clean_fd, fill_zeroes, (size_t)bytes,
			 c->data_offset + first * BLOCK);
}

/* A file stays as sparse as the image is. */
static uint64_t find_zeroes(const uint8_t *buf, uint32_t count)
{
	uint64_t zero = 0;
	uint32_t i;

	for (i = 0; i < count; i++)
		if (!memcmp(buf + (size_t)i * BLOCK, fill_zeroes, BLOCK))
			zero |= 1ULL << i;
	return zero;
}

int fill_write(const struct cache *c, uint64_t first, uint32_t count,
	       const uint8_t *buf, bool ahead)
{
	uint64_t zero = buf ? 0 : ~0ULL;
	uint32_t from = 0, to;
	bool is_zero;
	int ret = 0;

	if (!c->is_bdev)
		ret = reserve_map(c, first, count);
	if (buf && !c->is_bdev)
		zero = find_zeroes(buf, count);
	for (; from < count && !ret; from = to) {
		is_zero = zero >> from & 1;
		for (to = from + 1; to < count; to++)
			if ((zero >> to & 1) != is_zero)
				break;
		if (is_zero) {
			ret = write_zeroes(c, first + from, to - from);
			continue;
		}
		if (!c->is_bdev && ahead)
			allocate_ahead(c, first + from, to - from);
		ret = write_all(c->clean_fd, buf + (size_t)from * BLOCK,
				(size_t)(to - from) * BLOCK,
				c->data_offset + (first + from) * BLOCK);
	}
	return ret;
}

/* One bad sector is not to cost its neighbours. */
static uint64_t write_singly(const struct transfer *t)
{
	const uint8_t *buf = t->buf;
	uint64_t written = 0;
	uint32_t i;

	for (i = 0; i < t->count; i++) {
		if (!fill_write(&t->daemon->cache, t->first + i, 1, buf, false))
			written |= 1ULL << i;
		if (buf)
			buf += BLOCK;
	}
	return written;
}

static void fill_work(uv_work_t *work)
{
	struct transfer *t = work->data;

	t->error = fill_write(&t->daemon->cache, t->first, t->count, t->buf,
			      !keep_quota(t->daemon));
	if (t->error == -EIO && t->count > 1)
		t->written = write_singly(t);
}

static void fill_after(uv_work_t *work, int status)
{
	(void)status;
	transfer_written(work->data);
}

void fill_start(struct transfer *t)
{
	t->work.data = t;
	uv_queue_work(&t->daemon->loop, &t->work, fill_work, fill_after);
}
