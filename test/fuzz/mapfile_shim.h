/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as mapfile.c needs, on the host: it takes the place of
 * evg.h and compat.h.  A file is memory.
 */
#ifndef EVG_H
#define EVG_H
#define EVG_COMPAT_H

#include <linux/slab.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>
#include <linux/evergreen.h>
#include "map.h"

#define SECTOR_SIZE		512
#define FMODE_WRITE		2
#define EVG_COMMIT_BATCH	4
#define EVG_COMMIT_INTERVAL	0
#define __GFP_NOFAIL		0

#define le32_to_cpu(x)		le32toh(x)
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)
#define __get_free_page(gfp)	get_zeroed_page(gfp)
#define memalloc_noio_save()	0
#define memalloc_noio_restore(flags) ((void)(flags))
#define spin_lock(lock)		((void)(lock))
#define spin_unlock(lock)	((void)(lock))
#define queue_work(wq, work)	((void)(work))
#define queue_delayed_work(wq, work, delay) ((void)(work))
#define this_cpu_inc(x)		((x)++)
#define pr_warn(...)		((void)0)
#define pr_err_ratelimited(...)	((void)0)
#define __clear_bit(n, map)	((map)[(n) / 64] &= ~(1UL << ((n) % 64)))
#define evg_bio_first(bio)	((bio)->first)
#define evg_submit_again(disk, bios) ((void)(disk), (void)(bios))
#define evg_heat_prepare(heat, first, n) ((void)(heat))
#define bio_list_init(list)	((list)->head = NULL)
#define bio_list_for_each(bio, list) \
	for ((bio) = (list)->head; (bio); (bio) = (bio)->next)

struct work_struct { int unused; };
struct delayed_work { struct work_struct work; };
struct bio { struct bio *next; u64 first; };
struct bio_list { struct bio *head; };
struct file { u8 *data; size_t bytes; unsigned int f_mode; };
struct evg_hot { u64 io_errors; };

struct evg_disk {
	int lock;
	u32 index;
	u8 uuid[16];
	struct evg_map map;
	int heat;
	struct { struct file *map, *clean; } store;
	struct evg_hot *hot;
	struct work_struct load_work;
	struct delayed_work commit_work;
	struct bio_list unloaded;
	u32 wish;
	bool dead;
	bool commit_broken;
	struct evg_map_page commit_page[EVG_COMMIT_BATCH];
};

u32 crc32c(u32 crc, const void *data, size_t bytes);

/* The library's begins and ends with all ones; the kernel's does neither. */
static inline u32 evg_compat_crc32c(u32 crc, const void *data, size_t bytes)
{
	return ~crc32c(~crc, data, bytes);
}

static inline void *memchr_inv(const void *data, int c, size_t bytes)
{
	const u8 *p = data;

	for (; bytes; p++, bytes--)
		if (*p != c)
			return (void *)p;
	return NULL;
}

static inline u32 find_next_bit(const unsigned long *map, u32 end, u32 from)
{
	while (from < end && !(map[from / 64] >> (from % 64) & 1))
		from++;
	return from;
}

static inline ssize_t kernel_read(struct file *file, void *to, size_t bytes,
				  loff_t *pos)
{
	if ((size_t)*pos >= file->bytes)
		return 0;
	bytes = min(bytes, file->bytes - (size_t)*pos);
	memcpy(to, file->data + *pos, bytes);
	return bytes;
}

static inline ssize_t kernel_write(struct file *file, const void *from,
				   size_t bytes, loff_t *pos)
{
	if ((size_t)*pos + bytes > file->bytes)
		return -ENOSPC;
	memcpy(file->data + *pos, from, bytes);
	return bytes;
}

static inline int vfs_fsync(struct file *file, int datasync)
{
	(void)file;
	(void)datasync;
	return 0;
}

/* One eviction, as evict.c has it. */
static struct {
	bool begun;
	u64 first;
	u32 n;
	int error;
} shim_evict;

static inline bool evg_evict_is_begun(struct evg_disk *disk)
{
	(void)disk;
	return shim_evict.begun;
}

static inline void evg_evict_mark(struct evg_disk *disk)
{
	evg_map_mark(&disk->map, shim_evict.first, shim_evict.n);
}

static inline void evg_evict_saved(struct evg_disk *disk, int err)
{
	(void)disk;
	shim_evict.error = err;
}

static inline void bio_list_add(struct bio_list *list, struct bio *bio)
{
	bio->next = list->head;
	list->head = bio;
}

#endif
