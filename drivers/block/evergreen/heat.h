/* SPDX-License-Identifier: GPL-2.0 */
/* How often the blocks of each region are read, in memory: a byte a region. */
#ifndef EVG_HEAT_H
#define EVG_HEAT_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/evergreen.h>
#include <linux/evergreen_format.h>

#define EVG_HEAT_BYTES	(EVG_MAP_BLOCKS / EVG_REGION_BLOCKS)
#define EVG_HEAT_OCTAVE	2	/* log2 of how many levels double the reads */

/**
 * struct evg_heat - the heat of one disk
 * @pages: as many as the map has
 * @page: each NULL, or EVG_HEAT_BYTES that stay until the heat goes
 * @room: pages that may still be made
 *
 * There is no lock.  A byte is a hint, and an update that is lost to another one
 * is one read of many; a page is published by cmpxchg() and never taken back.
 */
struct evg_heat {
	u32 pages;
	u8 **page;
	atomic_t room;
};

int evg_heat_init(struct evg_heat *heat, u32 pages);
void evg_heat_exit(struct evg_heat *heat);
int evg_heat_prepare(struct evg_heat *heat, u64 first, u32 n);
bool evg_heat_copy(const struct evg_heat *heat, u32 index, u8 *to);
int evg_heat_raise(struct evg_heat *heat, u32 index, const u8 *from, u32 n);
void evg_heat_cool(struct evg_heat *heat);

/**
 * evg_heat_touch() - these blocks are read
 * @heat: the heat
 * @first: the first of the blocks, which lie in one page of the map
 * @n: how many, at least 1
 * @end: where the last read on this CPU ended
 * @count: grows by one with each call on this CPU
 *
 * A run through a region counts once there, into however many reads it is cut.
 *
 * From level L on it takes about 2^(L/4) reads to the next: the first four
 * reads count one each, and four levels more are twice as many reads.  Chance
 * comes from @count, spread over 64 bits by a multiple of the golden ratio: its
 * lower bits alone would repeat with a loop over a power of two of regions.
 *
 * Context: any, no lock.
 */
static inline void evg_heat_touch(struct evg_heat *heat, u64 first, u32 n,
				  u64 end, u64 count)
{
	u32 index = first / EVG_MAP_BLOCKS;
	u32 block = first % EVG_MAP_BLOCKS;
	u64 chance = count * 0x9e3779b97f4a7c15ULL;
	u8 *byte = READ_ONCE(heat->page[index]);
	u8 *last;

	if (!byte)
		return;
	last = byte + (block + n - 1) / EVG_REGION_BLOCKS;
	byte += block / EVG_REGION_BLOCKS;
	if (first == end && block % EVG_REGION_BLOCKS)
		byte++;
	for (; byte <= last; byte++) {
		u8 old = READ_ONCE(*byte), new = old | EVG_HEAT_TOUCHED;
		u32 level = old & EVG_HEAT_MASK;

		if (chance <= ~0ULL >> (level >> EVG_HEAT_OCTAVE) &&
		    level < EVG_HEAT_MASK)
			new++;
		if (new != old)
			WRITE_ONCE(*byte, new);
	}
}

#endif /* EVG_HEAT_H */
