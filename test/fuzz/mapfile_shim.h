/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as mapfile.c needs, on the host: it takes the place of
 * evg.h and compat.h.  A file is memory; who includes this may define SHIM_FAULTS
 * and bring files that fail.
 */
#ifndef EVG_H
#define EVG_H
#define EVG_COMPAT_H

#include <linux/slab.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>
#include <linux/evergreen.h>
#include "map.h"

#define SECTOR_SIZE		512
#define FMODE_WRITE		2
#define EVG_COMMIT_BATCH	4
#define EVG_COMMIT_INTERVAL	5
#define EVG_COMMIT_PAUSE_MAX	60
#define __GFP_NOFAIL		0
#define jiffies			shim_jiffies
#define time_before(a, b)	((long)((a) - (b)) < 0)
#define kmalloc(n, gfp)		malloc(n)

#define le32_to_cpu(x)		le32toh(x)
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)
#define __get_free_page(gfp)	get_zeroed_page(gfp)
#define memalloc_noio_save()	0
#define memalloc_noio_restore(flags) ((void)(flags))
#define evg_store_is_read_only(store) ((void)(store), false)
#define spin_lock(lock)		((void)(lock))
#define spin_unlock(lock)	((void)(lock))
#define queue_work(wq, work)	((void)(work))
#define queue_delayed_work(wq, work, delay) ((void)(work), (void)(delay))
#define this_cpu_inc(x)		((x)++)
#define pr_info			shim_say
#define pr_err			shim_say
#define pr_info_ratelimited	shim_say
#define pr_warn_ratelimited	shim_say
#define pr_err_ratelimited	shim_say
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
struct evg_disk;
struct shim_ops { int (*flush)(struct evg_disk *disk); };

struct evg_saving {
	enum evg_saving_state state;
	u32 tries;
	u32 read_tries;
	unsigned long read_at;
	struct evg_map_page page[EVG_COMMIT_BATCH];
};

static unsigned long shim_jiffies;

struct evg_disk {
	int lock;
	u32 index;
	u8 uuid[16];
	struct evg_map map;
	int heat;
	struct { const struct shim_ops *ops; struct file *map, *clean; } store;
	int *io_wq;
	struct evg_hot *hot;
	struct work_struct load_work;
	struct delayed_work commit_work;
	struct bio_list unloaded;
	u32 wish;
	bool dead;
	struct evg_saving saving;
};

static inline void __attribute__((format(printf, 1, 2)))
shim_say(const char *format, ...)
{
	(void)format;
}

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

#ifndef SHIM_FAULTS
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

static inline int file_write_and_wait_range(struct file *file, loff_t from,
					    loff_t to)
{
	(void)from;
	(void)to;
	return vfs_fsync(file, 1);
}

static inline int shim_flush(struct evg_disk *disk)
{
	return vfs_fsync(disk->store.clean, 1);
}

static const struct shim_ops shim_ops = { shim_flush };
#endif

static inline void evg_fetch_filled_locked(struct evg_disk *disk, u64 first, u32 n)
{
	(void)disk;
	(void)first;
	(void)n;
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
