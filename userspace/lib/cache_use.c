// SPDX-License-Identifier: GPL-2.0
/*
 * Whose map is it?  Two files are copied one after the other, so a copy that is
 * made while blocks are filled or evicted has a `map` that claims what its `clean`
 * lacks.  The header tells such a copy from the files that it was made of, and
 * from a copy of a cache at rest:
 *
 *   in use    it names both files.  A copy has other inodes, and one that was
 *             written over them has had its times set: what is written has an
 *             mtime of its ctime, what is copied with its times an older one.
 *   at rest   it has clean's mtime, which is set then to a later second than
 *             that of any write before.  A `clean` that was copied earlier, or
 *             written later by somebody else, has another second.  Copies keep
 *             that time (cp -a, rsync -a, tar), in seconds at least.
 *
 * On a block device there is one file, whose map comes before its data: a copy in
 * the order of its bytes has of each block that its map claims what was there
 * when the map said so, or later.  Nothing is evicted there.  So it is believed.
 *
 * The order of writes, each durable before the next:
 *
 *   begin     1. header: in use, both files' ids       then the driver gets it
 *   end       1. the driver's last commit, all who could write are gone
 *             2. clean's mtime
 *             3. header: at rest
 *
 * The header has two slots, so a torn write of it leaves the other one.  A crash
 * before `begin` is done finds nothing changed since the rest; one between there
 * and the end of `end` finds these files, in use, with a map that claims only
 * what is there, by the order of a commit (see mapfile.c).  After step 2 clean's
 * mtime is later than its ctime, which no copy's is.
 *
 * A map that is not believed is emptied, before the header says that it is that of
 * these files.  What is in `clean` stays there, as after a crash before a commit.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache_priv.h"

/* Then nothing is claimed, and nothing needs to be marked. */
static bool is_read_only(const struct cache *c)
{
	return (fcntl(c->map_fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
}

static bool is_in_use(const struct cache *c)
{
	return le32toh(c->header.flags) & EVG_HEADER_IN_USE;
}

/* What is not known of a file is 0. */
static int identify(int fd, struct evg_file_id *id)
{
	int generation[2] = { 0 };	/* the kernel's type has either size */
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st))
		return -errno;
	memset(id, 0, sizeof(*id));
	id->inode = htole64(st.stx_ino);
	if (st.stx_mask & STATX_BTIME)
		id->born = htole64((uint64_t)st.stx_btime.tv_sec * 1000000000ULL +
				   st.stx_btime.tv_nsec);
	if (!ioctl(fd, FS_IOC_GETVERSION, generation))
		id->generation = htole32((uint32_t)generation[0]);
	return 0;
}

static bool is_same(int fd, const struct evg_file_id *id)
{
	struct evg_file_id now;

	return !identify(fd, &now) && !memcmp(&now, id, sizeof(now));
}

/* Its times were not set since it was written, or nothing happened at all. */
static bool is_written_last(int fd, uint64_t changed)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	return cache_ns(&st.st_mtim) >= cache_ns(&st.st_ctim) ||
	       cache_ns(&st.st_ctim) == changed;
}

const char *cache_distrusts(const struct cache *c)
{
	const struct evg_header *h = &c->header;
	struct stat st;

	if (c->is_bdev || le32toh(h->version) < 2)
		return NULL;
	if (!is_in_use(c)) {
		if (fstat(c->clean_fd, &st) || (uint64_t)st.st_mtim.tv_sec !=
		    le64toh(h->written) / 1000000000)
			return "clean is older or newer than map";
		return NULL;
	}
	if (!is_same(c->clean_fd, &h->clean) || !is_same(c->map_fd, &h->map))
		return "it was copied while it was in use";
	if (!is_written_last(c->clean_fd, le64toh(h->changed)) ||
	    !is_written_last(c->map_fd, 0))
		return "a copy that was made in use was put in its place";
	return NULL;
}

