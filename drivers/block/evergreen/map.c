// SPDX-License-Identifier: GPL-2.0
/*
 * The map in memory.
 *
 * Readers take no lock.  Three things make that right: a page, once published in
 * map->page[], is never freed or moved while the disk lives (release in
 * evg_map_publish(), acquire in evg_map_get()); a block's bits go from absent to
 * clean only after its bytes are in the cache (release in evg_map_set_clean(),
 * acquire in evg_map_word()), so that who sees the bit may read the bytes; and
 * when bits go from clean to absent (evg_map_clear()), the bytes stay until
 * everybody has ended who may have seen the bits, see epoch.c.
 */
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "map.h"

#define EVG_MAP_WORD_BLOCKS	32U
#define EVG_MAP_ALL_CLEAN	0x5555555555555555ULL
#define EVG_MAP_RAM_SHARE	16

const struct evg_map_page evg_map_empty;

static u64 evg_map_ram_share(void)
{
	return ((u64)totalram_pages() << PAGE_SHIFT) /
		(EVG_MAP_RAM_SHARE * EVG_MAP_PAGE_BYTES);
}

/**
 * evg_map_init() - make a map of which nothing is loaded
 * @map: to be set
 * @blocks: blocks of the disk
 *
 * Memory: 8 bytes and two bits for each 63.5 MiB of disk, and once something of
 * these is present 4 KiB.  An image may be 1 PiB, for which that is 64 GiB; and the
 * helper, who needs no privilege, says what is present.  So such pages are
 * charged to its cgroup, and all those of a disk take at most a sixteenth of
 * the memory: with 1 GiB enough for 1 TiB of image.  What more is filled is refused.
 * Pages that were saved are loaded in any case; what they may be, the room on the
 * cache's device bounds.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int evg_map_init(struct evg_map *map, u64 blocks)
{
	map->blocks = blocks;
	map->pages = DIV_ROUND_UP_ULL(blocks, EVG_MAP_BLOCKS);
	map->page = kvcalloc(map->pages, sizeof(*map->page), GFP_KERNEL);
	map->dirty = kvcalloc(BITS_TO_LONGS(map->pages), sizeof(long), GFP_KERNEL);
	map->unread = kvcalloc(BITS_TO_LONGS(map->pages), sizeof(long), GFP_KERNEL);
	atomic_set(&map->room, min_t(u64, map->pages, evg_map_ram_share()));
	if (!map->page || !map->dirty || !map->unread) {
		evg_map_exit(map);
		return -ENOMEM;
	}
	return 0;
}

/**
 * evg_map_exit() - free a map; safe on one that was never made
 * @map: zeroed, or from evg_map_init()
 *
 * Context: nobody reads the map any more.
 */
void evg_map_exit(struct evg_map *map)
{
	u32 i;

	for (i = 0; map->page && i < map->pages; i++)
		if (map->page[i] != &evg_map_empty)
			free_page((unsigned long)map->page[i]);
	kvfree(map->page);
	kvfree(map->dirty);
	kvfree(map->unread);
	map->page = NULL;
	map->dirty = NULL;
	map->unread = NULL;
}

static struct evg_map_page *evg_map_get(const struct evg_map *map, u32 index)
{
	return smp_load_acquire(&map->page[index]); /* evg_map_publish() */
}

static void evg_map_publish(struct evg_map *map, u32 index,
			    struct evg_map_page *page)
{
	smp_store_release(&map->page[index], page); /* evg_map_get() */
}

static u64 evg_map_word(const struct evg_map_page *page, u32 word)
{
	/* Pairs with the release in evg_map_set_clean(). */
	return le64_to_cpu(smp_load_acquire(&page->words[word]));
}

/**
 * evg_map_run() - the state of a block, and how many after it share it
 * @map: the map
 * @first: the block
 * @max: how many are of interest, at least 1
 * @n: set to the length of the run, 1 to @max; it ends where a map page ends
 *
 * Context: any, no lock.
 * Return: EVG_ABSENT, EVG_CLEAN, EVG_DIRTY or EVG_UNKNOWN.
 */
unsigned int evg_map_run(const struct evg_map *map, u64 first, u32 max, u32 *n)
{
	u32 block = first % EVG_MAP_BLOCKS;
	u32 word = block / EVG_MAP_WORD_BLOCKS;
	u32 shift = block % EVG_MAP_WORD_BLOCKS;
	const struct evg_map_page *page = evg_map_get(map, first / EVG_MAP_BLOCKS);
	u32 before = 0, run = EVG_MAP_WORD_BLOCKS - shift;
	u64 bits, same, differ;
	unsigned int state;

	max = min_t(u32, max, EVG_MAP_BLOCKS - block);
	*n = max;
	if (!page)
		return EVG_UNKNOWN;

	bits = evg_map_word(page, word);
	state = bits >> (2 * shift) & 3;
	same = state * EVG_MAP_ALL_CLEAN;
	differ = (bits ^ same) >> (2 * shift);
	while (!differ && run < max) {
		differ = evg_map_word(page, ++word) ^ same;
		before = run;
		run += EVG_MAP_WORD_BLOCKS;
	}
	if (differ)
		run = before + __ffs64(differ) / 2;
	*n = min(run, max);
	return state;
}

