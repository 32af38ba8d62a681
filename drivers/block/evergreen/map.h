/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of each block, in memory: 2 bits, in pages as on disk. */
#ifndef EVG_MAP_H
#define EVG_MAP_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/evergreen_format.h>

/* Beside enum evg_block: the page that tells has not been read yet. */
#define EVG_UNKNOWN	4U

/**
 * struct evg_map - the map of one disk
 * @blocks: blocks of the disk
 * @pages: pages that tell of them
 * @page: each NULL until loaded, then &evg_map_empty or a page of its own,
 *	which stays until the map goes; read without a lock, see evg_map_run()
 * @dirty: a bit for each page that differs from the disk's
 * @unread: a bit for each page that could not be read, see mapfile.c
 * @unreads: how many
 * @room: pages that evg_map_prepare() may still make
 *
 * Words, @dirty and @unread are written under evg_disk::lock.
 */
struct evg_map {
	u64 blocks;
	u32 pages;
	struct evg_map_page **page;
	unsigned long *dirty;
	unsigned long *unread;
	u32 unreads;
	atomic_t room;
};

extern const struct evg_map_page evg_map_empty;

int evg_map_init(struct evg_map *map, u64 blocks);
void evg_map_exit(struct evg_map *map);
unsigned int evg_map_run(const struct evg_map *map, u64 first, u32 max, u32 *n);
bool evg_map_is_present(const struct evg_map *map, u64 first, u32 n);
int evg_map_prepare(struct evg_map *map, u64 first, u32 n);
u32 evg_map_set_clean(struct evg_map *map, u64 first, u32 n);
u32 evg_map_clear(struct evg_map *map, u64 first, u32 n);
void evg_map_mark(struct evg_map *map, u64 first, u32 n);
bool evg_map_is_loaded(const struct evg_map *map, u32 index);
void evg_map_copy(const struct evg_map *map, u32 index, __le64 *to);
void evg_map_install(struct evg_map *map, u32 index, struct evg_map_page *page);
void evg_map_set_unread(struct evg_map *map, u32 index);
bool evg_map_is_unread(const struct evg_map *map, u64 first, u32 n);
void evg_map_merge(struct evg_map *map, u32 index, const struct evg_map_page *page);
void evg_map_keep(struct evg_map *map, u32 index, const struct evg_map_page *page);
u32 evg_map_next_dirty(const struct evg_map *map, u32 index);

#endif /* EVG_MAP_H */