/* Into the slot that does not count. */
static int put_header(struct cache *c)
{
	struct evg_header *h = &c->header;
	uint64_t generation = le64toh(h->generation) + 1;
	int ret;

	h->version = htole32(EVG_FORMAT_VERSION);
	h->generation = htole64(generation);
	h->crc = htole32(cache_header_crc(h));
	ret = cache_pwrite(c->map_fd, h, sizeof(*h),
			   generation % 2 * EVG_HEADER_BYTES);
	if (!ret && fsync(c->map_fd))
		ret = -errno;
	return ret;
}

static int empty_map(const struct cache *c)
{
	static const struct evg_map_page nothing[2];
	uint64_t offset = EVG_MAP_OFFSET, end = cache_map_end(c->blocks);
	int ret = 0;

	if (fallocate(c->map_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      (off_t)offset, (off_t)(end - offset)))
		for (; offset < end && !ret; offset += sizeof(nothing))
			ret = cache_pwrite(c->map_fd, nothing, sizeof(nothing),
					   offset);
	if (!ret && fsync(c->map_fd))
		ret = -errno;
	return ret;
}

/* What is stored of clean's times must not be lost by a crash itself.  And the map
 * may have a later ctime than mtime by now (it was renamed, or is a copy): a crash
 * in the midst of put_header() would leave these beside the mark.
 */
static int mark(struct cache *c)
{
	struct evg_header *h = &c->header;
	struct stat st;
	int ret = 0;

	if (c->is_bdev && le32toh(h->version) == EVG_FORMAT_VERSION)
		return 0;
	if (!c->is_bdev) {
		ret = identify(c->clean_fd, &h->clean);
		if (!ret)
			ret = identify(c->map_fd, &h->map);
		if (!ret && (fsync(c->clean_fd) || fstat(c->clean_fd, &st)))
			ret = -errno;
		if (!ret)
			h->changed = htole64(cache_ns(&st.st_ctim));
		if (!ret && (futimens(c->map_fd, NULL) || fsync(c->map_fd)))
			ret = -errno;
		h->flags |= htole32(EVG_HEADER_IN_USE);
	}
	return ret ? ret : put_header(c);
}

int cache_begin_use(struct cache *c)
{
	const char *why = cache_distrusts(c);
	int ret = 0;

	if (why && is_read_only(c))
		return cache_refuse(EROFS, "%s: %s, and it cannot be emptied",
				    c->path, why);
	if (is_read_only(c))
		return 0;
	if (why)
		ret = empty_map(c);
	if (!ret)
		ret = mark(c);
	if (ret)
		return cache_refuse(-ret, "%s: cannot mark it as in use: %s",
				    c->path, strerror(-ret));
	if (!why)
		return 0;
	cache_refuse(ESTALE, "%s: %s", c->path, why);
	return 1;
}

/* A later second than that of any write. */
static int settle_time(struct cache *c)
{
	struct timespec now, time[2] = { { .tv_nsec = UTIME_OMIT } };
	struct stat st;

	if (fstat(c->clean_fd, &st))
		return -errno;
	if (cache_ns(&st.st_mtim) == le64toh(c->header.written))
		return 0;	/* and nothing was written */
	clock_gettime(CLOCK_REALTIME, &now);
	time[1].tv_sec = 1 + (now.tv_sec > st.st_mtim.tv_sec ? now.tv_sec :
							      st.st_mtim.tv_sec);
	if (futimens(c->clean_fd, time) || fsync(c->clean_fd) ||
	    fstat(c->clean_fd, &st))
		return -errno;
	c->header.written = htole64(cache_ns(&st.st_mtim));
	return 0;
}

int cache_end_use(struct cache *c)
{
	int ret;

	if (is_read_only(c) || !is_in_use(c) || cache_distrusts(c))
		return 0;
	ret = settle_time(c);
	c->header.flags &= ~htole32(EVG_HEADER_IN_USE);
	if (!ret)
		ret = put_header(c);
	if (ret)
		return cache_refuse(-ret, "%s: cannot mark it as at rest: %s",
				    c->path, strerror(-ret));
	return 0;
}