/**
 * evg_map_is_present() - are all these blocks in the cache?
 * @map: the map
 * @first: the first block
 * @n: how many, at least 1
 *
 * Context: any, no lock.
 * Return: whether a read of them is a hit.
 */
bool evg_map_is_present(const struct evg_map *map, u64 first, u32 n)
{
	unsigned int state;
	u32 run;

	for (; n; n -= run, first += run) {
		state = evg_map_run(map, first, n, &run);
		if (state != EVG_CLEAN && state != EVG_DIRTY)
			return false;
	}
	return true;
}

bool evg_map_is_loaded(const struct evg_map *map, u32 index)
{
	return evg_map_get(map, index);
}

/**
 * evg_map_copy() - copy a page's words, each as it is just now
 * @map: the map
 * @index: a page that is loaded
 * @to: EVG_MAP_WORDS of them
 *
 * Context: any, no lock.
 */
void evg_map_copy(const struct evg_map *map, u32 index, __le64 *to)
{
	const struct evg_map_page *page = evg_map_get(map, index);
	u32 i;

	for (i = 0; i < EVG_MAP_WORDS; i++)
		to[i] = READ_ONCE(page->words[i]);
}

/**
 * evg_map_install() - publish a page that was read from the disk
 * @map: the map
 * @index: which page
 * @page: one whole page of memory that the map owns from now on, or NULL for
 *	an empty one
 *
 * Context: the one loader of this map.
 */
void evg_map_install(struct evg_map *map, u32 index, struct evg_map_page *page)
{
	evg_map_publish(map, index,
			page ?: (struct evg_map_page *)&evg_map_empty);
}

/**
 * evg_map_set_unread() - what this page claims on disk cannot be read
 * @map: the map
 * @index: which page; it is installed after this
 *
 * Context: evg_disk::lock held, by the one loader of this map.
 */
void evg_map_set_unread(struct evg_map *map, u32 index)
{
	__set_bit(index, map->unread);
	WRITE_ONCE(map->unreads, map->unreads + 1);
}

/**
 * evg_map_is_unread() - is it unknown what the disk claims of these blocks?
 * @map: the map
 * @first: the first block
 * @n: how many, at least 1
 *
 * Context: evg_disk::lock held; the pages are loaded.
 * Return: whether it is of some of them.
 */
bool evg_map_is_unread(const struct evg_map *map, u64 first, u32 n)
{
	u32 end = (first + n - 1) / EVG_MAP_BLOCKS + 1;

	return find_next_bit(map->unread, end, first / EVG_MAP_BLOCKS) < end;
}

/**
 * evg_map_merge() - a page could be read after all
 * @map: the map
 * @index: which page
 * @from: what it claims
 *
 * Context: evg_disk::lock held.
 */
void evg_map_merge(struct evg_map *map, u32 index, const struct evg_map_page *from)
{
	struct evg_map_page *page = map->page[index];
	u32 i;

	for (i = 0; i < EVG_MAP_WORDS; i++) {
		u64 old = le64_to_cpu(READ_ONCE(page->words[i]));
		u64 taken = (old | old >> 1) & EVG_MAP_ALL_CLEAN;
		u64 more = le64_to_cpu(from->words[i]) & ~(taken | taken << 1);

		if (!more)
			continue;
		/* Pairs with the acquire in evg_map_word(). */
		smp_store_release(&page->words[i], cpu_to_le64(old | more));
	}
	page->generation = from->generation;
	__clear_bit(index, map->unread);
	WRITE_ONCE(map->unreads, map->unreads - 1);
}

/**
 * evg_map_keep() - take back what a page does not claim on disk
 * @map: the map
 * @index: which page, with memory of its own
 * @from: what it claims
 *
 * Context: evg_disk::lock held.
 */
void evg_map_keep(struct evg_map *map, u32 index, const struct evg_map_page *from)
{
	struct evg_map_page *page = map->page[index];
	u32 i;

	for (i = 0; i < EVG_MAP_WORDS; i++)
		WRITE_ONCE(page->words[i], page->words[i] & from->words[i]);
}

/**
 * evg_map_next_dirty() - the next page to be saved
 * @map: the map
 * @index: look from here on
 *
 * Context: evg_disk::lock held.
 * Return: a page that differs from the disk's and is not unread, or @map->pages.
 */
u32 evg_map_next_dirty(const struct evg_map *map, u32 index)
{
	index = find_next_bit(map->dirty, map->pages, index);
	while (index < map->pages && test_bit(index, map->unread))
		index = find_next_bit(map->dirty, map->pages, index + 1);
	return index;
}

static struct evg_map_page *evg_map_new(struct evg_map *map, u32 index)
{
	struct evg_map_page *page;

