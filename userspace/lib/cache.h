/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A cache on disk, as userspace sees it: made, opened, read, checked.
 * The kernel alone writes the map of an attached disk.
 *
 * Functions return 0 or a negative errno; on failure cache_error() has one
 * line that says what was wrong and what to do.
 */
#ifndef EVG_CACHE_H
#define EVG_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/evergreen_format.h>

struct cache {
	char path[4096];
	bool is_bdev;
	bool read_only;			/* nothing can be written there */
	int clean_fd;			/* O_DIRECT, read-write if it can be */
	int map_fd;			/* buffered, likewise; holds the flock */
	struct evg_header header;	/* as on disk, the slot that counts */
	uint64_t image_bytes;		/* from the header */
	uint64_t data_offset;		/* from the header */
	uint64_t blocks;
};

struct cache_count {
	uint64_t present;		/* blocks that the map claims */
	uint64_t pages;			/* map pages in use */
	uint64_t torn;			/* pages where one slot is bad, the other good */
	uint64_t damaged;		/* pages where no slot is good but one is not empty */
	uint64_t unread;		/* pages that cannot be read, no slot being good */
};

const char *cache_error(void);

/* Is there a cache at PATH?  1, 0, or negative errno. */
int cache_exists(const char *path);

/* Make a new one: refuses (EEXIST) where one is; flag overwrite is for bdevs
 * that hold something else.
 */
int cache_create(const char *path, uint64_t image_bytes,
		 const uint64_t *sample, const uint8_t fingerprint[32],
		 uint32_t samples, bool overwrite);

/* Take away again what was just made and never used.  MADE_DIRECTORY: that too. */
void cache_unmake(const char *path, bool made_directory);

/* Open, lock and validate.  EBUSY: in use by another.  Read-only takes no lock.
 * A damaged cache is EUCLEAN.  A cache where nothing can be written (a read-only
 * file system or device) is opened, too, and says so by read_only.
 */
int cache_open(struct cache *c, const char *path, bool read_only);

/* Open read-write without the lock: for the helper of a disk that is attached,
 * where the kernel holds the lock by the map file that it was given.
 */
int cache_open_attached(struct cache *c, const char *path);
void cache_close(struct cache *c);

/* Why its map is not to be believed, or NULL.  See cache_use.c. */
const char *cache_distrusts(const struct cache *c);

/* Of one opened with the lock, before it is given to the driver: it is marked as
 * in use.  0; 1: its map was emptied, and cache_error() says why; or an error.
 */
int cache_begin_use(struct cache *c);

/* Of one opened with the lock that no disk and no helper has: it is marked as at
 * rest, when it may be copied.
 */
int cache_end_use(struct cache *c);

/* Count what the committed map claims; calls each (may be NULL) per page. */
int cache_count(const struct cache *c, struct cache_count *count);

/* The blocks [first, first + n) that are present, as runs. */
int cache_each_present(const struct cache *c, uint64_t first, uint64_t n,
		       int (*run)(uint64_t first, uint64_t count, void *arg),
		       void *arg);

/* Everything `evergreen check` checks; findings go to OUT, one line each.
 * Returns the number of findings or a negative errno.
 */
int cache_check(const char *path, FILE *out);

uint32_t crc32c(uint32_t crc, const void *data, size_t bytes);

#endif
