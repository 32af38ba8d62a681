// SPDX-License-Identifier: GPL-2.0
/*
 * Heat: what is worth to keep.
 *
 * Every hit counts, readahead's too: of a file that is read through the page
 * cache, most reads are readahead's, and what it has read is not asked for
 * again.  A miss counts when it is served, for then it is a hit.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "heat.h"

#define EVG_HEAT_RAM_SHARE	64

/**
 * evg_heat_init() - all cold
 * @heat: to be set
 * @pages: of the map
 *
 * Memory: 8 bytes for each 63.5 MiB of disk, and 1 KiB once something of these is
 * present, or the helper says that it was hot.  As with the map these are charged
 * to its cgroup, and are at most a share of the memory: what is beyond stays cold.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int evg_heat_init(struct evg_heat *heat, u32 pages)
{
	heat->pages = pages;
	atomic_set(&heat->room, min_t(u64, pages, ((u64)totalram_pages() << PAGE_SHIFT) /
					  (EVG_HEAT_RAM_SHARE * EVG_HEAT_BYTES)));
	heat->page = kvcalloc(pages, sizeof(*heat->page), GFP_KERNEL);
	return heat->page ? 0 : -ENOMEM;
}

/**
 * evg_heat_exit() - free all; safe on one that was never made
 * @heat: zeroed, or from evg_heat_init()
 *
 * Context: nobody reads the disk any more.
 */
void evg_heat_exit(struct evg_heat *heat)
{
	u32 i;

	for (i = 0; heat->page && i < heat->pages; i++)
		kfree(heat->page[i]);
	kvfree(heat->page);
	heat->page = NULL;
}

/**
 * evg_heat_prepare() - make room to count reads of these blocks
 * @heat: the heat
 * @first: the first block
 * @n: how many, at least 1
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; then they stay cold until this is called again.
 */
int evg_heat_prepare(struct evg_heat *heat, u64 first, u32 n)
{
	u32 index = first / EVG_MAP_BLOCKS;
	u32 last = (first + n - 1) / EVG_MAP_BLOCKS;
	u8 *page;

	for (; index <= last; index++) {
		if (READ_ONCE(heat->page[index]))
			continue;
		if (atomic_dec_if_positive(&heat->room) < 0)
			return -ENOMEM;
		page = kzalloc(EVG_HEAT_BYTES, GFP_NOIO | __GFP_ACCOUNT);
		if (page && !cmpxchg(&heat->page[index], NULL, page))
			continue;
		atomic_inc(&heat->room);
		if (!page)
			return -ENOMEM;
		kfree(page);
	}
	return 0;
}

/**
 * evg_heat_copy() - copy a page, each byte as it is just now
 * @heat: the heat
 * @index: which page
 * @to: EVG_HEAT_BYTES
 *
 * Context: any.
 * Return: whether there is any.
 */
bool evg_heat_copy(const struct evg_heat *heat, u32 index, u8 *to)
{
	const u8 *page = READ_ONCE(heat->page[index]);
	u32 i;

	for (i = 0; page && i < EVG_HEAT_BYTES; i++)
		to[i] = READ_ONCE(page[i]);
	return page;
}

/**
 * evg_heat_raise() - take in what was kept; nothing becomes colder
 * @heat: the heat
 * @index: which page
 * @from: a byte for each of its regions
 * @n: how many, at most EVG_HEAT_BYTES
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int evg_heat_raise(struct evg_heat *heat, u32 index, const u8 *from, u32 n)
{
	u8 *page, level, old;
	u32 i;
	int err;

	err = evg_heat_prepare(heat, (u64)index * EVG_MAP_BLOCKS, 1);
	if (err)
		return err;
	page = READ_ONCE(heat->page[index]);
	for (i = 0; i < n; i++) {
		level = from[i] & EVG_HEAT_MASK;
		old = READ_ONCE(page[i]);
		if (level > (old & EVG_HEAT_MASK))
			WRITE_ONCE(page[i], level | (old & EVG_HEAT_TOUCHED));
	}
	return 0;
}

/* Four levels less are half as many reads; the lowest are the reads themselves. */
static u8 evg_heat_half(u8 old)
{
	u8 level = old & EVG_HEAT_MASK;
	u8 octave = 1 << EVG_HEAT_OCTAVE;

	level = level < 2 * octave ? level / 2 : level - octave;
	return level | (old & EVG_HEAT_TOUCHED);
}

/**
 * evg_heat_cool() - as if each region had been read half as often
 * @heat: the heat
 *
 * Context: may sleep.
 */
void evg_heat_cool(struct evg_heat *heat)
{
	u32 index, i;
	u8 *page;

	for (index = 0; index < heat->pages; index++) {
		page = READ_ONCE(heat->page[index]);
		for (i = 0; page && i < EVG_HEAT_BYTES; i++)
			WRITE_ONCE(page[i], evg_heat_half(READ_ONCE(page[i])));
		cond_resched();
	}
}