	if (atomic_dec_if_positive(&map->room) < 0)
		return NULL;
	page = (struct evg_map_page *)get_zeroed_page(GFP_NOIO | __GFP_ACCOUNT);
	if (!page) {
		atomic_inc(&map->room);
		return NULL;
	}
	page->index = cpu_to_le64(index);
	page->magic = cpu_to_le32(EVG_MAP_MAGIC);
	return page;
}

/**
 * evg_map_prepare() - make sure that evg_map_set_clean() needs no memory
 * @map: the map
 * @first: the first block
 * @n: how many, at least 1
 *
 * Context: may sleep.
 * Return: 0, -EAGAIN when a page is not loaded yet, -ENOMEM: also when this disk's
 *	share of the memory is used up.
 */
int evg_map_prepare(struct evg_map *map, u64 first, u32 n)
{
	u32 index = first / EVG_MAP_BLOCKS;
	u32 last = (first + n - 1) / EVG_MAP_BLOCKS;
	struct evg_map_page *empty = (struct evg_map_page *)&evg_map_empty;
	struct evg_map_page *page;

	for (; index <= last; index++) {
		page = evg_map_get(map, index);
		if (!page)
			return -EAGAIN;
		if (page != empty)
			continue;
		page = evg_map_new(map, index);
		if (!page)
			return -ENOMEM;
		/* Full barrier; pairs with evg_map_get(). */
		if (cmpxchg(&map->page[index], empty, page) != empty) {
			free_page((unsigned long)page);
			atomic_inc(&map->room);
		}
	}
	return 0;
}

/**
 * evg_map_set_clean() - these blocks are in the cache now
 * @map: the map
 * @first: the first block
 * @n: how many, at least 1
 *
 * Blocks that are present stay as they are.
 *
 * Context: evg_disk::lock held; evg_map_prepare() was called.
 * Return: how many blocks were absent.
 */
u32 evg_map_set_clean(struct evg_map *map, u64 first, u32 n)
{
	u32 fresh = 0;

	while (n) {
		u32 index = first / EVG_MAP_BLOCKS;
		u32 block = first % EVG_MAP_BLOCKS;
		u32 shift = block % EVG_MAP_WORD_BLOCKS;
		u32 part = min(n, EVG_MAP_WORD_BLOCKS - shift);
		__le64 *word = &map->page[index]->words[block / EVG_MAP_WORD_BLOCKS];
		u64 old = le64_to_cpu(READ_ONCE(*word));
		u64 mask = (EVG_MAP_ALL_CLEAN >> (64 - 2 * part)) << (2 * shift);
		u64 taken = (old | old >> 1) & EVG_MAP_ALL_CLEAN;

		mask &= ~taken;
		if (mask) {
			/* Pairs with the acquire in evg_map_word(). */
			smp_store_release(word, cpu_to_le64(old | mask));
			__set_bit(index, map->dirty);
			fresh += hweight64(mask);
		}
		first += part;
		n -= part;
	}
	return fresh;
}

/**
 * evg_map_clear() - these blocks are not in the cache any more
 * @map: the map
 * @first: the first block
 * @n: how many, at least 1
 *
 * What is dirty stays.  The pages are marked to be saved in any case.  Who still
 * reads what was clean, and until when, is for the caller to know.
 *
 * Context: evg_disk::lock held; the pages are loaded.
 * Return: how many blocks were clean.
 */
u32 evg_map_clear(struct evg_map *map, u64 first, u32 n)
{
	u32 cleared = 0;

	evg_map_mark(map, first, n);
	while (n) {
		u32 block = first % EVG_MAP_BLOCKS;
		u32 shift = block % EVG_MAP_WORD_BLOCKS;
		u32 part = min(n, EVG_MAP_WORD_BLOCKS - shift);
		struct evg_map_page *page = map->page[first / EVG_MAP_BLOCKS];
		__le64 *word = &page->words[block / EVG_MAP_WORD_BLOCKS];
		u64 old = le64_to_cpu(READ_ONCE(*word));
		u64 mask = (EVG_MAP_ALL_CLEAN >> (64 - 2 * part)) << (2 * shift);

		mask &= old & ~(old >> 1);
		if (mask) {
			/* The next turn of the epoch makes it seen. */
			WRITE_ONCE(*word, cpu_to_le64(old & ~mask));
			cleared += hweight64(mask);
		}
		first += part;
		n -= part;
	}
	return cleared;
}

/**
 * evg_map_mark() - have the pages of these blocks saved
 * @map: the map
 * @first: the first block
 * @n: how many, at least 1
 *
 * Context: evg_disk::lock held; the pages are loaded.
 */
void evg_map_mark(struct evg_map *map, u64 first, u32 n)
{
	u32 index = first / EVG_MAP_BLOCKS;
	u32 last = (first + n - 1) / EVG_MAP_BLOCKS;

	for (; index <= last; index++)
		if (map->page[index] != &evg_map_empty)
			__set_bit(index, map->dirty);
}
